"""CloudWatch Synthetics: canaries that start, stop, change and go, which moto lacks. No script is run here.

What a canary publishes comes of the traffic (`behaviour/traffic/published_canary.py`), or is put by hand, as the
service itself would (`POST /_sandbox/metrics`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.synthetics.models import synthetics_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

_RUNNING, _STOPPED = "RUNNING", "STOPPED"

# What UpdateCanary changes: its parameter, and moto's attribute.
_CHANGES = {
    "Code": "code",
    "ExecutionRoleArn": "execution_role_arn",
    "RuntimeVersion": "runtime_version",
    "Schedule": "schedule",
    "RunConfig": "run_config",
    "SuccessRetentionPeriodInDays": "success_retention_period_in_days",
    "FailureRetentionPeriodInDays": "failure_retention_period_in_days",
    "VpcConfig": "vpc_config",
    "ArtifactS3Location": "artifact_s3_location",
    "ArtifactConfig": "artifact_config",
}


def _canaries(call: GapCall) -> dict[str, Any]:
    found: dict[str, Any] = synthetics_backends[call.account_id][call.region].canaries
    return found


def _canary(call: GapCall) -> Any:
    check_constraints(call)
    name = call.parameters["Name"]
    if name not in _canaries(call):
        raise AwsError("ResourceNotFoundException", f"Canary {name} was not found", 404)
    return _canaries(call)[name]


def create_canary(call: GapCall) -> Mapping[str, Any] | None:
    """One of a name."""
    check_constraints(call)
    if call.parameters["Name"] in _canaries(call):
        raise AwsError("ConflictException", f"A canary of the name {call.parameters['Name']} exists already", 409)
    return None


def get_canary(call: GapCall) -> Mapping[str, Any]:
    """What there is; moto breaks on what there is not."""
    canary = _canary(call)
    answer = call.through()
    described = {name: value for name, value in answer["Canary"].items() if value is not None}
    return {"Canary": {**described, "Tags": dict(canary.tags)}}


def update_canary(call: GapCall) -> Mapping[str, Any]:
    """What is given; the rest stays."""
    canary = _canary(call)
    for name, attribute in _CHANGES.items():
        if name in call.parameters:
            before = getattr(canary, attribute)
            given = call.parameters[name]
            setattr(canary, attribute, {**before, **given} if name == "RunConfig" and before else given)
    return {}


def delete_canary(call: GapCall) -> Mapping[str, Any]:
    """One that runs, too: AWS wants it stopped first, which the real provider does and the stand-in cannot say."""
    del _canaries(call)[_canary(call).name]
    return {}


def start_canary(call: GapCall) -> Mapping[str, Any]:
    """At once."""
    canary = _canary(call)
    if canary.state == _RUNNING:
        raise AwsError("ConflictException", "The canary is in state RUNNING and can't be started", 409)
    canary.state = _RUNNING
    return {}


def stop_canary(call: GapCall) -> Mapping[str, Any]:
    """At once."""
    canary = _canary(call)
    if canary.state != _RUNNING:
        raise AwsError("ConflictException", f"The canary is in state {canary.state} and can't be stopped", 409)
    canary.state = _STOPPED
    return {}


def _of_arn(call: GapCall) -> Any:
    check_constraints(call)
    arn = call.parameters["ResourceArn"]
    name = arn.rpartition(":canary:")[2]
    if name not in _canaries(call):
        raise AwsError("NotFoundException", f"{arn} was not found", 404)
    return _canaries(call)[name]


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """By ARN; moto wants the name."""
    return {"Tags": dict(_of_arn(call).tags)}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """Add tags, or change them."""
    _of_arn(call).tags.update(call.parameters["Tags"])
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Take tags off."""
    tags = _of_arn(call).tags
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("synthetics", "CreateCanary"): create_canary,
    ("synthetics", "DeleteCanary"): delete_canary,
    ("synthetics", "GetCanary"): get_canary,
    ("synthetics", "ListTagsForResource"): list_tags_for_resource,
    ("synthetics", "StartCanary"): start_canary,
    ("synthetics", "StopCanary"): stop_canary,
    ("synthetics", "TagResource"): tag_resource,
    ("synthetics", "UntagResource"): untag_resource,
    ("synthetics", "UpdateCanary"): update_canary,
}
