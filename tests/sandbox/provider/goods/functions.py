"""Good and bad ones of lambda: functions, permissions, what becomes of events that fail."""

from __future__ import annotations

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, Bad, Good

ROLE = f"arn:aws:iam::{ACCOUNT}:role/there"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:there"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/there"


def archive(digest: str) -> dict[str, str]:
    """An archive as the engine sends it."""
    return {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "hash": digest, "path": "a.zip"}


GOODS = (
    Good(
        token="aws:lambda/function:Function",
        needs=("role",),
        inputs={
            "name": "shop-recorder",
            "role": ROLE,
            "handler": "opslib.nothing.handler",
            "runtime": "python3.13",
            "architectures": ["x86_64"],
            "code": archive("one"),
            "description": "records",
            "publish": True,
            "timeout": 60.0,
            "memorySize": 512.0,
            "reservedConcurrentExecutions": 2.0,
            "environment": {"variables": {"STACK": "shop"}},
            "deadLetterConfig": {"targetArn": QUEUE},
            "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/shop-recorder"},
            "tags": TAGS,
        },
        change={
            "code": archive("two"),
            "timeout": 90.0,
            "environment": {"variables": {"STACK": "shop", "MORE": "yes"}},
            "reservedConcurrentExecutions": DROP,
            "tags": OTHER_TAGS,
        },
        replacements={"name": "shop-other"},
        outside=("lambda", "update_function_configuration", {"FunctionName": "{id}", "Timeout": 30}),
        drift=("timeout",),
        bads=(
            Bad({"role": DROP}, "role", "required"),
            Bad({"role": "there"}, "role"),
            Bad({"code": DROP}, "code", "required"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"name": "x" * 65}, "name", "64"),
            Bad({"timeout": 901.0}, "timeout", "900"),
            Bad({"memorySize": 64.0}, "memorySize", "128"),
            Bad({"reservedConcurrentExecutions": -2.0}, "reservedConcurrentExecutions", "0"),
            Bad({"runtime": "python2"}, "runtime"),
            Bad({"architectures": ["sparc"]}, "architectures[0]"),
            Bad({"imageUri": "x"}, "imageUri", "stand-in"),
            Bad({"handlr": "x"}, "handlr", "did you mean handler"),
        ),
    ),
    Good(
        token="aws:lambda/permission:Permission",
        needs=("function",),
        fixed=True,
        put_style=False,
        inputs={
            "statementId": "rule",
            "function": "there",
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "sourceArn": RULE,
        },
        change={},
        replacements={
            "statementId": "other",
            "function": "elsewhere",
            "action": "lambda:GetFunction",
            "principal": "sns.amazonaws.com",
            "sourceArn": f"{RULE}-2",
        },
        bads=(
            Bad({"function": DROP}, "function", "required"),
            Bad({"principal": DROP}, "principal", "required"),
            Bad({"principal": "everybody"}, "principal", "service"),
            Bad({"sourceArn": "there"}, "sourceArn"),
            Bad({"action": "invoke"}, "action"),
            Bad({"principl": "x"}, "principl", "did you mean principal"),
        ),
    ),
    Good(
        token="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        needs=("function",),
        inputs={"functionName": "there", "maximumRetryAttempts": 1.0, "maximumEventAgeInSeconds": 3600.0},
        change={"maximumRetryAttempts": 0.0},
        replacements={"functionName": "elsewhere"},
        outside=("lambda", "put_function_event_invoke_config", {"FunctionName": "{id}", "MaximumRetryAttempts": 2}),
        drift=("maximumEventAgeInSeconds", "maximumRetryAttempts"),
        bads=(
            Bad({"functionName": DROP}, "functionName", "required"),
            Bad({"maximumRetryAttempts": 3.0}, "maximumRetryAttempts", "2"),
            Bad({"maximumEventAgeInSeconds": 30.0}, "maximumEventAgeInSeconds", "60"),
            Bad({"qualifier": "1"}, "qualifier", "stand-in"),
        ),
    ),
)
