"""Queries that are saved in CloudWatch Logs Insights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
from pulumi_aws import cloudwatch

from infra.kinds.queries import LOG_QUERIES, Logs

__all__ = ["SavedQueries", "SavedQueriesArgs"]


class SavedQueriesArgs(TypedDict):
    """Whose logs are asked."""

    folder: str
    """The folder in which the queries stand: the stack's prefix."""
    log_groups: Mapping[Logs, Sequence[pulumi.Input[str]]]
    """Names of log groups, by whose they are; a query over none is not saved."""


class SavedQueries(pulumi.ComponentResource):
    """Every query whose logs there are.

    Attributes:
        ids: Query definition id by the query's key.
    """

    ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SavedQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:SavedQueries", name, None, opts)
        self.ids = {
            query.key: cloudwatch.QueryDefinition(
                f"{name}-{query.key}",
                name=f"{args['folder']}/{query.key}",
                query_string=query.text,
                log_group_names=list(groups),
                opts=pulumi.ResourceOptions(parent=self),
            ).query_definition_id
            for query in LOG_QUERIES
            if (groups := args["log_groups"].get(query.of))
        }
        self.register_outputs({})
