"""`opslib sandbox`: an AWS account in a box."""

from __future__ import annotations

import shlex
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.output import Cell, moment, print_json, print_line, print_table
from opslib.errors import BadRequest, Refused

if TYPE_CHECKING:
    from opslib.sandbox import Workload
    from opslib.sandbox.messages import SandboxStatus

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="An AWS account in a box, to try things on.")

PORT = 5566
SAMPLE = "sample"
LOOK_AGAIN_SECONDS = 2.0

Url = Annotated[str, typer.Option(envvar="OPSLIB_SANDBOX_URL", help="Where the sandbox is.")]
Seed = f"A workload as JSON, or the word `{SAMPLE}`."


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0: a free port.")] = PORT,
    seed: Annotated[str | None, typer.Option(metavar="FILE|sample", help=Seed)] = None,
) -> None:
    """Run a sandbox until Ctrl-C, and print the variables that lead AWS clients to it."""
    if find_spec("moto") is None or find_spec("flask") is None:
        raise Refused("the sandbox's server is not installed", "pip install 'opslib-aws[sandbox]'")
    from opslib.sandbox import Sandbox

    workload = _workload(seed) if seed else None
    with Sandbox(port) as sandbox:
        if workload:
            sandbox.seed(workload)
        print_line(f"# a sandbox listens at {sandbox.url}; Ctrl-C ends it")
        for variable, value in sandbox.environment().items():
            print_line(f"export {variable}={shlex.quote(value)}")
        sys.stdout.flush()
        while True:
            time.sleep(LOOK_AGAIN_SECONDS)
            sandbox.status()  # it ends with us, and we with it


@app.command(name="seed")
def seed_it(
    workload: Annotated[str, typer.Argument(metavar="[FILE|sample]", help=Seed)] = SAMPLE,
    url: Url = f"http://127.0.0.1:{PORT}",
) -> None:
    """Create a workload in a running sandbox."""
    from opslib.sandbox import Sandbox

    _print_status(Sandbox.attach(url).seed(_workload(workload)))


@app.command()
def status(
    url: Url = f"http://127.0.0.1:{PORT}",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a running sandbox: its clock, its calls, what is in it."""
    from opslib.sandbox import Sandbox

    found = Sandbox.attach(url).status()
    if as_json:
        print_json(found.model_dump(mode="json", by_alias=True))
    else:
        _print_status(found)


def _workload(given: str) -> Workload:
    from pydantic import ValidationError

    from opslib.contract import describe
    from opslib.sandbox import Workload

    if given == SAMPLE:
        return Workload.sample()
    try:
        return Workload.model_validate_json(Path(given).read_bytes())
    except OSError as problem:
        raise BadRequest(f"the workload in {given} cannot be read ({problem.strerror})") from None
    except ValidationError as problem:
        raise BadRequest(f"the workload in {given} is not right: {describe(problem)}", "correct the file") from None


def _print_status(found: SandboxStatus) -> None:
    calls = found.calls
    for label, value in (
        ("account", found.account),
        ("region", found.region),
        ("clock", moment(found.now)),
        ("calls", f"{calls.total}, of them {calls.mutating} mutating, {calls.failed} failed"),
    ):
        print_line(Cell(f"{label:<9}", "dim"), value)
    print_table("Contents", ("KIND", "NUMBER"), [(kind, str(count)) for kind, count in found.contents.items()])
