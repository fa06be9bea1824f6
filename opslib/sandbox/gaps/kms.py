"""KMS: the rotation period, policies that are none, and keys that wait to be deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.kms.models import kms_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

ROTATION_PERIOD_DAYS = 365  # AWS, EnableKeyRotation: the default
WINDOW_DAYS = range(7, 31)  # AWS, ScheduleKeyDeletion: "between 7 and 30, inclusive"

# What AWS refuses on a key that waits to be deleted.
_NOT_WHILE_PENDING = (
    "CreateAlias",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
)


def _key(call: GapCall) -> Any:
    """The key that is called, by id, ARN or alias; None where moto will say that it does not exist."""
    backend = kms_backends[call.account_id][call.region]
    try:
        return backend.keys.get(
            backend.any_id_to_key_id(call.parameters.get("KeyId") or call.parameters["TargetKeyId"])
        )
    except Exception:  # noqa: BLE001  # moto's own words on a missing key follow when it answers
        return None


def refuse_while_pending(call: GapCall) -> Mapping[str, Any] | None:
    """Refuse on a key that waits to be deleted; moto carries on."""
    key = _key(call)
    if key is not None and key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return None


def enable_key_rotation(call: GapCall) -> Mapping[str, Any] | None:
    """With the period that moto drops."""
    check_constraints(call)
    refuse_while_pending(call)
    key = _key(call)
    if key is not None:
        period = call.parameters.get("RotationPeriodInDays", ROTATION_PERIOD_DAYS)
        call.record("kms rotation")[key.id] = (period, datetime.now(UTC) + timedelta(days=period))
    return None


def get_key_rotation_status(call: GapCall) -> Mapping[str, Any]:
    """With key, period and next date, which moto leaves out."""
    answer = call.through()
    key = _key(call)
    if key is not None:
        answer["KeyId"] = key.id
    if key is not None and answer["KeyRotationEnabled"]:
        period, following = call.record("kms rotation").get(key.id, (ROTATION_PERIOD_DAYS, None))
        answer["RotationPeriodInDays"] = period
        if following is not None:
            answer["NextRotationDate"] = following
    return answer


def check_policy(call: GapCall) -> Mapping[str, Any] | None:
    """Refuse what is no policy; moto takes any text."""
    check_constraints(call)
    policy = call.parameters.get("Policy")
    if policy is not None:
        try:
            has_statements = bool(json.loads(policy)["Statement"])
        except (ValueError, KeyError, TypeError):
            has_statements = False
        if not has_statements:
            raise AwsError("MalformedPolicyDocumentException", "The new key policy is not a valid policy document.")
    return None


def schedule_key_deletion(call: GapCall) -> Mapping[str, Any] | None:
    """In 7 to 30 days, once."""
    refuse_while_pending(call)
    window = call.parameters.get("PendingWindowInDays", max(WINDOW_DAYS))
    if window not in WINDOW_DAYS:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30")
    return {**call.through(), "KeyState": "PendingDeletion", "PendingWindowInDays": window}


def verify(call: GapCall) -> Mapping[str, Any]:
    """A signature that is none is an error (AWS, Verify); moto answers that it is not valid."""
    answer = call.through()
    if not answer.get("SignatureValid"):
        raise AwsError("KMSInvalidSignatureException", "")
    return answer


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **{("kms", operation): refuse_while_pending for operation in _NOT_WHILE_PENDING},
    ("kms", "CreateKey"): check_policy,
    ("kms", "EnableKeyRotation"): enable_key_rotation,
    ("kms", "GetKeyRotationStatus"): get_key_rotation_status,
    ("kms", "PutKeyPolicy"): check_policy,
    ("kms", "ScheduleKeyDeletion"): schedule_key_deletion,
    ("kms", "Verify"): verify,
}
