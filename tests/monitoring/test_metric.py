"""Metrics and metric math: what changing one leaves alone, and what math knows of its inputs."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from opslib.monitoring import Expression, Metric, Ref, Requirement

REQUESTS = Metric("AWS/ApplicationELB", "RequestCount", (("LoadBalancer", Ref("web", "load_balancer")),), "Sum")
ERRORS = replace(REQUESTS, name="HTTPCode_Target_5XX_Count")
RATE = Expression("100 * errors / requests", (("errors", ERRORS), ("requests", REQUESTS)), "5xx rate")


def test_a_reference_prints_as_a_placeholder() -> None:
    assert str(Ref("api", "load_balancer")) == "${api.load_balancer}"


def test_another_period_is_another_metric_and_nothing_else_changes() -> None:
    longer = REQUESTS.with_period(300)
    assert (longer.period_seconds, REQUESTS.period_seconds) == (300, 60)
    assert longer.with_period(60) == REQUESTS


def test_another_statistic_is_another_metric_and_nothing_else_changes() -> None:
    assert REQUESTS.with_statistic("p99").statistic == "p99"
    assert REQUESTS.with_statistic("p99").with_statistic("Sum") == REQUESTS


def test_no_change_makes_no_new_metric() -> None:
    assert REQUESTS.with_period(60) is REQUESTS
    assert REQUESTS.with_statistic("Sum") is REQUESTS


def test_the_period_of_math_is_that_of_all_its_inputs() -> None:
    longer = RATE.with_period(300)
    assert longer.period_seconds == 300
    assert [metric.period_seconds for _, metric in longer.inputs] == [300, 300]
    assert (longer.expression, longer.label) == (RATE.expression, RATE.label)


def test_math_requires_what_any_of_its_inputs_requires() -> None:
    blind = replace(ERRORS, requires=Requirement.CONTAINER_INSIGHTS)
    assert RATE.requires is None
    assert replace(RATE, inputs=(("a", REQUESTS), ("b", blind))).requires is Requirement.CONTAINER_INSIGHTS


def test_a_metric_cannot_be_changed_behind_an_alarms_back() -> None:
    with pytest.raises(FrozenInstanceError):
        REQUESTS.statistic = "Average"  # type: ignore[misc]  # that is what must not work
