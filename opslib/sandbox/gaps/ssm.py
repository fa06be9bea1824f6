"""SSM: the sizes of parameters, which moto does not measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ssm.models import ssm_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

# AWS, parameter tiers: the most bytes of a value.
STANDARD_BYTES = 4096
ADVANCED_BYTES = 8192


def put_parameter(call: GapCall) -> Mapping[str, Any]:
    """In the tier that is asked for or that it needs; an advanced one stays advanced."""
    parameters = dict(call.parameters)
    size = len(str(parameters.get("Value", "")).encode())
    existing = ssm_backends[call.account_id][call.region]._parameters.get(parameters["Name"])  # noqa: SLF001  # its only door
    was_advanced = bool(existing) and existing[-1].tier == "Advanced"
    tier = parameters.get("Tier", "Advanced" if was_advanced else "Standard")
    if tier == "Intelligent-Tiering":
        tier = "Advanced" if was_advanced or size > STANDARD_BYTES or "Policies" in parameters else "Standard"
    if tier == "Standard" and was_advanced and parameters.get("Overwrite"):
        raise AwsError(
            "ValidationException",
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter.",
        )
    if tier == "Standard" and size > STANDARD_BYTES:
        raise AwsError(
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        )
    if size > ADVANCED_BYTES:
        message = "Advanced tier parameters support a maximum parameter value of 8192 characters."
        raise AwsError("ValidationException", message)
    return call.through({**parameters, "Tier": tier})


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ssm", "PutParameter"): put_parameter,
}
