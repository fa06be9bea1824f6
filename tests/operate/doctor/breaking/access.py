"""Whoever may not."""

from __future__ import annotations

import json

from tests.operate.doctor.breaking.means import Broken, policy_for, with_role
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


def caller_denied(p: Product) -> None:
    denied = {"Effect": "Deny", "Action": "ecs:UpdateService", "Resource": "*"}
    p.aws("iam").put_user_policy(
        UserName="ada", PolicyName="not", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    )


def role_deleted(p: Product) -> Product:
    arn = f"arn:aws:iam::{p.outputs.stack.account}:role/parcel-staging-gone"
    return with_role(p, "viewer", arn)


def role_weakened(p: Product) -> Product:
    trust = policy_for("ec2.amazonaws.com", "sts:AssumeRole", None)
    made = p.aws("iam").create_role(RoleName="parcel-staging-weak", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return with_role(p, "operator", made)


BROKEN = (
    Broken("the caller may not deploy", "caller-may", "user/ada", caller_denied),
    Broken("a role was deleted", "role-there", "role/parcel-staging-gone", role_deleted),
    Broken("a role may nothing", "role-may", "role/parcel-staging-weak", role_weakened),
)
