"""EventBridge Scheduler: schedules."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Document
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Lookup, ResourceType
from opslib.sandbox.provider.rows.rules import arns, matching

__all__ = ["ROWS"]

_SCHEDULE = {"Name": "{name}", "GroupName": "{groupName?}"}

_RETRY = Record(
    (
        Field("maximumEventAgeInSeconds", "MaximumEventAgeInSeconds", default=86_400),
        Field("maximumRetryAttempts", "MaximumRetryAttempts", default=185),
    )
)

_FIELDS = (
    Field("name", "Name"),
    Field("groupName", "GroupName", default="default"),
    Field("description", "Description"),
    Field("scheduleExpression", "ScheduleExpression"),
    Field("scheduleExpressionTimezone", "ScheduleExpressionTimezone", default="UTC"),
    Field("state", "State", default="ENABLED"),
    Field("actionAfterCompletion", "ActionAfterCompletion"),
    Field(
        "flexibleTimeWindow",
        "FlexibleTimeWindow",
        Record((Field("mode", "Mode"), Field("maximumWindowInMinutes", "MaximumWindowInMinutes"))),
    ),
    Field(
        "target",
        "Target",
        Record(
            (
                Field("arn", "Arn"),
                Field("roleArn", "RoleArn"),
                Field("input", "Input", Document()),
                Field("deadLetterConfig", "DeadLetterConfig", Record((Field("arn", "Arn"),))),
                Field("retryPolicy", "RetryPolicy", _RETRY, computed=True),
            )
        ),
    ),
)

SCHEDULE = ResourceType(
    token="aws:scheduler/schedule:Schedule",  # noqa: S106 - Pulumi's word for a type's name
    service="scheduler",
    fields=_FIELDS,
    create=Call("create_schedule"),
    # UpdateSchedule forgets what it is not told: all of it goes.
    changes=(Change(call=Call("update_schedule"), fields=_FIELDS),),
    delete=Call("delete_schedule", _SCHEDULE),
    lookups=(Lookup(call=Call("get_schedule", _SCHEDULE)),),
    identity="{groupName}/{name}",
    outputs={"arn": "{live.Arn}"},
    replace_on=frozenset({"name", "groupName"}),  # ForceNew; they are what UpdateSchedule identifies it by
    autoname="",
    rules=(
        matching("scheduleExpression", r"(rate|cron|at)\(.+\)", "rate(…), cron(…) or at(…)"),
        arns("target.arn"),
    ),
)

ROWS = (SCHEDULE,)
