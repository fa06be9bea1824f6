"""What must be true when a procedure has ended, whatever went wrong on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from opslib.errors import OpslibError
from opslib.procedure import Outcome
from tests.faults.kinds import KINDS
from tests.faults.procedure import OVERTAKEN, Course

__all__ = ["amiss"]

KIM = "kim"
"""The colleague: what is violated by their calls is their affair."""

THROTTLED = 400


def amiss(course: Course) -> Iterator[str]:
    """Everything that is wrong."""
    yield from course.broken
    yield from _invariants(course)
    if any(KINDS[kind].fires for kind in course.kind.split(", ") if kind) and not course.stage.sandbox.fired():
        yield "the fault did not befall anything: this case proves nothing"
    yield from _codes(course)
    for plan_id, outcome in course.outcomes.items():
        yield from _journal(course, plan_id, outcome)
    yield from _free(course)
    yield from course.procedure.well(course)


def detected(course: Course) -> bool:
    """Whether somebody was told that another has changed it, or is at work."""
    return any(said.code == OVERTAKEN for said in course.said)


def _invariants(course: Course) -> Iterator[str]:
    sandbox = course.stage.sandbox
    sandbox.settled()
    for violation in sandbox.violations():
        if violation.actor == KIM:
            continue
        if violation.invariant == "scaling_restored" and ("scales" in course.changed or course.told_of_late):
            continue  # the procedure's own check knows what they made of it; nobody can call a late call back
        if violation.invariant == "no_orphan_revision" and course.left_late(violation.operation):
            continue  # nobody can call it back, nor take away what another may have found; who sent it was told
        if violation.invariant == "no_overwriting" and (course.is_open or detected(course)):
            continue  # AWS has no condition on UpdateService: it cannot be prevented; it is told where it can be seen
        blamed = f"call {violation.sequence}, {violation.actor}"
        yield f"{violation.invariant}: {violation.subject} {violation.text} ({blamed})"


def _codes(course: Course) -> Iterator[str]:
    """Nobody is told something else than what is the case."""
    ended = {outcome.exit_code for outcome in course.outcomes.values()}
    allowed = {course.procedure.code}
    if "deploys" in course.changed or "second" in course.kind or "woken" in course.kind:
        allowed |= {0, OVERTAKEN, *course.procedure.meddled}
    for code in ended - allowed:
        says = next(outcome.ending.says for outcome in course.outcomes.values() if outcome.exit_code == code)
        yield f"it ended with {code} instead of {course.procedure.code}: {says}"


def _journal(course: Course, plan_id: str, outcome: Outcome) -> Iterator[str]:
    """The journal says what came of the plan, and nothing was sent that it does not know of."""
    progress = course.journal.progress(plan_id)
    if progress.phase != "ended" or progress.ending != outcome.ending:
        yield f"somebody was told {outcome.ending}, and the journal says {progress.phase} {progress.ending}"
    if outcome.exit_code == 0:
        yield from (
            f"{plan_id} ended with 0, and {step.id} is {progress.record(step.id).state}"
            for step in outcome.plan.steps
            if progress.record(step.id).state != "done"
        )
    if len(course.outcomes) > 1:
        return  # calls do not say of which plan they are
    sent = Counter(
        call.operation
        for call in course.stage.sandbox.calls()
        if call.mutating and call.service != "dynamodb" and call.actor not in ("sandbox", "deployer", KIM)
    )
    intended: Counter[str] = Counter()
    for record in progress.records.values():
        for intent in (record.intent, record.undo_intent):
            if intent is not None:
                intended[intent.call.partition(":")[2].partition("(")[0]] += intent.attempt
    silent = course.kind.count("journal silent") + sum(f.service == "dynamodb" for f in course.stage.sandbox.fired())
    for operation, count in sent.items():
        if count > intended[operation]:
            yield f"{operation} was sent {count} times, and the journal knows of {intended[operation]}"
        # An intent is written before the lease is checked: of each life that ended in between, or could not do that,
        # one was never sent.
        if count + course.kills + silent < intended[operation]:
            yield f"the journal says that {operation} was sent {intended[operation]} times, and it was {count} times"


def _free(course: Course) -> Iterator[str]:
    try:
        course.journal.refuse_if_held(course.procedure.target)
    except OpslibError as problem:
        yield f"the target is not free: {problem}"
    if course.journal.store.get(f"target#{course.procedure.target}", "claim") is not None:
        yield "the claim was not released"
