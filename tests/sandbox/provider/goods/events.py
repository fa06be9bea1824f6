"""Good and bad ones of EventBridge: rules and targets."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, TOPIC_ARN, Bad, Good

_PATTERN = json.dumps({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]})
_LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/shop"
_TRANSFORMER = {"inputPaths": {"group": "$.detail.group"}, "inputTemplate": '"<group> stopped"'}

GOODS = (
    Good(
        token="aws:cloudwatch/eventRule:EventRule",
        inputs={"name": "shop-stopped", "description": "tasks", "eventPattern": _PATTERN, "tags": TAGS},
        change={"eventPattern": json.dumps({"source": ["aws.rds"]}), "state": "DISABLED", "tags": OTHER_TAGS},
        replacements={"name": "other", "eventBusName": "other"},
        outside=(
            "events",
            "put_rule",
            {"Name": "{id}", "Description": "tasks", "EventPattern": json.dumps({"source": ["aws.s3"]})},
        ),
        drift=("eventPattern",),
        bads=(
            Bad({"eventPattern": DROP}, "eventPattern", "scheduleExpression"),
            Bad({"eventPattern": "{"}, "eventPattern", "JSON"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"state": "ON"}, "state", "ENABLED"),
            Bad({"scheduleExpression": "hourly"}, "scheduleExpression", "rate"),
            Bad({"roleArn": "me"}, "roleArn", "ARN"),
            Bad({"pattern": _PATTERN}, "pattern", "did you mean eventPattern"),
        ),
    ),
    Good(
        token="aws:cloudwatch/eventTarget:EventTarget",
        needs=("rule",),
        inputs={"rule": "there", "targetId": "log", "arn": _LOG},
        change={"arn": TOPIC_ARN, "inputTransformer": _TRANSFORMER},
        replacements={"rule": "other", "targetId": "topic"},
        outside=("events", "put_targets", {"Rule": "there", "Targets": [{"Id": "log", "Arn": f"{_LOG}-2"}]}),
        drift=("arn",),
        bads=(
            Bad({"arn": DROP}, "arn", "required"),
            Bad({"arn": "the log"}, "arn", "ARN"),
            Bad({"targetId": DROP}, "targetId", "required"),
            Bad({"targetId": "with space"}, "targetId", "pattern"),
            Bad({"inputTransformer": {"inputPaths": {}}}, "inputTransformer.inputTemplate", "required"),
            Bad({"retryPolicy": {"maximumRetryAttempts": 186.0}}, "retryPolicy.maximumRetryAttempts", "185"),
        ),
    ),
)
