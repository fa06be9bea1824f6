"""Alarms: whom they reach, and what they say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opslib.contract import Severity
from opslib.monitoring import Alarm, AllOf, AnyOf, CompositeAlarm, Expression, InAlarm, Metric, Requirement, Role
from opslib.monitoring.alarm import Comparison

TIERS: dict[str, tuple[Severity, Role, str | None, Severity | None]] = {
    "a cause informs": ("info", Role.CAUSE, None, "info"),
    "a cause warns": ("warning", Role.CAUSE, None, "warning"),
    "a critical cause does not page": ("critical", Role.CAUSE, None, "warning"),
    "a symptom on its way warns": ("warning", Role.SYMPTOM, None, "warning"),
    "a critical symptom pages through its composite": ("critical", Role.SYMPTOM, "unavailable", None),
    "silence pages through its composite": ("critical", Role.SILENCE, "unavailable", None),
    "a critical symptom that may not page informs": ("critical", Role.SYMPTOM, None, "warning"),
    "no metric alarm is an emergency of its own": ("emergency", Role.SYMPTOM, None, "warning"),
}


@pytest.mark.feature("M15")
@pytest.mark.parametrize(("severity", "role", "paged_by", "tier"), TIERS.values(), ids=TIERS)
def test_the_tier_of_a_metric_alarm(
    alarm: Alarm, severity: Severity, role: Role, paged_by: str | None, tier: Severity | None
) -> None:
    assert replace(alarm, severity=severity, role=role, paged_by=paged_by).tier == tier


SIGNS: dict[Comparison, str] = {
    "GreaterThanThreshold": "> 70 for 4 of 5 x 60 s",
    "GreaterThanOrEqualToThreshold": "≥ 70 for 4 of 5 x 60 s",
    "LessThanThreshold": "< 70 for 4 of 5 x 60 s",
    "LessThanOrEqualToThreshold": "≤ 70 for 4 of 5 x 60 s",
}


@pytest.mark.parametrize(("comparison", "words"), SIGNS.items())
def test_the_condition_in_words(alarm: Alarm, comparison: Comparison, words: str) -> None:
    assert replace(alarm, comparison=comparison).condition == words


def test_the_condition_of_math_has_the_period_of_its_inputs(alarm: Alarm, metric: Metric) -> None:
    math = Expression("a / 2", (("a", metric.with_period(300)),))
    assert replace(alarm, series=math, threshold=0.25).condition == "> 0.25 for 4 of 5 x 300 s"


def test_an_alarm_says_what_when_and_why(alarm: Alarm) -> None:
    assert alarm.description == "CPU is high: > 70 for 4 of 5 x 60 s. Why: five minutes outlast a burst."


def test_an_alarm_says_what_it_needs_to_see_anything(alarm: Alarm, metric: Metric) -> None:
    needing = replace(alarm, series=replace(metric, requires=Requirement.CONTAINER_INSIGHTS))
    assert needing.requires is Requirement.CONTAINER_INSIGHTS
    assert needing.description.endswith("Why: five minutes outlast a burst. Needs container-insights.")


def test_math_is_billed_and_limited_by_its_inputs(alarm: Alarm, metric: Metric) -> None:
    math = Expression("a - b - c", tuple((key, metric) for key in "abc"))
    assert (alarm.metric_count, alarm.math) == (1, None)
    watching_math = replace(alarm, series=math)
    assert (watching_math.metric_count, watching_math.math) == (3, math)


def test_a_composite_says_what_and_why(composite: CompositeAlarm) -> None:
    assert composite.description == "The service is unavailable. Why: users get nothing."


@pytest.mark.feature("M15")
def test_a_composite_names_each_child_once_in_order(composite: CompositeAlarm) -> None:
    a, b, c = (InAlarm(name) for name in "abc")
    twice = replace(composite, rule=AnyOf((AllOf((b, a)), AllOf((b, c)))))
    assert twice.children == ("b", "a", "c")
    assert twice.expression == '(ALARM("b") AND ALARM("a")) OR (ALARM("b") AND ALARM("c"))'
