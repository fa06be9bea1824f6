"""A few of the stories of `make soak`; always the same ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.feature("R19")
def test_whatever_happens_a_rollback_can_be_brought_to_its_end() -> None:
    """In a process of its own: the sandbox in it takes the whole of Python's time along."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.soak", "--seed", "1", "--stories", "6"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "6 stories, nothing went wrong" in told.stdout
