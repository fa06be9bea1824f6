"""The alarms of a workload and of a stack, in the program of somebody who has just created what they watch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws import ecs

from infra.components.alarms import StackAlarms, WorkloadAlarms, WorkloadAlarmsArgs
from infra.kinds.outages import emergencies
from opslib.errors import BadRequest
from opslib.sandbox.programs.in_process import Run
from tests.infra.shop import ALARM, COMPOSITE, SERVICE, TOPICS, of_type, only, run


@pytest.fixture(scope="module")
def service() -> Run:
    return run(lambda: WorkloadAlarms("api", SERVICE))


@pytest.mark.feature("M2")
def test_identifiers_may_be_outputs_of_what_was_just_created() -> None:
    def program() -> None:
        cluster = ecs.Cluster("cluster", name="fresh")
        identifiers: Mapping[str, pulumi.Input[str]] = {
            "cluster": cluster.name,
            "service": pulumi.Output.from_input("api"),
            "load_balancer": cluster.arn.apply(lambda arn: f"app/{arn.rpartition('/')[2]}/1"),
            "target_group": "targetgroup/api/2",
        }
        WorkloadAlarms("api", {**SERVICE, "identifiers": identifiers})

    ran = run(program)
    alarms = of_type(ran, ALARM)
    assert alarms["api-cpu-warning"].inputs["dimensions"] == {"ClusterName": "fresh", "ServiceName": "api"}
    assert alarms["api-response-critical"].inputs["dimensions"] == {
        "LoadBalancer": "app/fresh/1",
        "TargetGroup": "targetgroup/api/2",
    }
    queries = alarms["api-errors-critical"].inputs["metricQueries"]
    assert {q["metric"]["dimensions"]["LoadBalancer"] for q in queries if "metric" in q} == {"app/fresh/1"}
    created = only(ran, "aws:ecs/cluster:Cluster").urn
    assert created in alarms["api-cpu-warning"].dependencies


def test_an_identifier_that_is_missing_is_named() -> None:
    without = {key: value for key, value in SERVICE["identifiers"].items() if key != "service"}
    with pytest.raises(BadRequest, match=r"^workload api: kind ecs_service needs the identifier service: give it$"):
        run(lambda: WorkloadAlarms("api", {**SERVICE, "identifiers": without}))


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown kind": ({"kind": "ec2"}, "workload api: there is no kind ec2; there are ecs_service, load_balancer"),
    "an unknown profile": ({"profile": "lazy"}, "workload api: there is no profile lazy; there are baseline, "),
    "an unknown quantity": (
        {"thresholds": {"cpu": {"warning": 70}}},
        "workload api: cpu is no quantity; there are cpuPercent, ",
    ),
    "an unknown severity": (
        {"thresholds": {"cpuPercent": {"fatal": 70}}},
        "workload api: cpuPercent: fatal is no severity; there are info, warning, critical",
    ),
    "thresholds that fall": (
        {"thresholds": {"cpuPercent": {"warning": 90, "critical": 80}}},
        "workload api: cpuPercent: the thresholds must rise with severity",
    ),
    "a missing number": ({"numbers": {}}, "workload api: kind ecs_service needs the number minimum_requests: give it"),
}


@pytest.mark.parametrize(("changes", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_somebodys_program_is_one_line(changes: dict[str, Any], expected: str) -> None:
    args: Any = {**SERVICE, **changes}
    with pytest.raises(BadRequest) as refused:
        run(lambda: WorkloadAlarms("api", args))
    assert str(refused.value).startswith(expected)
    assert "\n" not in str(refused.value)


def test_an_alarm_on_one_metric(service: Run) -> None:
    inputs = of_type(service, ALARM)["api-cpu-warning"].inputs
    description = inputs.pop("alarmDescription")
    assert description.startswith("CPU is high: > 70 for 5 of 5 x 60 s. Why: ")
    assert inputs == {
        "name": "shop-api-cpu-warning",
        "namespace": "AWS/ECS",
        "metricName": "CPUUtilization",
        "dimensions": {"ClusterName": "shop", "ServiceName": "api"},
        "statistic": "Average",
        "period": 60,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 70,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 5,
        "treatMissingData": "notBreaching",
        "tags": {},
        "alarmActions": [TOPICS["warning"]],
        "okActions": [TOPICS["warning"], TOPICS["recovery"]],
    }


def test_a_percentile_is_an_extended_statistic(service: Run) -> None:
    inputs = of_type(service, ALARM)["api-response-warning"].inputs
    assert inputs["extendedStatistic"] == "p95"
    assert inputs["evaluateLowSampleCountPercentiles"] == "ignore"
    assert "statistic" not in inputs
    plain = of_type(service, ALARM)["api-cpu-warning"].inputs
    assert "extendedStatistic" not in plain
    assert "evaluateLowSampleCountPercentiles" not in plain


def test_math_has_one_query_that_returns_data(service: Run) -> None:
    alarms = [alarm.inputs for alarm in of_type(service, ALARM).values() if "metricQueries" in alarm.inputs]
    assert alarms
    for inputs in alarms:
        queries = inputs["metricQueries"]
        (watched,) = [query for query in queries if query["returnData"]]
        ids = [query["id"] for query in queries]
        assert len(set(ids)) == len(ids)
        hidden = [query for query in queries if query is not watched]
        assert all(query["id"] in watched["expression"] and "metric" in query for query in hidden)
        assert not {"metricName", "namespace", "statistic", "period"} & set(inputs)
    errors = of_type(service, ALARM)["api-errors-warning"].inputs["metricQueries"]
    assert errors[0]["expression"] == "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"
    assert {(q["metric"]["metricName"], q["metric"]["stat"], q["metric"]["period"]) for q in errors[1:]} == {
        ("HTTPCode_Target_5XX_Count", "Sum", 300),
        ("RequestCount", "Sum", 300),
    }


@pytest.mark.feature("M12")
def test_each_alarm_acts_on_its_tier_and_recovers_there_too(service: Run) -> None:
    """A pager resolves an incident only where it was opened."""
    speaking = [r.inputs for r in service.resources if r.token in (ALARM, COMPOSITE) and "alarmActions" in r.inputs]
    assert speaking
    for inputs in speaking:
        (topic,) = inputs["alarmActions"]
        # Nobody who listens to infos resolves anything, and nothing filters a first deploy's OKs there.
        pager = [] if topic == TOPICS["info"] else [topic]
        assert inputs["okActions"] == [*pager, TOPICS["recovery"]]
    alarms = of_type(service, ALARM)
    assert alarms["api-client-errors-info"].inputs["alarmActions"] == [TOPICS["info"]]
    assert alarms["api-cpu-critical"].inputs["alarmActions"] == [TOPICS["warning"]]
    assert of_type(service, COMPOSITE)["api-unavailable"].inputs["alarmActions"] == [TOPICS["critical"]]


@pytest.mark.feature("M15")
def test_the_children_of_a_composite_are_silent_and_come_first(service: Run) -> None:
    alarms = {alarm.inputs["name"]: alarm for alarm in of_type(service, ALARM).values()}
    composites = of_type(service, COMPOSITE)
    assert set(composites) == {"api-unavailable", "api-degraded"}
    children = {
        "api-unavailable": ["shop-api-silent-critical", "shop-api-no-healthy-targets-critical"],
        "api-degraded": [
            "shop-api-errors-critical",
            "shop-api-response-critical",
            "shop-api-response-quiet-critical",
        ],
    }
    for name, names in children.items():
        assert composites[name].inputs["alarmRule"] == " OR ".join(f'ALARM("{child}")' for child in names)
        for child in names:
            assert not {"alarmActions", "okActions"} & set(alarms[child].inputs)
            assert alarms[child].urn in composites[name].dependencies
    silent = {name for name, alarm in alarms.items() if "alarmActions" not in alarm.inputs}
    assert silent == {name for names in children.values() for name in names}


def test_a_workload_that_may_not_page_has_no_composites() -> None:
    ran = run(lambda: WorkloadAlarms("api", {**SERVICE, "pages": False}))
    assert not of_type(ran, COMPOSITE)
    assert all(alarm.inputs["alarmActions"] for alarm in of_type(ran, ALARM).values())


def test_thresholds_profile_and_tags_reach_the_alarms() -> None:
    args: WorkloadAlarmsArgs = {
        **SERVICE,
        "profile": "latency-sensitive",
        "thresholds": {"cpuPercent": {"warning": 33}},
        "tags": {"team": "web"},
    }
    alarms = of_type(run(lambda: WorkloadAlarms("api", args)), ALARM)
    assert alarms["api-cpu-warning"].inputs["threshold"] == 33
    assert "api-cpu-critical" not in alarms
    assert alarms["api-response-critical"].inputs["threshold"] == 0.25
    assert {tuple(alarm.inputs["tags"].items()) for alarm in alarms.values()} == {(("team", "web"),)}


def test_each_instance_is_watched() -> None:
    args: WorkloadAlarmsArgs = {
        "kind": "cache",
        "key": "sessions",
        "prefix": "shop",
        "identifiers": {"member.001": "shop-001", "member.002": "shop-002"},
        "instances": {"member": ["001", "002"]},
        "topics": TOPICS,
    }
    alarms = of_type(run(lambda: WorkloadAlarms("sessions", args)), ALARM)
    assert alarms["sessions-silent-002-critical"].inputs["dimensions"] == {
        "CacheClusterId": "shop-002",
        "CacheNodeId": "0001",
    }


@pytest.mark.feature("M15")
def test_the_stacks_alarms_stand_over_the_workloads() -> None:
    def program() -> None:
        api = WorkloadAlarms("api", SERVICE)
        StackAlarms(
            "stack",
            {"composites": emergencies("shop", [api.watched]), "workloads": [api], "topics": TOPICS},
        )

    ran = run(program)
    composites = of_type(ran, COMPOSITE)
    emergency = composites["stack-emergency"]
    assert emergency.inputs["alarmRule"] == 'ALARM("shop-api-unavailable")'
    assert emergency.inputs["alarmActions"] == [TOPICS["emergency"]]
    assert composites["api-unavailable"].urn in emergency.dependencies
