"""CloudWatch Logs: log groups, metric filters, resource policies, saved queries of Logs Insights."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document, KeyId, Many
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import is_json, matching
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

# PutRetentionPolicy; 0 is the provider's word for "never".
_RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
_GROUP = {"logGroupName": "{id}"}
_GROUP_NAME = (r"[.\-_/#A-Za-z0-9]{1,512}", "up to 512 letters, digits, _ - / . and #")


def _retention(inputs: Known) -> Iterator[CheckFailure]:
    days = inputs.get("retentionInDays")
    if days is not None and days not in _RETENTION_DAYS:
        yield CheckFailure("retentionInDays", f"is {days:g}; AWS takes {', '.join(map(str, _RETENTION_DAYS[1:]))}")


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 - Pulumi's word for a type's name
    service="logs",
    fields=(
        Field("name", "logGroupName"),
        Field("kmsKeyId", "kmsKeyId", KeyId()),
        Field("logGroupClass", "logGroupClass", computed=True),
        Field("retentionInDays", "", live="retentionInDays", default=0),
        Field("skipDestroy", "", default=False),
    ),
    create=Call("create_log_group"),
    changes=(
        Change(
            call=Call("put_retention_policy", _GROUP),
            fields=(Field("retentionInDays", "retentionInDays"),),
            otherwise=Call("delete_retention_policy", _GROUP),
            at_create=True,
        ),
    ),
    delete=Call("delete_log_group", _GROUP),
    lookups=(
        Lookup(
            call=Call("describe_log_groups", {"logGroupNamePrefix": "{id}"}),
            at="logGroups",
            where={"logGroupName": "{id}"},
        ),
    ),
    identity="{name}",
    outputs={"arn": "arn:{partition}:logs:{region}:{account_id}:log-group:{name}"},
    # ForceNew: name and log_group_class; CloudWatch Logs has no operation for either.
    replace_on=frozenset({"name", "logGroupClass"}),
    autoname="",
    tags=Tagging(
        path="tags",
        pair=(),
        tag=Call("tag_log_group", {**_GROUP, "tags": "{tags}"}),
        untag=Call("untag_log_group", {**_GROUP, "tags": "{keys}"}),
        listing=Call("list_tags_log_group", _GROUP),
        at="tags",
    ),
    rules=(matching("name", *_GROUP_NAME), _retention),
)

# Without defaultValue, which is text to the SDK and a number to AWS.
_TRANSFORMATION = Record(
    (
        Field("name", "metricName"),
        Field("namespace", "metricNamespace"),
        Field("value", "metricValue"),
        Field("dimensions", "dimensions"),
        Field("unit", "unit", default="None"),
    )
)


METRIC_FILTER = ResourceType(
    token="aws:cloudwatch/logMetricFilter:LogMetricFilter",  # noqa: S106 - a type's name
    service="logs",
    fields=(
        Field("name", "filterName"),
        Field("logGroupName", "logGroupName"),
        Field("pattern", "filterPattern"),
        Field("metricTransformation", "metricTransformations[0]", _TRANSFORMATION),
        Field("applyOnTransformedLogs", "applyOnTransformedLogs", computed=True),
    ),
    create=Call("put_metric_filter"),
    update={},
    delete=Call("delete_metric_filter", {"logGroupName": "{logGroupName}", "filterName": "{name}"}),
    lookups=(
        Lookup(
            call=Call("describe_metric_filters", {"logGroupName": "{logGroupName}", "filterNamePrefix": "{name}"}),
            at="metricFilters",
            where={"filterName": "{name}"},
        ),
    ),
    identity="{name}",
    replace_on=frozenset({"name", "logGroupName"}),  # ForceNew; they are what PutMetricFilter identifies it by
    autoname="",
    rules=(matching("name", r"[^:*]{1,512}", "up to 512 characters without : and *"),),
)


def _policy_size(inputs: Known) -> Iterator[CheckFailure]:
    written = inputs.get("policyDocument", "")
    if len(written) > 5120:  # noqa: PLR2004 - CloudWatch Logs API, PutResourcePolicy
        yield CheckFailure("policyDocument", f"has {len(written)} characters; AWS takes 5120 characters")


LOG_RESOURCE_POLICY = ResourceType(
    token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",  # noqa: S106 - a type's name
    service="logs",
    fields=(
        Field("policyName", "policyName"),
        Field("policyDocument", "policyDocument", Document(policy=True)),
    ),
    create=Call("put_resource_policy"),
    update={},
    delete=Call("delete_resource_policy", {"policyName": "{id}"}),
    lookups=(
        Lookup(
            call=Call("describe_resource_policies"),
            at="resourcePolicies",
            where={"policyName": "{id}"},
        ),
    ),
    identity="{policyName}",
    replace_on=frozenset({"policyName"}),  # ForceNew
    rules=(is_json("policyDocument"), _policy_size),
)

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

ROWS = (LOG_GROUP, METRIC_FILTER, LOG_RESOURCE_POLICY, QUERY_DEFINITION)
