"""Good and bad ones of CloudWatch Logs: saved queries."""

from __future__ import annotations

from tests.sandbox.provider.good import DROP, Bad, Good

_TEXT = "filter @message like /error/\n| limit 20"

GOODS = (
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
