"""What the story is told with: its chapters, and what one hands on to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demo import deployment, stack_file
from infra.model import Monitoring, monitoring
from opslib.clients import Clients
from opslib.errors import OpslibError
from opslib.procedure import Outcome
from opslib.sandbox import Sandbox
from opslib.stack import Stack

__all__ = ["BUILD", "Chapter", "NotObserved", "Told", "deployed", "opened", "require"]

BUILD = stack_file.ROOT / "build" / "demo"
"""Where the demo leaves what there is to look at."""


class NotObserved(OpslibError):
    """A chapter did what it does, and the account does not show it."""

    exit_code = 1


@dataclass(slots=True)
class Told:
    """What the chapters hand on.

    Attributes:
        stack: The shipped stack that is deployed.
        sandbox: The account.
        model: The monitoring that its configuration asks for.
        with_engine: Whether to use the real engine where there is one.
        progress: Told what goes on within a chapter.
        deployed: What `pulumi up` did.
        opened: The stack as the library opened it.
        outcome: How the rollback ended.
        lines: What a chapter has to show beside its one sentence.
        build: Where the story leaves what there is to look at.
    """

    stack: stack_file.StackFile
    sandbox: Sandbox
    with_engine: bool = True
    progress: Callable[[str], None] = field(default=lambda _: None)
    model: Monitoring = field(init=False)
    deployed: deployment.Deployed | None = None
    opened: Stack | None = None
    outcome: Outcome | None = None
    lines: tuple[str, ...] = ()
    build: Path = field(default_factory=lambda: BUILD)

    def __post_init__(self) -> None:
        self.model = monitoring(self.stack.config, region=self.stack.region)

    @property
    def clients(self) -> Clients:
        """The library's own clients; the environment leads them into the sandbox."""
        return Clients(region=self.stack.region)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the story.

    Attributes:
        title: What it is about.
        tell: Does it and returns what was seen; raises where it was not.
    """

    title: str
    tell: Callable[[Told], str]


def deployed(told: Told) -> deployment.Deployed:
    """What `pulumi up` did.

    Raises:
        NotObserved: nothing.
    """
    if told.deployed is None:
        raise NotObserved("nothing was deployed")
    return told.deployed


def opened(told: Told) -> Stack:
    """The stack as the library opened it.

    Raises:
        NotObserved: it did not.
    """
    if told.opened is None:
        raise NotObserved("the stack was not opened")
    return told.opened


def require(seen: object, otherwise: str) -> None:
    """What a chapter promises was seen.

    Raises:
        NotObserved: it was not.
    """
    if not seen:
        raise NotObserved(otherwise)
