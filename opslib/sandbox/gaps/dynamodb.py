"""DynamoDB: time to live, which cannot be set to what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]


def update_time_to_live(call: GapCall) -> Mapping[str, Any] | None:
    """To something else than it is; moto sets it again without a word."""
    check_constraints(call)
    table = dynamodb_backends[call.account_id][call.region].tables.get(call.parameters["TableName"].rpartition("/")[2])
    if table is not None:
        wanted = call.parameters["TimeToLiveSpecification"]
        is_on = table.ttl.get("TimeToLiveStatus") == "ENABLED"
        if wanted["Enabled"] == is_on:
            state = "enabled" if is_on else "disabled"
            raise AwsError("ValidationException", f"TimeToLive is already {state}")
        if is_on and wanted["AttributeName"] != table.ttl.get("AttributeName"):
            message = f"TimeToLive is active on a different AttributeName: {table.ttl.get('AttributeName')}"
            raise AwsError("ValidationException", message)
    return None


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("dynamodb", "UpdateTimeToLive"): update_time_to_live,
}
