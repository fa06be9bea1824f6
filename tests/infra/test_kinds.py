"""Every kind's table, held against what CloudWatch takes and against the metrics that AWS publishes."""

from __future__ import annotations

import re

import pytest

from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.emitting import ENVIRONMENT
from infra.kinds.table import AlarmRow, Kind, MathRow, MetricRow, WidgetRow
from infra.kinds.watch import watch
from infra.profiles import QUANTITIES
from opslib.monitoring import Alarm, Metric, Requirement, Role
from tests.infra.everything import EVERYTHING, config, watched_of

STATISTICS = re.compile(r"Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?")
METRIC_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
WORDS = re.compile(r"\b[a-z][a-zA-Z0-9_]*\b")
NUMBERS = re.compile(r"\{(\w+)\}")

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
    if not row.inputs:
        assert "'" in bare, "it names by itself what it is about"
        return
    assert sorted(set(WORDS.findall(bare))) == sorted(row.inputs)
    assert all(isinstance(kind.metrics[name], MetricRow) for name in row.inputs)


@series
def test_the_numbers_of_math_are_given_by_the_workload(kind: Kind, key: str) -> None:
    row = kind.metrics[key]
    wanted = set(NUMBERS.findall(row.expression)) if isinstance(row, MathRow) else set()
    assert wanted <= {name for watched in watched_of(kind) for name in watched.subject.numbers}


def named_by(alarm: Alarm) -> set[str]:
    """The identifiers that an alarm's metrics name."""
    series = alarm.series
    metrics = [series] if isinstance(series, Metric) else [metric for _, metric in series.inputs]
    return {value.field for metric in metrics for _, value in metric.dimensions if not isinstance(value, str)}


@kinds
def test_dimensions_are_set_by_what_a_workload_provides(kind: Kind) -> None:
    for watched in watched_of(kind):
        provided = config().identifiers(watched.subject.key)
        wanted = {name for alarm in watched.alarms for name in named_by(alarm)}
        assert wanted or kind.name == "billing"
        assert wanted <= set(provided)


@kinds
def test_every_identifier_of_a_table_is_one_a_workload_may_have(kind: Kind) -> None:
    whole = config()
    provided = {ENVIRONMENT} & {setting.name for setting in kind.settings}
    for watched in watched_of(kind):
        provided |= {*whole.identifiers(watched.subject.key), *watched.subject.instances}
    rows = (row for row in kind.metrics.values() if isinstance(row, MetricRow))
    wanted = {name for row in rows for name in row.dimensions.values() if not name.startswith("=")}
    assert wanted <= provided


@kinds
def test_names_are_unique(kind: Kind) -> None:
    keys = [*(row.key for row in kind.alarms), *(row.key for row in kind.composites)]
    assert len(keys) == len(set(keys)), "each is the anchor of a runbook"
    for watched in watched_of(kind):
        names = [*(alarm.name for alarm in watched.alarms), *(composite.name for composite in watched.composites)]
        assert len(names) == len(set(names))
        titles = [graph.title for graph in watched.detail]
        assert len(titles) == len(set(titles))


def test_sections_are_the_configurations() -> None:
    assert {kind.section for kind in KINDS.values()} == set(EVERYTHING) - {"product", "environment", "savedQueries"}
    assert all(name == kind.name for name, kind in KINDS.items())


@alarms
def test_an_alarm_watches_what_there_is(kind: Kind, row: AlarmRow) -> None:
    assert row.series in kind.metrics
    assert row.statistic is None or STATISTICS.fullmatch(row.statistic)
    assert 1 <= row.points[0] <= row.points[1]
    assert row.why.strip()
    assert not row.why.endswith(".")
    assert row.title.strip()


def of_row(kind: Kind, row: AlarmRow) -> list[Alarm]:
    """The alarms that a row comes to, over all workloads of its kind."""
    keys = {*(r.key for r in kind.alarms)} - {row.key}
    return [
        alarm
        for watched in watched_of(kind)
        for alarm in watched.alarms
        if alarm.key.startswith(f"{row.key}-")
        and not any(key.startswith(row.key) and alarm.key.startswith(f"{key}-") for key in keys)
    ]


@alarms
def test_an_alarm_that_asks_for_something_can_get_it(kind: Kind, row: AlarmRow) -> None:
    subjects = [watched.subject for watched in watched_of(kind) if watched.subject.wants(row)]
    assert subjects
    assert row.each is None or any(subject.instances.get(row.each) for subject in subjects)
    assert of_row(kind, row)


@alarms
def test_what_pages_names_a_composite_and_may_page(kind: Kind, row: AlarmRow) -> None:
    if row.pages is None:
        return
    assert row.pages in {composite.key for composite in kind.composites}
    # Causes inform; only what users feel, or that nothing is seen any more, wakes somebody.
    assert row.role in (Role.SYMPTOM, Role.SILENCE)
    paging = [alarm for alarm in of_row(kind, row) if alarm.paged_by == row.pages]
    assert paging
    assert {alarm.severity for alarm in paging} == {"critical"}


@kinds
def test_every_composite_has_a_row_that_pages(kind: Kind) -> None:
    assert {composite.key for composite in kind.composites} <= {row.pages for row in kind.alarms}
    made = {composite.key for watched in watched_of(kind) for composite in watched.composites}
    assert made == {row.key for row in kind.composites}
    assert all(row.why.strip() for row in kind.composites)


@pytest.mark.feature("M16")
@kinds
def test_every_workload_has_an_alarm_on_silence_with_a_warm_up(kind: Kind) -> None:
    for watched in watched_of(kind):
        silent = [alarm for alarm in watched.alarms if alarm.role is Role.SILENCE]
        assert silent, watched.subject.key
        for alarm in silent:
            assert (alarm.missing_data, alarm.comparison, alarm.threshold) == (
                "breaching",
                "LessThanThreshold",
                1,
            )
            assert isinstance(alarm.series, Metric)
            assert alarm.series.statistic == "SampleCount"
            window = alarm.evaluation_periods * alarm.series.period_seconds / 60
            assert alarm.warm_up_minutes == min(max(60, 2 * window), 2880)


SWITCHED = {Requirement.EMITTER, Requirement.BILLING_ALERTS}
"""Kinds of which nothing is published unless somebody has switched it on: their silence is that nobody has."""


@kinds
def test_silence_does_not_depend_on_what_somebody_may_switch_off(kind: Kind) -> None:
    rows = [row for row in kind.metrics.values() if isinstance(row, MetricRow)]
    needed = {kind.metrics[row.series].requires for row in kind.alarms if row.role is Role.SILENCE}
    assert needed == {None} or (needed <= SWITCHED and all(row.requires in SWITCHED for row in rows))


@alarms
def test_only_silence_and_what_users_miss_breach_on_missing_points(kind: Kind, row: AlarmRow) -> None:
    """An alarm on a number that fires because the number is missing says something that is not so."""
    del kind
    if row.missing == "breaching":
        assert row.role is Role.SILENCE or row.key.startswith("no-healthy-targets")


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
    for watched in watched_of(kind):
        if not watched.subject.wants(row):
            continue
        mine = [alarm for alarm in of_row(kind, row) if alarm.workload == watched.subject.key]
        graphs = {graph.title.partition(": ")[2]: graph for graph in watched.detail}
        shown = [graphs[widget.title] for widget in widgets_of_it if widget.title in graphs]
        assert shown
        for graph in shown:
            lines = {(line.label.split()[-2], line.value) for line in graph.lines}
            assert {(a.severity, a.threshold) for a in mine if a.threshold is not None} <= lines
            label = kind.metrics[row.series].label
            periods = {s.period_seconds for s in graph.left if s.label == label or s.label.startswith(f"{label} ")}
            assert periods == {row.period_seconds}, "a threshold means nothing for points of another length"


@kinds
def test_silence_is_not_drawn_as_a_line(kind: Kind) -> None:
    """It is a count of samples, on a graph of something else."""
    for watched in watched_of(kind):
        spoken = {(a.severity, a.threshold) for a in watched.alarms if a.role is not Role.SILENCE}
        for graph in watched.detail:
            assert {(line.label.split()[-2], line.value) for line in graph.lines} <= spoken


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
    wanting = [watched for watched in watched_of(kind) if watched.subject.wants(row)]
    assert wanting
    for watched in wanting:
        graph = next(g for g in watched.detail if g.title == f"{watched.subject.key}: {row.title}")
        instances = len(watched.subject.instances[row.each]) if row.each else 1
        assert len(graph.left) == instances * len(row.left)


@kinds
def test_every_kind_shows_something_at_a_glance(kind: Kind) -> None:
    for watched in watched_of(kind):
        assert watched.summary
        assert set(watched.summary) <= set(watched.detail)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.settings], ids=lambda kind: kind.name)
def test_every_setting_of_a_table_is_one_that_something_needs(kind: Kind) -> None:
    rows = [*kind.alarms, *kind.widgets]
    asked = {row.only_with for row in rows} | {row.unless for row in rows} | {row.each for row in rows}
    dimensions = {
        name for row in kind.metrics.values() if isinstance(row, MetricRow) for name in row.dimensions.values()
    }
    numbers = {n for row in kind.metrics.values() if isinstance(row, MathRow) for n in NUMBERS.findall(row.expression)}
    for setting in kind.settings:
        names = set(getattr(setting, "choices", ())) or {setting.name}
        assert names & (asked | dimensions | numbers), setting.name


def test_a_service_without_what_a_row_needs_goes_without_the_row() -> None:
    bare = {"product": "shop", "environment": "prod", "services": {"job": {"cluster": "shop", "service": "job"}}}
    both = watch(KINDS["ecs_service"], StackConfig.parse(bare, source="test").subject("job"))
    keys = {alarm.key for alarm in both.alarms}
    assert "silent-critical" in keys
    assert not [key for key in keys if key.startswith(("errors", "response", "container-health", "no-healthy"))]
    assert [composite.key for composite in both.composites] == ["unavailable"]
    assert not [graph for graph in both.detail if "5xx" in graph.title]


def test_each_instance_has_an_alarm_of_its_own_and_a_line_in_one_graph() -> None:
    (both,) = watched_of(KINDS["cache"])
    names = {alarm.name for alarm in both.alarms if alarm.key.startswith("silent")}
    assert names == {"shop-prod-sessions-silent-001-critical", "shop-prod-sessions-silent-002-critical"}
    graph = next(graph for graph in both.detail if graph.title == "sessions: memory")
    assert [series.label for series in graph.left] == ["Memory 001", "Memory 002"]
    members = [dict(s.dimensions)["CacheClusterId"] for s in graph.left if isinstance(s, Metric)]
    assert [str(member) for member in members] == ["${sessions.member.001}", "${sessions.member.002}"]


def test_a_container_without_a_health_check_is_not_watched() -> None:
    keys = [
        alarm.key for alarm in watched_of(KINDS["ecs_service"])[0].alarms if alarm.key.startswith("container-health")
    ]
    assert keys == ["container-health-web-warning"]


def test_the_error_rate_ignores_a_handful_of_requests() -> None:
    alarm = next(a for a in watched_of(KINDS["ecs_service"])[0].alarms if a.key == "errors-critical")
    assert alarm.math is not None
    assert alarm.math.expression == "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"
    assert {metric.period_seconds for _, metric in alarm.math.inputs} == {300}
