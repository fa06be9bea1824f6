"""Items whose time to live is over: looked for every hour, and deleted a while after."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models import dynamodb_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.service_calls import ask

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["watch_table"]

NAME = "stores"
_FIVE_YEARS = timedelta(days=5 * 365)  # AWS: an expiry so long ago is taken for a mistake, and not deleted


def watch_table(account: Account, region: str, table: str) -> None:
    """Delete a table's items that have expired, from now on; a table without time to live loses none."""
    key = f"{NAME}/{region}/expiry/{table}"
    account.schedule.every(timedelta(hours=1), partial(_look, account, region, table, key), key=key)


def _look(account: Account, region: str, name: str, key: str, at: datetime) -> None:
    table = dynamodb_backends[account.account_id][region].tables.get(name)
    if table is None or table.ttl.get("TimeToLiveStatus") != "ENABLED":
        account.schedule.cancel(key)
        return
    latest = at - timedelta(seconds=account.behaviour[NAME].item_lasts_seconds)
    attribute = table.ttl["AttributeName"]
    keys = [field["AttributeName"] for field in table.schema]
    asked: dict[str, Any] = {
        "TableName": name,
        "FilterExpression": "#t BETWEEN :oldest AND :latest",
        "ExpressionAttributeNames": {"#t": attribute},
        "ExpressionAttributeValues": {
            ":oldest": {"N": str(int((at - _FIVE_YEARS).timestamp()))},
            ":latest": {"N": str(int(latest.timestamp()))},
        },
    }
    while True:
        try:
            found = ask(account, region, "dynamodb", "Scan", asked)
        except AwsError:  # an item whose attribute is no number cannot be compared; AWS leaves those alone, too
            return
        for item in found["Items"]:
            wanted = {"TableName": name, "Key": {each: item[each] for each in keys}}
            ask(account, region, "dynamodb", "DeleteItem", wanted)
        if "LastEvaluatedKey" not in found:
            return
        asked["ExclusiveStartKey"] = found["LastEvaluatedKey"]
