"""Every kind's table, held against what CloudWatch takes and against the metrics that AWS publishes."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.table import AlarmRow, Kind, MathRow, MetricRow, WidgetRow
from infra.kinds.watch import Watched, watch
from infra.profiles import QUANTITIES
from opslib.monitoring import Metric, Role

STATISTICS = re.compile(r"Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?")
METRIC_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
WORDS = re.compile(r"\b[a-z][a-zA-Z0-9_]*\b")
NUMBERS = re.compile(r"\{(\w+)\}")

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"
EVERYTHING: dict[str, Any] = {
    "product": "shop",
    "environment": "prod",
    "services": {
        "api": {
            "cluster": "shop",
            "service": "shop-api",
            "containers": {"web": {"healthCheck": True}, "log": {}},
            "loadBalancer": "edge",
            "targetGroup": "api",
        }
    },
    "loadBalancers": {
        "edge": {
            "arn": f"{BALANCER}:loadbalancer/app/shop/1",
            "targetGroups": {"api": {"arn": f"{BALANCER}:targetgroup/api/2"}},
        }
    },
    "databases": {"orders": {"instance": "shop-orders", "allocatedStorageGib": 20, "memoryGib": 4}},
    "caches": {"sessions": {"replicationGroup": "shop-sessions", "members": ["001", "002"]}},
    "functions": {"hooks": {"function": "shop-hooks", "timeoutSeconds": 30, "invokedHourly": True, "stream": True}},
}
"""A stack with a workload of each kind that has everything a row may ask for."""


def config() -> StackConfig:
    return StackConfig.parse(EVERYTHING, source="test")


def key_of(kind: Kind) -> str:
    return str(next(iter(EVERYTHING[kind.section])))


def watched(kind: Kind) -> Watched:
    return watch(kind, config().subject(key_of(kind)))


kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
alarms = pytest.mark.parametrize(
    ("kind", "row"),
    [pytest.param(kind, row, id=f"{kind.name}-{row.key}") for kind in KINDS.values() for row in kind.alarms],
)
series = pytest.mark.parametrize(
    ("kind", "key"),
    [pytest.param(kind, key, id=f"{kind.name}-{key}") for kind in KINDS.values() for key in kind.metrics],
)
widgets = pytest.mark.parametrize(
    ("kind", "row"),
    [pytest.param(kind, row, id=f"{kind.name}-{row.title}") for kind in KINDS.values() for row in kind.widgets],
)


@series
def test_a_series_is_one_that_cloudwatch_can_compute(kind: Kind, key: str) -> None:
    row = kind.metrics[key]
    assert METRIC_ID.fullmatch(key)
    if isinstance(row, MetricRow):
        assert STATISTICS.fullmatch(row.statistic)
        assert (row.low_samples is not None) == row.statistic.startswith("p")
        return
    bare = NUMBERS.sub("1", row.expression)
    assert sorted(set(WORDS.findall(bare))) == sorted(row.inputs)
    assert all(isinstance(kind.metrics[name], MetricRow) for name in row.inputs)


@series
def test_the_numbers_of_math_are_given_by_the_workload(kind: Kind, key: str) -> None:
    row = kind.metrics[key]
    wanted = set(NUMBERS.findall(row.expression)) if isinstance(row, MathRow) else set()
    assert wanted <= set(config().subject(key_of(kind)).numbers)


@kinds
def test_dimensions_are_set_by_what_a_workload_provides(kind: Kind) -> None:
    key = key_of(kind)
    provided = config().identifiers(key)
    wanted = {
        value.field
        for alarm in watched(kind).alarms
        for metric in ([alarm.series] if isinstance(alarm.series, Metric) else [m for _, m in alarm.series.inputs])
        for _, value in metric.dimensions
        if not isinstance(value, str)
    }
    assert wanted
    assert wanted <= set(provided)


@kinds
def test_every_identifier_of_a_table_is_one_a_workload_may_have(kind: Kind) -> None:
    key = key_of(kind)
    provided = {*config().identifiers(key), *config().subject(key).instances}
    rows = (row for row in kind.metrics.values() if isinstance(row, MetricRow))
    wanted = {name for row in rows for name in row.dimensions.values() if not name.startswith("=")}
    assert wanted <= provided


@kinds
def test_names_are_unique(kind: Kind) -> None:
    keys = [row.key for row in kind.alarms], [row.key for row in kind.composites]
    assert all(len(own) == len(set(own)) for own in keys)
    both = watched(kind)
    names = [*(alarm.name for alarm in both.alarms), *(composite.name for composite in both.composites)]
    assert len(names) == len(set(names))
    titles = [graph.title for graph in both.detail]
    assert len(titles) == len(set(titles))


def test_sections_are_the_configurations() -> None:
    assert {kind.section for kind in KINDS.values()} == set(EVERYTHING) - {"product", "environment"}
    assert all(name == kind.name for name, kind in KINDS.items())


@alarms
def test_an_alarm_watches_what_there_is(kind: Kind, row: AlarmRow) -> None:
    assert row.series in kind.metrics
    assert row.statistic is None or STATISTICS.fullmatch(row.statistic)
    assert 1 <= row.points[0] <= row.points[1]
    assert row.why.strip()
    assert not row.why.endswith(".")
    assert row.title.strip()


@alarms
def test_an_alarm_that_asks_for_something_can_get_it(kind: Kind, row: AlarmRow) -> None:
    subject = config().subject(key_of(kind))
    assert subject.has(row.only_with)
    assert row.each is None or subject.instances.get(row.each)
    assert any(alarm.key.startswith(row.key) for alarm in watched(kind).alarms)


@alarms
def test_what_pages_names_a_composite_and_may_page(kind: Kind, row: AlarmRow) -> None:
    if row.pages is None:
        return
    assert row.pages in {composite.key for composite in kind.composites}
    # Causes inform; only what users feel, or that nothing is seen any more, wakes somebody.
    assert row.role in (Role.SYMPTOM, Role.SILENCE)
    paging = [alarm for alarm in watched(kind).alarms if alarm.paged_by == row.pages and alarm.key.startswith(row.key)]
    assert paging
    assert {alarm.severity for alarm in paging} == {"critical"}


@kinds
def test_every_composite_has_a_row_that_pages(kind: Kind) -> None:
    assert {composite.key for composite in kind.composites} <= {row.pages for row in kind.alarms}
    assert [composite.key for composite in watched(kind).composites] == [row.key for row in kind.composites]
    assert all(row.why.strip() and row.severity == "critical" for row in kind.composites)


@kinds
def test_every_kind_has_an_alarm_on_silence(kind: Kind) -> None:
    rows = [row for row in kind.alarms if row.role is Role.SILENCE]
    assert rows
    for row in rows:
        metric = kind.metrics[row.series]
        assert isinstance(metric, MetricRow)
        # A counter of whole events has as many samples as its sum: one invocation adds 1.
        counts = (row.statistic or metric.statistic) == "SampleCount" or (kind.name, row.series) == (
            "function",
            "invocations",
        )
        assert counts
        assert (row.missing, row.comparison) == ("breaching", "LessThanThreshold")
        assert getattr(row.thresholds, "critical", None) == 1
        assert row.pages
        assert metric.requires is None, "silence must not depend on what somebody may switch off"


@alarms
def test_only_silence_and_what_users_miss_breach_on_missing_points(kind: Kind, row: AlarmRow) -> None:
    """An alarm on a number that fires because the number is missing says something that is not so."""
    del kind
    if row.missing == "breaching":
        assert row.role is Role.SILENCE or row.key == "no-healthy-targets"


@alarms
def test_a_quantity_gets_worse_the_way_its_alarm_looks(kind: Kind, row: AlarmRow) -> None:
    del kind
    if isinstance(row.thresholds, str):
        worse = QUANTITIES[row.thresholds].worse
        assert row.comparison.startswith("Greater" if worse == "above" else "Less")


def drawn(kind: Kind, row: AlarmRow) -> list[WidgetRow]:
    return [widget for widget in kind.widgets if row.series in {key.partition(":")[0] for key in widget.left}]


@pytest.mark.feature("M1")
@alarms
def test_what_is_watched_is_drawn_with_its_threshold(kind: Kind, row: AlarmRow) -> None:
    if row.role is Role.SILENCE:
        return
    widgets_of_it = drawn(kind, row)
    assert widgets_of_it, "no graph draws it against the left axis, where the lines are"
    both = watched(kind)
    mine = [alarm for alarm in both.alarms if alarm.key.startswith(f"{row.key}-")]
    for widget in widgets_of_it:
        graph = next(graph for graph in both.detail if graph.title == f"{key_of(kind)}: {widget.title}")
        lines = {(line.label.split()[-2], line.value) for line in graph.lines}
        assert {(alarm.severity, alarm.threshold) for alarm in mine} <= lines
        periods = {
            series.period_seconds for series in graph.left if series.label.startswith(kind.metrics[row.series].label)
        }
        assert periods == {row.period_seconds}, "a threshold means nothing for points of another length"


@kinds
def test_silence_is_not_drawn_as_a_line(kind: Kind) -> None:
    """It is a count of samples, on a graph of something else."""
    both = watched(kind)
    silent = {alarm.name for alarm in both.alarms if alarm.role is Role.SILENCE}
    for graph in both.detail:
        allowed = {
            (alarm.severity, alarm.threshold)
            for row, alarm in itertools.product(kind.alarms, both.alarms)
            if alarm.name not in silent and alarm.key.startswith(row.key)
        }
        assert {(line.label.split()[-2], line.value) for line in graph.lines} <= allowed


@widgets
def test_a_graph_draws_what_there_is(kind: Kind, row: WidgetRow) -> None:
    for key in (*row.left, *row.right):
        name, _, statistic = key.partition(":")
        assert name in kind.metrics
        if statistic:
            assert STATISTICS.fullmatch(statistic)
            assert isinstance(kind.metrics[name], MetricRow)
    assert row.unit


@widgets
def test_a_graph_that_asks_for_something_can_get_it(kind: Kind, row: WidgetRow) -> None:
    subject = config().subject(key_of(kind))
    assert subject.has(row.only_with)
    graph = next(g for g in watched(kind).detail if g.title == f"{key_of(kind)}: {row.title}")
    instances = len(subject.instances[row.each]) if row.each else 1
    assert len(graph.left) == instances * len(row.left)


@kinds
def test_every_kind_shows_something_at_a_glance(kind: Kind) -> None:
    both = watched(kind)
    assert both.summary
    assert set(both.summary) <= set(both.detail)


def test_a_service_without_what_a_row_needs_goes_without_the_row() -> None:
    bare = {"product": "shop", "environment": "prod", "services": {"job": {"cluster": "shop", "service": "job"}}}
    both = watch(KINDS["ecs_service"], StackConfig.parse(bare, source="test").subject("job"))
    keys = {alarm.key for alarm in both.alarms}
    assert "silent-critical" in keys
    assert not [key for key in keys if key.startswith(("errors", "response", "container-health", "no-healthy"))]
    assert [composite.key for composite in both.composites] == ["unavailable"]
    assert not [graph for graph in both.detail if "5xx" in graph.title]


def test_each_instance_has_an_alarm_of_its_own_and_a_line_in_one_graph() -> None:
    both = watched(KINDS["cache"])
    names = {alarm.name for alarm in both.alarms if alarm.key.startswith("silent")}
    assert names == {"shop-prod-sessions-silent-001-critical", "shop-prod-sessions-silent-002-critical"}
    graph = next(graph for graph in both.detail if graph.title == "sessions: memory")
    assert [series.label for series in graph.left] == ["Memory 001", "Memory 002"]
    members = [dict(s.dimensions)["CacheClusterId"] for s in graph.left if isinstance(s, Metric)]
    assert [str(member) for member in members] == ["${sessions.member.001}", "${sessions.member.002}"]


def test_a_container_without_a_health_check_is_not_watched() -> None:
    keys = [alarm.key for alarm in watched(KINDS["ecs_service"]).alarms if alarm.key.startswith("container-health")]
    assert keys == ["container-health-web-warning"]


def test_the_error_rate_ignores_a_handful_of_requests() -> None:
    alarm = next(a for a in watched(KINDS["ecs_service"]).alarms if a.key == "errors-critical")
    assert alarm.math is not None
    assert alarm.math.expression == "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"
    assert {metric.period_seconds for _, metric in alarm.math.inputs} == {300}
