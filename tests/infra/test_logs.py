"""Log groups, what is counted in them, and which events: everything that a kind reads is published by something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra import program
from infra.components.logs import LogGroups
from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.publishing import LogFilter
from infra.kinds.table import MetricRow
from infra.kinds.trail_events import TRAIL_EVENTS
from infra.model import monitoring
from infra.names import fitting
from opslib.errors import BadRequest
from opslib.monitoring import Metric, Ref
from opslib.monitoring.metric import Series
from opslib.sandbox import Sandbox, Workload
from opslib.sandbox.behaviour.logs.patterns import read_pattern
from opslib.sandbox.programs.in_process import Resource, Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.everything import EVERYTHING
from tests.infra.shop import of_type, run

ACCOUNT = "123456789012"
GROUP, FILTER = "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"

COUNTED: dict[str, Any] = {
    "product": "shop",
    "environment": "prod",
    "mirror": False,
    "services": {
        "api": {
            "cluster": "shop",
            "service": "api",
            "logGroup": "/ecs/shop/api",
            "errorPattern": "?ERROR ?Traceback",
            "countEvents": True,
        }
    },
    "databases": {
        "orders": {
            "instance": "shop-main",
            "instanceClass": "db.t4g.medium",
            "allocatedStorageGib": 20,
            "slowQueryFilter": True,
        }
    },
    "functions": {"mailer": {"function": "shop-invoice-mailer", "timeoutSeconds": 30}},
    "logs": {"ours": ["mailer"], "retentionDays": 30},
}


def up(written: dict[str, Any], provider: StandInProvider | None = None) -> Run:
    values = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in written.items()}}
    return run_program(program.main, project="opslib", stack="test", config=values, provider=provider)


@pytest.fixture
def deployed(aws: Sandbox) -> Sandbox:
    """The sample shop, with its log groups, watched."""
    logs = ("/ecs/shop/api", "/aws/rds/instance/shop-main/postgresql")
    aws.seed(Workload.sample().model_copy(update={"log_groups": logs}))
    up(COUNTED, StandInProvider(endpoint_url=aws.url, region=REGION))
    for group in logs:
        aws.client("logs", REGION).create_log_stream(logGroupName=group, logStreamName="one")
    return aws


def write(sandbox: Sandbox, group: str, *lines: str) -> None:
    at = int(sandbox.clock.now().timestamp() * 1000)
    events = [{"timestamp": at, "message": line} for line in lines]
    sandbox.client("logs", REGION).put_log_events(logGroupName=group, logStreamName="one", logEvents=events)


def state(sandbox: Sandbox, name: str) -> str:
    found = sandbox.client("cloudwatch", REGION).describe_alarms(AlarmNames=[f"shop-prod-{name}"])
    return str(found["MetricAlarms"][0]["StateValue"])


@pytest.mark.feature("M21", "M2")
def test_errors_in_a_services_log_ring(deployed: Sandbox) -> None:
    for _ in range(3):
        write(deployed, "/ecs/shop/api", *["ERROR one"] * 10, *["all is well"] * 50)
        deployed.clock.advance(300)
    deployed.clock.advance(120)
    assert state(deployed, "api-log-errors-warning") == "OK", "ten are not above ten"
    for _ in range(4):
        write(deployed, "/ecs/shop/api", *["Traceback (most recent call last):"] * 11)
        deployed.clock.advance(300)
    assert state(deployed, "api-log-errors-warning") == "ALARM"


@pytest.mark.feature("M21", "M4")
def test_slow_queries_in_a_databases_log_ring(deployed: Sandbox) -> None:
    group = "/aws/rds/instance/shop-main/postgresql"
    stamp = "2026-11-21 10:00:00 UTC:10.0.1.7(51432):api@orders:[2214]:LOG: "
    slow = f"{stamp} duration: 5023.518 ms  statement: SELECT pg_sleep(5)"
    plan = f"{stamp} duration: 5023.518 ms  plan: Query Text: SELECT pg_sleep(5)"
    for _ in range(4):
        write(deployed, group, *[plan] * 50, f"{stamp} checkpoint starting: time")
        deployed.clock.advance(300)
    assert state(deployed, "orders-slow-queries-warning") == "OK", "what auto_explain writes is counted already"
    for _ in range(4):
        write(deployed, group, *[slow] * 11)
        deployed.clock.advance(300)
    assert state(deployed, "orders-slow-queries-warning") == "ALARM"


@pytest.mark.feature("M2")
def test_tasks_that_fail_and_a_deployment_that_does_are_counted(deployed: Sandbox) -> None:
    ecs = deployed.client("ecs", REGION)
    ecs.update_service(
        cluster="shop",
        service="api",
        forceNewDeployment=True,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
    )
    deployed.clock.advance(1200)
    names = ("api-task-failures-warning", "api-deployment-failed-warning")
    assert [state(deployed, name) for name in names] == ["OK", "OK"], "ECS stops the old tasks itself"

    body = json.dumps({"of": "shop-api", "conduct": {"crashes_after_seconds": 1}}).encode()
    urlopen(Request(f"{deployed.url}/_sandbox/conduct", body, method="POST"), timeout=120).close()
    ecs.update_service(cluster="shop", service="api", forceNewDeployment=True)
    seen = set()
    for _ in range(40):
        deployed.clock.advance(60)
        seen |= {name for name in names if state(deployed, name) == "ALARM"}
    assert seen == set(names)
    kept = deployed.client("logs", REGION).filter_log_events(logGroupName="/aws/events/shop-prod")["events"]
    assert any("SERVICE_DEPLOYMENT_FAILED" in event["message"] for event in kept), "the events can be read afterwards"


def refs(series: Series) -> Iterator[Metric]:
    yield from (series,) if isinstance(series, Metric) else (metric for _, metric in series.inputs)


@pytest.mark.feature("M21", "M2", "M4", "M6", "M23")
def test_every_metric_that_nobody_else_publishes_is_published_by_what_is_created() -> None:
    config = StackConfig.parse(EVERYTHING, source="test")
    model = monitoring(config, region=REGION)
    ran = up({key: value for key, value in EVERYTHING.items() if key != "savedQueries"} | {"mirror": False})
    filters = {
        (one.inputs["metricTransformation"]["namespace"], one.inputs["metricTransformation"]["name"])
        for one in of_type(ran, FILTER).values()
    }
    rules = {one.inputs["name"] for one in of_type(ran, RULE).values()}
    told = {target.inputs["rule"] for target in of_type(ran, TARGET).values()}
    assert rules <= told, "a rule without a target is not counted"

    read_filters: set[tuple[str, str]] = set()
    for key, watched in model.watched.items():
        shown = [series for graph in watched.detail for series in (*graph.left, *graph.right)]
        for metric in (m for series in (*(a.series for a in watched.alarms), *shown) for m in refs(series)):
            if metric.namespace == f"shop-prod/{key}":
                read_filters.add((metric.namespace, metric.name))
            if metric.namespace == "AWS/Events":
                ((_, ref),) = metric.dimensions
                assert isinstance(ref, Ref)
                name = config.identifiers(key)[ref.field]
                assert name in rules or name in config.workloads()[key].identifiers().values()
    assert read_filters == filters
    assert len(filters) == 3 + len(TRAIL_EVENTS)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{kind.name}-{key}")
        for kind in KINDS.values()
        for key, row in kind.metrics.items()
        if isinstance(row, MetricRow) and isinstance(row.published, LogFilter)
    ],
)
def test_every_pattern_is_one_that_aws_takes(row: MetricRow) -> None:
    assert isinstance(row.published, LogFilter)
    pattern = row.published.pattern
    if pattern != "{error_pattern}":
        assert len(pattern) <= 1024
        read_pattern(pattern)


@pytest.mark.feature("M21")
def test_only_a_log_group_that_is_ours_is_created_and_kept_thirty_days() -> None:
    groups = of_type(up(COUNTED), GROUP)
    assert {one.inputs["name"]: one.inputs["retentionInDays"] for one in groups.values()} == {
        "/aws/lambda/shop-invoice-mailer": 30,
        "/aws/events/shop-prod": 30,
    }
    filters = of_type(up(COUNTED), FILTER)
    assert {one.inputs["logGroupName"] for one in filters.values()} == {
        "/ecs/shop/api",
        "/aws/rds/instance/shop-main/postgresql",
    }, "lines of a team's log group are counted, the group is left alone"


@pytest.mark.feature("M21")
def test_a_log_group_that_is_adopted_is_imported_as_it_is() -> None:
    def groups(*adopted: str) -> Resource:
        ran = run(
            lambda: LogGroups(
                "logs", {"names": {"api": "/ecs/shop/api"}, "retention_days": 30, "adopted": adopted, "protect": True}
            )
        )
        return of_type(ran, GROUP)["logs-api"]

    assert "retentionInDays" in groups("api").ignore_changes
    assert groups().ignore_changes == ()
    assert groups().protect


MISTAKES = [
    ({"logs": {"ours": ["nobody"]}}, "logs.ours: nobody is no workload"),
    ({"logs": {"ours": ["mailer"], "adopt": ["api"]}}, "adopt: api is not among ours"),
    ({"logs": {"retentionDays": 31}}, "logs.retentionDays"),
    ({"services": {"api": {"cluster": "shop", "service": "api", "errorPattern": "ERROR"}}}, "needs logGroup"),
    (
        {"services": {"api": {"cluster": "shop", "service": "api", "countEvents": True, "region": "us-east-1"}}},
        "countEvents",
    ),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_path(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said) as refused:
        StackConfig.parse({**COUNTED, **change}, source="test")
    assert "\n" not in str(refused.value)


def test_a_name_that_is_too_long_is_cut_and_stays_its_own() -> None:
    long = "a-product-with-a-very-long-name-production-a-service-with-a-long-name-deployment-failures"
    names = {fitting(f"{long}-{index}", 64) for index in range(50)}
    assert len(names) == 50
    assert {len(name) for name in names} == {64}
    assert fitting("short", 64) == "short"
