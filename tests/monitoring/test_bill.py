"""What the monitoring costs: AWS's rules of counting, each in numbers that can be checked by hand."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from demo import stack_file
from infra.config import StackConfig
from infra.model import Monitoring, monitoring
from opslib.monitoring import (
    Alarm,
    CompositeAlarm,
    Dashboard,
    Expression,
    Graph,
    Insights,
    Metric,
    Ref,
    Requirement,
)
from opslib.monitoring.bill import (
    FREE,
    PRICES,
    Bill,
    Estimates,
    bill,
    bill_of_described,
    bill_of_state,
    prices_of,
)

pytestmark = pytest.mark.feature("P3")

ROOT = Path(__file__).parents[2]
GROSS = {"region": "us-east-1", "with_free_tier": False}


def priced(*alarms: Alarm, **given: Any) -> Decimal:
    return bill(**GROSS, alarms=alarms, **given).monthly_usd


def test_an_alarm_on_a_metric_is_one_alarm_metric(alarm: Alarm) -> None:
    assert priced(alarm) == Decimal("0.10")


def test_metric_math_is_billed_for_each_of_its_metrics(alarm: Alarm, metric: Metric) -> None:
    math = Expression("a + b + c", (("a", metric), ("b", metric), ("c", metric)))
    assert priced(dataclasses.replace(alarm, series=math)) == Decimal("0.30")


@pytest.mark.parametrize("seconds", [10, 20, 30])
def test_a_period_below_a_minute_is_high_resolution(alarm: Alarm, metric: Metric, seconds: int) -> None:
    assert priced(dataclasses.replace(alarm, series=metric.with_period(seconds))) == Decimal("0.30")


def test_an_anomaly_alarm_is_three_metrics(alarm: Alarm) -> None:
    band = dataclasses.replace(alarm, threshold=None, deviations=2.0, comparison="GreaterThanUpperThreshold")
    assert priced(band) == Decimal("0.30")


def test_a_query_is_billed_by_the_metrics_that_it_reads_and_never_free(alarm: Alarm) -> None:
    query = dataclasses.replace(alarm, series=Insights("SELECT AVG(a) FROM b"))
    found = bill(region="us-east-1", alarms=[query], estimates=Estimates(metrics_per_query=40))
    assert found.monthly_usd == Decimal("4.00")
    assert found.charges[0].assumption == "its query reads 40 metrics"


def test_performance_insights_by_name_is_no_such_query(alarm: Alarm) -> None:
    assert priced(dataclasses.replace(alarm, series=Insights("DB_PERF_INSIGHTS('RDS', 'a', 'b')"))) == Decimal("0.10")


def test_a_composite_costs_half_a_dollar_besides_its_children(alarm: Alarm, composite: CompositeAlarm) -> None:
    assert priced(alarm, composites=[composite]) == Decimal("0.60")


def test_mute_rules_are_listed_and_cost_nothing() -> None:
    found = bill(**GROSS, mute_rules=["nightly"])
    assert [(charge.name, charge.usd) for charge in found.charges] == [("nightly", Decimal(0))]
    assert "AWS's page names no price for mute rules" in found.notes


def test_ten_standard_alarm_metrics_are_free(alarm: Alarm, metric: Metric) -> None:
    ten = [dataclasses.replace(alarm, name=f"a{number}") for number in range(10)]
    fast = dataclasses.replace(alarm, name="fast", series=metric.with_period(10))
    assert bill(region="us-east-1", alarms=ten).monthly_usd == 0
    assert bill(region="us-east-1", alarms=[*ten, alarm]).monthly_usd == Decimal("0.10")
    assert bill(region="us-east-1", alarms=[fast]).monthly_usd == Decimal("0.30")


def board(name: str, metrics: int) -> Dashboard:
    graph = Graph("g", tuple(Metric("AWS/A", f"m{number}", (), "Sum") for number in range(metrics)))
    return Dashboard(name, name, (graph,))


def test_three_dashboards_of_fifty_metrics_are_free() -> None:
    small, large = [board(f"s{number}", 50) for number in range(4)], board("large", 51)
    assert bill(region="us-east-1", dashboards=small[:3]).monthly_usd == 0
    assert bill(region="us-east-1", dashboards=small).monthly_usd == 3
    assert bill(region="us-east-1", dashboards=[large]).monthly_usd == 3
    assert bill(**GROSS, dashboards=small).monthly_usd == 12


def test_custom_metrics_that_are_read_are_counted_once(alarm: Alarm) -> None:
    written = Metric("Application/Api", "Requests", (("Service", Ref("api", "service")),), "Sum")
    boards = [Dashboard("d", "d", (Graph("g", (written, written.with_statistic("p95"))),))]
    found = bill(**GROSS, alarms=[dataclasses.replace(alarm, series=written)], dashboards=boards)
    custom = [charge for charge in found.charges if charge.kind == "custom metrics"]
    assert [(charge.workload, charge.quantity, charge.usd) for charge in custom] == [("api", 1, Decimal("0.30"))]


def test_what_a_log_filter_counts_is_a_custom_metric_of_its_workload(alarm: Alarm) -> None:
    counted = Metric("shop-prod/orders", "SlowQueries", (), "Sum")
    found = bill(**GROSS, alarms=[dataclasses.replace(alarm, series=counted)])
    custom = [charge for charge in found.charges if charge.kind == "custom metrics"]
    assert [(charge.workload, charge.quantity, charge.usd) for charge in custom] == [("orders", 1, Decimal("0.30"))]


def test_very_many_custom_metrics_are_cheaper() -> None:
    found = bill(**GROSS, estimates=Estimates(custom_metrics={"api": 12_000}))
    assert found.monthly_usd == 10_000 * Decimal("0.30") + 2_000 * Decimal("0.10")
    most = bill(**GROSS, estimates=Estimates(custom_metrics={"api": 1_000_001}))
    assert most.monthly_usd == 3_000 + 24_000 + 37_500 + Decimal("0.02")


def insights(requires: Requirement, workload: str = "api") -> Graph:
    dimensions = (("ClusterName", Ref(workload, "cluster")), ("ServiceName", Ref(workload, "service")))
    return Graph("t", (Metric("ECS/ContainerInsights", "RunningTaskCount", dimensions, "Minimum", requires=requires),))


def test_container_insights_is_an_estimate_that_says_what_it_assumes() -> None:
    widgets = (insights(Requirement.CONTAINER_INSIGHTS), insights(Requirement.CONTAINER_INSIGHTS, "web"))
    found = bill(**GROSS, dashboards=[Dashboard("d", "d", widgets)])
    metrics = [charge for charge in found.charges if charge.kind == "Container Insights metrics"]
    assert [(charge.workload, charge.quantity) for charge in metrics] == [("stack", 13), ("api", 25), ("web", 25)]
    assert sum(charge.usd for charge in metrics) == 63 * Decimal("0.30")
    assert all(charge.assumption for charge in metrics)
    assert [charge.workload for charge in found.charges if charge.kind == "log ingestion"] == ["api", "web"]


def test_enhanced_observability_has_its_own_price_and_no_logs() -> None:
    widgets = (insights(Requirement.CONTAINER_INSIGHTS), insights(Requirement.CONTAINER_INSIGHTS_ENHANCED, "web"))
    found = bill(**GROSS, dashboards=[Dashboard("d", "d", widgets)])
    assert {charge.unit_usd for charge in found.charges if charge.kind == "Container Insights metrics"} == {
        Decimal("0.07")
    }
    assert not [charge for charge in found.charges if charge.kind == "log ingestion"]


def test_logs_and_canaries_are_as_given_and_partly_free() -> None:
    given = Estimates(log_gb={"api": Decimal(7)}, canary_runs={"api": 1_100})
    found = bill(region="us-east-1", estimates=given)
    assert found.monthly_usd == 2 * Decimal("0.50") + 1_000 * Decimal("0.0012")


def test_another_region_is_told_that_its_prices_are_not_known() -> None:
    assert prices_of("eu-central-1").region == "us-east-1"
    assert "those of eu-central-1 are not in the table" in bill(region="eu-central-1").notes[0]
    assert "not in the table" not in bill(region="us-east-1").notes[0]


def test_prices_are_dated_and_say_where_they_are_from() -> None:
    for facts in (*PRICES.values(), FREE):
        assert facts.source.startswith("https://aws.amazon.com/")
        assert len(facts.checked) == len("2026-11-21")


def test_a_bill_over_its_limit_is_a_finding(alarm: Alarm, composite: CompositeAlarm) -> None:
    within = bill(**GROSS, alarms=[alarm], composites=[composite], limit_usd=Decimal("0.60"))
    beyond = bill(**GROSS, alarms=[alarm], composites=[composite], limit_usd=Decimal("0.59"))
    assert within.exceeded is None
    assert beyond.exceeded is not None
    assert str(beyond.exceeded) == (
        "bill: 0.60 USD a month, 0.59 are allowed: raise the limit, or watch less; "
        "most is for composite alarms (0.50 USD)"
    )
    assert beyond.document()["exceeded"]["monthly_usd"] == 0.6


def described(alarm: Alarm) -> dict[str, Any]:
    """An alarm as DescribeAlarms gives it."""
    period = alarm.series.period_seconds
    if alarm.deviations is not None:
        metrics = [
            {"Id": "m", "MetricStat": {"Period": period}},
            {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m)"},
        ]
        return {"AlarmName": alarm.name, "Metrics": metrics, "ThresholdMetricId": "b"}
    if isinstance(alarm.series, Metric):
        return {"AlarmName": alarm.name, "Period": period, "MetricName": alarm.series.name}
    if isinstance(alarm.series, Insights):
        return {"AlarmName": alarm.name, "Metrics": [{"Id": "q", "Expression": alarm.series.sql, "Period": period}]}
    inputs = [{"Id": key, "MetricStat": {"Period": period}} for key, _ in alarm.series.inputs]
    return {"AlarmName": alarm.name, "Metrics": [*inputs, {"Id": "e", "Expression": alarm.series.expression}]}


@pytest.fixture(scope="module", params=["staging", "prod"])
def model(request: pytest.FixtureRequest) -> Monitoring:
    source = ROOT / f"Pulumi.{request.param}.yaml"
    return monitoring(StackConfig.parse(stack_file.read_stack_file(source), source=source.name), region="us-east-1")


@pytest.fixture(scope="module")
def whole(model: Monitoring) -> Bill:
    return bill(region="us-east-1", **parts(model))


def parts(model: Monitoring) -> dict[str, Any]:
    return {
        "alarms": [alarm for workload in model.watched.values() for alarm in workload.alarms],
        "composites": [
            *model.of_stack,
            *(one for workload in model.watched.values() for one in workload.composites),
        ],
        "dashboards": model.dashboards,
    }


def test_the_sums_of_every_kind_are_the_whole(whole: Bill) -> None:
    for sums in (whole.by_kind, whole.by_tier, whole.by_workload):
        assert sum((part.usd for part in sums), Decimal(0)) == whole.gross_usd
    assert whole.monthly_usd == whole.gross_usd - whole.free_usd - whole.discount_usd
    assert {part.name for part in whole.by_tier} >= {"info", "warning", "critical", "emergency"}


def test_the_model_costs_the_same_as_what_aws_describes_once_it_is_deployed(model: Monitoring, whole: Bill) -> None:
    given = parts(model)
    deployed = bill_of_described(
        region="us-east-1",
        metric_alarms=[described(alarm) for alarm in given["alarms"]],
        composite_alarms=[{"AlarmName": one.name, "AlarmRule": one.expression} for one in given["composites"]],
        dashboards={one.name: one.metric_count for one in given["dashboards"]},
    )
    counted = whole.without_estimates()
    assert counted.monthly_usd == deployed.monthly_usd
    assert counted.against(deployed).changes == ()


def test_a_difference_names_what_comes_what_goes_and_what_changes(alarm: Alarm, metric: Metric) -> None:
    goes, stays = (dataclasses.replace(alarm, name=name) for name in ("goes", "stays"))
    faster = dataclasses.replace(stays, series=metric.with_period(10))
    before = bill(**GROSS, alarms=[goes, stays])
    after = bill(**GROSS, alarms=[faster], dashboards=[board("new", 1)])
    found = after.against(before)
    assert [(one.name, one.before_usd, one.after_usd) for one in found.changes] == [
        ("new", Decimal(0), Decimal("3.00")),
        ("stays", Decimal("0.10"), Decimal("0.30")),
        ("goes", Decimal("0.10"), Decimal(0)),
    ]
    assert found.usd == Decimal("3.10")
    assert found.document()["usd"] == 3.1


def test_a_pulumi_state_is_read_without_what_is_about_to_be_deleted() -> None:
    kind = "aws:cloudwatch/metricAlarm:MetricAlarm"
    math = [
        {"id": "a", "metric": {"period": 60}},
        {"id": "b", "metric": {"period": 60}},
        {"id": "e", "expression": "a/b"},
    ]
    resources = [
        {"type": "pulumi:pulumi:Stack", "urn": "x"},
        {"type": kind, "inputs": {"name": "plain", "period": 60}, "outputs": {"tags": {"Workload": "api"}}},
        {"type": kind, "outputs": {"name": "math", "metricQueries": math}},
        {"type": kind, "outputs": {"name": "fast", "period": 10}},
        {"type": kind, "outputs": {"name": "old", "period": 60}, "delete": True},
        {"type": "aws:cloudwatch/compositeAlarm:CompositeAlarm", "outputs": {"alarmName": "both"}},
        {
            "type": "aws:cloudwatch/dashboard:Dashboard",
            "outputs": {
                "dashboardName": "d",
                "dashboardBody": json.dumps({"widgets": [{"properties": {"metrics": [["A", "B"]] * 51}}]}),
            },
        },
        {"type": "aws:cloudwatch/dashboard:Dashboard", "outputs": {"dashboardName": "odd", "dashboardBody": "{"}},
    ]
    found = bill_of_state(resources, region="us-east-1")
    assert {charge.name: charge.usd for charge in found.charges} == {
        "plain": Decimal("0.10"),
        "math": Decimal("0.20"),
        "fast": Decimal("0.30"),
        "both": Decimal("0.50"),
        "d": Decimal("3.00"),
        "odd": Decimal("3.00"),
    }
    assert found.charges[0].workload == "api"
    assert found.free_usd == Decimal("0.30")


def test_the_document_is_json_and_adds_up(whole: Bill) -> None:
    document = json.loads(json.dumps(whole.document()))
    assert document["monthly_usd"] == float(round(whole.monthly_usd, 4))
    assert sum(charge["usd"] for charge in document["charges"]) == pytest.approx(document["gross_usd"])
    assert all(charge["assumption"] for charge in document["charges"] if charge["estimate"])


@hypothesis.given(st.integers(0, 40), st.integers(0, 6), st.integers(0, 20_000))
def test_what_is_free_is_never_more_than_what_is_used(alarms: int, boards: int, metrics: int) -> None:
    series = Metric("AWS/A", "m", (), "Sum")
    model = Alarm(
        *("a", "a", "w", "t"),
        series,
        "GreaterThanThreshold",
        1.0,
        "info",
        "cause",
        "why",
        1,
        1,
        "missing",  # type: ignore[arg-type] # a role by its text
    )
    found = bill(
        region="us-east-1",
        alarms=[dataclasses.replace(model, name=f"a{number}") for number in range(alarms)],
        dashboards=[board(f"d{number}", 1) for number in range(boards)],
        estimates=Estimates(custom_metrics={"w": metrics}),
    )
    assert 0 <= found.monthly_usd <= found.gross_usd
    expected = max(alarms - 10, 0) * Decimal("0.10") + max(boards - 3, 0) * 3
    paid = max(metrics - 10, 0)
    if metrics <= 10_000:
        assert found.monthly_usd == expected + paid * Decimal("0.30")
