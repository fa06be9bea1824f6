"""What the model of a stack's monitoring costs: counted where it can be counted, estimated where that is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.bill.charges import STACK, Charge, ChargeKind
from opslib.monitoring.bill.prices import FREE, Prices
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.limits_alarms import SHORT_PERIODS_SECONDS
from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Requirement, Series
from opslib.monitoring.widget import Graph

__all__ = ["Estimates", "charges"]

_CONTAINER_INSIGHTS = "ECS/ContainerInsights"
_OF_AWS = "AWS/"
_INSIGHTS = (Requirement.CONTAINER_INSIGHTS, Requirement.CONTAINER_INSIGHTS_ENHANCED)
_MINUTES_A_MONTH = Decimal(30 * 24 * 60)
_KIB_PER_GB = Decimal(1_000_000_000) / 1024


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a model does not say, and its bill depends on. The defaults are assumptions, and the bill says them.

    Attributes:
        metrics_per_query: How many metrics the query of a Metrics Insights alarm reads.
        container_insights: Metrics for each cluster, service and task family, by dimensions ClusterName; ClusterName
            and ServiceName; ClusterName and TaskDefinitionFamily, without those of EBS volumes. *Assumed*: to be
            counted in AWS's page "Amazon ECS Container Insights metrics", to which AWS adds.
        enhanced_per_task: Further metrics for each task with enhanced observability, of it and of its containers.
        clusters: How many ECS clusters there are.
        tasks_per_service: How many tasks a service runs.
        container_log_kib_per_task_minute: What Container Insights writes of a task and its containers into logs.
        custom_metrics: Custom metrics beyond those that alarms and dashboards read, by workload: every value of a
            dimension such as Endpoint makes one more.
        log_gb: Gigabytes of logs a month, by workload.
        canary_runs: Runs of canaries a month, by workload.
    """

    metrics_per_query: int = 100
    container_insights: tuple[int, int, int] = (13, 15, 10)
    enhanced_per_task: int = 20
    clusters: int = 1
    tasks_per_service: int = 2
    container_log_kib_per_task_minute: Decimal = Decimal(2)
    custom_metrics: Mapping[str, int] = field(default_factory=dict)
    log_gb: Mapping[str, Decimal] = field(default_factory=dict)
    canary_runs: Mapping[str, int] = field(default_factory=dict)


def charges(
    prices: Prices,
    estimates: Estimates,
    *,
    alarms: Iterable[Alarm],
    composites: Iterable[CompositeAlarm],
    dashboards: Iterable[Dashboard],
    mute_rules: Iterable[str],
) -> Iterator[Charge]:
    """Everything that is paid for, in the order of its kinds.

    Args:
        prices: What each costs.
        estimates: What the model does not say.
        alarms: The metric alarms.
        composites: The composites.
        dashboards: The dashboards.
        mute_rules: Names of mute rules.
    """
    alarms, composites, dashboards = tuple(alarms), tuple(composites), tuple(dashboards)
    tiers = {(one.workload, one.key): one.severity for one in composites}
    for alarm in alarms:
        tier = alarm.tier or tiers.get((alarm.workload, alarm.paged_by or ""), alarm.severity)
        yield _alarm(alarm, tier, prices, estimates)
    for composite in composites:
        speaks = composite.tier or ""
        one = Decimal(1)
        yield Charge("composite alarms", composite.name, one, prices.composite_alarm, composite.workload, speaks)
    for board in dashboards:
        free = board.metric_count <= FREE.metrics_per_dashboard
        yield Charge("dashboards", board.name, Decimal(1), prices.dashboard, free_tier=free)
    for name in mute_rules:
        yield Charge("mute rules", name, Decimal(1), prices.mute_rule)
    yield from _estimated(_read(alarms, dashboards), prices, estimates)


def _alarm(alarm: Alarm, tier: str, prices: Prices, estimates: Estimates) -> Charge:
    count, where = Decimal(alarm.billed_metric_count), (alarm.workload, tier)
    if isinstance(alarm.series, Insights) and alarm.series.sql.lstrip().upper().startswith("SELECT"):
        many = Decimal(estimates.metrics_per_query)
        why = f"its query reads {many} metrics"
        return Charge(
            "Metrics Insights alarm-metrics", alarm.name, many, prices.insights_alarm_metric, *where, assumption=why
        )
    if alarm.series.period_seconds in SHORT_PERIODS_SECONDS:
        price = prices.high_resolution_alarm_metric
        return Charge("high-resolution alarm-metrics", alarm.name, count, price, *where)
    return Charge("alarm-metrics", alarm.name, count, prices.alarm_metric, *where, free_tier=True)


def _read(alarms: Iterable[Alarm], dashboards: Iterable[Dashboard]) -> dict[Metric, None]:
    """Every metric that is watched or drawn, of those that somebody pays for by their number; without repeats."""
    found: dict[tuple[object, ...], Metric] = {}
    graphs = {id(widget): widget for board in dashboards for widget in board.widgets if isinstance(widget, Graph)}
    series: list[Series] = [alarm.series for alarm in alarms]
    series += [one for graph in graphs.values() for one in (*graph.left, *graph.right)]
    for one in series:
        for metric in (one,) if isinstance(one, Metric) else _inputs(one):
            if not metric.namespace.startswith(_OF_AWS):
                found.setdefault((metric.namespace, metric.name, metric.dimensions), metric)
    return dict.fromkeys(found.values())


def _inputs(series: Expression | Insights) -> tuple[Metric, ...]:
    return tuple(metric for _, metric in series.inputs)


def _estimated(read: Iterable[Metric], prices: Prices, estimates: Estimates) -> Iterator[Charge]:
    services: dict[str, bool] = {}
    custom: dict[str, int] = dict(estimates.custom_metrics)
    for metric in read:
        workload = _workload(metric)
        if metric.requires in _INSIGHTS or metric.namespace == _CONTAINER_INSIGHTS:
            enhanced = metric.requires is Requirement.CONTAINER_INSIGHTS_ENHANCED
            services[workload] = services.get(workload, False) or enhanced
        else:
            custom[workload] = custom.get(workload, 0) + 1
    yield from _container_insights(services, prices, estimates)
    each = prices.custom_metric[0][1]
    for workload, count in custom.items():
        given = estimates.custom_metrics.get(workload, 0)
        why = f"{count - given} that alarms and dashboards read, {given} that were given"
        many = Decimal(count)
        yield Charge("custom metrics", f"{workload}: written", many, each, workload, assumption=why, free_tier=True)
    for workload, gigabytes in estimates.log_gb.items():
        yield Charge(
            "log ingestion",
            f"{workload}: logs",
            gigabytes,
            prices.log_gb,
            workload,
            assumption="as given",
            free_tier=True,
        )
    for workload, runs in estimates.canary_runs.items():
        many = Decimal(runs)
        yield Charge(
            "canary runs",
            f"{workload}: canaries",
            many,
            prices.canary_run,
            workload,
            assumption="as given",
            free_tier=True,
        )


def _container_insights(services: Mapping[str, bool], prices: Prices, estimates: Estimates) -> Iterator[Charge]:
    """Container Insights is of a cluster: where one service needs the enhanced form, all of them have it."""
    if not services:
        return
    enhanced = any(services.values())
    price = prices.enhanced_container_metric if enhanced else prices.custom_metric[0][1]
    per_cluster, per_service, per_family = estimates.container_insights
    form = "enhanced" if enhanced else "standard"
    tasks = estimates.tasks_per_service
    many = Decimal(per_cluster * estimates.clusters)
    why = f"{form}, {per_cluster} metrics for each of {estimates.clusters} clusters"
    kind: ChargeKind = "Container Insights metrics"
    yield Charge(kind, "clusters", many, price, STACK, assumption=why, free_tier=not enhanced)
    each = Decimal(per_service + per_family + (estimates.enhanced_per_task * tasks if enhanced else 0))
    why = f"{form}, {per_service} metrics for a service, {per_family} for its task family"
    why += f", {estimates.enhanced_per_task} for each of {tasks} tasks" if enhanced else ""
    kib = estimates.container_log_kib_per_task_minute
    gigabytes = kib * tasks * _MINUTES_A_MONTH / _KIB_PER_GB
    told = f"{kib} KiB a minute for each of {tasks} tasks"
    for workload in services:
        name = f"{workload}: Container Insights"
        yield Charge(kind, name, each, price, workload, assumption=why, free_tier=not enhanced)
        if not enhanced:
            yield Charge("log ingestion", name, gigabytes, prices.log_gb, workload, assumption=told, free_tier=True)


def _workload(metric: Metric) -> str:
    """Whose a metric is, by its dimensions; what a log filter counts has none, and the workload in its namespace."""
    if not metric.dimensions and "/" in metric.namespace:
        return metric.namespace.rpartition("/")[2]
    return next((value.workload for _, value in metric.dimensions if isinstance(value, Ref)), STACK)
