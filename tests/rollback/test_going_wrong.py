"""What goes wrong on the way: the revision that was asked for fails, ECS acts by itself, somebody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opslib import rollback
from opslib.procedure import Event
from opslib.rollback.ecs_service.service_steps import RevisionServes, RolloutStopped
from opslib.sandbox import Fault
from opslib.sandbox.faults import Colleague
from tests.rollback.failing import Killed, Script
from tests.rollback.test_service import assert_well, play
from tests.rollback.world import CLUSTER, SERVICE, World

pytestmark = pytest.mark.feature("R2")

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def allow_going_back(world: World) -> None:
    """What it ran before is what undoing goes back to."""
    world.sandbox.good(CLUSTER, SERVICE, *(f"shop-api:{number}" for number in (1, 2, 3, 4)))


def test_a_revision_that_does_not_serve_is_undone_to_what_ran(bad: World) -> None:
    allow_going_back(bad)
    bad.conduct("shop-api:3", never_healthy=True)
    bad.conduct(bad.arn(3), never_healthy=True)
    outcome = play(bad, rollout=timedelta(minutes=5))
    assert outcome.exit_code == 4, outcome.ending
    assert "still waiting after 300 s" in outcome.ending.says
    assert bad.running() == "shop-api:4"
    assert_well(bad)


def test_what_never_served_is_no_way_back(world: World) -> None:
    """The bad release does not even start: to tell ECS to run it again would help nobody."""
    world.push("2.15.0", "broken")
    broken = world.register("2.15.0")
    world.conduct(broken, crashes_after_seconds=1)
    world.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=broken)
    world.wait(60)
    world.conduct(world.arn(2), never_healthy=True)
    outcome = play(world, to="2", rollout=timedelta(minutes=2))
    assert outcome.exit_code == 5
    assert "no way back" in outcome.ending.says
    assert world.running() == "shop-api:2"
    assert world.suspended() == {False}


def test_a_bad_release_that_is_still_rolling_out_is_rolled_back(world: World) -> None:
    world.push("2.15.0", "broken")
    broken = world.register("2.15.0")
    world.conduct(broken, crashes_after_seconds=1)
    world.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=broken)
    world.wait(20)
    outcome = play(world)
    assert outcome.exit_code == 0, outcome.ending
    assert world.running() == "shop-api:3"


def test_ecs_itself_may_bring_the_bad_one_back(bad: World) -> None:
    """UpdateService succeeded, the service was seen to run it; then the circuit breaker undoes it."""
    allow_going_back(bad)
    bad.ecs.update_service(cluster=CLUSTER, service=SERVICE, deploymentConfiguration=BREAKER)
    bad.conduct(bad.arn(3), crashes_after_seconds=1)
    outcome = play(bad)
    assert outcome.exit_code == 4, outcome.ending
    assert "circuit breaker" in outcome.ending.says
    assert bad.running() == "shop-api:4"
    assert bad.operations("ecs", mutating=True).count("UpdateService") == 2, "the test's, and one: not sent again"
    assert_well(bad)


def killed_after_the_update(world: World) -> str:
    """The process dies right after ECS took the call; the plan's id."""
    with pytest.raises(Killed):
        rollback.service(world.stack(), "api", ports=Script({"UpdateService": "after"}).over, **world.options)
    [begun] = world.journal().history()
    return begun.plan_id


def test_what_ecs_gave_up_while_nobody_looked_is_not_sent_again(bad: World) -> None:
    allow_going_back(bad)
    bad.ecs.update_service(cluster=CLUSTER, service=SERVICE, deploymentConfiguration=BREAKER)
    bad.conduct(bad.arn(3), crashes_after_seconds=1)
    plan_id = killed_after_the_update(bad)
    bad.wait(1200)
    assert bad.running() == "shop-api:4", "the circuit breaker brought it back"
    bad.sandbox.reset_calls()
    outcome = rollback.resume(bad.stack(), plan_id, **bad.options)
    assert outcome.exit_code == 4, outcome.ending
    assert "ECS gave it up itself (ROLLBACK_SUCCESSFUL)" in outcome.ending.says
    assert bad.operations("ecs", mutating=True) == []
    assert_well(bad)


def test_what_a_colleague_set_back_while_nobody_looked_is_theirs(bad: World) -> None:
    plan_id = killed_after_the_update(bad)
    bad.wait(30)
    bad.sandbox.invariants("scaling_restored")
    bad.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition="shop-api:4")
    bad.wait(600)
    bad.sandbox.reset_calls()
    outcome = rollback.resume(bad.stack(), plan_id, **bad.options)
    assert outcome.exit_code == 6, outcome.ending
    assert bad.running() == "shop-api:4"
    assert bad.operations("ecs", mutating=True) == []
    assert bad.suspended() == {False}


def test_no_room_is_impossible_early(bad: World) -> None:
    allow_going_back(bad)
    bad.sandbox.behaviour(ecs={"most_tasks": 3})
    began = bad.clock.now()
    outcome = play(bad)
    assert outcome.exit_code == 4
    assert "unable to place a task" in outcome.ending.says
    assert bad.clock.now() - began < timedelta(minutes=2)
    assert bad.running() == "shop-api:4"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_colleague_is_not_overwritten_and_scaling_is_given_back(bad: World, when: str) -> None:
    theirs = Colleague(
        service="ecs",
        operation="UpdateService",
        parameters={"cluster": CLUSTER, "service": SERVICE, "taskDefinition": "shop-api:1"},
        actor="kim",
    )
    if when == "before":
        bad.sandbox.faults(
            Fault.interfere("application-autoscaling", "RegisterScalableTarget", nth=1, colleague=theirs)
        )
    else:
        bad.sandbox.faults(Fault.interfere("ecs", "DescribeServices", nth=4, colleague=theirs))
    outcome = play(bad)
    assert outcome.exit_code == 6, outcome.ending
    assert "shop-api:1" in outcome.ending.says
    assert bad.running() == "shop-api:1"
    assert_well(bad)


def test_somebody_deploys_between_the_plan_and_the_run(bad: World) -> None:
    prepared = rollback.plan_service(bad.stack(), "api", **bad.options)
    bad.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition="shop-api:1")
    outcome = prepared.later().run()
    assert outcome.exit_code == 6
    assert bad.running() == "shop-api:1"
    assert bad.operations("application-autoscaling", mutating=True) == []


def test_a_revision_deregistered_between_the_plan_and_the_run_is_copied(bad: World) -> None:
    bad.sandbox.invariants()
    prepared = rollback.plan_service(bad.stack(), "api", hold=False, **bad.options)
    for number in (1, 2, 3):
        bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")

    def heard(event: Event) -> None:
        if (event.step_id, event.kind) == ("serves", "done"):
            bad.alarm("OK")

    assert prepared.later().run(heard).exit_code == 0
    assert bad.running() == "shop-api:5"


def test_a_copy_that_was_made_for_nothing_is_deregistered(bad: World) -> None:
    allow_going_back(bad)
    for number in (1, 2, 3):
        bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")
    bad.sandbox.invariants("capacity_never_zero", "scaling_restored", "no_orphan_revision", "no_overwriting")
    bad.conduct("shop-api", never_healthy=True)
    bad.conduct(bad.arn(4), never_healthy=False)
    outcome = play(bad, rollout=timedelta(minutes=3))
    assert outcome.exit_code == 4, outcome.ending
    assert bad.running() == "shop-api:4"
    assert bad.revisions() == ["shop-api:4"]
    assert_well(bad)


def test_a_rollout_of_ecs_is_stopped_by_ecs_itself(bad: World) -> None:
    """What native blue-green and canary deployments need; the sandbox has it for rolling ones."""
    broken = bad.release("2.16.0", rings=False, wait=2)
    ongoing = bad.service()["currentServiceDeployment"]
    here = {"cluster": CLUSTER, "service": SERVICE, "arn": bad.service()["serviceArn"]}
    stopped = RolloutStopped(id="stopped", title="stopped", rollout=ongoing, **here)
    serves = RevisionServes(id="serves", title="serves", revision=bad.arn(4), from_step="stopped", **here)
    made = rollback.plan_service(bad.stack(), "api", **bad.options)
    plan = made.plan.model_copy(update={"steps": (stopped, serves)})
    outcome = made.bench.run(plan)
    assert outcome.exit_code == 0, outcome.ending
    assert broken.endswith(":5")
    assert bad.running() == "shop-api:4"
    assert bad.operations("ecs", mutating=True)[-1] == "StopServiceDeployment"


def test_past_its_deadline_it_stops_and_says_what_is_borrowed(bad: World) -> None:
    bad.conduct(bad.arn(3), never_healthy=True)
    outcome = play(bad, deadline=timedelta(minutes=3))
    assert outcome.exit_code == 5
    assert "still borrowed: autoscaling of api is suspended" in outcome.ending.says
