"""Who may take on the stack's roles, as statements of trust, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.assembly.guard import scope
from infra.components.alerting import Alerting
from infra.components.roles import RoleArgs, RolesArgs
from infra.config import StackConfig
from infra.sections.roles import People, Pipeline
from infra.where import Where
from opslib.permissions import ROLES, statements

__all__ = ["roles"]

_GITHUB = "token.actions.githubusercontent.com"

_MFA_SECONDS = {"break-glass": 900}
"""How long ago somebody may have shown their second factor; an hour where nothing else is said."""


def roles(config: StackConfig, where: Where, alerting: Alerting, tags: Mapping[str, str]) -> RolesArgs | None:
    """The roles that the configuration names somebody for; none where it names nobody."""
    written: dict[str, People | Pipeline | None] = {
        "viewer": config.roles.viewer,
        "operator": config.roles.operator,
        "ci": config.roles.ci,
        "break-glass": config.roles.break_glass,
    }
    made: dict[str, RoleArgs] = {
        key: {
            "role_name": f"{config.prefix}-{key}",
            "description": f"{config.product} {config.environment}: {ROLES[key].says}",
            "trust": list(_trust(key, who, where)),
            "statements": statements(key, scope(config, where)),
            "session_seconds": ROLES[key].session_seconds,
            "told": key == "break-glass",
        }
        for key, who in written.items()
        if who is not None
    }
    return {"roles": made, "topic": alerting.topics["critical"], "tags": tags} if made else None


def _trust(key: str, who: People | Pipeline, where: Where) -> Iterator[dict[str, Any]]:
    if isinstance(who, Pipeline):
        subjects = [f"repo:{who.repository}:environment:{name}" for name in who.environments]
        yield {
            "Sid": "Pipeline",
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:{where.partition}:iam::{where.account}:oidc-provider/{_GITHUB}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com", f"{_GITHUB}:sub": subjects}},
        }
        return
    if who.principals:
        yield {
            "Sid": "PeopleWithMfa",
            "Effect": "Allow",
            "Principal": {"AWS": list(who.principals)},
            "Action": "sts:AssumeRole",
            "Condition": {
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "NumericLessThan": {"aws:MultiFactorAuthAge": str(_MFA_SECONDS.get(key, 3600))},
            },
        }
    if who.sso:
        # Identity Center asks for the second factor at its own door; its sessions do not carry the key of MFA.
        reserved = f"arn:{where.partition}:iam::{where.account}:role/aws-reserved/sso.amazonaws.com"
        yield {
            "Sid": "PeopleOfIdentityCenter",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{where.partition}:iam::{where.account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": [f"{reserved}/*AWSReservedSSO_{name}_*" for name in who.sso]}
            },
        }
