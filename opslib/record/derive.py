"""From the journal to the incident record. Nothing is kept for it: what the journal holds is what is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from opslib.contract import Severity
from opslib.errors import BadRequest
from opslib.procedure import Journal, Progress, StepRecord
from opslib.record.approvals import Approvals
from opslib.record.approved import WAITS, approval_of, sayings
from opslib.record.incident import (
    MEANINGS,
    AlarmSeen,
    ApprovalAccount,
    Change,
    Durations,
    Happening,
    HoldPlaced,
    IncidentRecord,
    Result,
    StepAccount,
    StepState,
)
from opslib.record.severity import severity_of

__all__ = ["incident"]

_OVERTAKEN = 6

Document = Mapping[str, Any]


def incident(journal: Journal, plan_id: str) -> IncidentRecord:
    """The incident record of a plan, ended or not.

    Args:
        journal: The journal.
        plan_id: The plan.

    Raises:
        BadRequest: there is no such plan.
        JournalUnreachable: the journal does not answer.
    """
    plan, progress = journal.plan_document(plan_id), journal.progress(plan_id)
    context = plan.get("context", {})
    steps = tuple(_account(place, step, progress) for place, step in enumerate(plan["steps"]))
    alarms = _alarms(context, progress)
    planned_at = datetime.fromisoformat(plan["created_at"])
    said = Approvals(journal.store).said(plan_id)
    approval = approval_of(said, plan, has_begun=progress.touched)
    outcome = _outcome(plan, progress, approval)
    return IncidentRecord(
        plan_id=plan["id"],
        procedure=plan["procedure"],
        target=plan["target"],
        environment=str(context.get("environment", "")),
        actor=plan["actor"],
        reason=plan["reason"],
        severity=_severity(context),
        planned_at=planned_at,
        expires_at=datetime.fromisoformat(plan["expires_at"]),
        outcome=outcome,
        durations=_durations(planned_at, outcome, alarms),
        steps=steps,
        changes=tuple(_changes(plan["steps"], progress)),
        timeline=tuple(
            sorted((*_happenings(plan, planned_at, steps, alarms, outcome), *sayings(said)), key=lambda one: one.at)
        ),
        undone=_undone(steps),
        hold=_hold(plan["steps"], progress),
        approval=approval,
        alarms=alarms,
        evidence=dict(context),
    )


def _outcome(plan: Document, progress: Progress, approval: ApprovalAccount | None) -> Result:
    ending = progress.ending
    if ending is not None:
        return Result(exit_code=ending.exit_code, meaning=MEANINGS[ending.exit_code], says=ending.says, at=ending.at)
    if approval is not None and approval.state in WAITS and not progress.touched:
        somebody = f"somebody else runs `opslib approve {plan['id']}`, then `opslib resume {plan['id']}`"
        return Result(
            exit_code=7, meaning=MEANINGS[7], says=f"{WAITS[approval.state]}, nothing was changed: {somebody}"
        )
    steps = plan["steps"]
    place = min(progress.cursor, len(steps) - 1)
    doing = f"undoing, after {progress.failure}" if progress.phase == "undoing" else "going forward"
    where = f"{doing}; it stands at step {place + 1} of {len(steps)} ({steps[place]['title']!r})"
    return Result(exit_code=7, meaning=MEANINGS[7], says=f"{where}: continue with `opslib resume {plan['id']}`")


def _account(place: int, step: Document, progress: Progress) -> StepAccount:
    record = progress.record(step["id"])
    intent, undo = record.intent, record.undo_intent
    return StepAccount(
        id=step["id"],
        title=step["title"],
        part=step["part"],
        kind=step["kind"],
        state=_state(place, record, progress),
        began_at=record.looked_at,
        ended_at=record.done_at,
        called_at=intent.at if intent else None,
        call=intent.call if intent else "",
        attempts=intent.attempt if intent else 0,
        found=record.facts,
        why=record.failed,
        undo_began_at=record.undo_looked_at,
        undo_called_at=undo.at if undo else None,
        undo_call=undo.call if undo else "",
        undone_at=record.undone_at if _was_undone(record) else None,
    )


def _state(place: int, record: StepRecord, progress: Progress) -> StepState:
    ended = progress.phase != "forward"
    if record.no_way_back or record.failed:
        return "no_way_back" if record.no_way_back else "failed"
    if ended and place == progress.cursor and record.looked_at is not None:
        by_others = progress.overtaken or (progress.ending is not None and progress.ending.exit_code == _OVERTAKEN)
        return "overtaken" if by_others and (progress.overtaken or not progress.failure) else "failed"
    if record.left_alone:
        return "overtaken"
    if _was_undone(record):
        return "undone"
    if record.done_at is not None:
        return "done"
    return "not_begun" if record.looked_at is None else "under_way"


def _was_undone(record: StepRecord) -> bool:
    """Whether there was something to undo: a message that was sent counts as undone without having been looked at."""
    return record.undone_at is not None and record.undo_looked_at is not None


def _changes(steps: Sequence[Document], progress: Progress) -> Iterator[Change]:
    for step in steps:
        record = progress.record(step["id"])
        if record.intent is not None and record.intent.before:
            yield Change(
                step_id=step["id"],
                title=step["title"],
                before=record.intent.before,
                after=record.facts,
                undone=_was_undone(record),
            )


def _undone(steps: Sequence[StepAccount]) -> tuple[str, ...]:
    undone = [(step.undone_at, step.title) for step in reversed(steps) if step.undone_at is not None]
    return tuple(title for _, title in sorted(undone, key=lambda one: one[0]))


def _hold(steps: Sequence[Document], progress: Progress) -> HoldPlaced | None:
    for step in steps:
        record = progress.record(step["id"])
        placed = record.done_at is not None and record.undone_at is None and record.facts.get("hold")
        if step["kind"] == "calendar.hold" and placed:
            hold = record.facts["hold"]
            return HoldPlaced(target=hold["target"], scope=hold["scope"], reason=hold["reason"])
    return None


def _severity(context: Document) -> Severity | None:
    try:
        return severity_of(str(context["severity"]))
    except (KeyError, BadRequest):  # a record is made of whatever there is
        return None


def _alarms(context: Document, progress: Progress) -> tuple[AlarmSeen, ...]:
    """The alarms in the evidence: of the plan's context, and what its steps found of them later (`facts["alarms"]`)."""
    known: dict[str, AlarmSeen] = {}
    for given in (context, *progress.known().values()):
        listed = given.get("alarms")
        for one in listed if isinstance(listed, Sequence) else ():
            seen = _alarm(one)
            if seen is not None:
                before = known.get(seen.name, seen)
                known[seen.name] = before.model_copy(update=seen.model_dump(exclude_none=True))
    return tuple(known.values())


def _alarm(given: Any) -> AlarmSeen | None:
    """An alarm in the form of `AlarmSeen`, which may say more; None for what says something else."""
    if not isinstance(given, Mapping):
        return None
    try:
        seen = AlarmSeen.model_validate({name: given.get(name) for name in AlarmSeen.model_fields})
    except ValidationError:
        return None
    return seen if _has_zones(seen) else None


def _has_zones(alarm: AlarmSeen) -> bool:
    return all(at is None or at.tzinfo for at in (alarm.began_at, alarm.alarm_at, alarm.ok_at))


def _durations(planned_at: datetime, outcome: Result, alarms: Sequence[AlarmSeen]) -> Durations:
    began = min((alarm.began_at for alarm in alarms if alarm.began_at), default=None)
    alarmed = min((alarm.alarm_at for alarm in alarms if alarm.alarm_at), default=None)
    quiet = max((alarm.ok_at for alarm in alarms if alarm.ok_at), default=None)
    if any(alarm.alarm_at and not alarm.ok_at for alarm in alarms):
        quiet = None  # as far as the evidence goes, one of them was not quiet yet
    mitigated = quiet or (outcome.at if outcome.exit_code == 0 else None)
    return Durations(
        detection_seconds=_between(began, alarmed),
        response_seconds=_between(alarmed, planned_at),
        mitigation_seconds=_between(began or alarmed, mitigated),
        execution_seconds=_between(planned_at, outcome.at),
    )


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None or end < start else (end - start).total_seconds()


def _happenings(
    plan: Document, planned_at: datetime, steps: Sequence[StepAccount], alarms: Sequence[AlarmSeen], outcome: Result
) -> Iterator[Happening]:
    for alarm in alarms:
        if alarm.began_at:
            yield Happening(at=alarm.began_at, event="began", says=f"what {alarm.name} watches went wrong")
        if alarm.alarm_at:
            yield Happening(at=alarm.alarm_at, event="alarm", says=f"{alarm.name} went to ALARM")
        if alarm.ok_at:
            yield Happening(at=alarm.ok_at, event="quiet", says=f"{alarm.name} went to OK")
    yield Happening(
        at=planned_at, event="planned", says=f"{plan['actor']} planned {plan['procedure']}: {plan['reason']}"
    )
    for step in steps:
        yield from _forward(step)
    for step in reversed(steps):
        yield from _back(step)
    if outcome.at is not None:
        yield Happening(at=outcome.at, event="ended", says=f"{outcome.meaning}: {outcome.says}")


def _forward(step: StepAccount) -> Iterator[Happening]:
    if step.called_at:
        yield Happening(at=step.called_at, event="called", step_id=step.id, says=step.call, attempt=step.attempts)
    if step.ended_at:
        yield Happening(at=step.ended_at, event="done", step_id=step.id, says=step.title)


def _back(step: StepAccount) -> Iterator[Happening]:
    if step.undo_called_at:
        yield Happening(at=step.undo_called_at, event="undo_called", step_id=step.id, says=step.undo_call)
    if step.undone_at:
        yield Happening(at=step.undone_at, event="undone", step_id=step.id, says=f"undone: {step.title}")
