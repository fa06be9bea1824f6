"""`opslib guard`: automatic rollback, for who is on call: how it is, what it would do, and its pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.opening import AsJson, OutputsFile, StackName, opened
from opslib.cli.output import Cell, moment, print_json, print_line, print_table
from opslib.errors import BadRequest, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from opslib.guard.foresight import Foresight
    from opslib.guard.status import GuardStatus
    from opslib.rollback import Workbench

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Automatic rollback: how it is, and its pause.")

STATE_STYLES = {
    "alive": "green",
    "amiss": "bold red",
    "not checked": "magenta",
    "open": "bold",
    "taken": "green",
    "overtaken": "dim",
    "over": "dim",
    "running": "cyan",
    "nothing": "dim",
    "proposed": "yellow",
    "rolled back": "green",
    "failed": "bold red",
    "act": "bold green",
    "propose": "bold yellow",
    "wait": "cyan",
}

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")]


@app.command()
def status(stack: StackName = None, outputs: OutputsFile = None, as_json: AsJson = False) -> None:
    """Show the switch, whether each part is alive, what was done last, what is held and proposed, and any pause.

    Ends with 0 where all of it is alive, 1 where something is amiss, 3 where something could not be looked at.
    """
    from opslib.guard.status import read_status

    found = read_status(_bench(stack, outputs))
    if as_json:
        print_json(found.document())
    else:
        _print_status(found)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


@app.command()
def proposals(
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are no longer open, too.")] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what automatic rollback proposes: what for, on what evidence, until when, and the command that does it."""
    from opslib.guard.status import read_proposals
    from opslib.procedure import Declined, NotNow

    bench = _bench(stack, outputs)
    try:
        found = [one for one in read_proposals(bench) if every or one.state == "open"]
    except (Declined, NotNow) as problem:
        raise Refused(problem.what, problem.next_step or "try again in a minute") from None
    name = bench.stack.name
    if as_json:
        print_json([{**one.document(), "command": one.proposal.command(name)} for one in found])
        return
    for one in found:
        print_line()
        print_line(
            Cell(f"{one.proposal.service}: back to {one.proposal.to.rpartition('/')[2]}", "bold"),
            Cell(one.state, STATE_STYLES[one.state]),
        )
        rows = {"since": moment(one.proposal.at), "stands": one.says, "alarm": one.proposal.alarm}
        for label, value in {**rows, **one.proposal.evidence}.items():
            print_line(Cell(f"{label:<8}", "dim"), value)
        if one.state == "open":
            print_line(Cell(f"{'do it':<8}", "dim"), one.proposal.command(name))
    if not found:
        print_line("nothing is proposed")


@app.command()
def decide(
    service: Annotated[str, typer.Argument(help="The service's key in the stack.")],
    *,
    alarm: Annotated[str, typer.Option(metavar="NAME", help="The alarm; else the one that rings, or the first.")] = "",
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what automatic rollback would decide about a service now, and why. Nothing is changed, and nobody is told."""
    from opslib.guard.foresight import foresee

    found = foresee(_bench(stack, outputs), service, alarm=alarm)
    if as_json:
        print_json(found.document())
    else:
        _print_foresight(found)


@app.command()
def pause(
    *,
    until: Annotated[str, typer.Option(metavar="WHEN", help="How long (90m, 2h, 1d), or when: 2026-11-21T18:00Z.")],
    reason: Reason,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Pause automatic rollback for a while: nothing is decided, proposed or begun; it goes on by itself afterwards.

    What has begun is brought to its end. At most seven days: what lasts longer belongs into the stack's file.
    """
    from opslib.guard.pause import Pause, Pauses, until_of

    _said(reason)
    bench = _bench(stack, outputs)
    now = bench.clock.now()
    wanted = Pause(until=until_of(until, now), reason=reason, actor=bench.stack.clients.identity().arn, at=now)
    made = Pauses(bench.opened.journal.store).set(wanted)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    print_line(f"paused until {moment(made.until)}; `opslib guard resume` ends it before")


@app.command()
def resume(
    *,
    reason: Reason,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """End the pause before its time; who did it and why is kept."""
    from opslib.guard.pause import Pauses

    _said(reason)
    bench = _bench(stack, outputs)
    ended = Pauses(bench.opened.journal.store).resume(
        actor=bench.stack.clients.identity().arn, reason=reason, at=bench.clock.now()
    )
    if as_json:
        print_json(ended.model_dump(mode="json"))
        return
    print_line(f"not paused any more; it was to be until {moment(ended.until)}: {ended.reason}")


@app.command()
def redrive(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Remove what is too late to be done.")] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Do what lies in the dead-letter queues after all, where it is not too late.

    An alarm that started nothing is decided about as of now; the recorder looks again. It can be run again.
    """
    from opslib.guard.redrive import redrive as again

    found = again(_bench(stack, outputs), dry_run=dry_run, discard=discard)
    if as_json:
        print_json([one.document() for one in found])
        return
    words = {"start": "started", "record": "recorded again", "late": "discarded"}
    print_table(
        "Dead letters",
        ("WHAT", "QUEUE", "OF", "WHY"),
        [
            (words[one.does] if one.done else f"stays ({one.does})", one.queue, moment(one.at), one.says)
            for one in found
        ],
    )
    if not found:
        print_line("nothing lies in the dead-letter queues")


def _bench(name: str | None, outputs: Path | None) -> Workbench:
    from opslib.rollback import Workbench

    return Workbench.checked(opened(name, outputs), environment=name)


def _said(reason: str) -> None:
    if not reason.strip():
        raise BadRequest("--reason is empty", "say why: whoever wonders at night reads it")


def _print_status(found: GuardStatus) -> None:
    within = f"(a deployment counts as the cause for {found.within_minutes} min)" if found.within_minutes else ""
    print_line(Cell(f"{found.stack}: automatic rollback is {_SWITCH[found.mode]}", "bold"), Cell(within, "dim"))
    if found.pause is not None:
        print_line(Cell("paused ", "bold yellow"), str(found.pause))
    print_table(
        "Parts",
        ("STATE", "WHAT", "NAME", "HOW IT IS", "WHAT FOR"),
        [
            (Cell(one.state, STATE_STYLES[one.state]), one.part.kind, one.name, one.says, one.part.does)
            for one in found.parts
        ],
    )
    print_table(
        "What it did last",
        ("CAME TO", "WHEN", "ALARM", "WHY", "PLAN"),
        [
            (Cell(one.state, STATE_STYLES[one.state]), moment(one.at), one.alarm or "-", one.says, one.plan or "-")
            for one in found.last
        ],
    )
    print_table(
        "Held",
        ("TARGET", "AGAINST", "SINCE", "REASON"),
        [(hold.target, hold.scope, moment(hold.at), hold.reason) for hold in found.held],
    )
    print_table(
        "Proposed",
        ("SERVICE", "BACK TO", "SINCE", "UNTIL"),
        [
            (
                one.proposal.service,
                one.proposal.to.rpartition("/")[2],
                moment(one.proposal.at),
                moment(one.proposal.until),
            )
            for one in found.proposals
        ],
    )
    print_table("Not looked at", ("WHY",), [(why,) for why in found.not_seen])


_SWITCH = {"off": "off", "propose": "on: it proposes", "act": "on: it acts"}


def _print_foresight(found: Foresight) -> None:
    print_line(
        Cell(f"{found.service}, by {found.alarm}:", "bold"),
        Cell(found.decision.does, STATE_STYLES[found.decision.does]),
    )
    print_line(Cell("why    ", "dim"), found.decision.why)
    if found.refused:
        print_line(Cell("but    ", "bold yellow"), found.refused)
    print_table(
        "What has to be so",
        ("", "WHAT", "WHAT SPEAKS AGAINST IT"),
        [
            (Cell("no" if against else "yes", "red" if against else "green"), says, against)
            for _, says, against in found.conditions()
        ],
    )
    if found.plan is not None:
        print_table(
            "What would be done",
            ("PART", "STEP", "CALL"),
            [(item.step.part, item.step.title, item.says) for item in found.plan.foreseen],
        )
    print_line()
    print_line(Cell("nothing was changed, and nobody was told", "dim"))
