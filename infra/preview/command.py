"""``python -m infra.preview``: arguments in, a report out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from infra.preview.document import Report
from infra.preview.given import Model, Terms, model_of_file, model_of_program, terms_of_file
from infra.preview.report import report_of
from opslib.errors import BadRequest, OpslibError

if TYPE_CHECKING:
    from infra.preview.replaying import Replayed

__all__ = ["Request", "main", "preview"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        stack: The stack's name.
        config: Its file; None: `Pulumi.NAME.yaml` here.
        program: A user's own program, `module:function`; None: the stack's file is read.
        history: Where histories are; None: nothing is replayed.
        incidents: What was really wrong.
        against: A state file or a revision; None: nothing is compared.
    """

    stack: str
    config: Path | None = None
    program: str | None = None
    history: Path | None = None
    incidents: Path | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A report, and what its pictures are drawn from."""

    report: Report
    model: Model
    replayed: Replayed | None


def preview(request: Request) -> Preview:
    """Everything that is asked for.

    Raises:
        BadRequest: Something that was given is wrong.
    """
    if request.incidents and not request.history:
        raise BadRequest(f"--incidents {request.incidents} without --history", "give the history that they are of")
    model = _model(request)
    before = None
    if request.against is not None:
        from infra.preview.before.against import read_before  # what git and archives need, most runs do not

        before = read_before(
            request.against, model, stack=request.stack, config=request.config, program=request.program
        )
    found = None
    if request.history:
        from infra.preview.replaying import replayed  # numpy and pyarrow take longer than all the rest

        found = replayed(model, request.history, request.incidents, before)
    report = report_of(
        model,
        stack=request.stack,
        before=before,
        backtest=found.backtest if found else (),
        replay=found.replay if found else None,
    )
    return Preview(report, model, found)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit 0 where all is well, 1 where a limit is exceeded, 2 with one line where the input is wrong."""
    given = _parser().parse_args(arguments)
    request = Request(given.stack, given.config, given.program, given.history, given.incidents, given.against)
    try:
        made = preview(request)
        text = _said(made, as_json=given.json)
        for path, content in _files(given, made):
            _write(path, content)
    except OpslibError as problem:
        print(f"infra.preview: {problem}", file=sys.stderr)  # noqa: T201  this is a command
        return problem.exit_code
    print(text)  # noqa: T201
    return made.report.exit_code


def _said(made: Preview, *, as_json: bool) -> str:
    if as_json:
        try:
            return made.report.model_dump_json(indent=2)
        except ValueError as problem:
            what = f"{made.report.source}: it holds what no JSON can ({' '.join(str(problem).split())})"
            raise BadRequest(what, "correct the name or text") from None
    from infra.preview.summary import summary

    return summary(made.report)


def _model(request: Request) -> Model:
    path = request.config or Path(f"Pulumi.{request.stack}.yaml")
    if request.program is None:
        return model_of_file(path)
    region, terms = terms_of_file(path) if request.config or path.is_file() else ("", Terms())
    return replace(model_of_program(request.program, request.stack, region=region), terms=terms)


def _files(given: argparse.Namespace, made: Preview) -> list[tuple[Path, str]]:
    files = []
    if given.markdown:
        from infra.preview.markdown import markdown

        files.append((given.markdown, markdown(made.report)))
    if given.html:
        from infra.preview.page import page

        files.append((given.html, page(made.report, made.model, made.replayed.history if made.replayed else None)))
    return files


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as problem:
        raise BadRequest(f"{path} cannot be written ({problem.strerror})", "name another file") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.preview",
        description="What a stack's monitoring will be, cost and do, before it is deployed: no engine, no credentials.",
        epilog="Exit codes: 0 fine; 1 a limit is exceeded; 2 the input is wrong.",
    )
    parser.add_argument("--stack", required=True, metavar="NAME", help="the NAME of Pulumi.NAME.yaml")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the stack's file, if it is called otherwise")
    parser.add_argument(
        "--program", metavar="MODULE:FUNCTION", help="your own program: a function that returns its model"
    )
    parser.add_argument("--against", metavar="STATE|REV", help="a file of `pulumi stack export`, or a git revision")
    parser.add_argument("--history", type=Path, metavar="DIR", help="metric history to replay the alarms over")
    parser.add_argument("--incidents", type=Path, metavar="FILE", help="what was really wrong, to judge the alarms by")
    parser.add_argument(
        "--html", type=Path, metavar="OUT", help="write the report as a page, with all dashboards drawn"
    )
    parser.add_argument("--markdown", type=Path, metavar="OUT", help="write it as a comment for the pull request")
    parser.add_argument("--json", action="store_true", help="print it as JSON (docs/preview.schema.json)")
    return parser
