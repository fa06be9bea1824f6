"""What every `opslib` command shares: how it starts, and how it ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
import typer

import opslib.cli
from opslib import __version__
from opslib.errors import OpslibError, Unreachable

COMMAND = [sys.executable, "-c", "import sys; from opslib.cli import main; sys.exit(main())"]


def raising(monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> int:
    """The exit code of a command that raises."""
    app = typer.Typer()

    @app.callback(invoke_without_command=True)
    def command() -> None:
        raise problem

    monkeypatch.setattr(opslib.cli, "app", app)
    return opslib.cli.main([])


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert opslib.cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"opslib {__version__}\n"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["stack", "show", "--help"], ["nix"]])
def test_it_starts_without_what_it_does_not_need(arguments: list[str]) -> None:
    program = (
        "import sys; from opslib.cli import main; main(sys.argv[1:]);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    loaded = set(run.stderr.splitlines()[-1].split())
    assert "typer" in loaded
    assert loaded.isdisjoint({"boto3", "botocore", "moto", "pulumi", "rich", "numpy"})


@pytest.mark.parametrize("arguments", [[], ["stack"], ["sandbox"]])
def test_without_a_command_the_help_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert opslib.cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: opslib")
    assert captured.err.isascii()


def test_an_error_of_the_tree_is_its_line_and_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(monkeypatch, Unreachable("AWS does not answer", "wait")) == 3
    assert capsys.readouterr().err == "opslib: AWS does not answer: wait\n"
    assert raising(monkeypatch, OpslibError("half\ndone")) == 5
    assert capsys.readouterr().err == "opslib: half done\n"


def test_a_bug_is_one_line_and_its_traceback_is_for_the_asking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPSLIB_DEBUG", raising=False)
    assert raising(monkeypatch, KeyError("who\nknows")) == 5
    line = capsys.readouterr().err
    assert line.startswith("opslib: KeyError: ")
    assert line.count("\n") == 1
    assert "this is a bug in opslib; set OPSLIB_DEBUG=1" in line
    monkeypatch.setenv("OPSLIB_DEBUG", "1")
    assert raising(monkeypatch, KeyError("who")) == 5
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_reader_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run([*COMMAND, "stack", "schema"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (run.returncode, run.stderr) == (141, b"")


def test_a_terminal_that_cannot_show_a_letter_gets_another() -> None:
    program = (
        "import sys, typer, opslib.cli; from opslib.cli.output import print_line;"
        "opslib.cli.app = typer.Typer();"
        "opslib.cli.app.callback(invoke_without_command=True)(lambda: print_line('f\u00fcr'));"
        "sys.exit(opslib.cli.main([]))"
    )
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run([sys.executable, "-c", program], env=ascii_only, capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"f?r\n", b"")


def test_a_terminal_gets_colour() -> None:
    ours, theirs = pty.openpty()
    program = "from opslib.cli.output import *; print_table('T', ['A'], [[Cell('[x] ok', 'green')]])"
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
    subprocess.run([sys.executable, "-c", program], stdout=theirs, env=environment, check=True)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    os.close(theirs)
    assert "\x1b[32m[x] ok" in shown
