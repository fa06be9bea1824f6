"""What may go: young ones stay, a minimum stays, the last proven one stays, whatever the others are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.backup.expectation import Retention
from opslib.backup.files.points import Point
from opslib.backup.retention import RetentionPlan, apply_retention, plan_retention

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def point(days: float) -> Point:
    return Point(f"p{days:07.2f}", NOW - timedelta(days=days), "name", (), "")


def names(plan: RetentionPlan) -> tuple[list[str], list[str]]:
    return [kept.point.name for kept in plan.keep], [gone.name for gone in plan.remove]


@pytest.mark.feature("B1", "B5")
def test_what_is_young_or_among_the_newest_stays() -> None:
    points = [point(days) for days in (40, 20, 10, 6, 1)]
    plan = plan_retention(points, Retention(days=7, minimum=3), now=NOW, proven={points[-1].name})
    assert names(plan) == (["p0010.00", "p0006.00", "p0001.00"], ["p0040.00", "p0020.00"])


@pytest.mark.feature("B5")
def test_the_last_proven_one_stays_however_old_it_is() -> None:
    points = [point(days) for days in (90, 80, 40, 3, 2, 1)]
    plan = plan_retention(points, Retention(days=7, minimum=1), now=NOW, proven={points[0].name, points[1].name})
    assert names(plan)[1] == ["p0090.00", "p0040.00"]


def test_where_none_was_ever_proven_none_goes() -> None:
    points = [point(days) for days in (90, 80, 1)]
    assert names(plan_retention(points, Retention(days=7, minimum=1), now=NOW, proven=()))[1] == []


@given(
    ages=st.lists(st.integers(0, 400), unique=True, max_size=30),
    proven=st.sets(st.integers(0, 400)),
    days=st.integers(1, 60),
    minimum=st.integers(1, 5),
)
def test_whatever_there_is_the_promise_holds(ages: list[int], proven: set[int], days: int, minimum: int) -> None:
    points = [point(age) for age in ages]
    proven_names = {point(age).name for age in proven}
    plan = plan_retention(points, Retention(days=days, minimum=minimum), now=NOW, proven=proven_names)
    kept, gone = names(plan)
    assert sorted([*kept, *gone]) == sorted(each.name for each in points)
    assert len(kept) >= min(minimum, len(points))
    newest_proven = min((age for age in ages if age in proven), default=None)
    assert newest_proven is None or point(newest_proven).name in kept
    assert not gone or newest_proven is not None
    assert not {point(age).name for age in ages if age < days} & set(gone)


def test_what_goes_is_gone_whole_and_what_stays_is_untouched(tmp_path: Path) -> None:
    old, young = point(30), point(1)
    for each in (old, young):
        (tmp_path / each.name).mkdir()
        (tmp_path / each.name / "x").write_text("1")
    plan = plan_retention([old, young], Retention(days=7, minimum=1), now=NOW, proven={young.name})
    assert apply_retention(plan, tmp_path) == (old.name,)
    assert [path.name for path in tmp_path.iterdir()] == [young.name]
