"""The calendar: whether changes are welcome now, and until when. Pure: it is asked with a time."""

from __future__ import annotations

import heapq
import tomllib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from opslib.calendar.window import Occurrence, Window, WindowKind
from opslib.contract import StackOutputs, describe
from opslib.errors import BadRequest

__all__ = ["Calendar", "Verdict", "VerdictKind"]

VerdictKind = Literal["open", "maintenance", "frozen"]

HORIZON = timedelta(days=400)
"""How far ahead a calendar is looked at: more than a year, so that whatever repeats is seen."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the calendar says of a moment.

    Attributes:
        kind: `frozen`: nobody may change anything; `maintenance`: people are at work, and nobody need be woken;
            `open`: neither.
        window: The name of the window that makes it so, of several the one that lasts longest; None when open.
        until: When this changes; None: not within `HORIZON`.
    """

    kind: VerdictKind
    window: str | None
    until: datetime | None

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"{self.kind} ({self.window}){until}" if self.window else f"{self.kind}{until}"


class Calendar(BaseModel):
    """The windows of a stack. Where windows of both kinds overlap, it is frozen.

    Attributes:
        windows: In any order; their names are unique.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    windows: tuple[Window, ...] = ()

    @field_validator("windows")
    @classmethod
    def _names(cls, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        names = [window.name for window in windows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two windows are called {twice[0]!r}")
        return windows

    @classmethod
    def parse(cls, document: str | Mapping[str, Any], *, source: str) -> Self:
        """Read a calendar that somebody wrote.

        Args:
            document: TOML, or what it parses to: tables under `windows`.
            source: Where it came from, for the message.

        Raises:
            BadRequest: it is no calendar; the message says where and why.
        """
        try:
            return cls.model_validate(tomllib.loads(document) if isinstance(document, str) else document)
        except tomllib.TOMLDecodeError as problem:
            says = f"the calendar in {source} is not TOML ({problem})"
        except ValidationError as problem:
            says = f"the calendar in {source} cannot be read: {describe(problem)}"
        raise BadRequest(says, "correct it; docs/calendar.md has every form")

    @classmethod
    def of(cls, outputs: StackOutputs) -> Self:
        """The calendar of a stack, as its configuration says it; one without windows where that says none.

        Raises:
            BadRequest: the windows in the outputs are none.
        """
        windows = outputs.maintenance.windows if outputs.maintenance else ()
        source = f"the outputs of {outputs.stack.product}/{outputs.stack.environment}"
        return cls.parse({"windows": list(windows)}, source=source)

    def beside(self, other: Self) -> Self:
        """Both calendars in one; of two windows of a name, this one's.

        Args:
            other: The other one.
        """
        own = {window.name for window in self.windows}
        return self.model_copy(
            update={"windows": (*self.windows, *(window for window in other.windows if window.name not in own))}
        )

    def verdict(self, now: datetime) -> Verdict:
        """What holds at a moment, and until when.

        Raises:
            BadRequest: `now` has no time zone.
        """
        course = _course(list(self._occurrences(now)), now)
        _, kind, window = next(course)
        until = next((at for at, later, _ in course if later != kind), None)
        return Verdict(kind, window, until)

    def next(self, now: datetime, kind: WindowKind | None = None) -> Occurrence | None:
        """The next occurrence that starts after a moment; None: there is none within `HORIZON`.

        Args:
            now: The moment.
            kind: Of this kind only.

        Raises:
            BadRequest: `now` has no time zone.
        """
        for occurrence in self._occurrences(now):
            if occurrence.starts_at > now and kind in (None, occurrence.kind):
                return occurrence
        return None

    def _occurrences(self, now: datetime) -> Iterator[Occurrence]:
        """Those that are not over, by when they start."""
        if now.tzinfo is None:
            raise BadRequest(f"the calendar was asked with a time that has no zone ({now})", "give it one, such as UTC")
        each = [window.occurrences(now, now + HORIZON) for window in self.windows]
        return heapq.merge(*each, key=lambda occurrence: occurrence.starts_at)


def _course(coming: Sequence[Occurrence], now: datetime) -> Iterator[tuple[datetime, VerdictKind, str | None]]:
    """What holds now, and from each moment on at which an occurrence starts or ends; `coming` is in order of start."""
    ends = {at for one in coming for at in (one.starts_at, one.ends_at) if now < at < now + HORIZON}
    begun: list[Occurrence] = []
    waiting = deque(coming)
    for at in (now, *sorted(ends)):
        while waiting and waiting[0].starts_at <= at:
            begun.append(waiting.popleft())
        begun = [one for one in begun if at < one.ends_at]
        yield at, *_holds(begun)


def _holds(here: Sequence[Occurrence]) -> tuple[VerdictKind, str | None]:
    for kind, says in _RANKING:
        of_kind = [one for one in here if one.kind == kind]
        if of_kind:
            return says, max(of_kind, key=lambda one: one.ends_at).window
    return "open", None


_RANKING: tuple[tuple[WindowKind, VerdictKind], ...] = (("freeze", "frozen"), ("maintenance", "maintenance"))
