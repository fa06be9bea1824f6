"""Secrets Manager: a secret is read by its stages, and what is current follows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

CURRENT = "AWSCURRENT"


def _secret(call: GapCall) -> Any | None:
    secrets = secretsmanager_backends[call.account_id][call.region].secrets
    return secrets.get(call.parameters["SecretId"])


def _stages(secret: Any) -> dict[str, list[str]]:
    """The versions of a secret and the stages of each."""
    return {version: found["version_stages"] for version, found in secret.versions.items()}


def get_secret_value(call: GapCall) -> Mapping[str, Any] | None:
    """The version with the stage that is asked for: AWSCURRENT, when neither it nor a version is named."""
    parameters, secret = call.parameters, _secret(call)
    if secret is None or parameters.get("VersionId") or secret.is_deleted():
        return None
    stage = parameters.get("VersionStage") or CURRENT
    version = next((version for version, stages in _stages(secret).items() if stage in stages), None)
    if version is None:
        message = f"Secrets Manager can't find the specified secret value for staging label: {stage}"
        raise AwsError("ResourceNotFoundException", message)
    return call.through({**parameters, "VersionId": version, "VersionStage": stage})


def update_secret_version_stage(call: GapCall) -> Mapping[str, Any]:
    """Move a stage; which version is current follows, which moto forgets."""
    answer = call.through()
    secret = _secret(call)
    if secret is not None:
        current = next((version for version, stages in _stages(secret).items() if CURRENT in stages), None)
        secret.set_default_version_id(current)
    return answer


def describe_secret(call: GapCall) -> Mapping[str, Any]:
    """AWS leaves out versions without a stage: they are deprecated, and will be deleted."""
    answer = call.through()
    staged = answer.get("VersionIdsToStages") or {}
    answer["VersionIdsToStages"] = {version: stages for version, stages in staged.items() if stages}
    return answer


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("secretsmanager", "DescribeSecret"): describe_secret,
    ("secretsmanager", "GetSecretValue"): get_secret_value,
    ("secretsmanager", "UpdateSecretVersionStage"): update_secret_version_stage,
}
