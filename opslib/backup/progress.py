"""What a run tells while it goes on, and how long each part of it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opslib.backup.verdict import Phase

__all__ = ["Event", "Stopwatch", "Tell", "silent"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell whoever watches.

    Attributes:
        source: The name of the source that is worked on.
        says: What happens now, on one line.
        done: How much of `total` is done, where that is known.
        total: Of the same unit as `done`.
    """

    source: str
    says: str
    done: int | None = None
    total: int | None = None


Tell = Callable[[Event], None]


def silent(event: Event) -> None:
    """Tell nobody."""
    del event


@dataclass(slots=True)
class Stopwatch:
    """Times the phases of a run, and tells of each as it begins.

    Attributes:
        source: The name of the source that is worked on.
        tell: Whom to tell.
        phases: Those that have ended, in their order.
    """

    source: str = ""
    tell: Tell = silent
    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a block, also one that ends by an error."""
        self.tell(Event(self.source, name))
        begun = time.monotonic()
        try:
            yield
        finally:
            self.phases.append(Phase(name=name, seconds=round(time.monotonic() - begun, 3)))
