"""`opslib resume`, `history` and `merge`: what was begun, what became of it, and going on with it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from opslib.cli.ending import meaning, print_outcome, resumable
from opslib.cli.live import watching
from opslib.cli.opening import AsJson, BreakGlass, OutputsFile, StackName, opened
from opslib.cli.output import moment, print_json, print_line, print_table
from opslib.errors import BadRequest

__all__ = ["Since", "history", "merge", "read_day", "resume"]

UNFINISHED = ("unfinished", "bold yellow")
Since = Annotated[str | None, typer.Option(metavar="DAY", help="Only from that day on: 2026-11-01.")]


def resume(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id, as it was printed.")],
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
    as_json: AsJson = False,
) -> None:
    """Go on with a plan that was not brought to its end, whoever began it and wherever.

    A plan that has ended is not run again: how it ended is told once more.
    """
    from opslib.rollback import Workbench

    of = opened(stack, outputs)
    bench = Workbench.checked(of, environment=stack, break_glass=break_glass, holding=plan)
    document = bench.plan(plan)
    with resumable(plan), watching(document, as_json=as_json) as on_event:
        outcome = bench.run(document, on_event=on_event)
    print_outcome(outcome, as_json=as_json)
    raise typer.Exit(outcome.exit_code)


def history(
    plan: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="One plan: its whole incident record.")] = None,
    *,
    target: Annotated[str | None, typer.Option(help="Only what was done to it, such as ecs:shop-prod/api.")] = None,
    since: Since = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the plan's record as a page.")] = None,
    export: Annotated[bool, typer.Option("--export", help="Every act as a line of JSON, for an audit.")] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
    as_json: AsJson = False,
) -> None:
    """Show what was done, by whom, why, and what came of it."""
    from opslib import record
    from opslib.procedure.open_journal import open_journal

    if html and plan is None:
        raise BadRequest("--html writes the record of one plan", "name the plan; `opslib history` lists them")
    of, begin = opened(stack, outputs), read_day(since)
    of.check_account()
    here = open_journal(of, break_glass=break_glass)
    journal = here.journal
    for note in here.notes if here.beside else ():
        print(f"opslib: {note}", file=sys.stderr)  # noqa: T201  # what is printed may be read by a program
    if export:
        for act in record.export(journal, begin):
            sys.stdout.write(json.dumps(act, sort_keys=True, ensure_ascii=False) + "\n")
    elif plan is not None:
        found = record.incident(journal, plan)
        if html:
            html.write_text(record.render_html(found), encoding="utf-8")
            print_line(f"written: {html}")
        elif as_json:
            print_json(found.document())
        else:
            sys.stdout.write(record.render_markdown(found))
    else:
        _print(record.history(journal, target, begin), as_json=as_json)


def merge(stack: StackName = None, outputs: OutputsFile = None, as_json: AsJson = False) -> None:
    """Bring into the stack's table what was done with broken glass, while it did not answer.

    Doing it again is nothing new. A plan that has not ended is gone on with first: `opslib resume PLAN`.
    """
    from dataclasses import asdict

    from opslib.procedure.open_journal import open_journal
    from opslib.rollback.merging import merge as merge_plans

    of = opened(stack, outputs)
    of.check_account()
    here = open_journal(of)
    merged = merge_plans(here.beside, here.journal.store) if here.beside else ()
    if as_json:
        print_json([asdict(one) for one in merged])
        return
    for one in merged:
        print_line(f"{one.plan_id} {one.says}")
    if not merged:
        print_line("nothing was done with broken glass that is not in the journal")


def _print(found: tuple[object, ...], *, as_json: bool) -> None:
    from opslib.record import Summary

    summaries = [summary for summary in found if isinstance(summary, Summary)]
    if as_json:
        print_json([summary.model_dump(mode="json") for summary in summaries])
        return
    print_table(
        "What was done",
        ("OUTCOME", "WHEN", "PROCEDURE", "TARGET", "BY", "PLAN"),
        [
            (
                meaning(summary.exit_code),
                moment(summary.planned_at),
                summary.procedure,
                summary.target,
                summary.actor.rpartition("/")[2],
                summary.plan_id,
            )
            for summary in summaries
        ],
    )
    if not summaries:
        print_line("nothing was done yet")


def read_day(text: str | None) -> datetime | None:
    """The beginning of a day that somebody typed; None where they typed none.

    Raises:
        BadRequest: it is no day.
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest(f"--since {text!r} is no day", "write it as 2026-11-01") from None
