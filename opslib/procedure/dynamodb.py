"""The journal's store for AWS targets: the stack's DynamoDB table, which every machine sees.

Keys `pk` and `sk` (strings); `version` is what compare-and-swap compares; `value` is JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opslib.clients import Clients, translate
from opslib.errors import JournalUnreachable, OpslibError
from opslib.procedure.store import Conflict, Item

__all__ = ["DynamoDbStore"]


class DynamoDbStore:
    """A table in DynamoDB. Its reads are consistent: they see what was last written, not what was written a while ago.

    A write whose answer was lost is not sent again: one look tells whether it is there, for it carries its version.

    Args:
        clients: AWS clients of the table's account.
        table: Its name.
        region: Its region.
    """

    def __init__(self, clients: Clients, *, table: str, region: str) -> None:
        self._clients = clients
        self._table = table
        self._region = region

    def get(self, pk: str, sk: str) -> Item | None:
        """See `Store.get`."""
        with self._answering("reading"):
            found = self._client("read").get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
        return _item(found["Item"]) if "Item" in found else None

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        """See `Store.put`."""
        version = (expected or 0) + 1
        text = json.dumps(value, sort_keys=True)
        written = {**_key(pk, sk), "version": {"N": str(version)}, "value": {"S": text}}
        try:
            with self._answering("writing"):
                self._client("mutate").put_item(TableName=self._table, Item=written, **_only_if(expected))
        except (JournalUnreachable, Conflict):
            # The answer may be lost and the write be there, or somebody else's: one look tells.
            found = self.get(pk, sk)
            if found is None or found.version != version or json.dumps(found.value, sort_keys=True) != text:
                raise
        return Item(pk, sk, version, value)

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        """See `Store.delete`."""
        with self._answering("deleting"):
            self._client("mutate").delete_item(TableName=self._table, Key=_key(pk, sk), **_only_if(expected))

    def query(self, pk: str) -> tuple[Item, ...]:
        """See `Store.query`."""
        with self._answering("reading"):
            pages = (
                self._client("read")
                .get_paginator("query")
                .paginate(
                    TableName=self._table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                )
            )
            return tuple(_item(item) for page in pages for item in page["Items"])

    def _client(self, purpose: Any) -> Any:
        return self._clients.client("dynamodb", region=self._region, purpose=purpose)  # type: ignore[call-overload]  # no stubs needed

    @contextmanager
    def _answering(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OpslibError as problem:
            raise self._unreachable(problem) from None
        except Exception as problem:
            if type(problem).__name__ == "ConditionalCheckFailedException":
                raise Conflict from None
            translated = translate(problem, doing=f"{doing} the journal {self._table}")
            if translated is None:
                raise
            raise self._unreachable(translated) from None

    def _unreachable(self, problem: OpslibError) -> JournalUnreachable:
        return JournalUnreachable(
            f"the journal {self._table} in {self._region} cannot be used: {problem.what}", problem.next_step
        )


def _only_if(expected: int | None) -> dict[str, Any]:
    if expected is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#version = :expected",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":expected": {"N": str(expected)}},
    }


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(item: Mapping[str, Mapping[str, str]]) -> Item:
    return Item(item["pk"]["S"], item["sk"]["S"], int(item["version"]["N"]), json.loads(item["value"]["S"]))
