"""Good and bad ones of iam: roles and their inline policies."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, TAGS, Bad, Good

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def role_policy(action: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


_BACKUPS = "AWSBackupServiceRolePolicyForBackup"

GOODS = (
    Good(
        token="aws:iam/role:Role",
        needs=("managed policy",),
        put_style=False,
        inputs={
            "name": "shop-operator",
            "assumeRolePolicy": TRUST,
            "description": "acts",
            "maxSessionDuration": 7200.0,
            "managedPolicyArns": [f"arn:aws:iam::{ACCOUNT}:policy/there"],
            "tags": TAGS,
        },
        change={"description": "acts with care", "maxSessionDuration": 3600.0, "managedPolicyArns": [], "tags": DROP},
        replacements={"name": "shop-viewer", "path": "/shop/"},
        outside=("iam", "update_role", {"RoleName": "{id}", "Description": "by hand", "MaxSessionDuration": 7200}),
        drift=("description",),
        bads=(
            Bad({"assumeRolePolicy": DROP}, "assumeRolePolicy", "required"),
            Bad({"assumeRolePolicy": "trust me"}, "assumeRolePolicy", "JSON"),
            Bad({"name": "x" * 65}, "name", "64"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"maxSessionDuration": 3599.0}, "maxSessionDuration", "3600"),
            Bad({"maxSessionDuration": 43201.0}, "maxSessionDuration", "43200"),
            Bad({"maxSessionDuration": "1h"}, "maxSessionDuration", "number"),
            Bad({"description": "x" * 1001}, "description", "1000"),
            Bad({"path": "shop"}, "path"),
            Bad({"managedPolicyArns": ["ReadOnlyAccess"]}, "managedPolicyArns[0]", "ARN"),
            Bad({"permissionsBoundary": "Boundary"}, "permissionsBoundary"),
            Bad({"inlinePolicies": []}, "inlinePolicies", "stand-in"),
            Bad({"asumeRolePolicy": TRUST}, "asumeRolePolicy", "did you mean assumeRolePolicy"),
        ),
    ),
    Good(
        token="aws:iam/rolePolicy:RolePolicy",
        needs=("role",),
        inputs={"name": "publish", "role": "there", "policy": role_policy("sns:Publish")},
        change={"policy": role_policy("sns:Subscribe")},
        replacements={"name": "publish-2", "role": "elsewhere"},
        outside=(
            "iam",
            "put_role_policy",
            {"RoleName": "there", "PolicyName": "publish", "PolicyDocument": role_policy("sns:*")},
        ),
        drift=("policy",),
        bads=(
            Bad({"role": DROP}, "role", "required"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"policy": "allow"}, "policy", "JSON"),
            Bad({"policy": role_policy("x" * 10240)}, "policy", "10240"),
            Bad({"name": "x" * 129}, "name", "128"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"role": 5.0}, "role", "text"),
            Bad({"rol": "x"}, "rol", "did you mean role"),
        ),
    ),
    Good(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        needs=("role",),
        inputs={"role": "there", "policyArn": f"arn:aws:iam::aws:policy/service-role/{_BACKUPS}"},
        change={},
        replacements={"role": "other", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        fixed=True,
        bads=(
            Bad({"policyArn": _BACKUPS}, "policyArn", "ARN"),
            Bad({"role": DROP}, "role", "required"),
            Bad({"policy": "x"}, "policy", "did you mean policyArn"),
        ),
    ),
)
