"""DynamoDB: time to live, expressions that are checked, and transactions that are known by their token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.stores.expiry import watch_table
from opslib.sandbox.behaviour.stores.expressions import problem_of
from opslib.sandbox.behaviour.stores.transactions import is_repetition, remember
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]


def update_time_to_live(call: GapCall) -> Mapping[str, Any]:
    """To something else than it is; moto sets it again without a word. What expires is deleted a while after."""
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
    answer = call.through()
    if table is not None:
        watch_table(call.account, call.region, table.name)
    return answer


def check_expressions(call: GapCall) -> None:
    """Refuse expressions that AWS refuses unseen; moto breaks on them, or takes them."""
    _check(call.parameters)


def _check(parameters: Mapping[str, Any]) -> None:
    if problem := problem_of(parameters):
        raise AwsError("ValidationException", problem)


def transact_write_items(call: GapCall) -> Mapping[str, Any]:
    """Once for each token: who repeats it after a lost answer hears that it was done."""
    for item in call.parameters["TransactItems"]:
        for part in item.values():
            _check(part)
    if is_repetition(call.account, call.region, call.parameters):
        return {}
    answer = call.through()
    remember(call.account, call.region, call.parameters)
    return answer


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("dynamodb", "DeleteItem"): check_expressions,
    ("dynamodb", "GetItem"): check_expressions,
    ("dynamodb", "PutItem"): check_expressions,
    ("dynamodb", "Query"): check_expressions,
    ("dynamodb", "Scan"): check_expressions,
    ("dynamodb", "TransactWriteItems"): transact_write_items,
    ("dynamodb", "UpdateItem"): check_expressions,
    ("dynamodb", "UpdateTimeToLive"): update_time_to_live,
}
