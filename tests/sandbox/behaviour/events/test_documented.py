"""The tables of what is modelled name tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import opslib.sandbox.behaviour

BEHAVIOUR = Path(opslib.sandbox.behaviour.__file__).parent
TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["autoscaling", "events", "functions", "state_machines", "stores"])
def test_each_named_test_is_there(name):
    files = list(TESTS.rglob("test_*.py"))
    there = {path.name for path in files} | {
        found for p in files for found in re.findall(r"def (test_\w+)", p.read_text())
    }
    named = re.findall(r"`(?:tests/|[\w…]+/)*(test_\w+(?:\.py)?)`", (BEHAVIOUR / f"{name}.md").read_text())
    assert len(named) > 5
    assert set(named) <= there
