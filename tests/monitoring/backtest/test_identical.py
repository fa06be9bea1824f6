"""The vectorised replay against the plain evaluator, moment by moment, over random series and alarms."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from opslib.monitoring import Alarm, AllOf, AnyOf, CompositeAlarm, Expression, InAlarm, Metric, Role
from opslib.monitoring.backtest import STATES, Column, History, MetricId, Report, Suppressor, replay
from opslib.monitoring.evaluate import ActionsSuppressor, MuteRule
from tests.monitoring.backtest.minute_by_minute import Minutes, minutes

pytestmark = pytest.mark.feature("P2")

START = 1_760_000_400  # a full hour
EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES") or 60)
"""How many random cases: `REFERENCE_EXAMPLES=5000 pytest tests/monitoring/backtest` looks harder."""
MORE = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])

# Small numbers, so that sums are exact in any order.
VALUES = st.one_of(st.none(), st.integers(-2, 8).map(float), st.just(math.nan), st.integers(0, 3).map(float))
COUNTS = st.one_of(st.none(), st.sampled_from([0.0, 4.0, 60.0, 100.0, 200.0, 400.0]))

EXPRESSIONS = (
    "100 * a / 4",
    "a + b",
    "a - b",
    "DIFF(a)",
    "RATE(a) * PERIOD(a)",
    "FILL(a, 0) + FILL(b, 0)",
    "FILL(a, REPEAT) - b",
    "FILL(a, LINEAR)",
    "IF(FILL(b, 0) >= 2, 100 * FILL(a, 0) / b, 0)",
    "IF(FILL(b, 0) >= 2, FILL(a, 0), 0)",
    "IF(a > 1 AND b <= 3, a)",
    "IF(b, a, DIFF(b))",
    "IF((FILL(b, 0) + FILL(a, 0)) >= 4, 100 * (FILL(a, 0) + FILL(b, 0)) / (FILL(b, 0) + FILL(a, 0)) / 0.1, 0)",
    "MAX([a, b]) - MIN([a, b])",
    "SUM([a, b])",
    "AVG(METRICS())",
    "a - AVG(a)",
    "ABS(-a) + CEIL(b / 2) - FLOOR(a / 3)",
    "a ^ 2",
    "RUNNING_SUM(a)",
    "IF(HOUR(a) == 9 OR MINUTE(a) < 30, a, b)",
    "IF(DAY(a) == 4, a * EPOCH(b) / EPOCH(a))",
    "a / b",
    "FILL(a, b) == b",
    "IF(a / 0, 1, 2) + a",
    "DIFF_TIME(a) / 60",
    "FIRST([a, b])",
    "a * TIME_SERIES(2)",
    "FILL(DIFF(a), 0)",
    "LOG(a + 3)",
)


def column(metric: Metric, statistic: str, step: int, values: list[float | None], offset: int = 0) -> Column:
    numbers = np.array([math.nan if value is None else value for value in values])
    return Column(MetricId.of(metric), statistic, (START // step + offset) * step, step, numbers)


@st.composite
def series(draw: st.DrawFn) -> tuple[Metric | Expression, list[Column]]:
    """What an alarm watches, and its history: of the alarm's own period, finer or coarser."""
    period = draw(st.sampled_from([60, 60, 120, 300, 600]))
    steps = st.sampled_from([60, 60, 60, period, 120, 300])
    length = st.integers(5, 60)
    names = ("a", "b") if draw(st.booleans()) else ("a",)
    metrics, columns = {}, []
    for name in names:
        statistic = draw(st.sampled_from(["Average", "Sum", "Minimum", "Maximum", "p95", "p50", "SampleCount"]))
        step = draw(steps)
        metric = Metric("Test", name, (("Id", "1"),), statistic, period)
        metrics[name] = metric
        values = draw(st.lists(VALUES, min_size=1, max_size=draw(length)))
        columns.append(column(metric, statistic, step, values, draw(st.integers(-5, 5))))
        if statistic != "SampleCount" and draw(st.booleans()):
            counts = draw(st.lists(COUNTS, min_size=len(values), max_size=len(values)))
            columns.append(column(metric, "SampleCount", step, counts, draw(st.integers(-2, 2))))
    if len(names) == 1:
        return metrics["a"], columns
    return Expression(draw(st.sampled_from(EXPRESSIONS)), tuple(metrics.items())), columns


@st.composite
def alarm(draw: st.DrawFn, watches: Metric | Expression, name: str = "one") -> Alarm:
    size = draw(st.integers(1, 6))
    return Alarm(
        name=name,
        key=name,
        workload="api",
        title="t",
        series=watches,
        comparison=draw(
            st.sampled_from(
                [
                    "GreaterThanThreshold",
                    "GreaterThanOrEqualToThreshold",
                    "LessThanThreshold",
                    "LessThanOrEqualToThreshold",
                ]
            )
        ),
        threshold=float(draw(st.integers(-2, 6))),
        severity="info",
        role=Role.CAUSE,
        why="w",
        datapoints_to_alarm=draw(st.integers(1, size)),
        evaluation_periods=size,
        missing_data=draw(st.sampled_from(["missing", "ignore", "breaching", "notBreaching"])),
        low_samples=draw(st.sampled_from(["ignore", "evaluate", None])),
        warm_up_minutes=draw(st.sampled_from([None, None, 5, 20])),
    )


def runs(report: Report, name: str) -> list[tuple[int, str]]:
    timeline = report[name].timeline
    assert timeline is not None, report[name].notes
    return [(at, STATES[code]) for at, code in zip(timeline.starts.tolist(), timeline.states.tolist(), strict=True)]


def acted(report: Report, name: str) -> list[tuple[int, str]]:
    acts = report[name].acts
    assert acts is not None
    return [(at, STATES[code]) for at, code in zip(acts.times.tolist(), acts.states.tolist(), strict=True)]


def both(alarms: list[Any], history: History, **more: Any) -> tuple[Report, Minutes]:
    since, until = START - 600, START + 3_600
    report = replay(
        alarms, history, since=datetime.fromtimestamp(since, UTC), until=datetime.fromtimestamp(until, UTC), **more
    )
    return report, minutes(alarms, history, since=since, until=until, **more)


@MORE
@given(st.data())
def test_metric_alarms(data: st.DataObject) -> None:
    watches, columns = data.draw(series())
    one = data.draw(alarm(watches))
    report, reference = both([one], History(tuple(columns)))
    note(f"{report['one'].how} {report['one'].notes}")
    assert runs(report, "one") == reference.changes("one")
    assert acted(report, "one") == reference.acts["one"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_each_kind_of_metric_math(expression: str, data: st.DataObject) -> None:
    metrics = tuple((name, Metric("Test", name, (), "Sum")) for name in "ab")
    columns = [
        column(metric, "Sum", 60, data.draw(st.lists(VALUES, min_size=60, max_size=70)), -4) for _, metric in metrics
    ]
    one = data.draw(alarm(Expression(expression, metrics)))
    report, reference = both([one], History(tuple(columns)))
    assert runs(report, "one") == reference.changes("one")


@MORE
@given(st.data())
def test_composites_suppressors_and_mute_windows(data: st.DataObject) -> None:
    columns, alarms = [], []
    for place in range(3):
        period = data.draw(st.sampled_from([60, 300]))
        metric = Metric("Test", f"m{place}", (), "Maximum", period)
        values = data.draw(st.lists(st.sampled_from([0.0, 0.0, 5.0, None]), min_size=40, max_size=70))
        columns.append(column(metric, "Maximum", 60, values))
        alarms.append(data.draw(alarm(metric, f"child-{place}")))
    joint = data.draw(st.sampled_from([AnyOf, AllOf]))
    inner = CompositeAlarm(
        "inner", "inner", "api", "t", joint((InAlarm("child-0"), InAlarm("child-1"))), "warning", "w"
    )
    rule = data.draw(
        st.sampled_from(
            [
                AnyOf((InAlarm("inner"), InAlarm("child-2"))),
                AllOf((InAlarm("inner"), AnyOf((InAlarm("child-2"), InAlarm("child-0"))))),
            ]
        )
    )
    outer = replace(inner, name="outer", rule=rule)
    waits = st.sampled_from([0, 60, 120, 600])
    suppressor = Suppressor("child-1", ActionsSuppressor(data.draw(waits), data.draw(waits)))
    names = ["child-0", "inner", "outer"]
    mutes = [
        MuteRule.parse(
            f"cron({data.draw(st.sampled_from(['0,7,14,21,28,35', '0,20,40', '30', '5,50']))} * * * *)",
            data.draw(st.sampled_from(["PT1M", "PT5M", "PT7M"])),
            alarms=names[: data.draw(st.integers(1, 3))],
        )
        for _ in range(data.draw(st.integers(0, 2)))
    ]
    every = [*alarms, inner, outer]
    report, reference = both(
        every,
        History(tuple(columns)),
        suppressors={"outer": suppressor},
        mutes=mutes,
    )
    for one in every:
        assert runs(report, one.name) == reference.changes(one.name), one.name
        assert acted(report, one.name) == reference.acts[one.name], one.name
