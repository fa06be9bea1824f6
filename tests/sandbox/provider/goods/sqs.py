"""Good and bad ones of sqs: queues."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:sqs/queue:Queue",
        inputs={
            "name": "shop-failed",
            "messageRetentionSeconds": 1_209_600.0,
            "sqsManagedSseEnabled": True,
            "tags": TAGS,
        },
        change={"messageRetentionSeconds": 86_400.0, "visibilityTimeoutSeconds": 60.0, "tags": OTHER_TAGS},
        replacements={"name": "shop-other"},
        outside=(
            "sqs",
            "set_queue_attributes",
            {"QueueUrl": "{id}", "Attributes": {"MessageRetentionPeriod": "60"}},
        ),
        drift=("messageRetentionSeconds",),
        bads=(
            Bad({"name": "with space"}, "name", "letters"),
            Bad({"messageRetentionSeconds": 59.0}, "messageRetentionSeconds", "60"),
            Bad({"delaySeconds": 901.0}, "delaySeconds", "900"),
            Bad({"policy": "allow"}, "policy", "JSON"),
            Bad({"redrivePolicy": json.dumps([])}, "redrivePolicy", "object"),
            Bad({"fifoQueue": True}, "fifoQueue", "stand-in"),
            Bad({"nam": DROP, "polcy": "x"}, "polcy", "did you mean policy"),
        ),
    ),
)
