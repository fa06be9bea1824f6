"""Suggestions on what they have not seen: real series, and families of made ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from opslib.errors import BadRequest
from opslib.monitoring import Alarm, Metric
from opslib.monitoring.backtest import (
    Column,
    HeldOut,
    History,
    Incident,
    MetricId,
    held_out,
    read_csv,
    read_incidents,
    replay,
)
from opslib.monitoring.backtest.history import moment
from tests.monitoring.backtest.conftest import START

pytestmark = pytest.mark.feature("P2")

REAL = Path(__file__).parent / "history"
FIVE_MINUTES = 300
DAY = 288
DAYS = 14
CATASTROPHE = 0.5


def by_the_graph(alarm: Alarm, metric: Metric, first_half: np.ndarray, workload: str) -> Alarm:
    """Three deviations above the mean of what a person sees, one of one."""
    threshold = float(np.nanmean(first_half) + 3 * np.nanstd(first_half))
    once = replace(alarm, datapoints_to_alarm=1, evaluation_periods=1)
    return replace(once, series=metric, workload=workload, threshold=threshold)


@pytest.fixture
def real(alarm: Alarm) -> list[HeldOut]:
    incidents = read_incidents(REAL / "incidents.json")
    found = []
    for file in sorted(REAL.glob("*.csv")):
        metric = Metric("Real", file.stem, (), "Average", FIVE_MINUTES)
        history = read_csv(file, metric=metric)
        values = history.columns[0].values
        graph = by_the_graph(alarm, metric, values[: len(values) // 2], file.name)
        starts = [graph, replace(graph, threshold=70.0)] if "cpu" in file.stem else [graph]
        found += [held_out(one, history, incidents) for one in starts]
    assert len(found) == 13
    return [one for one in found if one is not None]


def told(found: list[HeldOut]) -> tuple[int, int]:
    return sum(len(one.before.judgement.detected) for one in found), sum(
        len(one.after.judgement.detected) for one in found
    )


def false_calls(found: list[HeldOut]) -> tuple[int, int]:
    return sum(one.before.judgement.false_calls for one in found), sum(one.after.judgement.false_calls for one in found)


def losses(found: list[HeldOut]) -> list[float]:
    return [(one.before.score or 0) - (one.after.score or 0) for one in found]


def test_on_the_second_halves_of_real_series_suggestions_pay(real: list[HeldOut]) -> None:
    assert any(one.suggestion for one in real)
    (told_before, told_after), (false_before, false_after) = told(real), false_calls(real)
    assert told_after >= told_before
    assert false_after <= false_before
    assert (told_after, -false_after) > (told_before, -false_before)
    assert max(losses(real)) < CATASTROPHE
    json.dumps([one.document() for one in real])


def test_an_alarm_without_a_suggestion_stays_as_it_was(real: list[HeldOut]) -> None:
    assert all(one.before == one.after for one in real if one.suggestion is None)


def made(seed: int) -> Iterator[tuple[Metric, History, list[Incident]]]:
    """A daily rhythm with noise of one of three kinds, bursts that mean nothing, and incidents of one shape."""
    random = np.random.default_rng(seed)
    length = DAYS * DAY
    rhythm = np.sin(2 * np.pi * (np.arange(length) / DAY + random.random()))
    noise = random.normal(0, 1, length)
    values = (
        40 + random.uniform(0, 15) * rhythm + random.uniform(1, 6) * noise,
        np.exp(random.uniform(2, 5) + 0.4 * rhythm + random.uniform(0.1, 0.6) * noise),
        random.gamma(random.uniform(0.5, 5), 10, length),
    )[seed % 3]
    deviation = values.std()
    for at in random.integers(0, length - 40, random.poisson(6)):
        values[at : at + random.integers(1, 8)] += deviation * random.exponential(3)
    height, shape = deviation * random.uniform(1, 12), random.integers(0, 3)
    incidents = []
    for at in sorted(random.choice(np.arange(100, length - 400, 300), random.integers(3, 7), replace=False).tolist()):
        lasts = int(random.integers(6, 60))
        grown = (np.ones(lasts), np.linspace(0.1, 1, lasts), random.random(lasts) < 0.5)[shape]
        values[at : at + lasts] += height * random.uniform(0.6, 1.6) * grown
        begin = START + at * FIVE_MINUTES
        incidents.append(Incident(moment(begin), moment(begin + lasts * FIVE_MINUTES), "api"))
    metric = Metric("Made", f"series {seed}", (), "Average", FIVE_MINUTES)
    yield metric, History((Column(MetricId.of(metric), "Average", START, FIVE_MINUTES, values),)), incidents


@pytest.mark.parametrize(("threshold", "many"), [("by the graph", 40), ("never reached", 20)])
def test_on_the_second_halves_of_made_series_suggestions_pay(alarm: Alarm, threshold: str, many: int) -> None:
    found = []
    for seed in range(many):
        for metric, history, incidents in made(seed):
            one = by_the_graph(alarm, metric, history.columns[0].values[: DAYS * DAY // 2], "api")
            if threshold == "never reached":
                one = replace(one, threshold=1e9)
            result = held_out(one, history, incidents)
            assert result is not None
            found.append(result)
    suggested = [one for one in found if one.suggestion]
    assert len(suggested) >= 5
    assert sum(loss < 0 for loss in losses(suggested)) > 2 * sum(loss > 0 for loss in losses(suggested))
    assert sum(losses(suggested)) / len(suggested) < -0.1
    if threshold == "never reached":
        assert told(found)[1] >= 10
    else:
        assert false_calls(found)[1] < 0.8 * false_calls(found)[0]


def test_what_came_after_it_was_asked_is_not_seen(alarm: Alarm) -> None:
    ((metric, history, incidents),) = made(5)
    one = replace(alarm, series=metric, threshold=1e9, datapoints_to_alarm=1, evaluation_periods=1)
    column = history.columns[0]
    other = column.values.copy()
    other[DAYS * DAY // 2 :] = 0.0
    first = held_out(one, history, incidents)
    again = held_out(one, History((replace(column, values=other),)), incidents)
    half = history.start + (history.end - history.start) / 2
    without = held_out(one, history, [incident for incident in incidents if incident.end <= half])
    assert first is not None
    assert again is not None
    assert without is not None
    assert first.suggestion is not None
    assert again.suggestion == first.suggestion == without.suggestion
    assert again.after != first.after


def test_both_are_judged_as_a_replay_judges_them(alarm: Alarm) -> None:
    ((metric, history, incidents),) = made(5)
    one = replace(alarm, series=metric, threshold=1e9, datapoints_to_alarm=1, evaluation_periods=1)
    half = history.start + (history.end - history.start) / 2
    found = held_out(one, history, incidents, asked=half)
    assert found is not None
    assert found.suggestion is not None
    assert (
        replay([found.suggestion.suggested], history, incidents, since=half)["cpu"].judgement == found.after.judgement
    )
    assert replay([one], history, incidents, since=half)["cpu"].judgement == found.before.judgement


def test_it_has_to_be_asked_within_the_history(alarm: Alarm) -> None:
    ((metric, history, incidents),) = made(0)
    one = replace(alarm, series=metric)
    for asked in (history.start, history.end + timedelta(days=1)):
        with pytest.raises(BadRequest, match="a replay from"):
            held_out(one, history, incidents, asked=asked)
    assert held_out(replace(one, series=replace(metric, name="unknown")), history, incidents) is None
