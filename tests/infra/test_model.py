"""A stack's whole monitoring, before anything is created."""

from __future__ import annotations

from typing import Any

import pytest

from infra.config import StackConfig
from infra.model import Monitoring, monitoring
from opslib.errors import BadRequest
from opslib.monitoring import AlarmStatus, AllOf, Graph, InAlarm
from opslib.monitoring.rule import children

REGION = "eu-central-1"


@pytest.fixture
def model(stack_config: StackConfig) -> Monitoring:
    return monitoring(stack_config, region=REGION)


def services(count: int) -> StackConfig:
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012"
    keys = [f"s{index}" for index in range(count)]
    groups = {key: {"arn": f"{arn}:targetgroup/{key}/1"} for key in keys}
    written: dict[str, Any] = {
        "product": "many",
        "environment": "test",
        "loadBalancers": {"edge": {"arn": f"{arn}:loadbalancer/app/many/1", "targetGroups": groups}},
        "services": {
            key: {"cluster": "many", "service": key, "loadBalancer": "edge", "targetGroup": key} for key in keys
        },
    }
    return StackConfig.parse(written, source="test")


def test_aws_would_take_the_shipped_stacks(model: Monitoring) -> None:
    assert model.problems() == ()
    model.refuse_problems("Pulumi.x.yaml")


def test_every_shipped_workload_has_an_alarm_on_silence(model: Monitoring) -> None:
    for key, watched in model.watched.items():
        assert [alarm for alarm in watched.alarms if alarm.role == "silence"], key


@pytest.mark.feature("M15")
def test_a_standby_wakes_nobody(model: Monitoring) -> None:
    standby = model.watched["api-standby"]
    assert standby.alarms
    assert standby.composites == ()
    assert {alarm.tier for alarm in standby.alarms} == {"info", "warning"}
    composites = [*model.of_stack, *(c for watched in model.watched.values() for c in watched.composites)]
    named = {name for composite in composites for name in composite.children}
    assert not named & {alarm.name for alarm in standby.alarms}


@pytest.mark.feature("M15")
def test_the_emergency_is_that_every_service_but_the_standby_is_down(
    model: Monitoring, stack_config: StackConfig
) -> None:
    (emergency,) = model.emergencies
    assert (emergency.severity, emergency.workload) == ("emergency", "stack")
    assert isinstance(emergency.rule, AllOf)
    assert all(isinstance(member, InAlarm) for member in emergency.rule.members)
    assert set(children(emergency.rule)) == {
        f"{stack_config.prefix}-{key}-unavailable" for key in stack_config.services if key != "api-standby"
    }


def test_a_stack_without_services_has_no_emergency() -> None:
    written = {
        "product": "shop",
        "environment": "prod",
        "functions": {"f": {"function": "f", "timeoutSeconds": 3, "invokedHourly": True}},
    }
    model = monitoring(StackConfig.parse(written, source="test"), region=REGION)
    assert model.emergencies == ()
    assert [board.key for board in model.dashboards] == ["overview", "detailed", "cost"]
    assert model.problems() == ()


@pytest.mark.feature("M12")
def test_every_alarm_acts_or_is_the_child_of_one_that_does(model: Monitoring) -> None:
    for watched in model.everything:
        paged = {name for composite in watched.composites for name in composite.children}
        for alarm in watched.alarms:
            assert (alarm.tier is None) == (alarm.name in paged)


@pytest.mark.feature("M1")
def test_the_overview_has_every_composite(model: Monitoring) -> None:
    overview = next(board for board in model.dashboards if board.key == "overview")
    shown = [arn.field for widget in overview.widgets if isinstance(widget, AlarmStatus) for arn in widget.alarm_arns]
    expected = [c.name for c in model.of_stack] + [c.name for w in model.everything for c in w.composites]
    assert shown == expected


@pytest.mark.feature("M1")
def test_each_dashboard_shows_its_workloads(model: Monitoring, stack_config: StackConfig) -> None:
    titles = {
        board.key: {widget.title.split(":")[0] for widget in board.widgets if isinstance(widget, Graph)}
        for board in model.dashboards
    }
    assert titles["overview"] - {"all"} == titles["detailed"] == {w.subject.key for w in model.everything}
    assert titles["detailed"] >= {*stack_config.workloads(), "alerting", "opslib"}, "what the stack does itself, too"
    agents = set(stack_config.section("agents"))
    billed = {"api", "api-standby", "web", "public", "webhooks"} | agents | set(stack_config.section("billing"))
    assert titles["cost"] == billed
    assert titles["database"] == {"orders", "sessions"}
    graphs = {widget.title for board in model.dashboards[1:2] for widget in board.widgets if isinstance(widget, Graph)}
    assert graphs == {graph.title for watched in model.everything for graph in watched.detail}


def test_dashboards_are_global_so_the_region_is_in_their_names(model: Monitoring, stack_config: StackConfig) -> None:
    assert [board.name for board in model.dashboards] == [
        f"{stack_config.prefix}-{key}-{REGION}"
        for key in ("overview", "detailed", "database", "cost", "agents-and-business")
    ]


def test_a_workloads_thresholds_reach_its_alarms_and_their_lines(written: dict[str, Any]) -> None:
    written["services"]["web"]["thresholds"] = {"responseSeconds": {"warning": 1.5, "critical": 3}}
    model = monitoring(StackConfig.parse(written, source="test"), region=REGION)
    thresholds = {
        key: {alarm.threshold for alarm in model.watched[key].alarms if alarm.key.startswith("response")}
        for key in ("web", "api")
    }
    assert thresholds == {"web": {1.5, 3.0}, "api": {2.0, 5.0}}
    graph = next(graph for graph in model.watched["web"].detail if graph.title == "web: response time")
    assert {line.value for line in graph.lines} == {1.5, 3.0}


def test_two_workloads_whose_alarms_would_have_one_name_are_refused() -> None:
    """`api` has an alarm `client-errors`, and a workload `api-client` one called `errors`."""
    written = {
        "product": "shop",
        "environment": "prod",
        "thresholds": {"clientErrorRatePercent": {"warning": 25}},
        "loadBalancers": {
            "edge": {
                "arn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1",
                "targetGroups": {
                    key: {"arn": f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{key}/1"}
                    for key in ("api", "api-client")
                },
            }
        },
        "services": {
            key: {"cluster": "shop", "service": key, "loadBalancer": "edge", "targetGroup": key}
            for key in ("api", "api-client")
        },
    }
    problems = monitoring(StackConfig.parse(written, source="test"), region=REGION).problems()
    assert problems == (
        (
            "alarm shop-prod-api-client-errors-warning: 2 alarms have this name, "
            "and the last would overwrite the others: rename a workload, or give it another threshold"
        ),
    )


def test_what_aws_would_refuse_is_told_in_one_line() -> None:
    config = services(120)
    model = monitoring(config.model_copy(update={"dashboard_parts": 1}), region=REGION)
    problems = model.problems()
    assert any(
        line.startswith(f"dashboard many-test-detailed-{REGION}: ")
        and line.endswith(" widgets, AWS takes 500: give some of its workloads a `group` of their own")
        for line in problems
    )
    with pytest.raises(BadRequest) as refused:
        model.refuse_problems("Pulumi.many.yaml")
    line = str(refused.value)
    assert line == f"Pulumi.many.yaml: {problems[0]} (and {len(problems) - 1} more): nothing was created"
    assert "\n" not in line


def test_what_a_table_needs_and_nobody_gives_is_told_with_its_path() -> None:
    written = {
        "product": "shop",
        "environment": "prod",
        "hosts": {"bastion": {"host": "i-0123456789abcdef0", "disks": {"root": "/"}}},
    }
    problems = monitoring(StackConfig.parse(written, source="test"), region=REGION).problems()
    assert problems == ("hosts.bastion: its alarms need file_system: give it",)
