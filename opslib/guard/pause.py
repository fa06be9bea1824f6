"""A pause: for a while nothing is decided, whatever the stack's file says; it ends by itself.

It only ever lowers: there is no way to switch automatic rollback on but the stack's file.

guard / pause     the pause, if there is one, and those before it; never deleted, so that versions only grow
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from opslib.errors import BadRequest, Overtaken
from opslib.procedure import Store
from opslib.procedure.store import Conflict, Item

__all__ = ["LONGEST", "Pause", "Pauses", "Resumed", "until_of"]

LONGEST = timedelta(days=7)
"""How long a pause may be (ours): what is to last longer belongs into the stack's file, where it is reviewed."""

KEPT = 50
"""How many pauses are remembered: some 15 KB of the 400 KB that an item of DynamoDB may have."""

_PK, _SK = "guard", "pause"

_LASTING = re.compile(r"(?P<number>\d{1,5})(?P<unit>[mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Pause(BaseModel):
    """A pause.

    Attributes:
        until: When it ends.
        reason: Why.
        actor: Who asked for it.
        at: When.
    """

    model_config = ConfigDict(frozen=True)

    until: AwareDatetime
    reason: str
    actor: str
    at: AwareDatetime

    def __str__(self) -> str:
        return f"{self.actor} has paused it until {self.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {self.reason}"


class Resumed(BaseModel):
    """A pause that was ended before its time, or took the place of another.

    Attributes:
        pause: The pause.
        actor: Who ended it.
        at: When.
        reason: Why; where another took its place, that one's reason.
    """

    model_config = ConfigDict(frozen=True)

    pause: Pause
    actor: str
    at: AwareDatetime
    reason: str


class _Kept(BaseModel):
    """What is kept."""

    model_config = ConfigDict(frozen=True)

    pause: Pause | None = None
    past: tuple[Resumed, ...] = ()


class Pauses:
    """The pause in a store; two who write at once are told of each other.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def at(self, now: datetime) -> Pause | None:
        """The pause at a time; one whose time is over is none."""
        pause = self._read()[0].pause
        return pause if pause is not None and pause.until > now else None

    def past(self) -> tuple[Resumed, ...]:
        """The pauses that were ended before their time, the oldest first; the last `KEPT` of them."""
        return self._read()[0].past

    def set(self, pause: Pause) -> Pause:
        """Pause; one that was there before gives place to it, and is remembered.

        Raises:
            BadRequest: it would be over already, or last too long.
            Overtaken: somebody else has written in between.
        """
        if pause.until <= pause.at:
            raise BadRequest(f"{_moment(pause.until)} is over", "name a time to come")
        if pause.until - pause.at > LONGEST:
            raise BadRequest(
                f"{_moment(pause.until)} is more than {LONGEST.days} days ahead",
                "what lasts longer belongs into the stack's file: opslib:autoRollback: {mode: off}",
            )
        kept, item = self._read()
        self._write(self._without(kept, pause.actor, pause.reason, pause.at).model_copy(update={"pause": pause}), item)
        return pause

    def resume(self, *, actor: str, reason: str, at: datetime) -> Pause:
        """End the pause before its time; who did it and why is kept.

        Returns:
            The pause that was ended.

        Raises:
            BadRequest: it is not paused.
            Overtaken: somebody else has written in between.
        """
        kept, item = self._read()
        if kept.pause is None or kept.pause.until <= at:
            raise BadRequest("automatic rollback is not paused", "`opslib guard status` says how it is")
        self._write(self._without(kept, actor, reason, at), item)
        return kept.pause

    def _without(self, kept: _Kept, actor: str, reason: str, at: datetime) -> _Kept:
        if kept.pause is None:
            return kept
        ended = Resumed(pause=kept.pause, actor=actor, at=at, reason=reason)
        return _Kept(past=(*kept.past, ended)[-KEPT:])

    def _read(self) -> tuple[_Kept, Item | None]:
        item = self._store.get(_PK, _SK)
        return (_Kept() if item is None else _Kept.model_validate(item.value)), item

    def _write(self, kept: _Kept, item: Item | None) -> None:
        try:
            self._store.put(_PK, _SK, kept.model_dump(mode="json"), expected=item.version if item else None)
        except Conflict:
            raise Overtaken("somebody else has just paused or resumed it", "look: `opslib guard status`") from None


def until_of(text: str, now: datetime) -> datetime:
    """When a pause ends, as a person writes it.

    Args:
        text: For how long (``90m``, ``2h``, ``1d``), or when, in ISO 8601 with its zone (``2026-11-21T18:00Z``).
        now: The time.

    Raises:
        BadRequest: it is neither.
    """
    lasting = _LASTING.fullmatch(text.strip())
    if lasting is not None:
        return now + timedelta(**{_UNITS[lasting["unit"]]: int(lasting["number"])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRequest(
            f"--until {text!r} says no time", "write how long (90m, 2h, 1d), or when, with its zone: 2026-11-21T18:00Z"
        )
    return moment.astimezone(UTC)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
