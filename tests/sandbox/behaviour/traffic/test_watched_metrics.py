"""Every metric that a kind's table watches is published under exactly its name and dimensions.

An hour in which everything happens that some metric counts: what is not published then is either misnamed in a table or
missing in the sandbox.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.stack_file import StackFile
from demo.workload import programs_of
from infra.kinds import KINDS
from infra.kinds.table import MetricRow
from opslib.sandbox import Sandbox
from opslib.sandbox.behaviour import traffic

CLUSTER = "parcel-staging"
Identity = tuple[str, str, tuple[tuple[str, str], ...]]

OF_OTHER_ROLES = ("validation", "accuracy", "rules", "suite", "coverage", "scans", "deviation")
_ABSENT = "the traffic does not make it: behaviour/traffic.md says so"
NEEDS_MORE = {
    ("cache", "lag"): "the staging stack's replication group has one member, so no replica",
    ("function", "iterator_age"): "the staging stack's function reads no stream",
    ("ecs_service", "restarts"): "only api has a restart policy",
    ("ecs_service", "unhealthy_containers"): "only api has a health check",
    ("ecs_service", "unconnected"): "only web's targets are short of connections in this hour",
    ("ecs_service", "volume"): _ABSENT,
    ("ecs_service", "log_errors"): "a metric filter on the service's log makes it; the sandbox's tasks write none",
    ("load_balancer", "untrusted"): _ABSENT,
    ("database", "disk_credits"): _ABSENT,
    ("database", "throughput_credits"): _ABSENT,
    ("database", "replication_slot"): _ABSENT,
    ("database", "slow_queries"): "a metric filter on the database's log makes it; the sandbox's databases write none",
    ("function", "event_age"): _ABSENT,
    ("function", "dropped"): _ABSENT,
    ("function", "dead_letters"): _ABSENT,
    ("function", "undelivered"): _ABSENT,
    **{("agent", metric): "of another role than the staging stack's agent" for metric in OF_OTHER_ROLES},
    ("agent", "disclosures"): "nothing confidential is disclosed",
}
"""Rows that are published for some workloads only or not at all, and why."""


@pytest.fixture
def eventful(account: Sandbox, staging: StackFile, ask: Any) -> Sandbox:
    """The hour."""
    ecs = account.client("ecs")
    ecs.update_cluster(cluster=CLUSTER, settings=[{"name": "containerInsights", "value": "enhanced"}])
    registered = ecs.register_task_definition(
        family="parcel-staging-api",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "api",
                "image": "parcel/api:1.1.0",
                "essential": True,
                "portMappings": [{"containerPort": 8080}],
                "healthCheck": {"command": ["CMD", "true"]},
                "restartPolicy": {"enabled": True},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=CLUSTER, service="api", taskDefinition=registered)
    # The standby runs and gets a little, or its target group would have nothing to say.
    ecs.update_service(cluster=CLUSTER, service="api-standby", desiredCount=1)
    balancer = staging.config.load_balancers["public"]
    groups = [{"TargetGroupArn": balancer.target_groups[name].arn, "Weight": 50} for name in ("api", "api-standby")]
    account.client("elbv2").modify_rule(
        RuleArn=balancer.listeners[0].rules[0],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )
    trouble = {"errors_percent": 3, "client_errors_percent": 5}
    ask(
        "POST",
        "/traffic",
        {
            "flows": [{**trouble}, {"of": "/web/*", **trouble, "cpu_seconds_per_request": 1}],
            "databases": {"*": {"performance_insights": True}},
            "programs": [program.model_dump() | {"failing_percent": 10} for program in programs_of(staging.config)],
        },
    )
    account.clock.advance(1_800)
    ask("POST", "/behaviour", {"traffic": {"most_connections_per_minute": 10}})
    account.clock.advance(600)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=0)
    account.clock.advance(1_200)
    return account


def published(sandbox: Sandbox) -> set[Identity]:
    pages = sandbox.client("cloudwatch").get_paginator("list_metrics").paginate()
    return {
        (
            metric["Namespace"],
            metric["MetricName"],
            tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in metric["Dimensions"])),
        )
        for page in pages
        for metric in page["Metrics"]
    }


def identifiers(stack: StackFile) -> Iterator[tuple[str, str, Mapping[str, tuple[str, ...]]]]:
    """Each workload: its kind, its name, and what the identifiers in the table's dimensions are."""
    config = stack.config
    for name, service in config.services.items():
        balancer = config.load_balancers[service.load_balancer or ""]
        group = balancer.target_groups[service.target_group or ""].arn
        yield (
            "ecs_service",
            name,
            {
                "cluster": (service.cluster,),
                "service": (service.service,),
                "container": tuple(service.containers),
                "load_balancer": (balancer.dimension,),
                "target_group": (group.rpartition(":")[2],),
            },
        )
    for name, balancer in config.load_balancers.items():
        yield "load_balancer", name, {"load_balancer": (balancer.dimension,)}
    for name, database in config.databases.items():
        yield "database", name, {"instance": (database.instance,)}
    for name, cache in config.caches.items():
        yield "cache", name, {"member": cache.member_ids()}
    for name, function in config.functions.items():
        yield "function", name, {"function": (function.function,)}
    for section, kind in (("agents", "agent"), ("applications", "business")):
        for name in config.section(section):
            values: dict[str, tuple[str, ...]] = {}
            for key, value in config.identifiers(name).items():
                field = key.partition(".")[0]
                values[field] = (*values.get(field, ()), value)
            yield kind, name, values


def is_there(row: MetricRow, values: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the workload has what the row watches: not every service has a rule for its scaling events."""
    return all(field.startswith("=") or field in values for field in row.dimensions.values())


def wanted(row: MetricRow, values: Mapping[str, tuple[str, ...]]) -> Iterator[Identity]:
    names = list(row.dimensions)
    choices = [(field[1:],) if field.startswith("=") else values[field] for field in row.dimensions.values()]
    for chosen in itertools.product(*choices):
        yield row.namespace, row.name, tuple(sorted(zip(names, chosen, strict=True)))


def test_what_the_traffic_does_not_make_stands_in_its_document() -> None:
    document = (Path(traffic.__file__).parent.with_suffix(".md")).read_text()
    absent = [row for (kind, key), why in NEEDS_MORE.items() if why == _ABSENT for row in [KINDS[kind].metrics[key]]]
    assert [row.name for row in absent if isinstance(row, MetricRow) and row.name not in document] == []


def test_every_metric_that_a_table_watches_is_published(eventful: Sandbox, staging: StackFile) -> None:
    found = published(eventful)
    missing: dict[tuple[str, str], list[str]] = {}
    seen: set[tuple[str, str]] = set()
    for kind, workload, values in identifiers(staging):
        for key, row in KINDS[kind].metrics.items():
            if isinstance(row, MetricRow) and is_there(row, values):
                seen.add((kind, key))
                if not found.issuperset(wanted(row, values)):
                    missing.setdefault((kind, key), []).append(workload)
    unexplained = {row: workloads for row, workloads in missing.items() if row not in NEEDS_MORE}
    assert unexplained == {}
    assert set(NEEDS_MORE) <= seen, "the table of exceptions names rows that are there"
    for key, name in (("restarts", "api"), ("unhealthy_containers", "api"), ("unconnected", "web")):
        assert name not in missing["ecs_service", key], "and the one that has what it needs publishes it"
