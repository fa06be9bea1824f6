"""CloudWatch Logs: saved queries of Logs Insights."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Many
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Lookup, ResourceType
from opslib.sandbox.provider.rows.rules import matching

__all__ = ["ROWS"]

QUERY_DEFINITION = ResourceType(
    token="aws:cloudwatch/queryDefinition:QueryDefinition",  # noqa: S106 - Pulumi's word for a type's name
    service="logs",
    fields=(
        Field("name", "name"),
        Field("queryString", "queryString"),
        Field("logGroupNames", "logGroupNames", Many()),
    ),
    create=Call("put_query_definition", {"queryDefinitionId": "{id?}"}),
    update={},
    delete=Call("delete_query_definition", {"queryDefinitionId": "{id}"}),
    lookups=(
        Lookup(
            # As the real provider looks, by the name that it knows; a region holds 1,000, which is one page.
            call=Call("describe_query_definitions", {"queryDefinitionNamePrefix": "{name?}", "maxResults": 1000}),
            at="queryDefinitions",
            where={"queryDefinitionId": "{id}"},
        ),
    ),
    identity_at="queryDefinitionId",
    outputs={"queryDefinitionId": "{id}"},
    autoname="",
    rules=(
        # ValidateFunc of that schema, written so that it takes linear time.
        matching("name", r"[^:*/]+(/[^:*/]+)*", "names between slashes, without : and *"),
    ),
)

ROWS = (QUERY_DEFINITION,)
