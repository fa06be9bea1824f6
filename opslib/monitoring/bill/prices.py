"""Prices of CloudWatch as dated data, and what of it is free.

AWS publishes them at https://aws.amazon.com/cloudwatch/pricing/. A price is a fact of a day and a region; where the
region is not in the table, those of us-east-1 stand in and the bill says so.

How they were looked up: what is free is the wording of AWS's page. Of the prices of us-east-1, those of alarms,
composites, custom metrics, dashboards, logs and enhanced Container Insights were found in third-party descriptions from
2026; those of canary runs, of anomaly alarms as three metrics and of queries by metrics read are assumed. None was read
from AWS's price list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

__all__ = ["CUSTOM_METRIC", "FREE", "PRICES", "US_EAST_1", "Free", "Prices", "prices_of"]


@dataclass(frozen=True, slots=True)
class Prices:
    """What is paid in a region, in US dollars, for a month unless it says otherwise.

    Attributes:
        region: Where.
        checked: The day on which they were looked up, ISO 8601.
        source: Where they are published.
        alarm_metric: A metric of an alarm whose period is a minute or more.
        high_resolution_alarm_metric: One of an alarm with a shorter period.
        composite_alarm: A composite.
        insights_alarm_metric: A metric that the query of a Metrics Insights alarm reads.
        dashboard: A dashboard beyond those that are free.
        custom_metric: From so many metrics on, each costs so much.
        enhanced_container_metric: A metric of Container Insights with enhanced observability.
        log_gb: A gigabyte of logs taken in, class Standard.
        canary_run: One run of a canary; the function, its logs and its storage are billed by themselves.
        mute_rule: AWS's page names no price for mute rules.
        metric_data_metric: One metric in an answer of GetMetricData, each time it is asked for.
    """

    region: str
    checked: str
    source: str
    alarm_metric: Decimal
    high_resolution_alarm_metric: Decimal
    composite_alarm: Decimal
    insights_alarm_metric: Decimal
    dashboard: Decimal
    custom_metric: tuple[tuple[int, Decimal], ...]
    enhanced_container_metric: Decimal
    log_gb: Decimal
    canary_run: Decimal
    mute_rule: Decimal
    metric_data_metric: Decimal


@dataclass(frozen=True, slots=True)
class Free:
    """What each account has for nothing, every month and for good.

    Attributes:
        checked: The day on which it was looked up, ISO 8601.
        source: Where it is published.
        alarm_metrics: Metrics of standard alarms that name their metrics: no query, no high resolution.
        dashboards: Dashboards.
        metrics_per_dashboard: With at most so many metrics each.
        custom_metrics: Custom metrics and those of detailed monitoring.
        log_gb: Gigabytes of logs: taken in, archived and read by queries, together.
        canary_runs: Runs of canaries.
    """

    checked: str
    source: str
    alarm_metrics: int
    dashboards: int
    metrics_per_dashboard: int
    custom_metrics: int
    log_gb: int
    canary_runs: int


_SOURCE: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_CHECKED: Final = "2026-11-21"

CUSTOM_METRIC: Final = (
    (0, Decimal("0.30")),
    (10_000, Decimal("0.10")),
    (250_000, Decimal("0.05")),
    (1_000_000, Decimal("0.02")),
)

US_EAST_1: Final = Prices(
    region="us-east-1",
    checked=_CHECKED,
    source=_SOURCE,
    alarm_metric=Decimal("0.10"),
    high_resolution_alarm_metric=Decimal("0.30"),
    composite_alarm=Decimal("0.50"),
    insights_alarm_metric=Decimal("0.10"),
    dashboard=Decimal("3.00"),
    custom_metric=CUSTOM_METRIC,
    enhanced_container_metric=Decimal("0.07"),
    log_gb=Decimal("0.50"),
    canary_run=Decimal("0.0012"),
    mute_rule=Decimal(0),
    metric_data_metric=Decimal("0.00001"),
)

FREE: Final = Free(
    checked=_CHECKED,
    source=_SOURCE,
    alarm_metrics=10,
    dashboards=3,
    metrics_per_dashboard=50,
    custom_metrics=10,
    log_gb=5,
    canary_runs=100,
)

PRICES: Final[Mapping[str, Prices]] = {US_EAST_1.region: US_EAST_1}
"""By region. A region is added with the day on which somebody read its prices."""


def prices_of(region: str) -> Prices:
    """The prices of a region; those of us-east-1 where its own are not known, and their `region` says so."""
    return PRICES.get(region, US_EAST_1)
