"""CloudWatch: alarm mute rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.mute import parse_duration
from opslib.monitoring.evaluate.schedule import parse_schedule
from opslib.sandbox.provider.codecs import Many
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]


def _schedule(inputs: Known) -> Iterator[CheckFailure]:
    """When and how long, in words that AWS reads."""
    rule = inputs.get("rule")
    schedule: Any = rule.get("schedule") if isinstance(rule, Mapping) else None
    for name, reads in (("expression", parse_schedule), ("duration", parse_duration)):
        text = schedule.get(name) if isinstance(schedule, Mapping) else None
        if isinstance(text, str):
            try:
                reads(text)
            except BadRequest as problem:
                yield CheckFailure(f"rule.schedule.{name}", str(problem))


ALARM_MUTE_RULE = ResourceType(
    token="aws:cloudwatch/alarmMuteRule:AlarmMuteRule",  # noqa: S106 - Pulumi's word for a type's name
    service="cloudwatch",
    fields=(
        Field("name", "Name"),
        Field("description", "Description"),
        Field(
            "rule",
            "Rule",
            Record(
                (
                    Field(
                        "schedule",
                        "Schedule",
                        Record(
                            (
                                Field("duration", "Duration"),
                                Field("expression", "Expression"),
                                Field("timezone", "Timezone", computed=True),
                            )
                        ),
                    ),
                )
            ),
        ),
        Field("muteTargets", "MuteTargets", Record((Field("alarmNames", "AlarmNames", Many(unordered=True)),))),
    ),
    create=Call("put_alarm_mute_rule"),
    update={},
    delete=Call("delete_alarm_mute_rule", {"AlarmMuteRuleName": "{id}"}),
    lookups=(Lookup(call=Call("get_alarm_mute_rule", {"AlarmMuteRuleName": "{id}"})),),
    identity="{name}",
    outputs={"arn": "{live.AlarmMuteRuleArn}", "muteType": "{live.MuteType}", "status": "{live.Status}"},
    replace_on=frozenset({"name"}),  # RequiresReplace; PutAlarmMuteRule under another name makes another rule
    tags=Tagging(
        path="Tags",
        tag=Call("tag_resource", {"ResourceARN": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceARN": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    rules=(_schedule,),
)

ROWS = (ALARM_MUTE_RULE,)
