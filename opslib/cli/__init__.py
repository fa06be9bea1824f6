"""The `opslib` command: arguments to a call, a report to a table; no decisions.

Whatever goes wrong ends here, as one line on standard error and an exit code (`opslib.errors` lists them). Commands
import what they need when they run, so that `opslib --help` costs no boto3.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from opslib import __version__
from opslib.cli import (
    approval,
    backup,
    doctor,
    evidence,
    guard,
    hold,
    journal,
    policy,
    rollback,
    sandbox,
    stack,
    summary,
)
from opslib.errors import OpslibError

__all__ = ["app", "main"]

DEBUG_VARIABLE = "OPSLIB_DEBUG"
"""Set to anything, an unexpected exception is shown with its traceback."""

BUG = 5  # nobody knows what state the world is in
BAD_USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
PIPE_CLOSED = 141  # 128 + SIGPIPE

# Without rich's markup: its help draws boxes, also into a CI log, and doubles the time to start.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(stack.app, name="stack")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(rollback.app, name="rollback")
app.command()(rollback.points)
app.command()(journal.resume)
app.command()(journal.history)
app.command()(journal.merge)
app.command()(approval.approve)
app.command()(policy.policy)
app.add_typer(hold.app, name="hold")
app.add_typer(guard.app, name="guard")
app.command()(doctor.doctor)
app.command()(summary.summary)
app.add_typer(backup.app, name="backup")
app.add_typer(evidence.app, name="evidence")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"opslib {__version__}")
        raise typer.Exit


@app.callback()
def opslib(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Operate a stack that the opslib program made: what is watched, and how it is.

    Exit codes: 0 done; 1 checked and bad; 2 bad request; 3 refused, nothing changed; 4 failed and undone; 5 needs a
    person; 6 overtaken by somebody else; 7 unfinished, can be resumed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The words after `opslib`; None: those of the process.

    Returns:
        The exit code.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a title that the terminal cannot show is no reason to fail
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except OpslibError as problem:
        return _ended(str(problem), problem.exit_code)
    except BrokenPipeError:
        return _pipe_closed()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as problem:  # noqa: BLE001  # the last line of defence: nobody is shown a traceback unasked
        if os.environ.get(DEBUG_VARIABLE):
            import traceback

            traceback.print_exc()
        return _ended(
            f"{type(problem).__name__}: {problem}: this is a bug in opslib; set {DEBUG_VARIABLE}=1 for the traceback",
            BUG,
        )
    return code


def _run(arguments: list[str]) -> int:
    try:
        answer = typer.main.get_command(app).main(args=arguments, prog_name="opslib", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as ended:  # typer ends the process itself when standard output is gone
        if isinstance(ended.__context__, OSError) and ended.__context__.errno == errno.EPIPE:
            return _pipe_closed()
        raise
    except Exception as problem:
        # Usage errors: typer's class of them has moved between its versions, their method has not.
        told = getattr(problem, "format_message", None)
        if told is None:
            raise
        if type(problem).__name__ == "NoArgsIsHelpError":
            print(told(), file=sys.stderr)  # noqa: T201  # the help itself
            return BAD_USAGE
        context = getattr(problem, "ctx", None)
        command = context.command_path if context is not None else "opslib"
        return _ended(f"{told().rstrip('.')} (`{command} --help` says more)", BAD_USAGE)
    return answer if isinstance(answer, int) else 0


def _ended(message: str, code: int) -> int:
    print("opslib:", " ".join(message.split()), file=sys.stderr)  # noqa: T201  # this is the command
    return code


def _pipe_closed() -> int:
    """Whoever read our output has had enough; Python's own flush at exit must not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
