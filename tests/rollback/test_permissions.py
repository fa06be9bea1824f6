"""Everything a plan calls is asked of IAM before its first change; and steps declare all that they call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opslib import rollback
from opslib.errors import Refused
from opslib.procedure.aws import action
from opslib.rollback.before import permissions_of
from opslib.rollback.history.reading import HISTORY_CALLS
from tests.rollback.test_service import play
from tests.rollback.world import World

pytestmark = pytest.mark.feature("S2")


def as_user(world: World, monkeypatch: pytest.MonkeyPatch, *statements: dict[str, Any]) -> None:
    """Go on as an IAM user with a policy."""
    iam = world.sandbox.client("iam")
    iam.create_user(UserName="ada")
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


ALLOWED = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_denied_call_is_told_before_anything_is_changed(bad: World, monkeypatch: pytest.MonkeyPatch) -> None:
    as_user(bad, monkeypatch, ALLOWED, {"Effect": "Deny", "Action": "ecs:UpdateService", "Resource": "*"})
    bad.sandbox.reset_calls()
    with pytest.raises(Refused, match=r"user/ada may not ecs:UpdateService on arn:aws:ecs:.*service/shop/api"):
        rollback.service(bad.stack(), "api", **bad.options)
    assert bad.operations(mutating=True) == []


def test_what_its_printed_policy_grants_is_enough(bad: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = rollback.plan_service(bad.stack(), "api", **bad.options).plan
    granted = [
        {"Effect": "Allow", "Action": [name], "Resource": list(resources)}
        for name, resources in permissions_of(plan).items()
    ]
    as_user(bad, monkeypatch, *granted)
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert not any("permissions were not checked" in note for note in seen.notes)


def test_who_may_not_ask_is_told_so_and_goes_on(bad: World) -> None:
    """The sandbox's own key is a user that IAM does not know."""
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert any("permissions were not checked" in note for note in seen.notes)


def test_a_condition_that_only_the_call_fills_in_denies_nothing(bad: World, monkeypatch: pytest.MonkeyPatch) -> None:
    when = {"StringEquals": {"ecs:cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"}}
    rest = {"Effect": "Allow", "NotAction": "ecs:UpdateService", "Resource": "*"}
    as_user(
        bad, monkeypatch, rest, {"Effect": "Allow", "Action": "ecs:UpdateService", "Resource": "*", "Condition": when}
    )
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert any("a condition decides it: ecs:UpdateService" in note for note in seen.notes)


BEFORE_THE_PLAN = {"sts:GetCallerIdentity", "ecr:DescribeImages", "iam:GetRole", "iam:SimulatePrincipalPolicy"}


@pytest.mark.parametrize("deregistered", [False, True])
def test_steps_declare_every_call_that_they_make(bad: World, deregistered: bool) -> None:
    bad.sandbox.invariants()
    if deregistered:
        for number in (1, 2, 3):
            bad.ecs.deregister_task_definition(taskDefinition=f"shop-api:{number}")
    bad.sandbox.reset_calls()
    outcome = play(bad, heals=False, quiet=bad.moment)
    made = {action(call.service, call.operation) for call in bad.sandbox.calls()}
    declared = {action(call.port, call.operation) for step in outcome.plan.steps for call in step.may_call()}
    reading = {action(call.port, call.operation) for call in HISTORY_CALLS} | BEFORE_THE_PLAN
    assert made - declared - reading == set()
    assert {"ecs:UpdateService", "application-autoscaling:RegisterScalableTarget"} <= made & declared
    assert ("ecs:RegisterTaskDefinition" in declared) == deregistered
