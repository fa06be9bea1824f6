"""Axes in units that people read, and text that fits."""

from __future__ import annotations

import itertools

import hypothesis
import hypothesis.strategies as st
import pytest

from opslib.monitoring.draw.scale import scale
from opslib.monitoring.draw.text import cut, width, wrap

pytestmark = pytest.mark.feature("P4")


@pytest.mark.parametrize(
    ("values", "unit", "said"),
    [
        ([0.08, 0.25], "s", ["0", "100", "200", "300"]),
        ([90.0], "%", ["0", "25", "50", "75", "100"]),
        ([3 * 1024**3], "bytes", ["0", "1", "2", "3"]),
        ([1_200.0], "requests/min", ["0", "500", "1k", "1.5k"]),
        ([3.0], "tasks", ["0", "1", "2", "3"]),
        ([0.0], "count", ["0", "1"]),
        ([7_200.0], "s", ["0", "50", "100", "150"]),
        ([1e-5], "s", ["0", "0.0025", "0.005", "0.0075", "0.01"]),
    ],
)
def test_ticks_are_round_in_the_unit_that_is_shown(values: list[float], unit: str, said: list[str]) -> None:
    found = scale(values, unit)
    assert [found.says(tick) for tick in found.ticks] == said


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(0.25, "s", "250 ms"), (268_435_456, "bytes", "256 MiB"), (85, "%", "85%"), (20, "ms", "20 ms"), (5, "", "5")],
)
def test_a_threshold_is_told_in_the_axis_unit(value: float, unit: str, told: str) -> None:
    assert scale([value], unit).tells(value) == told


@hypothesis.given(
    st.lists(st.floats(-1e200, 1e200), max_size=5),
    st.sampled_from(["s", "%", "bytes", "", "ms", "tasks"]),
    st.none() | st.floats(-1e200, 1e200),
    st.none() | st.floats(-1e200, 1e200),
)
def test_an_axis_rises_and_holds_its_values(
    values: list[float], unit: str, low: float | None, high: float | None
) -> None:
    found = scale(values, unit, low=low, high=high)
    assert found.low < found.high
    assert all(later > earlier for earlier, later in itertools.pairwise(found.ticks))
    assert len(found.ticks) <= 18
    assert all(0 <= found.share(value) <= 1 for value in values)
    if low is None and high is None:
        assert all(found.low <= value <= found.high for value in values)


@hypothesis.given(st.text(), st.floats(0, 500), st.booleans())
def test_what_is_cut_fits(text: str, room: float, bold: bool) -> None:
    assert width(cut(text, room, 11, bold=bold), 11, bold=bold) <= room + 1e-6


@hypothesis.given(st.text(max_size=200), st.floats(30, 500))
def test_what_is_wrapped_fits(text: str, room: float) -> None:
    assert all(width(line, 11) <= room + 1e-6 for line in wrap(text, room, 11))
