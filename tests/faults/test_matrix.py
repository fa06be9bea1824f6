"""A cut of the matrix: every call of every procedure, and every way to go wrong, if not each with each."""

from __future__ import annotations

import pytest

from tests.faults.kinds import KINDS
from tests.faults.nursery import Explored, play_all
from tests.faults.report import document
from tests.faults.selection import Selection
from tests.faults.table import PROCEDURES

pytestmark = [pytest.mark.feature("R19"), pytest.mark.feature("S3"), pytest.mark.xdist_group("matrix")]

WHOLE, CUT = "rollback.service:plain", 7
"""Of the first procedure every call: seven kinds befall any call of AWS, and of each call one is taken. Of the others,
whose course is the same but for a few calls, less: `make faults` plays them all."""


@pytest.fixture(scope="module")
def explored() -> list[Explored]:
    chosen = [Selection(one, cut=CUT if one.name == WHOLE else CUT * 5) for one in PROCEDURES]
    return play_all(chosen, jobs=2)


def test_every_case_ends_well(explored: list[Explored]) -> None:
    bad = {result.case: result.amiss for one in explored for result in one.violated}
    assert not bad, "\n".join(f"{case}: {amiss} (python -m tests.faults --case {case})" for case, amiss in bad.items())


def test_the_cut_has_every_kind_and_every_call(explored: list[Explored]) -> None:
    kinds = {result.kind for one in explored for result in one.results}
    assert kinds >= {*KINDS, "killed again"}
    [whole] = [one for one in explored if one.procedure == WHOLE]
    assert {result.row for result in whole.results} >= {f"{row.number} {row}" for row in whole.rows if row.in_aws}


def test_the_result_adds_up(explored: list[Explored]) -> None:
    counted = document(explored)
    assert set(counted) == {"procedures", "calls", "cases", "violations", "by_procedure"}
    assert counted["procedures"] == len(counted["by_procedure"]) == len(PROCEDURES)
    for total in ("calls", "cases", "violations"):
        assert counted[total] == sum(one[total] for one in counted["by_procedure"].values())
    for one in counted["by_procedure"].values():
        assert one["cases"] == sum(kind["cases"] for kind in one["kinds"].values())
