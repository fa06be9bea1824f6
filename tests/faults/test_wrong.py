"""The matrix can fail: it finds procedures that are wrong."""

from __future__ import annotations

import pytest

from tests.faults.nursery import Explored, play_all
from tests.faults.selection import Selection
from tests.faults.wrong import WRONG, Wrong

pytestmark = [pytest.mark.feature("R19"), pytest.mark.xdist_group("wrong procedures")]


@pytest.fixture(scope="module")
def explored() -> dict[str, Explored]:
    chosen = [Selection(one.procedure, cut=3 if one.kinds else 10_000, kinds=one.kinds) for one in WRONG]
    return {one.procedure: one for one in play_all(chosen)}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.procedure.name)
def test_a_wrong_procedure_is_caught(wrong: Wrong, explored: dict[str, Explored]) -> None:
    found = explored[wrong.procedure.name]
    said = [text for result in found.violated if result.kind in wrong.kinds or not wrong.kinds for text in result.amiss]
    assert [text for text in said if wrong.says in text], said
