"""Every error that opslib raises on purpose, as one tree.

    OpslibError
    ├── BadRequest               exit 2: what the caller typed or wrote in a file
    │   ├── BadOutputs           the stack's outputs do not validate
    │   └── ContractVersion      the outputs are of a schema this opslib does not read
    ├── Refused                  exit 3: what the world lacks; nothing was changed
    │   ├── StackNotFound        no outputs where we looked
    │   ├── NoCredentials        no AWS credentials, or AWS refused them
    │   ├── WrongAccount         the credentials are for another account than the stack
    │   ├── Unreachable          AWS (or the sandbox) did not answer
    │   └── JournalUnreachable   the journal does not answer, and without it nothing is done
    ├── Overtaken                exit 6: somebody else holds the target, or has changed it
    ├── Unfinished               exit 7: a plan is under way and could not be brought to its end now
    └── SandboxError             the account in a box
        ├── SandboxNotRunning    nothing answers at the sandbox's address (exit 3)
        ├── SandboxFailed        it did not start, or broke
        │   └── DeploymentFailed the Pulumi program failed in it, or a resource could not be deployed
        ├── StandInRefusal       the stand-in provider refuses (exit 3): unknown type, wrong account, what exists
        └── StandInFailed        a call that the stand-in provider made failed

Each error says what failed, on what, and what to do next; its message is one line, which a command prints as it is.
The exit codes are those of every opslib command:

    0 done · 1 checked and bad · 2 bad request · 3 refused, nothing changed · 4 failed and undone
    5 needs a person · 6 overtaken by somebody else · 7 unfinished, can be resumed
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "BadOutputs",
    "BadRequest",
    "ContractVersion",
    "DeploymentFailed",
    "JournalUnreachable",
    "NoCredentials",
    "OpslibError",
    "Overtaken",
    "Refused",
    "SandboxError",
    "SandboxFailed",
    "SandboxNotRunning",
    "StackNotFound",
    "StandInFailed",
    "StandInRefusal",
    "Unfinished",
    "Unreachable",
    "WrongAccount",
]


class OpslibError(Exception):
    """The root of the tree.

    Attributes:
        what: What failed, and on what: one clause.
        next_step: What to do about it: one clause, or empty.
        exit_code: The exit code of a command that ends with this error.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, what: str, next_step: str = "") -> None:
        self.what = " ".join(what.split())
        self.next_step = " ".join(next_step.split())
        super().__init__(f"{self.what}: {self.next_step}" if self.next_step else self.what)


class BadRequest(OpslibError):
    """What the caller typed, or wrote in a file, cannot be done as it stands."""

    exit_code = 2


class BadOutputs(BadRequest):
    """The outputs given for a stack do not validate into the contract."""


class ContractVersion(BadRequest):
    """The outputs follow a schema version that this opslib does not read."""


class Refused(OpslibError):
    """The world lacks what the request needs. Nothing was changed."""

    exit_code = 3


class StackNotFound(Refused):
    """No outputs were found for the stack."""


class NoCredentials(Refused):
    """There are no AWS credentials, or AWS does not accept them."""


class WrongAccount(Refused):
    """The credentials belong to another AWS account than the stack."""


class Unreachable(Refused):
    """AWS did not answer."""


class JournalUnreachable(Refused):
    """The journal does not answer, and nothing is done that it cannot hold."""


class Overtaken(OpslibError):
    """Somebody else holds the target, or has changed it. What they do goes on."""

    exit_code = 6


class Unfinished(OpslibError):
    """A plan is under way and could not be brought to its end now; it is resumed by its id."""

    exit_code = 7


class SandboxError(OpslibError):
    """Something about the sandbox."""


class SandboxNotRunning(SandboxError):
    """Nothing answers at the sandbox's address."""

    exit_code = 3


class SandboxFailed(SandboxError):
    """The sandbox did not start, or broke."""


class DeploymentFailed(SandboxFailed):
    """The Pulumi engine could not run the program in the sandbox, or could not deploy one of its resources.

    Attributes:
        diagnostics: What the engine and the program said, whole, in their order.
    """

    def __init__(self, what: str, next_step: str = "", diagnostics: tuple[str, ...] = ()) -> None:
        super().__init__(what, next_step)
        self.diagnostics = diagnostics


class StandInRefusal(SandboxError):
    """The stand-in provider refuses; nothing was changed."""

    exit_code = 3


class StandInFailed(SandboxError):
    """A call that the stand-in provider made failed.

    Attributes:
        code: AWS's code of the failure.
        created: The identifier of the resource, when it was created before the failure.
        outputs: Its outputs as far as they are known, when it was created before the failure.
    """

    def __init__(self, what: str, next_step: str = "", *, code: str = "") -> None:
        super().__init__(what, next_step)
        self.code = code
        self.created = ""
        self.outputs: dict[str, Any] = {}
