"""Good and bad ones of CloudWatch Logs: log groups, metric filters, resource policies, saved queries."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, Bad, Good

_TEXT = "filter @message like /error/\n| limit 20"

_METRIC = {"name": "Errors", "namespace": "shop/api", "value": "1", "unit": "Count"}


def _policy(action: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": action,
                    "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/shop:*",
                }
            ],
        }
    )


GOODS = (
    Good(
        token="aws:cloudwatch/logGroup:LogGroup",
        inputs={"name": "/shop/api", "retentionInDays": 30.0, "tags": TAGS},
        change={"retentionInDays": 90.0, "tags": OTHER_TAGS},
        replacements={"name": "/shop/web", "logGroupClass": "INFREQUENT_ACCESS"},
        outside=("logs", "put_retention_policy", {"logGroupName": "{id}", "retentionInDays": 7}),
        drift=("retentionInDays",),
        bads=(
            Bad({"retentionInDays": 31.0}, "retentionInDays", "AWS takes 1, 3"),
            Bad({"retentionInDays": "a month"}, "retentionInDays", "number"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"name": "x" * 513}, "name", "512"),
            Bad({"logGroupClass": "CHEAP"}, "logGroupClass", "STANDARD"),
            Bad({"retention": 30.0}, "retention", "did you mean"),
        ),
    ),
    Good(
        token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        needs=("log group",),
        inputs={
            "name": "errors",
            "logGroupName": "/there",
            "pattern": "?ERROR ?Exception",
            "metricTransformation": _METRIC,
        },
        change={"pattern": "ERROR", "metricTransformation": {**_METRIC, "dimensions": {"Path": "$.path"}}},
        replacements={"name": "other", "logGroupName": "/elsewhere"},
        outside=(
            "logs",
            "put_metric_filter",
            {
                "filterName": "{id}",
                "logGroupName": "/there",
                "filterPattern": "WARN",
                "metricTransformations": [
                    {"metricName": "Errors", "metricNamespace": "shop/api", "metricValue": "1", "unit": "Count"}
                ],
            },
        ),
        drift=("pattern",),
        bads=(
            Bad({"name": "a:b"}, "name", "pattern"),
            Bad({"pattern": DROP}, "pattern", "required"),
            Bad({"pattern": "x" * 1025}, "pattern", "1024"),
            Bad({"metricTransformation": DROP}, "metricTransformation", "required"),
            Bad({"metricTransformation": {**_METRIC, "unit": "Furlongs"}}, "metricTransformation.unit", "Seconds"),
            Bad({"metricTransformation": {**_METRIC, "name": "a$b"}}, "metricTransformation.name", "pattern"),
        ),
    ),
    Good(
        token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        inputs={"policyName": "shop-events", "policyDocument": _policy("logs:PutLogEvents")},
        change={"policyDocument": _policy("logs:CreateLogStream")},
        replacements={"policyName": "other"},
        outside=(
            "logs",
            "put_resource_policy",
            {"policyName": "{id}", "policyDocument": _policy("logs:DescribeLogStreams")},
        ),
        drift=("policyDocument",),
        bads=(
            Bad({"policyDocument": DROP}, "policyDocument", "required"),
            Bad({"policyDocument": "{"}, "policyDocument", "JSON"),
            Bad({"policyDocument": json.dumps({"x": "y" * 5200})}, "policyDocument", "5120 characters"),
            Bad({"document": "{}"}, "document", "did you mean policyDocument"),
        ),
    ),
    Good(
        token="aws:cloudwatch/queryDefinition:QueryDefinition",
        inputs={"name": "shop-prod/errors", "queryString": _TEXT, "logGroupNames": ["/ecs/shop/web", "/ecs/shop/api"]},
        change={"queryString": f"{_TEXT}0", "logGroupNames": DROP},
        outside=(
            "logs",
            "put_query_definition",
            {"queryDefinitionId": "{id}", "name": "shop-prod/errors", "queryString": "limit 1"},
        ),
        drift=("logGroupNames", "queryString"),
        bads=(
            Bad({"name": ""}, "name", "1 to 255"),
            Bad({"name": "x" * 256}, "name", "1 to 255"),
            Bad({"name": "/shop/errors"}, "name", "slashes"),
            Bad({"name": "shop:errors"}, "name", "without :"),
            Bad({"queryString": DROP}, "queryString", "required"),
            Bad({"queryString": "x" * 10_001}, "queryString", "1 to 10000"),
            Bad({"logGroupNames": ["with space"]}, "logGroupNames[0]", "pattern"),
        ),
        put_style=False,
    ),
)
