"""AWS's limits: what just fits passes, and what just does not is one line that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from opslib.monitoring import (
    Alarm,
    AnyOf,
    CompositeAlarm,
    Dashboard,
    Expression,
    Graph,
    InAlarm,
    Metric,
    Requirement,
    Text,
    problems,
)


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
    assert problems(**model) == (f"alarm {model['alarms'][0].name}: {line}",)


def test_alarms_of_every_shape_are_told_apart_by_their_names(alarm: Alarm, composite: CompositeAlarm) -> None:
    other = replace(alarm, key="other", name="shop-prod-api-other")
    assert problems(alarms=[alarm, other], composites=[composite]) == ()
    two = "2 alarms have this name, and the last would overwrite the others"
    assert problems(alarms=[alarm, replace(other, name=alarm.name)]) == (f"alarm {alarm.name}: {two}",)
    namesake = replace(composite, name=other.name)
    assert problems(alarms=[alarm, other], composites=[namesake]) == (f"alarm {other.name}: {two}",)


def family(alarm: Alarm, composite: CompositeAlarm, count: int, *, length: int = 0) -> dict[str, Any]:
    """A composite over so many alarms, whose names may be padded to a length."""
    alarms = [replace(alarm, name=f"a{index}".ljust(length, "x")) for index in range(count)]
    rule = AnyOf(tuple(InAlarm(child.name) for child in alarms))
    return {"alarms": alarms, "composites": [replace(composite, rule=rule)]}


def test_the_children_of_a_composite(alarm: Alarm, composite: CompositeAlarm) -> None:
    assert problems(**family(alarm, composite, 100)) == ()
    assert problems(**family(alarm, composite, 101)) == (f"composite {composite.name}: 101 children, AWS takes 100",)


def test_the_length_of_a_composites_rule(alarm: Alarm, composite: CompositeAlarm) -> None:
    # 80 times `ALARM("…")` (9 characters and the name) and 79 times ` OR `: 316 and 80 times (9 + name).
    inside, beyond = (family(alarm, composite, 80, length=length) for length in (115, 116))
    assert len(inside["composites"][0].expression) == 10_236
    assert problems(**inside) == ()
    assert problems(**beyond) == (f"composite {composite.name}: a rule of 10316, AWS takes 10240",)


def test_a_composite_names_alarms_that_there_are(alarm: Alarm, composite: CompositeAlarm) -> None:
    above = replace(composite, name="emergency", rule=InAlarm(composite.name))
    assert problems(alarms=[alarm], composites=[composite, above]) == ()
    assert problems(alarms=[alarm], composites=[above]) == (f"composite emergency: there is no alarm {composite.name}",)


def test_a_composite_has_children(alarm: Alarm, composite: CompositeAlarm) -> None:
    empty = replace(composite, rule=AnyOf(()))
    assert problems(alarms=[alarm], composites=[empty]) == (f"composite {composite.name}: its rule names no alarm",)


def test_the_composites_of_a_child(alarm: Alarm, composite: CompositeAlarm) -> None:
    def parents(count: int) -> list[CompositeAlarm]:
        return [replace(composite, name=f"c{index}") for index in range(count)]

    assert problems(alarms=[alarm], composites=parents(150)) == ()
    assert problems(alarms=[alarm], composites=parents(151)) == (
        f"alarm {alarm.name}: a child of 151 composites, AWS takes 150",
    )


def test_a_composites_name_and_description(alarm: Alarm, composite: CompositeAlarm) -> None:
    def named(characters: int) -> dict[str, Any]:
        return {"alarms": [alarm], "composites": [replace(composite, name="n" * characters)]}

    assert problems(**named(255)) == ()
    assert problems(**named(256)) == (f"alarm {'n' * 256}: a name of 256 characters, AWS takes 255",)
    bare = len(replace(composite, why="").description)
    wordy = replace(composite, why="w" * (1025 - bare))
    assert problems(alarms=[alarm], composites=[wordy]) == (
        f"alarm {composite.name}: a description of 1025 characters, AWS takes 1024",
    )


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
    assert problems(dashboards=[board]) == (f"dashboard {board.name}{line}",)


def test_every_problem_is_told_and_each_on_one_line(alarm: Alarm, dashboard: Dashboard) -> None:
    bad = replace(alarm, name="n" * 256, datapoints_to_alarm=0)
    found = problems(alarms=[bad, alarm], dashboards=[replace(dashboard, widgets=(Text("x"),) * 501)])
    assert len(found) == 3
    assert not any("\n" in line for line in found)


def test_what_an_alarm_requires_is_not_awss_limit(alarm: Alarm, metric: Metric) -> None:
    assert problems(alarms=[replace(alarm, series=replace(metric, requires=Requirement.CONTAINER_INSIGHTS))]) == ()
