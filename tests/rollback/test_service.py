"""Rolling an ECS service back, from the first look to the last word."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from opslib import record, rollback
from opslib.procedure import Event, Outcome
from tests.rollback.world import CLUSTER, REGISTRY, SERVICE, SYMPTOM, TARGET, World

pytestmark = pytest.mark.feature("R2")


def play(
    world: World, *, heals: bool = True, on_event: Callable[[Event], None] | None = None, **options: Any
) -> Outcome:
    """Roll back; once the service serves, its alarm returns, as it would."""

    def heard(event: Event) -> None:
        if heals and (event.step_id, event.kind) == ("serves", "done"):
            world.alarm("OK")
        if on_event:
            on_event(event)

    return rollback.service(
        world.stack(), "api", **{"reason": "errors since 2.15.0", "on_event": heard} | world.options | options
    )


def assert_well(world: World) -> None:
    assert world.suspended() == {False}, "scaling is what it was"
    assert world.sandbox.settled() == []
    assert [violation for violation in world.sandbox.violations() if violation.actor != "kim"] == []


def test_it_goes_back_to_the_last_good_revision_and_says_every_part(bad: World) -> None:
    outcome = play(bad)
    assert outcome.exit_code == 0, outcome.ending
    assert bad.running() == "shop-api:3"
    assert bad.revisions() == ["shop-api:1", "shop-api:2", "shop-api:3", "shop-api:4"]
    parts = [part for part, _ in itertools.groupby(step.part for step in outcome.plan.steps)]
    assert parts == ["identify", "prepare", "execute", "validate", "document"]
    assert outcome.plan.context["from"].endswith("shop-api:4")
    assert outcome.plan.context["why"].startswith("the last good one: 30 quiet minutes")
    assert_well(bad)


def test_a_dry_run_changes_nothing_and_prints_what_the_run_then_does(bad: World) -> None:
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert bad.operations(mutating=True) == []
    assert seen.exit_code == 0
    foreseen = [(item.step.id, item.call.operation) for item in seen.foreseen if item.call]
    called: list[tuple[str, str]] = []

    def heard(event: Event) -> None:
        if event.kind == "call":
            called.append((event.step_id, event.says.partition(":")[2].partition("(")[0]))

    outcome = play(bad, on_event=heard)
    assert called == foreseen
    assert [call.partition("(")[0] for _, call in called] == [
        "Tell", "RegisterScalableTarget", "UpdateService", "RegisterScalableTarget", "Set", "Record", "Tell",
    ]  # fmt: skip
    texts = {item["id"]: item["text"] for item in seen.document()["steps"]}
    intents = {name: record.intent.call for name, record in outcome.progress.records.items() if record.intent}
    for step_id in ("suspended", "deployed", "restored"):
        assert texts[step_id] == intents[step_id]


def test_an_instant_rollout_takes_five_calls_of_ecs(bad: World) -> None:
    """Beside the two that find the last good revision: two looks before, two around the change, the change."""
    bad.sandbox.behaviour(ecs=dict.fromkeys(_INSTANT, 0))
    _without_balancer(bad)
    bad.sandbox.reset_calls()
    outcome = play(bad)
    assert outcome.exit_code == 0, outcome.ending
    assert bad.operations("ecs") == [
        "DescribeServices", "ListServiceDeployments", "DescribeServiceRevisions", "DescribeTaskDefinition",
        "DescribeServices", "UpdateService", "DescribeServices",
    ]  # fmt: skip


_INSTANT = (
    *("provisioning_seconds", "pull_seconds", "start_seconds", "application_ready_seconds", "shutdown_seconds"),
    *("deprovisioning_seconds", "no_health_check_seconds"),
)


def _without_balancer(world: World) -> None:
    world.ecs.update_service(cluster=CLUSTER, service=SERVICE, loadBalancers=[])
    world.wait(60)


def test_where_it_is_already_nothing_is_sent(bad: World) -> None:
    outcome = play(bad, heals=False, to="4")
    assert outcome.exit_code == 0
    assert [step.id for step in outcome.plan.steps] == ["serves"]
    assert bad.operations(mutating=True) == []
    assert bad.journal().store.query(f"points#{TARGET}") == ()


@pytest.mark.parametrize("to", ["2", "shop-api:2", "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-api:2"])
def test_a_revision_can_be_named_in_three_ways(bad: World, to: str) -> None:
    assert rollback.service(bad.stack(), "api", to=to, dry_run=True, **bad.options).plan.context["to"].endswith(":2")


def test_the_named_revision_serves(bad: World) -> None:
    assert play(bad, to="2").exit_code == 0
    assert bad.running() == "shop-api:2"
    assert_well(bad)


def test_a_deregistered_revision_comes_back_as_one_identical_copy(bad: World) -> None:
    bad.sandbox.invariants()
    bad.ecs.deregister_task_definition(taskDefinition="shop-api:3")
    bad.ecs.deregister_task_definition(taskDefinition="shop-api:2")
    bad.ecs.deregister_task_definition(taskDefinition="shop-api:1")
    outcome = play(bad)
    assert outcome.exit_code == 0, outcome.ending
    assert bad.running() == "shop-api:5"
    copied = bad.ecs.describe_task_definition(taskDefinition="shop-api:5", include=["TAGS"])
    original = bad.ecs.describe_task_definition(taskDefinition="shop-api:3")["taskDefinition"]
    tags = {tag["key"]: tag["value"] for tag in copied["tags"]}
    assert tags == {"opslib:plan": outcome.plan.id, "opslib:copy-of": "shop-api:3"}
    for name in ("containerDefinitions", "cpu", "memory", "networkMode", "requiresCompatibilities"):
        assert copied["taskDefinition"][name] == original[name]
    assert "containerDefinitions=[secret]" in outcome.progress.record("revision").intent.call


def test_a_copy_that_is_there_is_used_again(bad: World) -> None:
    """Back, forward again, and back: one copy is enough."""
    bad.sandbox.invariants()
    for number in (1, 2, 3):
        bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")
    assert play(bad).exit_code == 0
    bad.release("2.16.0")
    assert bad.running() == "shop-api:6"
    assert play(bad, to="3").exit_code == 0
    assert bad.running() == "shop-api:5"


def test_asked_for_the_source_of_the_copy_that_runs_nothing_is_sent(bad: World) -> None:
    bad.sandbox.invariants()
    for number in (1, 2, 3):
        bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")
    assert play(bad).exit_code == 0
    bad.sandbox.reset_calls()
    assert play(bad, heals=False, to="3").exit_code == 0
    assert bad.operations(mutating=True) == []


def test_a_tag_that_has_moved_is_pinned_to_the_digest_that_ran(bad: World) -> None:
    ran = next(point for point in rollback.points(bad.stack(), "api", **bad.options) if point.name == "shop-api:3")
    bad.push("2.14.0", "moved")
    bad.sandbox.invariants()
    outcome = play(bad)
    assert outcome.exit_code == 0, outcome.ending
    copied = bad.ecs.describe_task_definition(taskDefinition=bad.running())["taskDefinition"]
    assert copied["containerDefinitions"][0]["image"] == f"{REGISTRY}/shop-api@{ran.images[0].digest}"
    [task] = {
        container["imageDigest"]
        for task in bad.ecs.describe_tasks(
            cluster=CLUSTER, tasks=bad.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
        )["tasks"]
        for container in task["containers"]
    }
    assert task == ran.images[0].digest


def test_scaling_that_somebody_else_has_suspended_is_left_so(bad: World) -> None:
    everything = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), True
    )
    bad.suspend(everything)
    outcome = play(bad)
    assert outcome.exit_code == 0
    assert bad.operations("application-autoscaling", mutating=True) == ["RegisterScalableTarget"], "the test's own"
    assert bad.suspended() == {True}
    assert any("suspended already" in note for note in outcome.plan.context["notes"])


def test_what_was_half_suspended_is_so_again(bad: World) -> None:
    bad.suspend({"ScheduledScalingSuspended": True})
    assert play(bad).exit_code == 0
    [found] = bad.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert found["SuspendedState"] == {
        "DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": True,
    }  # fmt: skip
    assert (found["MinCapacity"], found["MaxCapacity"]) == (2, 10)


def test_without_a_scalable_target_there_is_no_such_step(bad: World) -> None:
    bad.sandbox.invariants()
    bad.scaling.deregister_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/shop/api", ScalableDimension="ecs:service:DesiredCount"
    )
    outcome = play(bad)
    assert outcome.exit_code == 0
    assert not {"suspended", "restored"} & {step.id for step in outcome.plan.steps}


@pytest.mark.feature("O15")
def test_deployments_are_held_afterwards_unless_it_is_said_otherwise(bad: World) -> None:
    from opslib.calendar import Holds

    assert play(bad).exit_code == 0
    hold = Holds(bad.journal().store).get(TARGET)
    assert hold is not None
    assert hold.scope == "deploys"
    assert "errors since 2.15.0" in hold.reason


def test_not_held_where_that_is_said(bad: World) -> None:
    from opslib.calendar import Holds

    assert play(bad, hold=False).exit_code == 0
    assert Holds(bad.journal().store).get(TARGET) is None


def test_what_serves_is_written_down_as_a_point(bad: World) -> None:
    outcome = play(bad)
    [record] = bad.records()
    assert record.task_definition.endswith("shop-api:3")
    assert record.plan == outcome.plan.id
    assert record.images[0].digest.startswith("sha256:")


def test_alarms_that_do_not_return_need_a_person_and_nothing_is_undone(bad: World) -> None:
    """The revision serves; to go back to the bad one because an alarm still rings would help nobody."""
    outcome = play(bad, heals=False, quiet=timedelta(minutes=5))
    assert outcome.exit_code == 5
    assert "shop-prod-api-errors" in outcome.ending.says
    assert "all else was done, and nothing was undone" in outcome.ending.says
    assert bad.running() == "shop-api:3"
    assert outcome.progress.record("held").done_at is not None
    assert_well(bad)


@pytest.mark.feature("R19")
def test_the_record_says_what_rang_how_bad_it_was_and_how_long_it_took(bad: World) -> None:
    outcome = play(bad)
    found = record.incident(bad.journal(), outcome.plan.id)
    assert (found.environment, found.severity) == ("shop/prod", "critical")
    [rang] = found.alarms
    assert rang.name == SYMPTOM
    assert rang.alarm_at is not None
    assert rang.ok_at is not None
    assert found.planned_at < rang.ok_at
    assert found.durations.response_seconds == (found.planned_at - rang.alarm_at).total_seconds()
    assert found.durations.mitigation_seconds == (rang.ok_at - rang.alarm_at).total_seconds()
