"""AWS's limits: what just fits passes, and what just does not is one line that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from opslib.monitoring import (
    Alarm,
    AlarmStatus,
    CompositeAlarm,
    Dashboard,
    Expression,
    Graph,
    Insights,
    Metric,
    Ref,
    Requirement,
    Text,
    problems,
)


def only(lines: tuple[str, ...], start: str) -> None:
    """There is one line, which starts so and ends with a way out."""
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{start}: "), lines[0]
    assert lines[0].removeprefix(f"{start}: ").strip()
    assert "\n" not in lines[0]


def math(metric: Metric, inputs: int) -> Expression:
    return Expression("m0", tuple((f"m{index}", metric) for index in range(inputs)))


def cpu(alarm: Alarm) -> Metric:
    assert isinstance(alarm.series, Metric)
    return alarm.series


def watching(alarm: Alarm, **changes: Any) -> dict[str, Any]:
    return {"alarms": [replace(alarm, **changes)]}


def over(alarm: Alarm, period_seconds: int, periods: int) -> dict[str, Any]:
    changes = {"datapoints_to_alarm": 1, "evaluation_periods": periods}
    return watching(alarm, series=alarm.series.with_period(period_seconds), **changes)


def described(alarm: Alarm, characters: int) -> dict[str, Any]:
    bare = len(replace(alarm, why="").description)
    return watching(alarm, why="w" * (characters - bare))


RECOVER = "arn:aws:automate:eu-west-1:ec2:recover"
SCALE = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1:autoScalingGroupName/a:policyName/p"
SQL = 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/ECS", ServiceName)'
BAND: dict[str, Any] = {"comparison": "GreaterThanUpperThreshold", "threshold": None, "deviations": 2.0}

ALARMS: dict[str, tuple[Callable[[Alarm], dict[str, Any]], Callable[[Alarm], dict[str, Any]], str]] = {
    "name": (
        lambda a: watching(a, name="n" * 255),
        lambda a: watching(a, name="n" * 256),
        "a name of 256 characters, AWS takes 255",
    ),
    "no name": (
        lambda a: watching(a, name="n"),
        lambda a: watching(a, name=""),
        "a name of 0 characters, AWS takes 255",
    ),
    "description": (
        lambda a: described(a, 1024),
        lambda a: described(a, 1025),
        "a description of 1025 characters, AWS takes 1024",
    ),
    "metrics of an alarm": (
        lambda a: watching(a, series=math(cpu(a), 10)),
        lambda a: watching(a, series=math(cpu(a), 11)),
        "11 metrics, AWS takes 10",
    ),
    "one period": (
        lambda a: watching(a, series=Expression("a + b", (("a", cpu(a)), ("b", cpu(a))))),
        lambda a: watching(a, series=Expression("a + b", (("a", cpu(a)), ("b", cpu(a).with_period(300))))),
        "its metrics have several periods, AWS takes one",
    ),
    "most datapoints": (
        lambda a: watching(a, datapoints_to_alarm=5, evaluation_periods=5),
        lambda a: watching(a, datapoints_to_alarm=6, evaluation_periods=5),
        "6 of 5 datapoints cannot be",
    ),
    "fewest datapoints": (
        lambda a: watching(a, datapoints_to_alarm=1),
        lambda a: watching(a, datapoints_to_alarm=0),
        "0 of 5 datapoints cannot be",
    ),
    "a short period": (
        lambda a: over(a, 30, 5),
        lambda a: over(a, 40, 5),
        "a period of 40 s is none of 10, 20, 30 or a multiple of 60",
    ),
    "a long period": (
        lambda a: over(a, 120, 5),
        lambda a: over(a, 90, 5),
        "a period of 90 s is none of 10, 20, 30 or a multiple of 60",
    ),
    "no period": (
        lambda a: over(a, 10, 5),
        lambda a: over(a, 0, 5),
        "a period of 0 s is none of 10, 20, 30 or a multiple of 60",
    ),
    "a day of minutes": (
        lambda a: over(a, 60, 1440),
        lambda a: over(a, 60, 1441),
        "1441 x 60 s is 86460 s, AWS takes 86400",
    ),
    "actions": (
        lambda a: watching(a, actions=tuple(f"arn:aws:sns:eu-west-1:1:t{n}" for n in range(4))),
        lambda a: watching(a, actions=tuple(f"arn:aws:sns:eu-west-1:1:t{n}" for n in range(5))),
        "6 actions in one state, AWS takes 5",
    ),
    "an EC2 action on math": (
        lambda a: watching(a, actions=(RECOVER,)),
        lambda a: watching(a, actions=(RECOVER,), series=Expression("m0 * 2", (("m0", cpu(a)),))),
        f"{RECOVER} is an EC2 action, which AWS takes on no math and no anomaly",
    ),
    "an Auto Scaling action on an anomaly": (
        lambda a: watching(a, actions=(SCALE,)),
        lambda a: watching(a, actions=(SCALE,), **BAND),
        f"{SCALE} is an Auto Scaling action, which AWS takes on no anomaly",
    ),
    "an anomaly of math": (
        lambda a: watching(a, **BAND),
        lambda a: watching(a, **BAND, series=Expression("m0 * 2", (("m0", cpu(a)),))),
        "an anomaly model is of one metric, and this is math",
    ),
    "a threshold and a band": (
        lambda a: watching(a, **BAND),
        lambda a: watching(a, **BAND | {"threshold": 5.0}),
        "it needs either a threshold or a band",
    ),
    "dimensions": (
        lambda a: watching(a, series=replace(cpu(a), dimensions=tuple((f"d{n}", "v") for n in range(30)))),
        lambda a: watching(a, series=replace(cpu(a), dimensions=tuple((f"d{n}", "v") for n in range(31)))),
        "CPUUtilization has 31 dimensions, AWS takes 30",
    ),
    "a warm-up": (
        lambda a: watching(a, warm_up_minutes=2880),
        lambda a: watching(a, warm_up_minutes=2881),
        "a warm-up of 2881 minutes, AWS takes 1 to 2880",
    ),
    "hours of Metrics Insights": (
        lambda a: watching(a, series=Insights(SQL, period_seconds=2160)),
        lambda a: watching(a, series=Insights(SQL, period_seconds=2220)),
        "11100 s of a Metrics Insights query, AWS takes 10800",
    ),
    "a percentile in Metrics Insights": (
        lambda a: watching(a, series=Insights(SQL, period_seconds=60)),
        lambda a: watching(a, series=Insights("SELECT p95(Latency) FROM Shop", period_seconds=60)),
        "Metrics Insights knows AVG, COUNT, MAX, MIN and SUM, and no percentile",
    ),
    "a week of hours": (
        lambda a: over(a, 3600, 168),
        lambda a: over(a, 3600, 169),
        "169 x 3600 s is 608400 s, AWS takes 604800",
    ),
}


@pytest.mark.parametrize(("inside", "beyond", "line"), ALARMS.values(), ids=ALARMS)
def test_limits_of_an_alarm(
    alarm: Alarm,
    inside: Callable[[Alarm], dict[str, Any]],
    beyond: Callable[[Alarm], dict[str, Any]],
    line: str,
) -> None:
    assert problems(**inside(alarm)) == ()
    model = beyond(alarm)
    only(problems(**model), f"alarm {model['alarms'][0].name}: {line}")


def test_alarms_of_every_shape_are_told_apart_by_their_names(alarm: Alarm, composite: CompositeAlarm) -> None:
    other = replace(alarm, key="other", name="shop-prod-api-other")
    assert problems(alarms=[alarm, other], composites=[composite]) == ()
    two = "2 alarms have this name, and the last would overwrite the others"
    only(problems(alarms=[alarm, replace(other, name=alarm.name)]), f"alarm {alarm.name}: {two}")
    namesake = replace(composite, name=other.name)
    only(problems(alarms=[alarm, other], composites=[namesake]), f"alarm {other.name}: {two}")
    # Names are a region's own.
    assert problems(alarms=[alarm, replace(other, name=alarm.name, region="us-east-1")]) == ()


def spread(metric: Metric, counts: list[int]) -> tuple[Graph, ...]:
    return tuple(Graph(f"g{index}", (metric,) * count) for index, count in enumerate(counts))


BOARDS: dict[str, tuple[Callable[[Metric], dict[str, Any]], Callable[[Metric], dict[str, Any]], str]] = {
    "widgets": (
        lambda _: {"widgets": (Text("x"),) * 500},
        lambda _: {"widgets": (Text("x"),) * 501},
        ": 501 widgets, AWS takes 500",
    ),
    "metrics of a widget": (
        lambda m: {"widgets": spread(m, [500])},
        lambda m: {"widgets": spread(m, [501])},
        ", g0: 501 metrics, AWS takes 500",
    ),
    "metrics of a dashboard": (
        lambda m: {"widgets": spread(m, [500] * 5)},
        lambda m: {"widgets": spread(m, [500] * 5 + [1])},
        ": 2501 metrics, AWS takes 2500",
    ),
    "inputs of math are metrics": (
        lambda m: {"widgets": (Graph("g0", (math(m, 9),) * 50),)},
        lambda m: {"widgets": (Graph("g0", (math(m, 9),) * 50 + (m,)),)},
        ", g0: 501 metrics, AWS takes 500",
    ),
    "alarms of a widget": (
        lambda _: {"widgets": (AlarmStatus("s", (Ref("alarm", "a"),) * 100),)},
        lambda _: {"widgets": (AlarmStatus("s", (Ref("alarm", "a"),) * 101),)},
        ", s: 101 alarms in one widget, AWS takes 100",
    ),
    "letters of a name": (
        lambda _: {"name": "a-b_C9"},
        lambda _: {"name": "a.b"},
        ": AWS takes letters, digits, - and _ in a dashboard's name",
    ),
    "name": (
        lambda _: {"name": "n" * 255},
        lambda _: {"name": "n" * 256},
        ": a name of 256 characters, AWS takes 255",
    ),
}


@pytest.mark.parametrize(("inside", "beyond", "line"), BOARDS.values(), ids=BOARDS)
def test_limits_of_a_dashboard(
    dashboard: Dashboard,
    metric: Metric,
    inside: Callable[[Metric], dict[str, Any]],
    beyond: Callable[[Metric], dict[str, Any]],
    line: str,
) -> None:
    assert problems(dashboards=[replace(dashboard, **inside(metric))]) == ()
    board = replace(dashboard, **beyond(metric))
    only(problems(dashboards=[board]), f"dashboard {board.name}{line}")


@pytest.mark.parametrize(
    ("changes", "most", "what"),
    [
        ({"series": Insights(SQL, period_seconds=60)}, 200, "Metrics Insights alarms"),
        (BAND, 500, "anomaly alarms"),
    ],
    ids=["insights", "anomalies"],
)
def test_what_a_region_has_room_for(alarm: Alarm, changes: dict[str, Any], most: int, what: str) -> None:
    def many(count: int) -> list[Alarm]:
        return [replace(alarm, name=f"a{n}", **changes) for n in range(count)]

    assert problems(alarms=many(most)) == ()
    assert problems(alarms=[*many(most), replace(alarm, name="there", region="us-east-1", **changes)]) == ()
    only(
        problems(alarms=many(most + 1)),
        f"alarm a0 and others: {most + 1} {what} in the stack's region, AWS takes {most}",
    )


def test_what_a_mute_rule_names() -> None:
    assert problems(mute_rules={"nightly": [f"a{n}" for n in range(100)]}) == ()
    only(
        problems(mute_rules={"nightly": [f"a{n}" for n in range(101)]}),
        "mute rule nightly: names 101 alarms, AWS takes 100",
    )
    (line,) = problems(mute_rules={"nightly": ["TargetTracking-service/shop/api-AlarmHigh-1"]})
    assert line.startswith("mute rule nightly: TargetTracking-service/shop/api-AlarmHigh-1 is autoscaling's own")


def test_every_problem_is_told_and_each_on_one_line(alarm: Alarm, dashboard: Dashboard) -> None:
    bad = replace(alarm, name="n" * 256, datapoints_to_alarm=0)
    found = problems(alarms=[bad, alarm], dashboards=[replace(dashboard, widgets=(Text("x"),) * 501)])
    assert len(found) == 3
    assert not any("\n" in line for line in found)


def test_what_an_alarm_requires_is_not_awss_limit(alarm: Alarm, metric: Metric) -> None:
    assert problems(alarms=[replace(alarm, series=replace(metric, requires=Requirement.CONTAINER_INSIGHTS))]) == ()
