"""EventBridge: rules and their targets."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, is_json, matching, one_of
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_RULE = {"Name": "{name}", "EventBusName": "{eventBusName?}"}
_TARGET = {"Rule": "{rule}", "EventBusName": "{eventBusName?}"}


def _pattern_or_schedule(inputs: Known) -> Iterator[CheckFailure]:
    if not inputs.sets("eventPattern", "scheduleExpression"):
        yield CheckFailure("eventPattern", "a rule needs an eventPattern or a scheduleExpression")


RULE = ResourceType(
    token="aws:cloudwatch/eventRule:EventRule",  # noqa: S106 - Pulumi's word for a type's name
    service="events",
    fields=(
        Field("name", "Name"),
        Field("description", "Description"),
        Field("eventBusName", "EventBusName", default="default"),
        Field("eventPattern", "EventPattern", Document()),
        Field("scheduleExpression", "ScheduleExpression"),
        Field("roleArn", "RoleArn"),
        Field("state", "State", default="ENABLED"),
        Field("forceDestroy", "", default=False),
    ),
    create=Call("put_rule"),
    update={},
    delete=Call("delete_rule", _RULE),
    lookups=(Lookup(call=Call("describe_rule", _RULE)),),
    identity="{name}",
    outputs={"arn": "{live.Arn}"},
    replace_on=frozenset({"name", "eventBusName"}),  # ForceNew; they are what PutRule identifies it by
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("tag_resource", {"ResourceARN": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceARN": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    rules=(
        is_json("eventPattern"),
        arns("roleArn"),
        one_of("state", "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        matching("scheduleExpression", r"(rate|cron)\(.+\)", "rate(…) or cron(…)"),
        _pattern_or_schedule,
    ),
)

TARGET = ResourceType(
    token="aws:cloudwatch/eventTarget:EventTarget",  # noqa: S106 - a type's name
    service="events",
    fields=(
        Field("rule", "Rule", live="-"),
        Field("eventBusName", "EventBusName", live="-", default="default"),
        Field("targetId", "Targets[0].Id", live="Id"),
        Field("arn", "Targets[0].Arn", live="Arn"),
        Field("roleArn", "Targets[0].RoleArn", live="RoleArn"),
        Field("input", "Targets[0].Input", Document(), live="Input"),
        Field("inputPath", "Targets[0].InputPath", live="InputPath"),
        Field(
            "inputTransformer",
            "Targets[0].InputTransformer",
            Record((Field("inputPaths", "InputPathsMap"), Field("inputTemplate", "InputTemplate"))),
            live="InputTransformer",
        ),
        Field(
            "deadLetterConfig",
            "Targets[0].DeadLetterConfig",
            Record((Field("arn", "Arn"),)),
            live="DeadLetterConfig",
        ),
        Field(
            "retryPolicy",
            "Targets[0].RetryPolicy",
            Record(
                (
                    Field("maximumEventAgeInSeconds", "MaximumEventAgeInSeconds"),
                    Field("maximumRetryAttempts", "MaximumRetryAttempts"),
                )
            ),
            live="RetryPolicy",
        ),
        Field("forceDestroy", "", default=False),
    ),
    create=Call("put_targets"),
    update={},
    delete=Call("remove_targets", {**_TARGET, "Ids": ["{targetId}"]}),
    lookups=(Lookup(call=Call("list_targets_by_rule", _TARGET), at="Targets", where={"Id": "{targetId}"}),),
    identity="{rule}-{targetId}",
    replace_on=frozenset({"rule", "targetId", "eventBusName"}),  # ForceNew; they are what PutTargets identifies it by
    rules=(arns("arn", "roleArn"), is_json("input")),
)

ROWS = (RULE, TARGET)
