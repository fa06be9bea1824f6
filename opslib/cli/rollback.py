"""`opslib rollback` and `opslib points`: going back, and what there is to go back to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opslib.cli.ending import print_outcome, resumable
from opslib.cli.live import watching
from opslib.cli.opening import AsJson, BreakGlass, CalendarFile, OutputsFile, StackName, opened, read_calendar
from opslib.cli.output import Cell, moment, print_json, print_line, print_table

if TYPE_CHECKING:
    from opslib.rollback import DryRun, Prepared

__all__ = ["app", "points"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Go back to what was good.")

VERDICT_STYLES = {"good": "green", "bad": "red", "unproven": "yellow"}
FORESEEN_STYLES = {
    "Needed": "bold",
    "KnownAfter": "bold",
    "Satisfied": "dim",
    "Waiting": "",
    "Foreign": "bold red",
    "Impossible": "bold red",
}


@app.callback()
def rollback() -> None:
    """Go back to what was good."""


@app.command()
def service(
    name: Annotated[str, typer.Argument(help="The service's key in the stack.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="7, family:7 or an ARN; else the last revision that was good."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; people are told, and it is kept.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show every call that would be made.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")] = False,
    across_migration: Annotated[
        bool, typer.Option("--across-migration", help="The revision can live with the schema as it is now.")
    ] = False,
    no_hold: Annotated[bool, typer.Option("--no-hold", help="Do not hold deployments afterwards.")] = False,
    despite: Annotated[
        str, typer.Option(metavar="REASON", help="Do it although a hold or the calendar stands against it.")
    ] = "",
    calendar: CalendarFile = None,
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
    as_json: AsJson = False,
) -> None:
    """Roll an ECS service back, unchanged, and wait until the revision serves and its alarms are quiet.

    It can be killed at any moment and continued with `opslib resume`, here or on another machine.
    """
    from opslib.rollback import plan_service

    prepared = plan_service(
        opened(stack, outputs),
        name,
        environment=stack,
        to=to,
        reason=reason,
        across_migration=across_migration,
        hold=not no_hold,
        despite=despite,
        calendar=read_calendar(calendar),
        break_glass=break_glass,
    )
    if dry_run:
        seen = prepared.dry_run()
        if as_json:
            print_json(seen.document())
        else:
            _print_dry_run(seen)
        raise typer.Exit(seen.exit_code)
    if not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
        _print_dry_run(prepared.dry_run())
        typer.confirm("Do it?", abort=True)
        prepared = prepared.later()
    _run(prepared, as_json=as_json)


def _run(prepared: Prepared, *, as_json: bool) -> None:
    plan = prepared.plan
    if not as_json:
        print_line(Cell(_headline(plan.context, plan.target), "bold"))
        print_line(Cell("plan   ", "dim"), plan.id)
        for note in prepared.notes:
            print_line(Cell("note   ", "yellow"), note)
        print_line()
    with resumable(plan.id), watching(plan, as_json=as_json) as on_event:
        outcome = prepared.run(on_event)
    print_outcome(outcome, as_json=as_json)
    raise typer.Exit(outcome.exit_code)


def _print_dry_run(seen: DryRun) -> None:
    plan = seen.plan
    print_line(Cell(_headline(plan.context, plan.target), "bold"))
    for label, value in (("reason", plan.reason), ("why", plan.context.get("why")), ("by", plan.actor)):
        if value:
            print_line(Cell(f"{label:<7}", "dim"), str(value))
    for note in seen.notes:
        print_line(Cell("note   ", "yellow"), note)
    print_table(
        "What would be done",
        ("PART", "STEP", "CALL"),
        [
            (item.step.part, item.step.title, Cell(item.says, FORESEEN_STYLES[type(item.seen).__name__]))
            for item in seen.foreseen
        ],
    )
    print_line()
    calls = sum(item.call is not None for item in seen.foreseen)
    print_line(Cell(f"{calls} calls would be made; nothing was changed", "dim"))


def _headline(context: dict[str, Any], target: str) -> str:
    names = [str(context.get(end, "")).rpartition("/")[2] for end in ("from", "to")]
    return f"{target}: {' -> '.join(names)}" if all(names) else target


def points(
    name: Annotated[str, typer.Argument(help="The service's key in the stack.")],
    *,
    clean_up: Annotated[
        bool, typer.Option("--clean-up", help="Forget what was recorded over 30 days ago; never the last good one.")
    ] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
    as_json: AsJson = False,
) -> None:
    """Show what a service can be rolled back to, and how good it was."""
    from opslib.rollback import clean_up_points
    from opslib.rollback import points as points_of

    of = opened(stack, outputs)
    if clean_up:
        forgotten = clean_up_points(of, name, environment=stack, break_glass=break_glass)
        if not as_json:
            print_line(f"{len(forgotten)} old records forgotten")
    found = points_of(of, name, environment=stack, break_glass=break_glass)
    if as_json:
        print_json([point.document() for point in found])
        return
    print_table(
        f"Rollback points of {name}",
        ("VERDICT", "REVISION", "DEPLOYED", "SCHEMA", "WHY"),
        [
            (
                Cell(point.verdict, VERDICT_STYLES[point.verdict]),
                point.name,
                moment(point.deployed_at),
                point.schema_revision or "-",
                point.why,
            )
            for point in found
        ],
    )
    if not found:
        print_line(f"{name} has no rollback point: ECS knows of no deployment that completed, and nothing is recorded")
