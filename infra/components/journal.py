"""The table that holds claims, leases and the journal of procedures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import dynamodb

__all__ = ["Journal", "JournalArgs"]


class JournalArgs(TypedDict):
    """What the journal needs to know."""

    table_name: str
    """Name of the table in AWS."""
    protect: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete it."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of the table."""


class Journal(pulumi.ComponentResource):
    """A DynamoDB table of which the engine of procedures knows the keys.

    Its keys and its time to live are decided once: a table cannot change its keys, and this one is kept.

    Attributes:
        table_name: Its name.
        table_arn: Its ARN.
    """

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: JournalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Journal", name, None, opts)
        protect = args.get("protect", True)
        table = dynamodb.Table(
            name,
            name=args["table_name"],
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            ttl={"attribute_name": "expires_at", "enabled": True},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=protect,
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.table_name, self.table_arn = table.name, table.arn
        self.register_outputs({"table_name": self.table_name})
