"""Alarm mute rules: put, get, list, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import MuteRule, is_muted
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.acting import act
from opslib.sandbox.behaviour.metrics.muting import look_again
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.times import aware, naive
from opslib.sandbox.behaviour.metrics.world import AlarmKey, Mute, world_of
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["MUTE_OPERATIONS", "mute_rule_arns"]

DEFAULT_RECORDS = 50  # of ListAlarmMuteRules without MaxRecords; AWS does not say how many

_GIVEN_BACK = ("Name", "Description", "Rule", "MuteTargets")


def put_alarm_mute_rule(call: GapCall) -> Mapping[str, Any]:
    """Create a rule or replace it; it counts at once."""
    check_constraints(call, "ValidationError")
    given = {name: value for name, value in call.parameters.items() if name != "Tags"}
    schedule = given["Rule"]["Schedule"]
    try:
        rule = MuteRule.parse(
            schedule["Expression"],
            schedule["Duration"],
            timezone=schedule.get("Timezone", "UTC"),
            start=_aware(given.get("StartDate")),
            expire=_aware(given.get("ExpireDate")),
            alarms=given.get("MuteTargets", {}).get("AlarmNames", ()),
        )
    except BadRequest as error:
        raise AwsError("ValidationError", str(error)) from error
    arn = f"arn:aws:cloudwatch:{call.region}:{call.account_id}:alarm-mute-rule:{given['Name']}"
    world = world_of(call.account)
    with call.account.schedule.lock:
        key, now = _key(call, given["Name"]), call.account.clock.now()
        if key not in world.mutes:
            cloudwatch_backends[call.account_id][call.region].tagger.tag_resource(arn, call.parameters.get("Tags", []))
        world.mutes[key] = Mute(arn, rule, given, now)
        look_again(world, Place(call.account_id, call.region), now, act)
    return {}


def get_alarm_mute_rule(call: GapCall) -> Mapping[str, Any]:
    """One rule, and whether it mutes now."""
    check_constraints(call, "ValidationError")
    name = call.parameters["AlarmMuteRuleName"]
    mute = world_of(call.account).mutes.get(_key(call, name))
    if mute is None:
        raise AwsError("ResourceNotFoundException", f"Alarm mute rule {name} does not exist", 404)
    given = {field: mute.given[field] for field in _GIVEN_BACK if field in mute.given}
    start = {"StartDate": mute.given["StartDate"]} if "StartDate" in mute.given else {}
    return {**given, **start, **_summary(call, mute)}


def list_alarm_mute_rules(call: GapCall) -> Mapping[str, Any]:
    """Rules by name, those of an alarm or of a status only where asked for."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    alarm, statuses = parameters.get("AlarmName"), parameters.get("Statuses")
    mutes = world_of(call.account).mutes
    here = sorted(key for key in mutes if key[:2] == (call.account_id, call.region))
    token = parameters.get("NextToken")
    if token is not None and _key(call, token) not in mutes:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    names = [
        key[2]
        for key in here
        if (alarm is None or alarm in mutes[key].rule.alarms)
        and (not statuses or _summary(call, mutes[key])["Status"] in statuses)
        and (token is None or key[2] > token)
    ]
    page = names[: parameters.get("MaxRecords", DEFAULT_RECORDS)]
    answer: dict[str, Any] = {"AlarmMuteRuleSummaries": [_summary(call, mutes[_key(call, name)]) for name in page]}
    if len(page) < len(names):
        answer["NextToken"] = page[-1]
    return answer


def delete_alarm_mute_rule(call: GapCall) -> Mapping[str, Any]:
    """A rule that is not there is no error; what it kept back is done now, if no other rule keeps it back."""
    check_constraints(call, "ValidationError")
    world = world_of(call.account)
    with call.account.schedule.lock:
        mute = world.mutes.pop(_key(call, call.parameters["AlarmMuteRuleName"]), None)
        if mute is not None:
            cloudwatch_backends[call.account_id][call.region].tagger.delete_all_tags_for_resource(mute.arn)
            look_again(world, Place(call.account_id, call.region), call.account.clock.now(), act)
    return {}


def mute_rule_arns(call: GapCall) -> set[str]:
    """The ARNs of the rules in the call's region."""
    here = (call.account_id, call.region)
    return {mute.arn for key, mute in list(world_of(call.account).mutes.items()) if key[:2] == here}


def _summary(call: GapCall, mute: Mute) -> dict[str, Any]:
    now = call.account.clock.now()
    expired = mute.rule.expire is not None and mute.rule.expire <= now
    expires = {} if mute.rule.expire is None else {"ExpireDate": naive(mute.rule.expire)}
    return {
        "AlarmMuteRuleArn": mute.arn,
        "Status": "EXPIRED" if expired else "ACTIVE" if is_muted(mute.rule, now) else "SCHEDULED",
        "MuteType": "RECURRING" if mute.given["Rule"]["Schedule"]["Expression"].startswith("cron") else "ONE_TIME",
        "LastUpdatedTimestamp": naive(mute.updated),
        **expires,
    }


def _key(call: GapCall, name: str) -> AlarmKey:
    return call.account_id, call.region, name


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else aware(moment)


MUTE_OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "DeleteAlarmMuteRule"): delete_alarm_mute_rule,
    ("cloudwatch", "GetAlarmMuteRule"): get_alarm_mute_rule,
    ("cloudwatch", "ListAlarmMuteRules"): list_alarm_mute_rules,
    ("cloudwatch", "PutAlarmMuteRule"): put_alarm_mute_rule,
}
