"""Every error that opslib raises on purpose, as one tree.

    OpslibError
    ├── BadRequest               exit 2: what the caller typed or wrote in a file
    │   ├── BadOutputs           the stack's outputs do not validate
    │   └── ContractVersion      the outputs are of a schema this opslib does not read
    ├── Refused                  exit 3: what the world lacks; nothing was changed
    │   ├── StackNotFound        no outputs where we looked
    │   ├── NoCredentials        no AWS credentials, or AWS refused them
    │   ├── WrongAccount         the credentials are for another account than the stack
    │   └── Unreachable          AWS (or the sandbox) did not answer
    └── SandboxError             the account in a box
        ├── SandboxNotRunning    nothing answers at the sandbox's address (exit 3)
        └── SandboxFailed        it did not start, or broke

Each error says what failed, on what, and what to do next; its message is one line, which a command prints as it is.
The exit codes are those of every opslib command:

    0 done · 1 checked and bad · 2 bad request · 3 refused, nothing changed · 4 failed and undone
    5 needs a person · 6 overtaken by somebody else · 7 unfinished, can be resumed
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BadOutputs",
    "BadRequest",
    "ContractVersion",
    "NoCredentials",
    "OpslibError",
    "Refused",
    "SandboxError",
    "SandboxFailed",
    "SandboxNotRunning",
    "StackNotFound",
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


class SandboxError(OpslibError):
    """Something about the sandbox."""


class SandboxNotRunning(SandboxError):
    """Nothing answers at the sandbox's address."""

    exit_code = 3


class SandboxFailed(SandboxError):
    """The sandbox did not start, or broke."""
