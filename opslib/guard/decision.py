"""Decides what an alarm's ringing leads to: nothing, a proposal to people, or a rollback. Pure.

It is a documented minimum: a service goes back when one of its alarms that says how its users are began to ring after
a deployment of it completed, not long ago, and there is something good to go back to. Whatever speaks against it stops
it, and is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from opslib.calendar import Hold
from opslib.contract import Alarm
from opslib.rollback.history.point import Deployed, RollbackPoint

__all__ = ["TRIGGER", "Decision", "Mode", "Situation", "decide"]

Mode = Literal["off", "propose", "act"]
"""Whether nothing is done, people are told what could be, or it is done."""

TRIGGER = "deployment"
"""The trigger of alarms that a deployment can make ring; the contract's `trigger` says so of each."""


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
    calendar: str = ""
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done.

    Attributes:
        does: `nothing`, `propose` or `act`; `wait`: it cannot be said before the deployment under way is over.
        why: Why.
    """

    does: Literal["nothing", "propose", "act", "wait"]
    why: str


def decide(seen: Situation) -> Decision:
    """Decide about one ringing alarm."""
    against = next(_against(seen), None)
    if against is not None or seen.mode == "off" or seen.alarm is None:
        return Decision("nothing", against or "automatic rollback is off")
    if seen.under_way:
        return Decision("wait", "a deployment is under way: ECS may go back by itself, or whoever deploys decide")
    against = next(_against_the_deployment(seen), None)
    if against is not None:
        return Decision("nothing", against)
    ran = seen.points[0]
    good = next(point for point in seen.points[1:] if point.verdict == "good")
    why = f"{seen.alarm.name} rings; {ran.name} is bad: {ran.why}; {good.name} was good"
    return Decision(seen.mode, why)


def _against(seen: Situation) -> Iterator[str]:
    """Whatever speaks against it, the plainest first."""
    if seen.alarm is None:
        yield "the alarm is none of the stack's"
    elif seen.alarm.trigger != TRIGGER or not seen.of_service:
        yield f"{seen.alarm.name} is no alarm that a deployment of a service makes ring"
    if seen.mode == "off":
        yield "automatic rollback is off"
    if seen.state != "ALARM":
        yield f"the alarm rests again: it is {seen.state}"
    if seen.calendar:
        yield f"the calendar says: {seen.calendar}"
    if seen.hold is not None:
        yield f"it was held before: {seen.hold}"


def _against_the_deployment(seen: Situation) -> Iterator[str]:
    if seen.newest is None or not seen.points:
        yield "ECS knows of no deployment that completed"
        return
    minutes = round((seen.now - seen.newest.completed_at).total_seconds() / 60)
    if seen.now - seen.newest.completed_at > seen.within:
        most = round(seen.within.total_seconds() / 60)
        yield f"the last deployment completed {minutes} min ago: one counts as the cause for {most}"
    if seen.points[0].verdict != "bad":
        yield f"{seen.points[0].name} is not known to be bad: {seen.points[0].why}"
    if not any(point.verdict == "good" for point in seen.points[1:]):
        yield "there is no revision that is known to be good"
