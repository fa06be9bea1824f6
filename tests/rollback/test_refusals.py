"""What is refused before anything is changed: one clear line, its exit code, and no mutating call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from opslib import Stack, rollback
from opslib.calendar import Calendar, Hold, Holds
from opslib.errors import BadRequest, JournalUnreachable, OpslibError, Overtaken, Refused, WrongAccount
from opslib.rollback.history import Record, Records
from tests.rollback.world import ACCOUNT, CLUSTER, SERVICE, TARGET, World

pytestmark = pytest.mark.feature("S2")


def refused(
    world: World, error: type[OpslibError], says: str, stack: Stack | None = None, **options: Any
) -> OpslibError:
    """Ask for a rollback that has to be refused; nothing was changed by it."""
    world.sandbox.reset_calls()
    with pytest.raises(error, match=says) as caught:
        rollback.service(stack or world.stack(), options.pop("name", "api"), **world.options | options)
    assert world.operations(mutating=True) == []
    assert "\n" not in str(caught.value)
    return caught.value


BAD_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"name": "apy"}, "shop/prod has no service 'apy': there is: api, ghost"),
    ({"to": "99"}, "there is no revision shop-api:99"),
    ({"to": "good"}, "'good' is no revision of shop-api"),
    ({"to": "shop-web:1"}, "'shop-web:1' is no revision of shop-api"),
    ({"to": "0"}, "'0' is no revision"),
    ({"to": "arn:aws:ecs:eu-west-1:999999999999:task-definition/shop-api:3"}, "is no revision of shop-api"),
    ({"environment": "staging"}, "are of shop/prod, not of staging"),
]


@pytest.mark.parametrize(("options", "says"), BAD_REQUESTS, ids=[says for _, says in BAD_REQUESTS])
def test_bad_requests(bad: World, options: dict[str, Any], says: str) -> None:
    assert refused(bad, BadRequest, says, **options).exit_code == 2


def _controller(kind: str) -> Callable[[World], dict[str, Any]]:
    def arrange(world: World) -> dict[str, Any]:
        network = world.service()["networkConfiguration"]
        given = {} if kind == "EXTERNAL" else {"taskDefinition": "shop-api:3", "networkConfiguration": network}
        world.ecs.create_service(
            cluster=CLUSTER, serviceName="ghost", desiredCount=1, deploymentController={"type": kind},
            **given | ({} if kind == "EXTERNAL" else {"launchType": "FARGATE"}),
        )  # fmt: skip
        world.wait(60)
        return {"name": "ghost", **({} if kind == "EXTERNAL" else {"to": "2"})}

    return arrange


def _no_earlier_good_one(world: World) -> dict[str, Any]:
    world.sandbox.invariants()
    for _ in range(40):  # longer ago than ECS remembers
        world.wait(3 * 86400)
    return {}


def _image_gone(world: World) -> dict[str, Any]:
    digest = world.ecr.describe_images(repositoryName="shop-api", imageIds=[{"imageTag": "2.14.0"}])
    world.ecr.batch_delete_image(
        repositoryName="shop-api", imageIds=[{"imageDigest": digest["imageDetails"][0]["imageDigest"]}]
    )
    return {}


def _cannot_roll(world: World) -> dict[str, Any]:
    world.ecs.update_service(
        cluster=CLUSTER, service=SERVICE, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}
    )
    return {}


def _schema_moved(world: World) -> dict[str, Any]:
    records = Records(world.journal().store)
    points = rollback.points(world.stack(), "api", **world.options)
    for name, schema in (("shop-api:4", "0043"), ("shop-api:3", "0042")):
        point = next(point for point in points if point.name == name)
        records.add(TARGET, Record(point.task_definition, point.deployed_at, schema_revision=schema))
    return {}


def _held(world: World) -> dict[str, Any]:
    Holds(world.journal().store).set(
        Hold(target=TARGET, scope="changes", reason="audit", actor="kim", at=datetime(2026, 1, 1, tzinfo=UTC))
    )
    return {}


FREEZE = Calendar.parse(
    {"windows": [{"name": "year end", "kind": "freeze", "from": "2020-01-01T00:00:00", "to": "2100-01-01T00:00:00"}]},
    source="here",
)


def _frozen(_: World) -> dict[str, Any]:
    return {"calendar": FREEZE}


def _deleted(world: World) -> dict[str, Any]:
    world.sandbox.invariants()
    world.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
    world.wait(120)
    return {}


REFUSED: list[tuple[str, Callable[[World], dict[str, Any]], str]] = [
    ("nothing good", _no_earlier_good_one, "nothing that ran before shop-api:4 was good"),
    ("image gone", _image_gone, "shop-api:3 cannot be run again: .*2.14.0.* is gone from ECR"),
    ("cannot roll", _cannot_roll, "may neither stop a task nor start one: raise maximumPercent"),
    ("schema moved", _schema_moved, "schema is at 0043, and was at 0042 .* --across-migration"),
    ("held", _held, "kim holds ecs:shop/api .* audit: wait, or say why"),
    ("frozen", _frozen, r"the calendar says: frozen \(year end\)"),
    ("CodeDeploy", _controller("CODE_DEPLOY"), "deployed by CodeDeploy.*CodeDeploy API"),
    ("external", _controller("EXTERNAL"), "deployed by another controller"),
    ("not in AWS", lambda _: {"name": "ghost"}, "ECS has no service shop/ghost"),
    ("deleted", _deleted, "ECS has no service shop/api"),
]


@pytest.mark.parametrize(("arrange", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_the_world_lacks(bad: World, arrange: Callable[[World], dict[str, Any]], says: str) -> None:
    options = arrange(bad)
    assert refused(bad, Refused, says, **options).exit_code == 3


def test_a_moved_schema_can_be_crossed(bad: World) -> None:
    _schema_moved(bad)
    seen = rollback.service(bad.stack(), "api", dry_run=True, across_migration=True, **bad.options)
    assert any("was at 0042" in note for note in seen.notes)


def test_an_unknown_schema_is_said_and_stops_nothing(bad: World) -> None:
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert any("schema's revision then or now is unknown" in note for note in seen.notes)


def test_a_hold_is_passed_with_a_reason_that_is_kept(bad: World) -> None:
    _held(bad)
    seen = rollback.service(bad.stack(), "api", dry_run=True, despite="kim agrees", **bad.options)
    assert any("kim holds" in note and "kim agrees" in note for note in seen.notes)
    assert seen.plan.context["despite"] == "kim agrees"


def test_the_wrong_account(bad: World) -> None:
    outputs = bad.outputs()
    outputs["stack"]["account"] = "210987654321"
    problem = refused(
        bad, WrongAccount, f"account 210987654321, and the credentials are for {ACCOUNT}", Stack.open(outputs=outputs)
    )
    assert problem.exit_code == 3


def test_the_journal_does_not_answer(bad: World) -> None:
    stack = bad.stack_with_table(create=False)
    problem = refused(bad, JournalUnreachable, "the journal shop-journal .* --break-glass REASON", stack)
    assert problem.exit_code == 3


@pytest.mark.feature("S3")
def test_of_two_at_once_one_is_told_who_the_other_is(bad: World) -> None:
    first = rollback.plan_service(bad.stack(), "api", actor="ada", **bad.options)
    second = rollback.plan_service(bad.stack(), "api", actor="kim", **bad.options)
    told: list[OpslibError] = []

    def meanwhile(event: Any) -> None:
        if (event.step_id, event.kind) == ("serves", "waiting") and not told:
            with pytest.raises(Overtaken, match=f"held by plan {first.plan.id} of ada") as caught:
                second.run()
            told.append(caught.value)
        if (event.step_id, event.kind) == ("serves", "done"):
            bad.alarm("OK")

    assert first.run(meanwhile).exit_code == 0
    assert told[0].exit_code == 6
    assert bad.operations("ecs", mutating=True) == ["UpdateService"]


def test_a_target_that_is_held_is_told_before_anything_is_read(bad: World) -> None:
    first = rollback.plan_service(bad.stack(), "api", actor="ada", **bad.options)
    bad.journal().claim(first.plan)
    refused(bad, Overtaken, "held by plan rollback-api-.* of ada")
    assert bad.operations("ecs") == []
