"""The settings of an alarm of the model."""

from __future__ import annotations

from dataclasses import replace

from opslib.monitoring import Alarm, Expression, Metric
from opslib.monitoring.evaluate import Settings


def test_an_alarms_settings_are_those_that_it_is_deployed_with(alarm: Alarm) -> None:
    settings = Settings.of(replace(alarm, series=alarm.series.with_period(300)))
    assert settings == Settings(
        comparison=alarm.comparison,
        threshold=alarm.threshold,
        datapoints_to_alarm=4,
        evaluation_periods=5,
        period_seconds=300,
        missing_data="notBreaching",
    )


def test_few_samples_matter_only_to_a_percentile_that_ignores_them(alarm: Alarm, metric: Metric) -> None:
    p99 = replace(alarm, series=metric.with_statistic("p99"))
    assert Settings.of(p99).fewest_samples == 0
    assert Settings.of(replace(p99, low_samples="evaluate")).fewest_samples == 0
    assert Settings.of(replace(p99, low_samples="ignore")).fewest_samples == 1_000


def test_dynamodb_is_known_by_the_namespace_in_math_too(alarm: Alarm, metric: Metric) -> None:
    throttles = replace(metric, namespace="AWS/DynamoDB")
    assert Settings.of(replace(alarm, series=throttles)).dynamodb
    assert Settings.of(replace(alarm, series=Expression("a + b", (("a", metric), ("b", throttles))))).dynamodb
    assert not Settings.of(alarm).dynamodb
