"""What the alarms of the newer rows look like in AWS: bands, warm-ups, other regions, two target groups, objectives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.components.alarms import WorkloadAlarms
from infra.components.alerting import Alerting
from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.watch import Watched, watch
from infra.workloads.instance_classes import default_connections, has_disk_credits, is_burstable, memory_gib
from opslib.monitoring import AllOf, Metric, Ref
from tests.infra.everything import config
from tests.infra.shop import ACCOUNT, ALARM, COMPOSITE, SERVICE, TIERS, TOPICS, of_type, run

US_TOPICS = {tier: arn.replace("eu-west-1", "us-east-1") for tier, arn in TOPICS.items()}


def watched(key: str) -> Watched:
    whole = config()
    return watch(KINDS[whole.workloads()[key].kind], whole.subject(key))


@pytest.mark.feature("M14")
def test_an_alarm_on_the_unusual_is_a_metric_and_the_band_around_it() -> None:
    identifiers = {"load_balancer": "app/shop/1"}
    ran = run(lambda: WorkloadAlarms("edge", {
        "kind": "load_balancer", "key": "edge", "prefix": "shop", "identifiers": identifiers,
        "numbers": {"minimum_requests": 20}, "topics": TOPICS,
    }))  # fmt: skip
    inputs = of_type(ran, ALARM)["edge-unusual-traffic-info"].inputs
    assert inputs["comparisonOperator"] == "LessThanLowerOrGreaterThanUpperThreshold"
    assert inputs["thresholdMetricId"] == "band"
    assert "threshold" not in inputs
    band, metric = inputs["metricQueries"]
    assert (band["expression"], band["returnData"]) == ("ANOMALY_DETECTION_BAND(watched, 3)", True)
    assert (metric["id"], metric["returnData"]) == ("watched", True)
    assert metric["metric"]["metricName"] == "RequestCount"
    (alarm,) = (a for a in watched("edge").alarms if a.key == "unusual-traffic-info")
    assert (alarm.billed_metric_count, alarm.metric_count, alarm.tier) == (3, 1, "info")
    assert "outside the expected band of 3 deviations" in alarm.description


@pytest.mark.feature("M16")
def test_what_rings_on_missing_points_has_a_warm_up_in_aws_and_nothing_else_has() -> None:
    ran = run(lambda: WorkloadAlarms("api", SERVICE))
    for name, resource in of_type(ran, ALARM).items():
        breaching = resource.inputs["treatMissingData"] == "breaching"
        assert breaching == ("warmUpConfiguration" in resource.inputs), name
        if breaching:
            assert resource.inputs["warmUpConfiguration"] == {"warmUpPeriodDurationInMinutes": 60}


@pytest.mark.feature("M3", "M12")
def test_a_workload_elsewhere_is_watched_there_and_speaks_there() -> None:
    identifiers = {"distribution": "E1ABCDEFGHIJKL"}
    ran = run(lambda: WorkloadAlarms("site", {
        "kind": "cloudfront", "key": "site", "prefix": "shop", "identifiers": identifiers,
        "topics": US_TOPICS, "region": "us-east-1",
    }))  # fmt: skip
    found = {**of_type(ran, ALARM), **of_type(ran, COMPOSITE)}
    assert {resource.inputs["region"] for resource in found.values()} == {"us-east-1"}
    acted_on = {arn for resource in found.values() for arn in resource.inputs.get("alarmActions", [])}
    assert acted_on <= set(US_TOPICS.values())
    graphs = watched("site").detail
    assert {graph.region for graph in graphs} == {"us-east-1"}
    assert graphs[0].properties(region="eu-west-1", bind=str)["region"] == "us-east-1"


@pytest.mark.feature("M12")
def test_topics_elsewhere_are_as_those_at_home() -> None:
    subscriptions = {"critical": [{"key": "team", "protocol": "email", "endpoint": "a@b.example"}]}
    ran = run(lambda: Alerting("alerting", {
        "prefix": "shop", "account": ACCOUNT, "partition": "aws", "tiers": TIERS,
        "subscriptions": subscriptions, "other_regions": ["us-east-1"],
    }))  # fmt: skip
    topics = of_type(ran, "aws:sns/topic:Topic")
    assert {name for name in topics if "us-east-1" in name} == {
        f"alerting-us-east-1-{tier}" for tier in (*TIERS, "recovery")
    }
    for tier in (*TIERS, "recovery"):
        home, away = topics[f"alerting-{tier}"].inputs, topics[f"alerting-us-east-1-{tier}"].inputs
        assert (away["name"], away["region"]) == (home["name"], "us-east-1")
        assert "region" not in home
        assert away["kmsMasterKeyId"] != home["kmsMasterKeyId"], "a key is of one region"
    assert set(of_type(ran, "aws:sns/topicSubscription:TopicSubscription")) == {
        "alerting-critical-email-team",
        "alerting-us-east-1-critical-email-team",
    }


@pytest.mark.feature("M3")
def test_both_groups_of_a_blue_green_service_are_watched() -> None:
    alarms = {alarm.key: alarm for alarm in watched("cart").alarms}
    assert "no-healthy-targets-critical" not in alarms
    both = alarms["no-healthy-targets-of-both-critical"]
    assert both.math is not None
    assert both.math.expression == "FILL(healthy, 0) + FILL(healthy_alternate, 0)"
    assert {str(dict(m.dimensions)["TargetGroup"]) for _, m in both.math.inputs} == {
        "${cart.target_group}",
        "${cart.alternate_target_group}",
    }
    assert both.paged_by == "unavailable"
    for key in ("errors", "response", "unhealthy-targets", "client-errors"):
        first = {alarm.threshold for name, alarm in alarms.items() if name.startswith(f"{key}-")}
        assert {alarm.threshold for name, alarm in alarms.items() if name.startswith(f"{key}-alternate-")} <= first
    assert config().identifiers("cart")["alternate_target_group"] == "targetgroup/green/2"


@pytest.mark.feature("M24")
def test_an_objective_burns_over_two_windows_at_once() -> None:
    edge = watched("edge")
    burns = {alarm.key: alarm for alarm in edge.alarms if alarm.key.startswith("slo-")}
    assert {(a.threshold, a.series.period_seconds) for a in burns.values()} == {
        (14.4, 3600), (14.4, 300), (6, 21600), (6, 1800), (1, 259200), (1, 21600),
    }  # fmt: skip
    composites = {c.key: c for c in edge.composites if c.key.startswith("slo-")}
    assert {key: c.severity for key, c in composites.items()} == {
        "slo-fast": "critical",
        "slo-medium": "critical",
        "slo-slow": "warning",
    }
    assert all(isinstance(c.rule, AllOf) for c in composites.values())
    # An outage burns at both rates: while the faster does, it alone pages.
    assert {key: len(c.children) for key, c in composites.items()} == {"slo-fast": 2, "slo-medium": 4, "slo-slow": 2}
    assert composites["slo-medium"].expression.count("NOT ALARM(") == 2
    assert {alarm.tier for alarm in burns.values()} == {None}
    usd = sum(0.1 * alarm.billed_metric_count for alarm in burns.values()) + 0.5 * len(composites)
    assert usd == pytest.approx(3.30)
    some = next(iter(burns.values())).math
    assert some is not None
    assert some.expression.endswith(" / 0.1, 0)")
    assert ">= 100," in some.expression


CLASSES: dict[str, tuple[float | None, bool, bool]] = {
    "db.t4g.micro": (1, True, True),
    "db.t4g.medium": (4, True, True),
    "db.t3.2xlarge": (32, True, True),
    "db.m6g.large": (8, False, True),
    "db.m7g.4xlarge": (64, False, False),
    "db.r7g.xlarge": (32, False, True),
    "db.r6g.16xlarge": (512, False, False),
    "db.r4.large": (15.25, False, True),
    "db.x2g.large": (32, False, True),
    "db.q1.large": (None, False, True),
    "db.serverless": (None, False, False),
}


@pytest.mark.feature("M4")
@pytest.mark.parametrize(("name", "expected"), CLASSES.items(), ids=CLASSES)
def test_what_an_instance_class_has(name: str, expected: tuple[float | None, bool, bool]) -> None:
    assert (memory_gib(name), is_burstable(name), has_disk_credits(name)) == expected


@pytest.mark.feature("M4")
def test_a_share_comes_out_right_for_the_class() -> None:
    assert default_connections(4) < 413
    assert default_connections(64) == 5000
    written: dict[str, Any] = {"instance": "o", "allocatedStorageGib": 100, "instanceClass": "db.r7g.xlarge"}
    document = {"product": "shop", "environment": "prod", "databases": {"o": written}}
    alarms = {a.key: a for a in watch(KINDS["database"], StackConfig.parse(document, source="t").subject("o")).alarms}
    expressions = {key: alarms[f"{key}-critical"].math for key in ("connections", "storage", "memory")}
    assert {key: math.expression for key, math in expressions.items() if math} == {
        "connections": f"100 * connections / {default_connections(32)}",
        "storage": f"100 * free_storage / {100 * 1024**3}",
        "memory": f"100 * free_memory / {32 * 1024**3}",
    }


@pytest.mark.feature("M26")
def test_what_is_only_watched_is_in_the_contract_by_its_identifiers() -> None:
    from infra.exports import _watched

    whole = config()
    created: Any = SimpleNamespace(
        workloads={key: SimpleNamespace(identifiers=whole.identifiers(key)) for key in ("mail", "site", "coder")}
    )
    assert _watched(whole, "mail", created) == {
        "kind": "queue",
        "identifiers": {"queue": "shop-mail", "dead_letter_queue": "shop-mail-dead"},
    }
    assert _watched(whole, "site", created)["region"] == "us-east-1"
    assert _watched(whole, "coder", created)["identifiers"] == {"agent": "development", "environment": "shop-prod"}


@pytest.mark.feature("M9")
def test_the_environment_of_what_applications_write_is_the_stacks_own() -> None:
    heartbeat = next(a for a in watched("storefront").alarms if a.key == "silent-critical").series
    assert isinstance(heartbeat, Metric)
    assert dict(heartbeat.dimensions) == {
        "Environment": Ref("storefront", "environment"),
        "Service": Ref("storefront", "service"),
    }
    assert config().identifiers("storefront")["environment"] == "shop-prod"
