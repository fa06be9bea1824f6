"""What a procedure works with on a stack: journal, ports, clock, channels; and how its plans are run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from opslib.calendar import HoldPort
from opslib.catalog import parse_plan
from opslib.notify import Channel, Message, NotifyPort, channels_of, tell
from opslib.procedure import (
    AwsPorts,
    Clock,
    Event,
    Foreign,
    Foreseen,
    Impossible,
    Outcome,
    Paused,
    Plan,
    Port,
    Ports,
    Reader,
    SystemClock,
    advance,
    dry_run,
    run,
)
from opslib.procedure.open_journal import OpenJournal, open_journal
from opslib.rollback.approval import UNAPPROVED, check_approval
from opslib.rollback.before import check_permissions, check_stack, permissions_of
from opslib.rollback.history import PointsPort, Records
from opslib.stack import Stack

__all__ = ["DryRun", "Prepared", "Workbench", "nobody"]


def nobody(_: Event) -> None:
    """Whom nothing is told."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a plan would do now.

    Attributes:
        plan: The plan.
        foreseen: What each step says.
        notes: What a person should know.
    """

    plan: Plan
    foreseen: tuple[Foreseen, ...]
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: it can be run; 3: a step is impossible; 6: somebody changed what it is about."""
        seen = [item.seen for item in self.foreseen]
        if any(isinstance(said, Foreign) for said in seen):
            return 6
        return 3 if any(isinstance(said, Impossible) for said in seen) else 0

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        return {
            "plan": self.plan.id,
            "procedure": self.plan.procedure,
            "target": self.plan.target,
            "context": self.plan.context,
            "notes": list(self.notes),
            "steps": [item.document() for item in self.foreseen],
            "exitCode": self.exit_code,
        }


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a procedure works with on a stack.

    Attributes:
        stack: The stack.
        opened: Its journal.
        ports: Where calls go.
        clock: Time.
        channels: Where people are told.
        notes: What has to be said of all this.
        break_glass: Why it is done without what is asked for otherwise; empty: it is not.
    """

    stack: Stack
    opened: OpenJournal
    ports: Ports
    clock: Clock
    channels: tuple[Channel, ...]
    notes: tuple[str, ...] = ()
    break_glass: str = ""

    @classmethod
    def open(
        cls,
        stack: Stack,
        *,
        clock: Clock | None = None,
        break_glass: str = "",
        holding: str = "",
        environ: Mapping[str, str] = os.environ,
        ports: Callable[[Ports], Ports] = lambda ports: ports,
    ) -> Self:
        """Open the journal and lay everything out.

        Args:
            stack: The stack; its account has been checked.
            clock: Time; the machine's own where none is given.
            break_glass: See `open_journal`.
            holding: See `open_journal`.
            environ: The environment: which channels there are, and where local journals are kept.
            ports: Puts something between the procedure and its ports, such as what fails on purpose.

        Raises:
            JournalUnreachable: the journal does not answer.
            BadRequest: a channel's setting makes no sense.
        """
        clock, channels = clock or SystemClock(), channels_of(stack, environ)
        opened = open_journal(stack, break_glass=break_glass, holding=holding, environ=environ)
        store = opened.journal.store
        others: dict[str, Port] = {
            "notify": NotifyPort(channels),
            "hold": HoldPort(store, clock),
            "points": PointsPort(Records(store)),
        }
        return cls(stack, opened, ports(AwsPorts(stack.clients, others)), clock, channels, opened.notes, break_glass)

    @classmethod
    def checked(
        cls,
        stack: Stack,
        *,
        environment: str | None = None,
        clock: Clock | None = None,
        break_glass: str = "",
        holding: str = "",
        environ: Mapping[str, str] = os.environ,
        ports: Callable[[Ports], Ports] = lambda ports: ports,
    ) -> Self:
        """The same, after making sure that it is the right account and the stack that is meant.

        Args:
            stack: The stack.
            environment: What the caller calls it; see `check_stack`.
            clock: See `open`.
            break_glass: See `open`.
            holding: The id of the plan that is to be gone on with; see `open_journal`.
            environ: See `open`.
            ports: See `open`.

        Raises:
            BadRequest: it is another stack than the one meant.
            Refused: another account, no credentials, or the journal does not answer.
        """
        check_stack(stack, environment)
        return cls.open(stack, clock=clock, break_glass=break_glass, holding=holding, environ=environ, ports=ports)

    def plan(self, plan_id: str) -> Plan:
        """A plan of the journal.

        Raises:
            BadRequest: there is no such plan, or it is of a kind or version that is unknown here.
        """
        return parse_plan(self.opened.journal.plan_document(plan_id))

    def prepare(self, plan: Plan, reader: Reader, notes: tuple[str, ...] = ()) -> Prepared:
        """Make a plan ready: everything that it calls is allowed, as far as IAM says.

        Args:
            plan: The plan.
            reader: The one that it was made with.
            notes: What has to be said of it.

        Raises:
            Refused: a call of it is denied.
        """
        unchecked = check_permissions(self.stack, self.ports, permissions_of(plan, self.opened.calls))
        said = (*self.notes, *notes, *plan.context.get("notes", ()), *unchecked)
        context = {**plan.context, "notes": list(said)}
        if self.opened.broken_glass:
            context["break_glass"] = self.opened.broken_glass
        if self._needs_approval(plan) and self.break_glass:
            said = (*said, f"GLASS BROKEN ({self.break_glass}): nobody else was asked")
            context |= {UNAPPROVED: self.break_glass, "notes": list(said)}
        elif self._needs_approval(plan):
            said = (*said, "a second person has to say yes before the first change")
            context["notes"] = list(said)
        return Prepared(self, plan.model_copy(update={"context": context}), reader, said)

    def _needs_approval(self, plan: Plan) -> bool:
        asked = self.stack.outputs.approval
        return asked is not None and plan.procedure in asked.procedures

    def _check_approval(self, plan: Plan) -> None:
        check_approval(self.opened.journal, plan, self.stack.outputs.approval, self.clock.now())

    def run(self, plan: Plan, *, reader: Reader | None = None, on_event: Callable[[Event], None] = nobody) -> Outcome:
        """Run a plan to its end; people are told if it does not end well.

        Args:
            plan: The plan.
            reader: One that has just read for it.
            on_event: Told what happens, as it happens.

        Raises:
            Overtaken: somebody else holds the target or is at work on the plan.
            JournalUnreachable: the journal does not answer, and nothing was done.
            Refused: a second person has to say yes first; nothing was changed.
            Unfinished: the journal stopped answering on the way.
        """
        ended_before = self.opened.journal.progress(plan.id).ending is not None
        if not ended_before:
            self._check_approval(plan)
        outcome = run(plan, self.ports, self.opened.journal, clock=self.clock, on_event=on_event, reader=reader)
        if outcome.exit_code and not ended_before:
            self._tell_of_failure(outcome)
        return outcome

    def advance(self, plan: Plan, runner: str) -> Outcome | Paused:
        """Move a plan as far as it goes now, for whoever waits in between; people are told if it does not end well.

        Args:
            plan: The plan.
            runner: Who is at work: one name for all the calls that come one after another.

        Raises:
            Overtaken, JournalUnreachable: see `opslib.procedure.advance`.
        """
        ended_before = self.opened.journal.progress(plan.id).ending is not None
        if not ended_before:
            self._check_approval(plan)
        came = advance(plan, self.ports, self.opened.journal, self.clock, runner=runner)
        if isinstance(came, Outcome) and came.exit_code and not ended_before:
            self._tell_of_failure(came)
        return came

    def resume(self, plan_id: str, *, on_event: Callable[[Event], None] = nobody) -> Outcome:
        """Go on with a plan, or give its outcome where it has ended.

        Raises:
            BadRequest: there is no such plan, or it is of a kind or version that is unknown here.
            Overtaken, JournalUnreachable, Unfinished: see `run`.
        """
        return self.run(self.plan(plan_id), on_event=on_event)

    def _tell_of_failure(self, outcome: Outcome) -> None:
        plan, ending = outcome.plan, outcome.ending
        message = Message(
            title=f"{plan.context.get('stack', '')}: {plan.procedure} of {plan.target} did not end well",
            text=ending.says,
            severity="warning" if ending.exit_code == 3 else "critical",  # noqa: PLR2004  nothing was changed
            facts={"plan": plan.id, "by": plan.actor, "exit code": str(ending.exit_code)},
        )
        tell(message, self.channels)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan that is ready: it can be shown, and run.

    Attributes:
        bench: What it is run with.
        plan: The plan.
        reader: The one that it was made with; what that remembers is not asked again.
        notes: What a person should know.
    """

    bench: Workbench
    plan: Plan
    reader: Reader = field(repr=False)
    notes: tuple[str, ...] = ()

    def dry_run(self) -> DryRun:
        """What it would do now. It makes no call that changes anything."""
        return DryRun(self.plan, dry_run(self.plan, self.bench.ports, reader=self.reader), self.notes)

    def run(self, on_event: Callable[[Event], None] = nobody) -> Outcome:
        """Run it to its end; see `Workbench.run`."""
        return self.bench.run(self.plan, reader=self.reader, on_event=on_event)

    def later(self) -> Prepared:
        """The same for whoever takes their time in between, such as a person who is asked: everything is read anew."""
        return replace(self, reader=Reader(self.bench.ports))
