"""Good and bad ones of Secrets Manager: secrets, and what is in them."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

GOODS = (
    Good(
        token="aws:secretsmanager/secret:Secret",
        inputs={
            "name": "shop/webhook",
            "description": "where to call",
            "recoveryWindowInDays": 0.0,
            "tags": TAGS,
        },
        change={"description": "whom to call", "tags": OTHER_TAGS},
        replacements={"name": "shop/other"},
        outside=("secretsmanager", "update_secret", {"SecretId": "{id}", "Description": "by hand"}),
        drift=("description",),
        bads=(
            Bad({"name": "with space"}, "name", "letters"),
            Bad({"recoveryWindowInDays": 7.0}, "recoveryWindowInDays", "at once"),
            Bad({"recoveryWindowInDays": DROP}, "recoveryWindowInDays", "at once"),
            Bad({"descriptoin": "x"}, "descriptoin", "did you mean description"),
        ),
    ),
    Good(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        needs=("secret",),
        inputs={"secretId": "{secret}", "secretString": "https://hooks.example/T/B/X"},
        change={},
        replacements={"secretString": "https://hooks.example/T/B/Y"},
        fixed=True,
        put_style=False,
        bads=(
            Bad({"secretId": DROP}, "secretId", "required"),
            Bad({"secretStringWo": "x"}, "secretStringWo", "stand-in"),
        ),
    ),
)
