"""`advance`: moves a plan as far as it can go now. The one engine, wherever it runs.

A local run calls it, sleeps when it says so, and calls it again; Step Functions does the same with a Wait state; a
resume is calling it again, anywhere. All it knows is in the journal and in the world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from opslib.errors import Overtaken
from opslib.procedure.clock import Clock
from opslib.procedure.ended import EndCode, differs, end_of_undoing, where_it_stands
from opslib.procedure.gate import Gate
from opslib.procedure.journal import LEASE_SECONDS, Journal, Lease
from opslib.procedure.observation import (
    Call,
    Foreign,
    Impossible,
    KnownAfter,
    Needed,
    Observation,
    Satisfied,
    Waiting,
)
from opslib.procedure.outcome import Event, Outcome, Paused
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Declined, NotNow, Ports, Reader, Unknown
from opslib.procedure.progress import Ending, Progress, StepRecord
from opslib.procedure.step import Intent, Step

__all__ = ["MOST_ATTEMPTS", "advance"]

MOST_ATTEMPTS = 5
"""How often one call is sent before it is given up: more would be a loop, fewer would give in to a bad minute."""


def advance(
    plan: Plan,
    ports: Ports,
    journal: Journal,
    clock: Clock,
    *,
    runner: str,
    lease_seconds: float = LEASE_SECONDS,
    on_event: Callable[[Event], None] = lambda _: None,
    reader: Reader | None = None,
) -> Outcome | Paused:
    """Move a plan as far as it can go now.

    Args:
        plan: The plan.
        ports: Where its calls go and what its reads ask, by name.
        journal: Where its claim, lease and progress are kept.
        clock: Time.
        runner: Who is at work: unique to this process.
        lease_seconds: How long the lease holds without a sign of life.
        on_event: Told what happens, as it happens.
        reader: One that has just read through these ports, when the plan was made: what it remembers is not asked.

    Returns:
        An outcome, or what is being waited for.

    Raises:
        Overtaken: somebody else holds the target or is at work on the plan; nothing was done.
        JournalUnreachable: the journal does not answer; nothing is done without it.
    """
    progress = journal.progress(plan.id)
    if progress.ending is None:
        journal.claim(plan)
        with journal.lease(plan.id, runner, clock, seconds=lease_seconds) as lease:
            looks = reader or Reader(ports)
            run = _Run(plan, ports, journal, clock, lease, on_event, journal.progress(plan.id), looks)
            paused = run.go()
            progress = run.progress
        if paused is not None:
            return paused
    assert progress.ending is not None  # noqa: S101  go() returns None only at the end
    journal.release(plan)
    return Outcome(plan, progress, progress.ending)


@dataclass(slots=True)
class _Run:
    """One call of `advance`."""

    plan: Plan
    ports: Ports
    journal: Journal
    clock: Clock
    lease: Lease
    on_event: Callable[[Event], None]
    progress: Progress
    reader: Reader
    gate: Gate = field(init=False)
    gone_out: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.ports, self.reader, self.lease)

    def go(self) -> Paused | None:
        """Until the end, or until something has to be waited for."""
        while self.progress.phase != "ended":
            if self.clock.now() >= self.plan.expires_at:
                self._end(5 if self.progress.touched else 3, f"its time ran out at {self.plan.expires_at:%H:%M:%S}Z")
                continue
            paused = self._forward() if self.progress.phase == "forward" else self._undo()
            if paused is not None:
                return paused
        return None

    # Forward

    def _forward(self) -> Paused | None:
        if self.progress.cursor == len(self.plan.steps):
            failed = self.progress.failure
            self._end(5 if failed else 0, f"{failed}; all else was done, and nothing was undone" if failed else "done")
            return None
        step = self.plan.steps[self.progress.cursor]
        record = self._looked_at(step)
        seen = self._look(step, record.intent)
        match seen:
            case Satisfied(facts):
                self.progress = self.progress.with_record(step.id, done_at=self.clock.now(), facts=dict(facts))
                self._write(cursor=self.progress.cursor + 1)
                self._tell("done", step.id, step.title)
            case Needed(call, before):
                return self._act(step, record, call, dict(before))
            case Waiting(why, seconds, least):
                if self._timed_out(step, record.looked_at):
                    self._fail(step, f"still waiting after {step.timeout_seconds:g} s: {why}")
                    return None
                return self._pause(step, why, seconds, least)
            case Foreign(expected, found):
                self._overtaken(step, expected, found)
            case Impossible(why):
                self._fail(step, why)
            case KnownAfter(step_id):
                self._fail(step, f"it needs what step {step_id} was to find, and that found nothing")
        return None

    def _act(self, step: Step, record: StepRecord, call: Call, before: dict[str, Any]) -> Paused | None:
        """The world is not as the step wants it: send the call, unless it was sent and may still show."""
        intent = record.intent
        if intent is not None:
            if intent.before != before:
                self._overtaken(step, intent.before, before)
                return None
            paused = self._settle(step, intent)
            if paused is not None:
                return paused
            if intent.attempt >= MOST_ATTEMPTS:
                self._fail(step, f"{call.operation} was sent {intent.attempt} times and shows no effect")
                return None
        following = self._intent(intent, call, before)
        try:
            self._send(step, call, intent=following)
        except NotNow as busy:
            return self._pause(step, str(busy), busy.again_seconds, busy.again_seconds)
        except Declined as refused:
            if intent is None:  # nothing was ever applied: there is nothing to undo, and nothing was changed
                self.progress = self.progress.with_record(step.id, intent=None)
            self._fail(step, str(refused))
        return None

    # Undoing

    def _undo(self) -> Paused | None:
        step = self._next_to_undo()
        if step is None:
            self._end_of_undoing()
            return None
        intent = self.progress.record(step.id).intent
        assert intent is not None  # noqa: S101  only what was intended is undone
        back = None if step.nothing_to_undo else step.undo(self.progress.known(), intent.before)
        if back is None:
            self._write_record(step, no_way_back=not step.nothing_to_undo, undone_at=self.clock.now())
            return None
        # What was sent may not show yet: to see it not there, and then have it come, would undo the undoing.
        return self._settle(step, intent) or self._undo_by(step, back)

    def _undo_by(self, step: Step, back: Step) -> Paused | None:
        if self.progress.record(step.id).undo_looked_at is None:
            self.progress = self.progress.with_record(step.id, undo_looked_at=self.clock.now())
        record = self.progress.record(step.id)
        match self._look(back, record.undo_intent):
            case Satisfied():
                self._write_record(step, undone_at=self.clock.now())
                self._tell("undone", step.id, back.title)
            case Needed(call, before):
                return self._act_back(step, back, call, dict(before))
            case Waiting(why, seconds, least) if not self._timed_out(back, record.undo_looked_at):
                return self._pause(step, why, seconds, least)
            case Waiting(why):
                self._cannot_undo(back, f"still waiting after {back.timeout_seconds:g} s: {why}")
            case Foreign(expected, found):
                self._leave_alone(step, f"{self.progress.failure}; undoing it, {differs(back, expected, found)}")
            case Impossible(why):
                self._cannot_undo(back, why)
            case KnownAfter(step_id):
                self._cannot_undo(back, f"it needs what step {step_id} was to find")
        return None

    def _act_back(self, step: Step, back: Step, call: Call, before: dict[str, Any]) -> Paused | None:
        intent = self.progress.record(step.id).undo_intent
        if intent is not None:
            paused = self._settle(back, intent)
            if paused is not None:
                return paused
            if intent.attempt >= MOST_ATTEMPTS:
                self._cannot_undo(back, f"{call.operation} was sent {intent.attempt} times and shows no effect")
                return None
        following = self._intent(intent, call, before)
        try:
            self._send(step, call, undo_intent=following)
        except NotNow as busy:
            return self._pause(step, str(busy), busy.again_seconds, busy.again_seconds)
        except Declined as refused:
            self._cannot_undo(back, str(refused))
        return None

    def _leave_alone(self, step: Step, says: str) -> None:
        """Somebody else has changed it meanwhile: of the rest only what was borrowed is given back."""
        self.progress = self.progress.with_record(step.id, left_alone=True)
        if any(opened.loan for opened in self._open()):
            self._write(failure=says, overtaken=True)
        else:
            self._end(6, says)

    def _cannot_undo(self, back: Step, why: str) -> None:
        self._end(5, f"{self.progress.failure}; it cannot be undone: {back.title!r}: {why}")

    def _next_to_undo(self) -> Step | None:
        """The last step that was intended and is not undone; of loans alone, where nothing else is to be undone."""
        only_loans = self.progress.overtaken
        return next((step for step in self._open() if step.loan or not only_loans), None)

    def _open(self) -> Iterator[Step]:
        """The steps that were intended and are not undone, the last first."""
        for step in reversed(self.plan.steps[: self.progress.cursor + 1]):
            record = self.progress.record(step.id)
            if record.intent is not None and record.undone_at is None and not record.left_alone:
                yield step

    def _end_of_undoing(self) -> None:
        self._end(*end_of_undoing(self.plan, self.progress))

    # What both ways share

    def _look(self, step: Step, intent: Intent | None) -> Observation:
        try:
            return step.observe(self.reader, self.progress.known(), intent)
        except NotNow as busy:
            self.reader.forget()
            return Waiting(str(busy), busy.again_seconds, busy.again_seconds)
        except Declined as refused:
            return Impossible(str(refused))

    def _looked_at(self, step: Step) -> StepRecord:
        if self.progress.record(step.id).looked_at is None:
            self.progress = self.progress.with_record(step.id, looked_at=self.clock.now())
        return self.progress.record(step.id)

    def _timed_out(self, step: Step, since: Any) -> bool:
        return bool(since is not None and self.clock.now() >= since + timedelta(seconds=step.timeout_seconds))

    def _settle(self, step: Step, intent: Intent) -> Paused | None:
        left = (intent.at + timedelta(seconds=step.settle_seconds) - self.clock.now()).total_seconds()
        return self._pause(step, "reads may still be stale", left) if left > 0 else None

    def _intent(self, earlier: Intent | None, call: Call, before: dict[str, Any]) -> Intent:
        attempt = 1 if earlier is None else earlier.attempt + 1
        return Intent(at=self.clock.now(), attempt=attempt, before=before, call=str(call))

    def _send(self, step: Step, call: Call, **intent: Intent) -> None:
        self._tell("call", step.id, str(call))
        with suppress(Unknown):  # whether it was applied is seen by looking
            self.gate.send(call, lambda: self._write_record(step, **intent))
        self.gone_out = str(call)

    def _pause(self, step: Step, why: str, seconds: float, least: float = 0.0) -> Paused:
        self._write()
        self.reader.forget()
        self._tell("waiting", step.id, why)
        return Paused(self.plan, self.progress, step.id, why, seconds, least)

    def _fail(self, step: Step, why: str) -> None:
        says = f"{step.title!r} failed: {why}"
        if not self.progress.touched:
            self._end(3, f"{says}; nothing was changed")
            return
        if self._is_past_return():
            failure = "; ".join(filter(None, (self.progress.failure, says)))
            self.progress = self.progress.with_record(step.id, failed=why)
            self._write(cursor=self.progress.cursor + 1, failure=failure)
        else:
            self._write(phase="undoing", failure=says)
        self._tell("failed", step.id, says)

    def _is_past_return(self) -> bool:
        """Whether the plan has reached what it is for."""
        return any(step.final and self.progress.record(step.id).done_at is not None for step in self.plan.steps)

    def _overtaken(self, step: Step, expected: Any, found: Any) -> None:
        done = [record for record in self.progress.records.values() if record.intent is not None]
        state = f"; {len(done)} of {len(self.plan.steps)} steps were begun and nothing was undone" if done else ""
        says = differs(step, expected, found) + state
        if any(opened.loan for opened in self._open()):
            self._write(phase="undoing", failure=says, overtaken=True)
            self._tell("failed", step.id, says)
        else:
            self._end(6, says)

    def _end(self, exit_code: EndCode, says: str) -> None:
        if exit_code == 5 and self.progress.cursor < len(self.plan.steps):  # noqa: PLR2004  where it stands
            says += where_it_stands(self.plan, self.progress, self._open())
        self._write(phase="ended", ending=Ending(exit_code=exit_code, says=says, at=self.clock.now()))
        self._tell("ended", "", says)

    def _write_record(self, step: Step, **changes: Any) -> None:
        self.progress = self.progress.with_record(step.id, **changes)
        self._write()

    def _write(self, **changes: Any) -> None:
        """Write how far it is; whoever was overtaken while their call was on its way says so: nobody else can know."""
        try:
            self.progress = self.journal.write(self.plan.id, self.progress.model_copy(update=changes))
        except Overtaken as lost:
            if not self.gone_out:
                raise
            says = f"{lost.what}, and by then this had gone out late: {self.gone_out}"
            raise Overtaken(says, "look at the history, and whether it changed what they left") from None
        self.gone_out = ""

    def _tell(self, kind: Any, step_id: str, says: str) -> None:
        self.on_event(Event(kind, step_id, says))
