"""Good and bad ones of dynamodb: tables."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:dynamodb/table:Table",
        inputs={
            "name": "shop-journal",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            "ttl": {"attributeName": "expires_at", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
            "serverSideEncryption": {"enabled": True},
            "tags": TAGS,
        },
        change={"deletionProtectionEnabled": False, "pointInTimeRecovery": {"enabled": False}, "tags": OTHER_TAGS},
        replacements={"name": "shop-other", "hashKey": "id", "rangeKey": DROP},
        outside=("dynamodb", "update_table", {"TableName": "{id}", "DeletionProtectionEnabled": False}),
        drift=("deletionProtectionEnabled",),
        bads=(
            Bad({"hashKey": DROP}, "hashKey", "required"),
            Bad({"attributes": DROP}, "attributes", "key"),
            Bad({"attributes": [{"name": "pk", "type": "S"}]}, "attributes", "sk"),
            Bad({"rangeKey": DROP}, "attributes[1]", "no key"),
            Bad({"attributes": [{"name": "pk"}]}, "attributes[0].type", "required"),
            Bad({"attributes": [{"name": "pk", "type": "X"}]}, "attributes[0].type", "AWS takes"),
            Bad({"attributes": [{"name": "p" * 256, "type": "S"}]}, "attributes[0].name", "255"),
            Bad({"billingMode": "FREE"}, "billingMode", "PAY_PER_REQUEST"),
            Bad({"billingMode": DROP}, "readCapacity", "PROVISIONED"),
            Bad({"readCapacity": 5.0, "writeCapacity": 5.0}, "readCapacity", "PAY_PER_REQUEST"),
            Bad({"name": "a"}, "name"),
            Bad({"name": "with space"}, "name", "AWS"),
            Bad({"ttl": {"enabled": True}}, "ttl.attributeName", "required"),
            Bad({"ttl": {"attributeName": 5.0, "enabled": True}}, "ttl.attributeName", "text"),
            Bad({"pointInTimeRecovery": {}}, "pointInTimeRecovery.enabled", "required"),
            Bad(
                {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 36.0}},
                "pointInTimeRecovery.recoveryPeriodInDays",
                "1 to 35",
            ),
            Bad({"streamEnabled": True}, "streamViewType", "required"),
            Bad({"tableClass": "FIRST"}, "tableClass", "STANDARD"),
            Bad({"globalSecondaryIndexes": []}, "globalSecondaryIndexes", "stand-in"),
            Bad({"deletionProtection": True}, "deletionProtection", "did you mean deletionProtectionEnabled"),
        ),
    ),
)
