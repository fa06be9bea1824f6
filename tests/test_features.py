"""docs/features.md and the tree say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAMILIES = {"M": 27, "P": 5, "R": 20, "B": 7, "D": 5, "O": 15, "S": 4}
MARK = re.compile(r"""pytest\.mark\.feature\(\s*((?:["'][A-Z]\d+["'],?\s*)+)\)""")


@dataclass(frozen=True)
class Row:
    id: str
    state: str
    where: tuple[str, ...]


def rows() -> Iterator[Row]:
    for line in (ROOT / "docs/features.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            yield Row(cells[0], cells[2], tuple(re.findall(r"`([^`]+)`", cells[3])))


def marked() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for group in MARK.findall(path.read_text(encoding="utf-8")):
            for feature in re.findall(r"[A-Z]\d+", group):
                found.setdefault(feature, []).append(path.name)
    return found


ROWS = tuple(rows())
BUILT = tuple(row for row in ROWS if row.state != "not yet")


def test_every_feature_has_exactly_one_row() -> None:
    expected = [f"{family}{number}" for family, last in FAMILIES.items() for number in range(1, last + 1)]
    assert [row.id for row in ROWS] == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_state_is_one_of_three(row: Row) -> None:
    assert row.state in ("built", "first form", "not yet")


@pytest.mark.parametrize("row", BUILT, ids=lambda row: row.id)
def test_what_is_built_lives_where_the_page_says_and_has_a_test(row: Row) -> None:
    assert row.where, "a built feature names its files"
    assert [path for path in row.where if not (ROOT / path).exists()] == []
    assert marked().get(row.id), f"no test is marked with {row.id}"


def test_no_test_is_marked_with_a_feature_that_is_not_built() -> None:
    assert set(marked()) <= {row.id for row in BUILT}
