"""Good and bad ones of EventBridge Scheduler: schedules."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, REGION, Bad, Good

ROLE = f"arn:aws:iam::{ACCOUNT}:role/there"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:there"
TARGET = {"arn": FUNCTION, "roleArn": ROLE, "input": json.dumps({"summary": "daily"})}

GOODS = (
    Good(
        token="aws:scheduler/schedule:Schedule",
        inputs={
            "name": "shop-summary",
            "description": "every morning",
            "scheduleExpression": "cron(0 7 * * ? *)",
            "scheduleExpressionTimezone": "Europe/Berlin",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": TARGET,
        },
        change={"scheduleExpression": "cron(0 8 * * ? *)", "state": "DISABLED"},
        replacements={"name": "shop-other", "groupName": "orders"},
        outside=(
            "scheduler",
            "update_schedule",
            {
                "Name": "shop-summary",
                "Description": "every morning",
                "ScheduleExpression": "rate(1 day)",
                "ScheduleExpressionTimezone": "Europe/Berlin",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": FUNCTION, "RoleArn": ROLE, "Input": TARGET["input"]},
            },
        ),
        drift=("scheduleExpression",),
        bads=(
            Bad({"scheduleExpression": DROP}, "scheduleExpression", "required"),
            Bad({"scheduleExpression": "daily"}, "scheduleExpression", "cron"),
            Bad({"flexibleTimeWindow": DROP}, "flexibleTimeWindow", "required"),
            Bad({"flexibleTimeWindow": {"mode": "SOMETIMES"}}, "flexibleTimeWindow.mode"),
            Bad({"target": DROP}, "target", "required"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"state": "OFF"}, "state"),
            Bad({"kmsKeyArn": "x"}, "kmsKeyArn", "stand-in"),
            Bad({"schedulExpression": "x"}, "schedulExpression", "did you mean scheduleExpression"),
        ),
    ),
)
