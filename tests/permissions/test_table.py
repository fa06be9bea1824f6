"""The table of permissions: no more than a role needs, and no less than what the code calls."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import opslib.cli
from opslib import rollback
from opslib.errors import BadRequest
from opslib.permissions import ACTIVITIES, ANYTHING, FORMS, ROLES, Scope, narrowed, reasons, statements
from opslib.permissions.policy import MOST_NAMED
from opslib.procedure.aws import action
from opslib.sandbox.gaps.policy_decision import PolicyText, decide
from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import World

pytestmark = pytest.mark.feature("S1")

SCOPE = Scope("aws", "123456789012", "eu-west-1", "shop", "prod", (("shop", "api"),))
OTHER_NAMES = {"elbv2": "elasticloadbalancing"}
ASKS_NOBODY = {"sts:GetCallerIdentity"}
"""AWS allows it to everybody."""


def policy(role: str, scope: Scope = SCOPE) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements(role, scope)})


def calls(world: World, actor: str = "") -> set[str]:
    return {
        f"{OTHER_NAMES.get(call.service, call.service)}:{call.operation}"
        for call in world.sandbox.calls()
        if not actor or call.actor == actor
    } - ASKS_NOBODY


def actions(role: str) -> set[str]:
    return {name for statement in statements(role, SCOPE) for name in statement["Action"]}


def test_every_row_is_narrow_or_says_why_not() -> None:
    for rows in ACTIVITIES.values():
        for row in rows:
            assert set(row.on) <= set(FORMS)
            assert (ANYTHING in row.on) == bool(row.why), row.action
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", row.action)


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_has_no_wildcard_that_the_table_does_not_explain(role: str) -> None:
    for statement in statements(role, SCOPE):
        assert not any("*" in name for name in statement["Action"])
        if "*" in statement["Resource"]:
            assert all(reasons(role)[name] for name in statement["Action"])


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_fits_into_a_role_however_many_services_there_are(role: str) -> None:
    for count in (1, MOST_NAMED, 200):
        services = tuple(("a-cluster-with-a-rather-long-name", f"a-service-with-a-long-name-{n}") for n in range(count))
        where = ("aws-us-gov", "123456789012", "us-gov-west-1", "a-product", "an-environment")
        scope = Scope(*where, services, evidence="e" * 63)
        assert len("".join(policy(role, scope).split())) <= 10_240


def test_what_may_be_done_on_the_same_is_one_statement() -> None:
    made = statements("operator", SCOPE)
    on = [json.dumps([one["Resource"], one.get("Condition")]) for one in made]
    assert len(on) == len(set(on))
    assert len({one["Sid"] for one in made}) == len(made)


def test_evidence_is_only_where_there_is_a_bucket() -> None:
    with_one = Scope("aws", "123456789012", "eu-west-1", "shop", "prod", (("shop", "api"),), evidence="shop-evidence")
    assert not [name for role in ROLES for name in actions(role) if name.startswith("s3:")]
    text = policy("ci", with_one)
    kept = "arn:aws:s3:::shop-evidence/evidence/2026.jsonl"
    for role, name, verdict in (
        *(("ci", "s3:PutObject", "allowed"), ("ci", "s3:GetObject", "implicitDeny")),
        *(("viewer", "s3:GetObject", "allowed"), ("viewer", "s3:PutObject", "implicitDeny")),
        *(("operator", "s3:DeleteObjectVersion", "implicitDeny"), ("break-glass", "s3:DeleteObjectVersion", "allowed")),
    ):
        assert decide([PolicyText(role, policy(role, with_one))], name, kept).verdict == verdict, (role, name)
    outside = decide([PolicyText("ci", text)], "s3:PutObject", "arn:aws:s3:::shop-evidence/elsewhere")
    assert outside.verdict == "implicitDeny"


def test_who_is_told_is_for_operators_to_see() -> None:
    name = "sns:ListSubscriptionsByTopic"
    assert {role for role in ROLES if name in actions(role)} == {"operator", "break-glass"}


def test_who_looks_may_change_nothing() -> None:
    changes = re.compile(r":(Put|Update|Delete|Register|Deregister|Stop|Tag|Publish|Pass)")
    assert not [name for name in actions("viewer") if changes.search(name)]


def test_an_operator_may_not_touch_what_is_another_stacks() -> None:
    theirs = [
        ("ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/shop/other"),
        ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-staging-journal"),
        ("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:shop-staging-critical"),
        ("ecs:DeleteService", "arn:aws:ecs:eu-west-1:123456789012:service/shop/api"),
    ]
    for name, resource in theirs:
        assert decide([PolicyText("operator", policy("operator"))], name, resource).verdict == "implicitDeny"


def test_a_plans_unknown_resources_become_the_stacks() -> None:
    assert narrowed("ecs:DescribeServiceRevisions", ("*",), SCOPE) == (
        "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/api/*",
    )
    assert narrowed("ecs:DescribeTaskDefinition", ("*",), SCOPE) == ("*",)
    assert narrowed("new:Action", ("*",), SCOPE) == ("*",)
    assert narrowed("ecs:UpdateService", ("arn:x",), SCOPE) == ("arn:x",)


def test_everything_that_a_rollback_calls_is_an_operators(bad: World) -> None:
    bad.alarm("OK")
    bad.sandbox.reset_calls()
    outcome = rollback.service(bad.stack(), "api", **bad.options)
    assert outcome.exit_code == 0
    assert calls(bad) - {"cloudwatch:SetAlarmState"} <= actions("operator")
    declared = {action(call.port, call.operation) for step in outcome.plan.steps for call in step.may_call()}
    assert declared <= actions("operator")


def test_everything_that_is_looked_at_is_a_viewers(bad: World) -> None:
    bad.sandbox.reset_calls()
    rollback.points(bad.stack(), "api", **bad.options)
    bad.stack().report()
    rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert calls(bad) <= actions("viewer")


def test_an_operator_by_the_printed_policy_is_let_through(bad: World, monkeypatch: pytest.MonkeyPatch) -> None:
    iam: Any = bad.sandbox.client("iam")
    iam.create_user(UserName="shop-prod-ada")
    iam.put_user_policy(
        UserName="shop-prod-ada", PolicyName="own", PolicyDocument=policy("operator", Scope.of(bad.stack().outputs))
    )
    asking = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [asking]})
    iam.put_user_policy(UserName="shop-prod-ada", PolicyName="asking", PolicyDocument=document)
    key = iam.create_access_key(UserName="shop-prod-ada")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    seen = rollback.service(bad.stack(), "api", dry_run=True, **bad.options)
    assert not any("permissions were not checked" in note for note in seen.notes)


def test_every_call_of_the_stacks_own_functions_is_allowed_by_its_deployed_role(guarded: Guarded) -> None:
    guarded.release(wait=0)
    for _ in range(50):
        if guarded.running() == "shop-api:3":
            guarded.alarm("OK")
        guarded.wait(30)
    assert guarded.said()["exitCode"] == 0
    iam: Any = guarded.sandbox.client("iam")
    for function in (f"{PREFIX}-recorder", f"{PREFIX}-auto-rollback"):
        document = iam.get_role_policy(RoleName=function, PolicyName="what-it-does")["PolicyDocument"]
        granted = {
            name
            for statement in document["Statement"]
            for name in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        }
        made = calls(guarded, f"lambda-{function}")
        assert len(made) > 5
        assert made <= granted
        text = PolicyText(function, json.dumps(document))
        may_change = decide([text], "ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/shop/api")
        assert (may_change.verdict == "allowed") == (function == f"{PREFIX}-auto-rollback")


def test_a_policy_is_printed_as_iam_takes_it(world: World, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(world.outputs()))
    assert opslib.cli.main(["policy", "operator", "--outputs", str(outputs)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["Version"] == "2012-10-17"
    assert printed["Statement"] == statements("operator", Scope.of(world.stack().outputs))
    assert opslib.cli.main(["policy"]) == 0
    assert "break-glass" in capsys.readouterr().out
    assert opslib.cli.main(["policy", "viewer", "--why", "--outputs", str(outputs)]) == 0
    assert "composite alarms" in capsys.readouterr().out
    assert opslib.cli.main(["policy", "king", "--outputs", str(outputs)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(BadRequest, match="there is no role 'king': there is: viewer"):
        statements("king", SCOPE)
