"""Good and bad ones of kms: keys and aliases."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:kms/key:Key",
        put_style=False,
        inputs={"description": "pages", "enableKeyRotation": True, "deletionWindowInDays": 7.0, "tags": TAGS},
        change={"description": "pages of the shop", "enableKeyRotation": False, "isEnabled": False, "tags": DROP},
        replacements={"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048", "multiRegion": True},
        outside=("kms", "update_key_description", {"KeyId": "{id}", "Description": "by hand"}),
        drift=("description",),
        bads=(
            Bad({"desciption": "x"}, "desciption", "did you mean description"),
            Bad({"enableKeyRotation": "yes"}, "enableKeyRotation", "boolean"),
            Bad({"deletionWindowInDays": 6.0}, "deletionWindowInDays", "7 to 30"),
            Bad({"deletionWindowInDays": 31.0}, "deletionWindowInDays", "7 to 30"),
            Bad({"rotationPeriodInDays": 89.0}, "rotationPeriodInDays", "90 to 2560"),
            Bad(
                {"rotationPeriodInDays": 90.0, "enableKeyRotation": False}, "rotationPeriodInDays", "enableKeyRotation"
            ),
            Bad({"description": "x" * 8193}, "description", "8192"),
            Bad({"keyUsage": "DECORATE"}, "keyUsage", "ENCRYPT_DECRYPT"),
            Bad({"customerMasterKeySpec": "ROT_13"}, "customerMasterKeySpec", "SYMMETRIC_DEFAULT"),
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"tags": {"x" * 129: "y"}}, "tags", "128"),
        ),
    ),
    Good(
        token="aws:kms/alias:Alias",
        needs=("key",),
        inputs={"name": "alias/shop", "targetKeyId": "{key}"},
        change={"targetKeyId": "{other_key}"},
        replacements={"name": "alias/shop-2"},
        outside=("kms", "update_alias", {"AliasName": "{id}", "TargetKeyId": "{other_key}"}),
        drift=("targetKeyId",),
        bads=(
            Bad({"targetKeyId": DROP}, "targetKeyId", "required"),
            Bad({"name": "shop"}, "name", "alias/"),
            Bad({"name": "alias/aws/shop"}, "name", "AWS's own"),
            Bad({"name": "alias/" + "x" * 251}, "name", "256"),
            Bad({"name": ["alias/shop"]}, "name", "text"),
            Bad({"targetKey": "x"}, "targetKey", "did you mean targetKeyId"),
        ),
    ),
)
