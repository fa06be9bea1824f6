"""What is deployed, as charges: from what DescribeAlarms and ListDashboards say, or from a Pulumi state.

What reads AWS or a file is elsewhere; here structures come in as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from opslib.monitoring.bill.charges import STACK, Charge
from opslib.monitoring.bill.model import Estimates
from opslib.monitoring.bill.prices import FREE, Prices
from opslib.monitoring.limits_alarms import SHORT_PERIODS_SECONDS

__all__ = ["described_charges", "state_charges"]

_METRICS_OF_A_BAND = 3
"""The metric and the two edges of its band."""
_TAGS = ("opslib:workload", "Workload", "workload")
_COMPONENT = ":WorkloadAlarms::"
"""The component of ours above an alarm is called as its workload."""


def described_charges(
    prices: Prices,
    estimates: Estimates,
    *,
    metric_alarms: Iterable[Mapping[str, Any]],
    composite_alarms: Iterable[Mapping[str, Any]],
    dashboards: Mapping[str, int],
    workloads: Mapping[str, str],
) -> Iterator[Charge]:
    """The charges of alarms as DescribeAlarms gives them.

    Args:
        prices: What each costs.
        estimates: How many metrics a query reads.
        metric_alarms: Its `MetricAlarms`.
        composite_alarms: Its `CompositeAlarms`.
        dashboards: How many metrics each dashboard has, by its name.
        workloads: For which workload an alarm is, by its name, where it is known.
    """
    for alarm in metric_alarms:
        name = str(alarm.get("AlarmName", ""))
        queries = [_query(one) for one in alarm.get("Metrics") or ()]
        band = bool(alarm.get("ThresholdMetricId"))
        period = alarm.get("Period")
        yield _alarm(_Deployed(name, queries, period, band, workloads.get(name, STACK)), prices, estimates)
    for alarm in composite_alarms:
        name = str(alarm.get("AlarmName", ""))
        yield Charge("composite alarms", name, Decimal(1), prices.composite_alarm, workloads.get(name, STACK))
    yield from _dashboards(dashboards, prices)


def state_charges(resources: Iterable[Mapping[str, Any]], prices: Prices, estimates: Estimates) -> Iterator[Charge]:
    """The charges of a Pulumi state's resources; those of other types cost nothing here.

    Args:
        resources: The list `deployment.resources` of `pulumi stack export`.
        prices: What each costs.
        estimates: How many metrics a query reads.
    """
    boards: dict[str, int] = {}
    for resource in resources:
        if resource.get("delete"):
            continue  # Pulumi is about to delete it
        kind = str(resource.get("type", "")).rpartition(":")[2]
        given: Mapping[str, Any] = {**(resource.get("inputs") or {}), **(resource.get("outputs") or {})}
        if kind == "MetricAlarm":
            queries = [_state_query(one) for one in given.get("metricQueries") or ()]
            band = bool(given.get("thresholdMetricId"))
            name = str(given.get("name", ""))
            yield _alarm(
                _Deployed(name, queries, given.get("period"), band, _workload(resource, given)), prices, estimates
            )
        elif kind == "CompositeAlarm":
            name = str(given.get("alarmName", ""))
            yield Charge("composite alarms", name, Decimal(1), prices.composite_alarm, _workload(resource, given))
        elif kind == "AlarmMuteRule":
            yield Charge("mute rules", str(given.get("name", "")), Decimal(1), prices.mute_rule)
        elif kind == "Dashboard":
            boards[str(given.get("dashboardName", ""))] = _metrics_of(given.get("dashboardBody"))
    yield from _dashboards(boards, prices)


_Query = tuple[int | None, str]
"""The period of a metric (None: it is math), and the text of math."""


def _query(query: Mapping[str, Any]) -> _Query:
    stat = query.get("MetricStat")
    if stat:
        return int(stat.get("Period") or 60), ""
    return None, str(query.get("Expression") or "")


def _state_query(query: Mapping[str, Any]) -> _Query:
    metric = query.get("metric")
    if metric:
        return int(metric.get("period") or 60), ""
    return None, str(query.get("expression") or "")


@dataclass(frozen=True, slots=True)
class _Deployed:
    name: str
    queries: list[_Query]
    period: Any
    has_band: bool
    workload: str


def _alarm(alarm: _Deployed, prices: Prices, estimates: Estimates) -> Charge:
    name, workload = alarm.name, alarm.workload
    if any(text.lstrip().upper().startswith("SELECT") for _, text in alarm.queries):
        many = Decimal(estimates.metrics_per_query)
        why = f"its query reads {many} metrics"
        price = prices.insights_alarm_metric
        return Charge("Metrics Insights alarm-metrics", name, many, price, workload, assumption=why)
    periods = [seconds for seconds, _ in alarm.queries if seconds is not None] or [int(alarm.period or 60)]
    count = Decimal(_METRICS_OF_A_BAND if alarm.has_band else len(periods))
    if min(periods) in SHORT_PERIODS_SECONDS:
        return Charge("high-resolution alarm-metrics", name, count, prices.high_resolution_alarm_metric, workload)
    return Charge("alarm-metrics", name, count, prices.alarm_metric, workload, free_tier=True)


def _dashboards(metrics: Mapping[str, int], prices: Prices) -> Iterator[Charge]:
    for name, count in metrics.items():
        free = count <= FREE.metrics_per_dashboard
        yield Charge("dashboards", name, Decimal(1), prices.dashboard, free_tier=free)


def _metrics_of(body: Any) -> int:
    """How many metrics a dashboard's body has; a body that cannot be read is taken for one that is not free."""
    try:
        parsed = json.loads(body) if isinstance(body, str) else body
        return sum(len(widget.get("properties", {}).get("metrics") or ()) for widget in parsed["widgets"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return FREE.metrics_per_dashboard + 1


def _workload(resource: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    tags = {**(given.get("tagsAll") or {}), **(given.get("tags") or {})}
    above, component, workload = str(resource.get("parent") or "").rpartition(_COMPONENT)
    own = workload if above and component else STACK
    return next((str(tags[key]) for key in _TAGS if key in tags), own)
