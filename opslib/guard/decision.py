"""Decides what an alarm's ringing leads to: nothing, a proposal to people, or a rollback. Pure.

It is a documented minimum: a service goes back when one of its alarms that says how its users are began to ring after
a deployment of it completed, not long ago, and there is something good to go back to. `CONDITIONS` is all that has to
be so: whatever is not stops it, and is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from opslib.calendar import Hold
from opslib.contract import Alarm
from opslib.guard.pause import Pause
from opslib.rollback.history.point import Deployed, RollbackPoint

__all__ = ["CONDITIONS", "TRIGGER", "WITHIN", "Condition", "Decision", "Mode", "Situation", "decide"]

Mode = Literal["off", "propose", "act"]
"""Whether nothing is done, people are told what could be, or it is done."""

TRIGGER = "deployment"
"""The trigger of alarms that a deployment can make ring; the contract's `trigger` says so of each."""

WITHIN = timedelta(hours=1)
"""For how long after it completed a deployment counts as the cause, where the stack's file says nothing else (ours)."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What was seen when an alarm rang.

    Attributes:
        mode: What the stack's file says is to be done.
        now: The time.
        alarm: The alarm, as the contract has it; None: it is none of the stack's.
        state: Its state now.
        of_service: Whether it watches an ECS service.
        newest: The service's newest deployment that completed.
        under_way: Whether a deployment is under way.
        points: What the service could go back to, the newest first.
        hold: The hold on the service.
        pause: The pause that somebody asked for.
        calendar: What the calendar says against it: people are at work, or nobody may change anything; empty: nothing.
        within: For how long after it completed a deployment counts as the cause.
    """

    mode: Mode
    now: datetime
    alarm: Alarm | None
    state: str = "ALARM"
    of_service: bool = True
    newest: Deployed | None = None
    under_way: bool = False
    points: tuple[RollbackPoint, ...] = ()
    hold: Hold | None = None
    pause: Pause | None = None
    calendar: str = ""
    within: timedelta = WITHIN

    @property
    def ran(self) -> RollbackPoint | None:
        """What runs, and may be bad."""
        return self.points[0] if self.points else None

    @property
    def good(self) -> RollbackPoint | None:
        """What to go back to."""
        return next((point for point in self.points[1:] if point.verdict == "good"), None)

    @property
    def until(self) -> datetime | None:
        """Until when the newest deployment counts as the cause."""
        return None if self.newest is None else self.newest.completed_at + self.within


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done.

    Attributes:
        does: `nothing`, `propose` or `act`; `wait`: it cannot be said before the deployment under way is over.
        why: Why.
    """

    does: Literal["nothing", "propose", "act", "wait"]
    why: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that has to be so.

    Attributes:
        id: Its name; stable.
        says: What has to be so, in a clause.
        against: What speaks against it, in a clause; empty where it is so, or where an earlier condition says it all.
        otherwise: What it comes to where it is not so.
    """

    id: str
    says: str
    against: Callable[[Situation], str]
    otherwise: Literal["nothing", "wait"] = "nothing"


def decide(seen: Situation) -> Decision:
    """Decide about one ringing alarm."""
    for condition in CONDITIONS:
        why = condition.against(seen)
        if why:
            return Decision(condition.otherwise, why)
    assert seen.alarm and seen.ran and seen.good and seen.mode != "off"  # noqa: S101, PT018  the conditions say so
    why = f"{seen.alarm.name} rings; {seen.ran.name} is bad: {seen.ran.why}; {seen.good.name} was good"
    return Decision(seen.mode, why)


def _alarm(seen: Situation) -> str:
    if seen.alarm is None:
        return "the alarm is none of the stack's"
    if seen.alarm.trigger != TRIGGER or not seen.of_service:
        return f"{seen.alarm.name} is no alarm that a deployment of a service makes ring"
    return ""


def _recent(seen: Situation) -> str:
    if seen.newest is None or seen.ran is None:
        return "ECS knows of no deployment that completed"
    since = seen.now - seen.newest.completed_at
    if since <= seen.within:
        return ""
    most = round(seen.within.total_seconds() / 60)
    return (
        f"the last deployment completed {round(since.total_seconds() / 60)} min ago: one counts as the cause for {most}"
    )


def _bad(seen: Situation) -> str:
    if seen.ran is None or seen.ran.verdict == "bad":
        return ""
    return f"{seen.ran.name} is not known to be bad: {seen.ran.why}"


CONDITIONS: tuple[Condition, ...] = (
    Condition("alarm", "it is an alarm of the stack that a deployment of a service makes ring", _alarm),
    Condition(
        "switch",
        "the stack's file switches it on",
        lambda seen: "automatic rollback is off" if seen.mode == "off" else "",
    ),
    Condition("pause", "nobody has paused it", lambda seen: f"{seen.pause}" if seen.pause is not None else ""),
    Condition(
        "rings",
        "the alarm still rings",
        lambda seen: "" if seen.state == "ALARM" else f"the alarm rests again: it is {seen.state}",
    ),
    Condition(
        "calendar",
        "the calendar has neither a window of maintenance nor a freeze",
        lambda seen: f"the calendar says: {seen.calendar}" if seen.calendar else "",
    ),
    Condition(
        "hold",
        "the service is not held",
        lambda seen: f"it was held before: {seen.hold}" if seen.hold is not None else "",
    ),
    Condition(
        "settled",
        "no deployment is under way",
        lambda seen: (
            "a deployment is under way: ECS may go back by itself, or whoever deploys decide" if seen.under_way else ""
        ),
        otherwise="wait",
    ),
    Condition("recent", "a deployment completed not long ago", _recent),
    Condition("bad", "what runs is known to be bad", _bad),
    Condition(
        "good",
        "some earlier revision is known to be good",
        lambda seen: "" if seen.good is not None else "there is no revision that is known to be good",
    ),
)
"""All that has to be so, the plainest first."""
