"""`opslib stack`: what a stack watches, and how it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.output import Cell, moment, print_json, print_line, print_table

if TYPE_CHECKING:
    from opslib.stack import AlarmState, StackReport

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What a stack watches, and how it is.")

INCOMPLETE = 1  # checked and bad

STATE_STYLES = {
    "missing": "bold magenta",
    "ALARM": "bold red",
    "INSUFFICIENT_DATA": "yellow",
    "OK": "green",
    "unwatched": "bold magenta",
}
SEVERITY_STYLES = {"emergency": "bold red", "critical": "red", "warning": "yellow", "info": "dim"}


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(help="The stack: prod, or shop/prod where several products have a prod.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(
            help="Its outputs (`pulumi stack output --json`) in a file [env: OPSLIB_OUTPUTS]; "
            "otherwise SSM is asked, then the Pulumi CLI."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; its shape is stable.")] = False,
) -> None:
    """Show what a stack watches and the state of each alarm.

    Ends with 1 when AWS lacks an alarm that the stack's outputs promise. An alarm that rings is no failure of this
    command.
    """
    from opslib.stack import Stack

    report = Stack.open(name, outputs=outputs).report()
    if as_json:
        print_json(report.document())
    else:
        _print_report(report)
    if not report.complete:
        raise typer.Exit(INCOMPLETE)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a stack's outputs."""
    from opslib.contract import json_schema

    print_json(json_schema())


def _print_report(report: StackReport) -> None:
    contract = report.outputs
    where = contract.stack
    revision = " ".join(filter(None, (where.revision, where.revision_time))) or "unknown"
    print_line(Cell(f"{where.product}/{where.environment}", "bold"))
    for label, value in (
        ("account", where.account),
        ("region", where.region),
        ("revision", revision),
        ("outputs", report.source),
    ):
        print_line(Cell(f"{label:<9}", "dim"), value)

    print_table(
        "Workloads",
        ("STATE", "WORKLOAD", "KIND", "ALARMS"),
        [(_state(row.state or "unwatched"), row.key, row.section, str(row.alarms)) for row in report.workloads],
    )
    print_table(
        "Alarms",
        ("STATE", "SEVERITY", "WORKLOAD", "TITLE", "SINCE", "ALARM"),
        [_alarm(live) for live in report.worst_first()],
    )
    print_table(
        "Topics",
        ("TIER", "REGION", "TOPIC"),
        [(tier, region, arn) for tier, regions in contract.topics.items() for region, arn in regions.items()],
    )
    print_table(
        "Dashboards", ("KEY", "NAME"), [(key, dashboard.name) for key, dashboard in contract.dashboards.items()]
    )
    if contract.journal:
        print_table("Journal", ("TABLE", "REGION"), [(contract.journal.table, contract.journal.region)])
    if report.missing:
        print_line()
        print_line(
            Cell(f"{len(report.missing)} of {len(report.alarms)} alarms are missing in AWS:", "bold magenta"),
            "`pulumi refresh` and `pulumi up` create them again",
        )


def _alarm(live: AlarmState) -> tuple[Cell | str, ...]:
    alarm = live.alarm
    return (
        _state(live.state, " (actions off)" if live.actions_enabled is False else ""),
        Cell(alarm.severity, SEVERITY_STYLES[alarm.severity]),
        alarm.workload,
        alarm.title or "-",
        moment(live.since),
        alarm.name,
    )


def _state(state: str, note: str = "") -> Cell:
    return Cell(state + note, STATE_STYLES[state])
