"""What the documents say of faults and invariants is so."""

from __future__ import annotations

import re
from pathlib import Path

import opslib.sandbox
from opslib.sandbox.faults import KINDS
from opslib.sandbox.faults.matrix import MATRIX
from opslib.sandbox.invariants.table import INVARIANTS

HERE = Path(opslib.sandbox.__file__).parent
FAULTS = (HERE / "faults.md").read_text()
README = (HERE / "README.md").read_text()


def test_every_kind_is_described():
    table = FAULTS.partition("## Kinds")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(KINDS)
    for kind, row in KINDS.items():
        line = next(line for line in table.splitlines() if line.startswith(f"| `{kind}`"))
        assert line.split("|")[2].strip().startswith(row.applied), kind
        if row.seconds:
            assert f"({row.seconds[0]:g}" in line, kind


def test_every_invariant_is_described_as_it_is():
    table = README.partition("### Invariants")[2].partition("\n## ")[0]
    for name, row in INVARIANTS.items():
        assert f"| `{name}` | {row.meaning} | {row.rule} |" in table


def test_the_matrix_leaves_out_only_what_it_says():
    assert set(KINDS) - set(MATRIX) == {"interfere", "stale", "slow"}
