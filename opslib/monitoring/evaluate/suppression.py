"""The actions suppressor of a composite alarm, as a state machine over time.

AWS, "Composite alarm action suppression". The composite's state always follows its rule; what is suppressed are its
*actions*:

- The composite changes while its suppressor is in ALARM: nothing is done (`Alarm`).
- The composite changes while its suppressor is not: it waits WaitPeriod, in which the suppressor may still go into
  ALARM (`WaitPeriod`). That ends the wait; so does a further change, which starts a new one.
- The suppressor leaves ALARM: ExtensionPeriod, in which the composite may still recover (`ExtensionPeriod`). A change
  of the composite ends it and starts a WaitPeriod; the suppressor's return to ALARM ends it too.
- WaitPeriod or ExtensionPeriod ends by itself: the composite acts by the state that it is in then, if it has changed
  since it last acted, even to and fro (AWS's examples 3 and 6).

Assumed: a period that ends in the moment something happens has ended before it; of a change of both alarms in one
moment the suppressor's comes first; a suppressor in INSUFFICIENT_DATA does not suppress.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.settings import State

__all__ = ["Act", "ActionsSuppressor", "SuppressedBy", "Suppression", "advance"]

SuppressedBy = Literal["Alarm", "WaitPeriod", "ExtensionPeriod"]
"""CloudWatch's `ActionsSuppressedBy`."""


@dataclass(frozen=True, slots=True)
class ActionsSuppressor:
    """How long a composite alarm waits for its suppressor.

    Attributes:
        wait_seconds: `ActionsSuppressorWaitPeriod`.
        extension_seconds: `ActionsSuppressorExtensionPeriod`.

    Raises:
        BadRequest: One of them is negative.
    """

    wait_seconds: int
    extension_seconds: int

    def __post_init__(self) -> None:
        if self.wait_seconds < 0 or self.extension_seconds < 0:
            what = f"an actions suppressor that waits {self.wait_seconds} s and extends {self.extension_seconds} s"
            raise BadRequest(what, "give 0 or more")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Where a composite alarm and its suppressor stand.

    Attributes:
        composite: The composite's state.
        suppressor: The suppressor's state.
        by: What suppresses actions now; None: nothing does.
        until: When the running WaitPeriod or ExtensionPeriod ends, in seconds since 1970.
        held: Whether the composite has changed since it last acted.
    """

    composite: State = "INSUFFICIENT_DATA"
    suppressor: State = "INSUFFICIENT_DATA"
    by: SuppressedBy | None = None
    until: float | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """The composite alarm acts: the actions of a state are to be run.

    Attributes:
        state: Whose actions.
        at: When, in seconds since 1970: the end of a period may lie before the moment that was advanced to.
    """

    state: State
    at: float


def advance(
    now: Suppression,
    periods: ActionsSuppressor,
    *,
    at: float,
    composite: State | None = None,
    suppressor: State | None = None,
) -> tuple[Suppression, tuple[Act, ...]]:
    """Move to a moment, and to the states that the alarms have from then on.

    To be called at every change, and from time to time for the ends of periods; `Suppression.until` says when.

    Args:
        now: Where it stood.
        periods: The two periods.
        at: The moment, in seconds since 1970, not before the last one.
        composite: The composite's state from now on; None: the same.
        suppressor: The suppressor's state from now on; None: the same.

    Returns:
        Where it stands, and the actions that are due, in order.
    """
    acts: list[Act] = []
    after = _expired(now, at, acts)
    if suppressor is not None and suppressor != after.suppressor:
        after = _suppressor_changed(after, periods, at, suppressor)
    if composite is not None and composite != after.composite:
        after = _composite_changed(after, periods, at, composite)
    return _expired(after, at, acts), tuple(acts)


def _expired(now: Suppression, at: float, acts: list[Act]) -> Suppression:
    if now.until is None or now.until > at:
        return now
    if now.held:
        acts.append(Act(now.composite, now.until))
    return replace(now, by=None, until=None, held=False)


def _suppressor_changed(now: Suppression, periods: ActionsSuppressor, at: float, state: State) -> Suppression:
    if state == "ALARM":
        return replace(now, suppressor=state, by="Alarm", until=None)
    if now.suppressor == "ALARM":
        return replace(now, suppressor=state, by="ExtensionPeriod", until=at + periods.extension_seconds)
    return replace(now, suppressor=state)


def _composite_changed(now: Suppression, periods: ActionsSuppressor, at: float, state: State) -> Suppression:
    changed = replace(now, composite=state, held=True)
    if now.suppressor == "ALARM":
        return changed
    return replace(changed, by="WaitPeriod", until=at + periods.wait_seconds)
