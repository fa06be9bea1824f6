"""What a principal may do, as SimulatePrincipalPolicy says it."""

from __future__ import annotations

import json

import pytest

ACCOUNT = "123456789012"
SERVICE = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/shop/api"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        ],
    }
)
OTHER = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/shop/web"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@pytest.fixture
def iam(aws):
    made = aws("iam")
    made.create_role(RoleName="operator", Path="/ops/", AssumeRolePolicyDocument=TRUST)
    return made


def role(iam):
    return iam.get_role(RoleName="operator")["Role"]["Arn"]


def ask(iam, source, actions=("ecs:UpdateService",), **more):
    answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=list(actions), **more)
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


# The statements of one policy, and what is decided of ecs:UpdateService on the service.
DECIDED = {
    "nothing": ([], "implicitDeny"),
    "the action": ([allow("ecs:UpdateService")], "allowed"),
    "in another case": ([allow("ECS:updateservice")], "allowed"),
    "a wildcard": ([allow("ecs:Update*")], "allowed"),
    "one letter": ([allow("ecs:UpdateServic?")], "allowed"),
    "everything": ([allow("*")], "allowed"),
    "another action": ([allow(["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"])], "implicitDeny"),
    "the resource": ([allow("ecs:*", SERVICE)], "allowed"),
    "a part of it": ([allow("ecs:*", "arn:aws:ecs:*:*:service/shop/*")], "allowed"),
    "another resource": ([allow("ecs:*", [OTHER])], "implicitDeny"),
    "a deny after": ([allow("*"), deny("ecs:UpdateService")], "explicitDeny"),
    "a deny before": ([deny("ecs:*", SERVICE), allow("*")], "explicitDeny"),
    "a deny of another": ([allow("*"), deny("*", OTHER)], "allowed"),
    "all but": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "allowed"),
    "all but this": ([{"Effect": "Allow", "NotAction": "ecs:*", "Resource": "*"}], "implicitDeny"),
    "not there": ([allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": OTHER}], "explicitDeny"),
}


@pytest.mark.parametrize(("statements", "decision"), DECIDED.values(), ids=DECIDED)
def test_what_a_policy_decides(iam, statements, decision):
    if statements:
        iam.put_role_policy(RoleName="operator", PolicyName="p", PolicyDocument=policy(*statements))
    assert ask(iam, role(iam), ResourceArns=[SERVICE]) == [decision]


def test_every_action_is_asked_of_every_resource_in_order(iam):
    iam.put_role_policy(RoleName="operator", PolicyName="p", PolicyDocument=policy(allow("ecs:Update*", SERVICE)))
    actions = ["ecs:UpdateService", "ecs:DeleteService"]
    asked = {"PolicySourceArn": role(iam), "ActionNames": actions, "ResourceArns": [SERVICE, OTHER]}
    answer = iam.simulate_principal_policy(**asked)
    assert [
        (result["EvalActionName"], result["EvalResourceName"], result["EvalDecision"])
        for result in answer["EvaluationResults"]
    ] == [
        ("ecs:UpdateService", SERVICE, "allowed"),
        ("ecs:UpdateService", OTHER, "implicitDeny"),
        ("ecs:DeleteService", SERVICE, "implicitDeny"),
        ("ecs:DeleteService", OTHER, "implicitDeny"),
    ]
    assert answer["IsTruncated"] is False
    [matched] = answer["EvaluationResults"][0]["MatchedStatements"]
    assert matched == {"SourcePolicyId": "role_operator_p", "SourcePolicyType": "IAM Policy"}
    pages = iam.get_paginator("simulate_principal_policy").paginate(**asked, PaginationConfig={"PageSize": 3})
    assert [len(page["EvaluationResults"]) for page in pages] == [3, 1]


def test_attached_policies_count_in_their_default_version(iam):
    made = iam.create_policy(PolicyName="deploy", PolicyDocument=policy(allow("ecs:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="operator", PolicyArn=made)
    assert ask(iam, role(iam)) == ["allowed"]
    iam.create_policy_version(PolicyArn=made, PolicyDocument=policy(deny("ecs:*")), SetAsDefault=True)
    assert ask(iam, role(iam)) == ["explicitDeny"]


def test_a_user_has_the_policies_of_their_groups(iam):
    user = iam.create_user(UserName="kim")["User"]["Arn"]
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="p", PolicyDocument=policy(allow("ecs:*")))
    assert ask(iam, user) == ["implicitDeny"]
    iam.add_user_to_group(GroupName="ops", UserName="kim")
    assert ask(iam, user) == ["allowed"]
    iam.put_user_policy(UserName="kim", PolicyName="p", PolicyDocument=policy(deny("ecs:UpdateService")))
    assert ask(iam, user, ["ecs:UpdateService", "ecs:RunTask"]) == ["explicitDeny", "allowed"]


def test_what_a_boundary_does_not_allow_is_not_allowed(iam):
    iam.put_role_policy(RoleName="operator", PolicyName="p", PolicyDocument=policy(allow("*")))
    bounds = iam.create_policy(PolicyName="bounds", PolicyDocument=policy(allow("rds:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="operator", PermissionsBoundary=bounds)
    assert ask(iam, role(iam), ["ecs:UpdateService", "rds:RebootDBInstance"]) == ["implicitDeny", "allowed"]


def test_a_condition_matches_nothing_and_its_keys_are_missing(iam):
    condition = {"StringEquals": {"aws:ResourceTag/env": "prod"}}
    iam.put_role_policy(RoleName="operator", PolicyName="p", PolicyDocument=policy(allow("ecs:*", Condition=condition)))
    answer = iam.simulate_principal_policy(PolicySourceArn=role(iam), ActionNames=["ecs:UpdateService"])
    [result] = answer["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:ResourceTag/env"])


def test_whoever_calls_is_a_user_who_need_not_exist(iam, account, refused):
    caller = account.client("sts", "eu-west-1").get_caller_identity()["Arn"]
    assert caller == f"arn:aws:iam::{ACCOUNT}:user/sandbox"
    simulate = iam.simulate_principal_policy
    code, message = refused(simulate, PolicySourceArn=caller, ActionNames=["ecs:UpdateService"])
    assert (code, message) == ("NoSuchEntity", "The user with name sandbox cannot be found.")
    iam.create_user(UserName="sandbox")
    assert ask(iam, caller) == ["implicitDeny"]


@pytest.mark.parametrize(
    "arn",
    [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/kim"],
)
def test_the_root_user_and_sessions_cannot_be_simulated(iam, refused, arn):
    code, message = refused(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["ecs:UpdateService"])
    assert (code, message) == (
        "InvalidInput",
        f"Invalid Entity Arn: {arn} does not clearly define entity type and name.",
    )


def test_a_resource_is_an_arn(iam, refused):
    asked = {"PolicySourceArn": role(iam), "ActionNames": ["ecs:UpdateService"], "ResourceArns": ["api"]}
    code, message = refused(iam.simulate_principal_policy, **asked)
    assert (code, message) == ("InvalidInput", "ResourceNames are not in a valid ARN format: api.")
