"""What is decided from what was seen: pure, so that worlds can be told that no sandbox has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.contract import Alarm
from opslib.errors import BadRequest, Refused
from opslib.procedure import Plan
from opslib.rollback.alarms import AlarmsQuiet
from opslib.rollback.ecs_service.choice import Choice, choose, refuse_unless_deployed_by_ecs
from opslib.rollback.ecs_service.images import ImageSeen
from opslib.rollback.ecs_service.observe import ServiceObservation
from opslib.rollback.ecs_service.planning import Request, plan_service_rollback
from opslib.rollback.ecs_service.revision import Revision
from opslib.rollback.ecs_service.revision_steps import RevisionReady
from opslib.rollback.ecs_service.seen import Rollout, ServiceState
from opslib.rollback.ecs_service.service_steps import RevisionDeployed, RevisionServes, RolloutStopped
from opslib.rollback.history.point import RollbackPoint
from opslib.rollback.scaling import ALL, ScalableTarget, Suspension

pytestmark = pytest.mark.feature("R2")

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
PREFIX = "arn:aws:ecs:eu-west-1:123456789012:task-definition/api"
REQUEST = Request(plan_id="plan-one", actor="ada", reason="errors", at=NOW)


def rollout(number: int, minutes_ago: float, state: str = "COMPLETED") -> Rollout:
    at = NOW - timedelta(minutes=minutes_ago)
    return Rollout(f"ecs-svc/{number}", f"{PREFIX}:{number}", True, state, "", 3, 0, 0, at)  # noqa: FBT003


def point(number: int, minutes_ago: float, verdict: Any = "good", **more: Any) -> RollbackPoint:
    arn = f"{PREFIX}:{number}"
    given = {"source": arn, "why": "because"} | more
    return RollbackPoint(arn, NOW - timedelta(minutes=minutes_ago), verdict, **given)


STATE = ServiceState(
    arn="arn:aws:ecs:eu-west-1:123456789012:service/shop/api",
    status="ACTIVE",
    task_definition=f"{PREFIX}:6",
    desired=3,
    running=3,
    rollouts=(rollout(6, 20),),
)
POINTS = (point(6, 20, "bad"), point(5, 60, "unproven"), point(4, 900), point(3, 9000))


def seen(**changes: Any) -> ServiceObservation:
    given: dict[str, Any] = {
        "key": "api",
        "cluster": "shop",
        "name": "api",
        "environment": "shop/prod",
        "region": "eu-west-1",
        "state": STATE,
        "points": POINTS,
        "choice": Choice(f"{PREFIX}:4", POINTS[2], "the last good one"),
        "revision": Revision(f"{PREFIX}:4", "ACTIVE", {"family": "api", "containerDefinitions": []}, {}),
    }
    return ServiceObservation(**given | changes)


def plan(observation: ServiceObservation, **changes: Any) -> Plan:
    return plan_service_rollback(observation, replace(REQUEST, **changes))


def step(made: Plan, step_id: str) -> Any:
    return next(found for found in made.steps if found.id == step_id)


def test_it_is_pure() -> None:
    assert plan(seen()) == plan(seen())


def test_the_last_good_one_is_chosen_not_the_one_before() -> None:
    assert choose(STATE, POINTS, None).revision == f"{PREFIX}:4"


def test_a_copy_of_what_runs_is_no_way_back() -> None:
    copies = (point(6, 20, "bad", source=f"{PREFIX}:4"), *POINTS[1:])
    assert choose(STATE, copies, None).revision == f"{PREFIX}:3"


def test_what_was_deployed_after_what_runs_is_no_way_back() -> None:
    """After ECS itself has rolled back, the failed deployment is newer than what runs."""
    newer = (point(7, 5), *POINTS)
    assert choose(STATE, newer, None).revision == f"{PREFIX}:4"


def test_without_a_good_one_it_says_what_the_others_are() -> None:
    with pytest.raises(Refused, match=r"nothing that ran before api:6 was good .api:5 is unproven: because"):
        choose(STATE, POINTS[:2], None)


@pytest.mark.parametrize(
    ("least", "most", "desired", "running", "stuck"),
    [
        (100, 100, 3, 3, True),
        (50, 100, 1, 1, True),  # half a task rounds up
        (50, 100, 2, 2, False),
        (100, 150, 1, 1, True),  # one and a half rounds down
        (100, 200, 1, 1, False),
        (100, 100, 3, 2, False),
        (100, 100, 0, 0, False),
    ],
)
def test_what_cannot_roll(least: int, most: int, desired: int, running: int, stuck: bool) -> None:
    state = replace(STATE, least_percent=least, most_percent=most, desired=desired, running=running)
    assert state.cannot_roll == stuck
    if stuck:
        with pytest.raises(Refused, match="raise maximumPercent"):
            plan(seen(state=state))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"controller": "CODE_DEPLOY"}, "StopDeployment"),
        ({"controller": "EXTERNAL"}, "task sets"),
        ({"status": "DRAINING"}, "deleted"),
    ],
)
def test_who_else_deploys(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        refuse_unless_deployed_by_ecs(replace(STATE, **change), "shop/api")


def test_a_native_blue_green_deployment_under_way_is_stopped_and_nothing_else() -> None:
    state = replace(STATE, strategy="BLUE_GREEN", ongoing="arn:aws:ecs:x:1:service-deployment/shop/api/abc")
    made = plan(seen(state=state, returns_to=(f"{PREFIX}:4",)))
    assert isinstance(step(made, "stopped"), RolloutStopped)
    assert not any(isinstance(found, RevisionDeployed) for found in made.steps)
    serves = step(made, "serves")
    assert isinstance(serves, RevisionServes)
    assert (serves.revision, serves.from_step) == (f"{PREFIX}:4", "stopped")


def test_it_is_stopped_first_where_ecs_would_return_to_another_revision() -> None:
    state = replace(STATE, strategy="CANARY", ongoing="arn:aws:ecs:x:1:service-deployment/shop/api/abc")
    made = plan(seen(state=state, returns_to=(f"{PREFIX}:5",)))
    order = [found.id for found in made.steps]
    assert order.index("stopped") < order.index("deployed")
    assert step(made, "deployed").running == (f"{PREFIX}:6", f"{PREFIX}:5")


def test_a_blue_green_service_at_rest_is_deployed_as_any_other() -> None:
    made = plan(seen(state=replace(STATE, strategy="BLUE_GREEN")))
    assert [found.id for found in made.steps][3] == "deployed"


def test_no_listener_is_ever_touched() -> None:
    for strategy in ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"):
        made = plan(seen(state=replace(STATE, strategy=strategy, ongoing="arn:x")))
        called = {(call.port, call.operation) for found in made.steps for call in found.may_call()}
        assert {operation for port, operation in called if port == "elbv2"} == {"DescribeTargetHealth"}


@pytest.mark.parametrize(
    ("state", "running", "way_back"),
    [("COMPLETED", 3, True), ("IN_PROGRESS", 3, True), ("IN_PROGRESS", 1, False), ("FAILED", 0, False)],
)
def test_there_is_a_way_back_to_what_served(state: str, running: int, way_back: bool) -> None:
    primary = replace(rollout(6, 20, state), running=running)
    deployed = step(plan(seen(state=replace(STATE, rollouts=(primary,)))), "deployed")
    back = deployed.undo({"revision": {"task_definition": f"{PREFIX}:4"}}, {"task_definition": f"{PREFIX}:6"})
    assert (back is not None) == way_back
    if back is not None:
        assert (back.revision, back.running) == (f"{PREFIX}:6", (f"{PREFIX}:4",))


def test_a_moved_tag_is_pinned_and_an_unknown_image_is_said() -> None:
    images = (
        ImageSeen("api", "x:1", "sha256:aa", "moved", "x:1 means another image now"),
        ImageSeen("log", "y:1", "", "unknown", "y:1 is not in ECR"),
    )
    made = plan(seen(images=images))
    ready = step(made, "revision")
    assert isinstance(ready, RevisionReady)
    assert ready.digests == {"api": "sha256:aa"}
    assert {"x:1 means another image now", "y:1 is not in ECR"} <= set(made.context["notes"])


def test_a_revision_that_is_not_there_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="there is no revision api:4"):
        plan(seen(revision=None))


def test_a_named_one_that_was_bad_is_said() -> None:
    made = plan(seen(choice=Choice(f"{PREFIX}:4", point(4, 900, "bad"), "asked for")))
    assert "that revision is bad: because" in made.context["notes"]


def test_a_service_that_wants_no_tasks_is_rolled_back_and_proves_nothing() -> None:
    made = plan(seen(state=replace(STATE, desired=0, running=0)))
    assert any("proves nothing" in note for note in made.context["notes"])


def test_scaling_is_borrowed_and_given_back() -> None:
    half = Suspension(scheduled=True)
    made = plan(seen(scalable=ScalableTarget("service/shop/api", 2, 10, half)))
    suspended, restored = step(made, "suspended"), step(made, "restored")
    assert (suspended.loan, suspended.was, suspended.wanted) == (True, half, ALL)
    assert (restored.loan, restored.was, restored.wanted, restored.after) == (False, ALL, half, "suspended")


def test_alarms_are_asked_where_they_live() -> None:
    def alarm(name: str, region: str) -> Alarm:
        return Alarm(
            name=name, arn=f"arn:aws:cloudwatch:{region}:1:alarm:{name}", type="metric", workload="api",
            severity="critical", region=region, role="symptom",
        )  # fmt: skip

    quiet = step(plan(seen(alarms=(alarm("a", "eu-west-1"), alarm("b", "us-east-1")))), "quiet")
    assert isinstance(quiet, AlarmsQuiet)
    assert quiet.alarms == {"cloudwatch": ("a",), "cloudwatch@us-east-1": ("b",)}


def test_serving_is_the_point_of_no_return() -> None:
    assert [found.id for found in plan(seen()).steps if found.final] == ["serves"]
