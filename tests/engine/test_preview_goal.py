"""`make preview-engine`, as the workflow of a pull request runs it, with the real engine."""

from __future__ import annotations

import subprocess

import pytest

from demo import stack_file
from demo.deployment import engine_for
from opslib.sandbox import Sandbox


@pytest.mark.feature("P1")
def test_what_the_engine_would_do_is_left_for_the_comment(account: tuple[stack_file.StackFile, Sandbox]) -> None:
    shipped, sandbox = account
    with engine_for(shipped, sandbox) as engine:
        directory = engine._copy.directory
        goal = ["--old-file=install", "--old-file=lambda", "preview-engine", f"STACK={shipped.stack}"]
        run = subprocess.run(
            ["make", "--no-print-directory", f"--makefile={stack_file.ROOT / 'Makefile'}", *goal],
            cwd=directory,
            env=engine._cli._environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        said = (directory / "build" / "preview-engine" / "engine.txt").read_text()
    assert said in run.stdout
    assert "+ aws:cloudwatch/metricAlarm:MetricAlarm" in said
    assert "to create" in said
    assert "\x1b[" not in said
    assert [call for call in sandbox.calls() if call.mutating] == []
