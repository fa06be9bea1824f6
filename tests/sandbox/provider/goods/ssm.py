"""Good and bad ones of ssm: parameters."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:ssm/parameter:Parameter",
        inputs={
            "name": "/opslib/shop/stack",
            "type": "String",
            "value": "one",
            "description": "the contract",
            "tags": TAGS,
        },
        change={"value": "two", "description": "the contract of the shop", "tags": OTHER_TAGS},
        replacements={"name": "/opslib/shop/other", "dataType": "aws:ec2:image"},
        outside=("ssm", "put_parameter", {"Name": "{id}", "Value": "by hand", "Type": "String", "Overwrite": True}),
        drift=("value",),
        bads=(
            Bad({"type": DROP}, "type", "required"),
            Bad({"value": DROP}, "value", "required"),
            Bad({"insecureValue": "x"}, "insecureValue", "exactly one"),
            Bad({"type": "Number"}, "type", "String"),
            Bad({"value": 5.0}, "value", "text"),
            Bad({"value": "x" * 4097}, "value", "4096"),
            Bad({"value": "é" * 2049}, "value", "4098 bytes"),
            Bad({"value": "x" * 8193, "tier": "Advanced"}, "value", "8192"),
            Bad({"tier": "Gold"}, "tier", "Standard"),
            Bad({"name": "opslib/shop"}, "name", "starts with /"),
            Bad({"name": "/aws/shop"}, "name", "aws"),
            Bad({"name": "/a b"}, "name"),
            Bad({"name": "/x" * 16}, "name", "15"),
            Bad({"description": "x" * 1025}, "description", "1024"),
            Bad({"allowedPattern": r"\d+"}, "value", "allowedPattern"),
            Bad({"dataType": "image"}, "dataType", "text"),
            Bad({"type": "SecureString", "value": DROP, "insecureValue": "x"}, "insecureValue", "SecureString"),
            Bad({"valeu": "x"}, "valeu", "did you mean value"),
        ),
    ),
)
