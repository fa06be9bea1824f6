"""`opslib backup`: backups taken, proven restorable, counted, and the evidence of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opslib.cli.opening import OutputsFile
from opslib.cli.output import Cell, moment, print_json, print_line, print_table
from opslib.errors import BadRequest, Refused

if TYPE_CHECKING:
    from opslib.backup import BackupConfig, Finding, Run
    from opslib.backup.evidence import Entry
    from opslib.backup.progress import Event

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Backups: taken, proven restorable, counted.")
evidence_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The reports of all runs, as a chain.")
app.add_typer(evidence_app, name="evidence")

NEEDED = ("psycopg", "redis", "jinja2")
VERDICT_STYLES = {"proven": "green", "disproven": "bold red", "not checked": "yellow", "damaged": "bold magenta"}
WORST_FIRST = ("disproven", "not checked", "proven")

Config = Annotated[
    Path, typer.Option(envvar="OPSLIB_BACKUP_CONFIG", help="The configuration; docs/backup.md shows one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its shape is stable.")]
Name = Annotated[str, typer.Argument(help="The source, as the configuration calls it.")]
TOML = Path("backup.toml")


@app.command()
def take(name: Name, config: Config = TOML, outputs: OutputsFile = None, as_json: AsJson = False) -> None:
    """Take a backup of a source, with a manifest to verify it by."""
    read = _read(config)
    if outputs is not None:
        read = _of_stack(read, outputs)
    from opslib.backup import take as run

    with _progress(as_json) as tell:
        done = run(read, name, tell=tell)
    _end([done], as_json)


@app.command()
def verify(
    name: Name,
    config: Config = TOML,
    path: Annotated[str | None, typer.Option(help="The backup; otherwise the newest.")] = None,
    skip_proven: Annotated[
        bool, typer.Option("--skip-proven", help="Run nothing where the same bytes were proven by the same checks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup where nobody is disturbed, and check what it holds.

    Ends with 0 when it is proven, 1 when it is disproven, 5 when not everything required could be checked.
    """
    _refuse_empty(path=path)
    read = _read(config)
    from opslib.backup import verify as run

    with _progress(as_json) as tell:
        done = run(read, name, path=Path(path) if path else None, skip_proven=skip_proven, tell=tell)
    _end([done], as_json)


@app.command()
def inventory(
    names: Annotated[list[str] | None, typer.Argument(help="The sources; otherwise all.")] = None,
    config: Config = TOML,
    as_json: AsJson = False,
) -> None:
    """Count the backups: age, gaps, retention, encryption, versions, the second copy."""
    read = _read(config)
    from opslib.backup import inventory as run

    with _progress(as_json) as tell:
        done = run(read, names or (), tell=tell)
    _end(done, as_json)


@app.command()
def prune(
    name: Name,
    config: Config = TOML,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; otherwise they are only listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the backups that are past their time; never the last proven one. Without --yes nothing is removed."""
    read = _read(config)
    from opslib.backup import prune as run

    with _progress(as_json) as tell:
        plan, done = run(read, name, apply=yes, tell=tell)
    if as_json:
        print_json(
            {
                "removed": bool(done),
                "remove": [point.name for point in plan.remove],
                "keep": [{"name": kept.point.name, "why": kept.why} for kept in plan.keep],
            }
        )
        return
    rows = [(Cell("remove", "red"), point.name, moment(point.time), "past its time") for point in plan.remove]
    rows += [(Cell("keep", "green"), kept.point.name, moment(kept.point.time), kept.why) for kept in plan.keep]
    if not rows:
        print_line(f"{name}: there is no backup of it")
        return
    print_table(f"{name}: {'removed' if done else 'nothing is removed yet'}", ("WHAT", "BACKUP", "OF", "WHY"), rows)
    if plan.remove and not done:
        print_line()
        print_line(f"`opslib backup prune {name} --yes` removes them")


@evidence_app.command(name="list")
def list_reports(config: Config = TOML, as_json: AsJson = False) -> None:
    """List the reports, the last one first."""
    directory = _read(config).evidence.directory
    from opslib.backup import evidence

    told = [_told(directory, entry) for entry in reversed(evidence.read_entries(directory))]
    if as_json:
        print_json(told)
        return
    rows = [
        (
            _verdict(row["verdict"]),
            *(str(row[key]) for key in ("sequence", "action", "source", "ended_at")),
            row["sha256"],
        )
        for row in told
    ]
    print_table(str(directory), ("VERDICT", "NUMBER", "ACTION", "SOURCE", "ENDED", "SHA-256"), rows)


def _told(directory: Path, entry: Entry) -> dict[str, Any]:
    """A line of the list; of a report that was changed or is missing, that."""
    from opslib.backup.evidence import read_report

    known = {"sequence": entry.sequence, "sha256": entry.sha256}
    try:
        report = read_report(directory, entry)
    except BadRequest:
        return known | {"verdict": "damaged", "action": entry.file, "source": "", "ended_at": ""}
    ended = report.ended_at.isoformat(timespec="seconds")
    return known | {"verdict": report.verdict, "action": report.action, "source": report.source, "ended_at": ended}


@evidence_app.command()
def show(
    which: Annotated[
        str, typer.Argument(help="Its number, its file, or the beginning of its hash; otherwise the last.")
    ] = "",
    config: Config = TOML,
    as_json: AsJson = False,
) -> None:
    """Show a report."""
    directory = _read(config).evidence.directory
    from opslib.backup import evidence

    report, entry = evidence.find_report(directory, which)
    if as_json:
        print_json(report.model_dump(mode="json") | {"sha256": entry.sha256})
        return
    print_line(Cell(f"{report.action} {report.source} in {report.environment}", "bold"), _verdict(report.verdict))
    _print_findings(report.source, report.found())
    print_line()
    print_line(Cell("page", "dim"), str(directory / f"{entry.file}.html"))


@evidence_app.command(name="verify")
def verify_evidence(
    config: Config = TOML,
    directory: Annotated[str | None, typer.Option(help="Of the evidence; otherwise the configuration's.")] = None,
    key: Annotated[str | None, typer.Option(help="KMS key of the signatures; otherwise the configuration's.")] = None,
    head: Annotated[
        str | None, typer.Option(help="The hash of a report, noted elsewhere, that must be in the chain.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Detect whether a report was changed, removed, reordered, cut off or added."""
    _refuse_empty(directory=directory, key=key, head=head)
    read = None if directory else _read(config)
    _check_installed()
    from opslib.backup import EXIT_CODES, evidence, verdict_of
    from opslib.clients import Clients

    place = Path(directory) if directory else read.evidence.directory if read else Path()
    signed_by = key or (read.evidence.kms_key if read else None)
    region = read.evidence.region if read else None
    signer = evidence.Signer(signed_by, Clients(), region) if signed_by else None
    findings = evidence.verify_chain(place, signer=signer, head=head)
    verdict = verdict_of(findings)
    if as_json:
        print_json({"verdict": verdict, "findings": [_document(finding) for finding in findings]})
    else:
        print_line(Cell(str(place), "bold"), _verdict(verdict))
        _print_findings("the chain", findings)
    raise typer.Exit(EXIT_CODES[verdict])


@evidence_app.command()
def schema() -> None:
    """Print the JSON Schema of a report."""
    from opslib.backup.evidence.report import json_schema

    print_json(json_schema())


def _refuse_empty(**options: str | None) -> None:
    """An empty option is a variable that was not set: to do without it would leave out what was asked for."""
    for name, value in options.items():
        if value is not None and not value.strip():
            raise BadRequest(f"--{name} is empty", "say what it should be, or leave it out")


def _read(path: Path) -> BackupConfig:
    _check_installed()
    from opslib.backup import read_config

    return read_config(path)


def _of_stack(read: BackupConfig, outputs: Path) -> BackupConfig:
    """The configuration, whose stack's outputs are in that file."""
    if read.stack is None:
        raise BadRequest("--outputs is of a stack, and the configuration names none", 'write stack = "shop/prod"')
    return read.model_copy(update={"outputs": outputs.absolute()})


def _check_installed() -> None:
    missing = [package for package in NEEDED if find_spec(package) is None]
    if missing:
        raise Refused(
            f"what verifies backups is not installed ({', '.join(missing)})", "pip install 'opslib-aws[backup]'"
        )


def _end(runs: Sequence[Run], as_json: bool) -> None:
    """Print what came of runs, and end with the worst of their codes."""
    if as_json:
        documents = [
            run.report.model_dump(mode="json")
            | {"sha256": run.entry.sha256, "path": str(run.path) if run.path else None}
            for run in runs
        ]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for run in runs:
            _print_run(run)
    worst = min(runs, key=lambda run: WORST_FIRST.index(run.verdict), default=None)
    raise typer.Exit(worst.exit_code if worst else 0)


def _print_run(run: Run) -> None:
    report = run.report
    print_line(Cell(f"{report.action} {report.source} in {report.environment}", "bold"), _verdict(report.verdict))
    if report.subject:
        print_line(Cell("backup  ", "dim"), str(run.path or report.subject.name))
    if report.skipped:
        print_line(Cell("skipped ", "yellow"), f"nothing was run: proven by report {report.skipped.sequence}")
    _print_findings(report.source, report.found())
    if report.phases:
        print_line()
        print_line(Cell("time    ", "dim"), ", ".join(f"{phase.name} {phase.seconds:.2f} s" for phase in report.phases))
    print_line(Cell("evidence", "dim"), str(run.page))
    print_line(Cell("sha256  ", "dim"), run.entry.sha256)
    if run.entry.unsigned_because:
        print_line(Cell("unsigned", "bold magenta"), run.entry.unsigned_because)


def _print_findings(title: str, findings: Iterable[Finding]) -> None:
    ordered = sorted(findings, key=lambda finding: WORST_FIRST.index(finding.verdict))
    rows = [
        (_verdict(finding.verdict), finding.check + ("" if finding.required else " (not required)"), finding.says)
        for finding in ordered
    ]
    print_table(title, ("VERDICT", "CHECK", "FOUND"), rows)


def _verdict(verdict: str) -> Cell:
    return Cell(verdict, VERDICT_STYLES[verdict])


def _document(finding: Finding) -> dict[str, object]:
    return {"check": finding.check, "verdict": finding.verdict, "says": finding.says, "on": finding.on} | {
        "required": finding.required
    }


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[Event], None]]:
    """Tell what goes on, on standard error: a line that moves on a terminal, a line for each phase anywhere else."""
    with _ended_in_order():
        if as_json or not sys.stderr.isatty():
            yield _silent if as_json else _Lines()
            return
        from rich.console import Console

        with Console(stderr=True).status("…") as status:
            yield lambda event: status.update(_words(event))


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Told to end, by a scheduler whose patience is over say, a run takes its scratch server with it."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Lines:
    """A line for each new phase; not one for each file."""

    def __init__(self) -> None:
        self._last = ("", "")

    def __call__(self, event: Event) -> None:
        if (event.source, event.says) != self._last:
            self._last = (event.source, event.says)
            print(f"{event.source}: {event.says}", file=sys.stderr)  # noqa: T201  # this is the command


def _silent(event: Event) -> None:
    del event


def _words(event: Event) -> str:
    amount = f" {event.done} of {event.total}" if event.total else ""
    return f"{event.source}: {event.says}{amount}".replace("[", "\\[")
