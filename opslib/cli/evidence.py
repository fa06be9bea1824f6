"""`opslib evidence`: what nobody can change any more, in the stack's bucket."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.backup import TOML, Config
from opslib.cli.journal import Since, read_day
from opslib.cli.opening import AsJson, OutputsFile, StackName, opened
from opslib.cli.output import Cell, moment, print_json, print_line, print_table

if TYPE_CHECKING:
    from opslib.record import Kept

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Reports and the journal where nobody can change them: the stack's bucket of evidence.",
)

AT_FAULT = 1


@app.command(name="journal")
def keep_journal(
    since: Since = None,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Put the journal into the bucket: every act, by whom and why, as `opslib history --export` prints it."""
    from opslib.procedure.open_journal import open_journal
    from opslib.record import EvidenceBucket, journal_piece

    of, begin = opened(stack, outputs), read_day(since)
    bucket = EvidenceBucket(of)
    piece = journal_piece(open_journal(of).journal, begin)
    _print_kept(bucket.keep([piece] if piece else ()), "nothing was done yet", as_json=as_json)


@app.command(name="backups")
def keep_backups(
    config: Config = TOML,
    directory: Annotated[Path | None, typer.Option(help="Of the evidence; otherwise the configuration's.")] = None,
    stack: StackName = None,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Put the reports of `opslib backup` into the bucket, those that are not there yet."""
    from opslib.backup import read_config
    from opslib.backup.evidence.kept import pieces
    from opslib.record import EvidenceBucket

    found = pieces(directory or read_config(config).evidence.directory)
    bucket = EvidenceBucket(opened(stack, outputs))
    _print_kept(bucket.keep(found), "there is no report yet", as_json=as_json)


@app.command()
def verify(stack: StackName = None, outputs: OutputsFile = None, as_json: AsJson = False) -> None:
    """Read everything back: nothing was changed, hidden or left out, and all of it is locked.

    Ends with 0 when all is as it was put there, with 1 when something is not.
    """
    from opslib.backup.evidence.kept import disorder
    from opslib.record import EvidenceBucket

    bucket = EvidenceBucket(opened(stack, outputs))
    checked = tuple(bucket.check())
    faults = {one.key: list(one.faults) for one in checked}
    for key, says in disorder({one.key: one.content for one in checked if one.content}):
        faults[key].append(says)
    wrong = {key: found for key, found in faults.items() if found}
    if as_json:
        print_json(
            {
                "bucket": bucket.name,
                "objects": [
                    {
                        "key": one.key,
                        "size": len(one.content),
                        "lockedUntil": _iso(one.locked_until),
                        "faults": faults[one.key],
                    }
                    for one in checked
                ],
            }
        )
    else:
        if wrong:
            rows = [(Cell(", ".join(found), "bold red"), key) for key, found in sorted(wrong.items())]
            print_table(bucket.name, ("WHAT", "KEY"), rows)
        until = min((one.locked_until for one in checked if one.locked_until), default=None)
        well = Cell(f"{len(checked) - len(wrong)} of {len(checked)} objects are as they were put there", "bold")
        print_line(well, f"in s3://{bucket.name}; locked until {moment(until)} or longer" if until else "")
    raise typer.Exit(AT_FAULT if wrong else 0)


def _print_kept(found: tuple[Kept, ...], nothing: str, *, as_json: bool) -> None:
    if as_json:
        print_json([{"uri": one.uri, "sha256": one.sha256, "size": one.size, "new": one.is_new} for one in found])
        return
    for one in found:
        if one.is_new:
            print_line(Cell("kept", "green"), one.uri, Cell(one.sha256, "dim"))
    there = sum(not one.is_new for one in found)
    if there:
        print_line(f"{there} of {len(found)} were there: {_folder(found[-1].uri)}")
    if not found:
        print(nothing, file=sys.stderr)  # noqa: T201  # this is the command


def _folder(uri: str) -> str:
    return f"{uri.rpartition('/')[0]}/"


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
