"""The contract's alarms as CloudWatch has them: there, as they were deployed, and able to tell somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import Alarm, AlarmSettings, StackOutputs
from opslib.monitoring.evaluate.composite import children
from opslib.monitoring.evaluate.composite_grammar import parse_rule
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.settings import differences, settings_of
from opslib.operate.doctor.topics import topics_of
from opslib.procedure.aws import regional

__all__ = ["CHECKS", "AlarmSeen", "Series", "alarms_of", "see_alarm"]

Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and dimensions of a metric."""

_NAMES_PER_CALL: Final = 100
"""CloudWatch, DescribeAlarms: the most AlarmNames."""

_NOT_YET: Final = timedelta(hours=3)
"""How long an alarm may wait for its first data (ours): a new stack's first hours are no finding."""

_PERIODS: Final = 3
"""After how many of its own evaluations it is late, whatever they last."""


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """An alarm as CloudWatch has it.

    Attributes:
        alarm: What the contract promises.
        actions_enabled: Whether it acts.
        actions: What it does when it rings.
        ok_actions: What it does when it is well again.
        in_composite: Whether a composite of the stack asks for it, and so tells of it.
        threshold: Its threshold; None for composites and bands.
        state: Its state.
        since: Since when it is in that state.
        evaluated_seconds: How long what it looks at lasts; 0 for composites.
        series: Namespace, name and dimensions of the metrics that it looks at.
        settings: How it rings, and on what it acts.
    """

    alarm: Alarm
    actions_enabled: bool
    actions: tuple[str, ...]
    ok_actions: tuple[str, ...]
    in_composite: bool
    threshold: float | None
    state: str
    since: datetime
    evaluated_seconds: int
    series: tuple[Series, ...]
    settings: AlarmSettings


@dataclass(frozen=True, slots=True)
class _Astray:
    """An alarm, and the topics it acts on that are neither the contract's nor anybody's."""

    alarm: Alarm
    topics: tuple[str, ...]


def alarms_of(outputs: StackOutputs) -> tuple[Alarm, ...]:
    """Every alarm of the contract."""
    return outputs.alarms


def _records(look: Look, region: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What CloudWatch has of the contract's alarms in a region, by type and name."""
    names = [alarm.name for alarm in look.outputs.alarms if alarm.region == region]
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for start in range(0, len(names), _NAMES_PER_CALL):
        asked: dict[str, Any] = {
            "AlarmNames": names[start : start + _NAMES_PER_CALL],
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],  # otherwise composites are left out
            "MaxRecords": _NAMES_PER_CALL,
        }
        while True:
            page = look.read(regional("cloudwatch", region, look.home), "DescribeAlarms", **asked)
            found |= {("metric", one["AlarmName"]): one for one in page["MetricAlarms"]}
            found |= {("composite", one["AlarmName"]): one for one in page["CompositeAlarms"]}
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
    return found


def _children(records: Mapping[tuple[str, str], Mapping[str, Any]]) -> frozenset[str]:
    """The alarms that composites ask for; a rule names them by name or by ARN."""
    rules = (parse_rule(record["AlarmRule"]) for (kind, _), record in records.items() if kind == "composite")
    return frozenset(named.rpartition(":alarm:")[2] for rule in rules for named in children(rule))


def see_alarm(look: Look, alarm: Alarm) -> AlarmSeen | None:
    """Look at an alarm; None where CloudWatch does not have it."""
    records = look.once(f"alarms in {alarm.region}", lambda: _records(look, alarm.region))
    record = records.get((alarm.type, alarm.name))
    if record is None:
        return None
    asked_for = look.once(f"children in {alarm.region}", lambda: _children(records))
    return AlarmSeen(
        alarm=alarm,
        actions_enabled=record.get("ActionsEnabled", True),
        actions=tuple(record.get("AlarmActions", ())),
        ok_actions=tuple(record.get("OKActions", ())),
        in_composite=alarm.name in asked_for,
        threshold=record.get("Threshold"),
        state=record["StateValue"],
        since=record.get("StateTransitionedTimestamp") or record["StateUpdatedTimestamp"],
        evaluated_seconds=_evaluated_seconds(record),
        series=tuple(_series(record)),
        settings=settings_of(record),
    )


def _see_topics(look: Look, alarm: Alarm) -> _Astray | None:
    seen = see_alarm(look, alarm)
    if seen is None:
        return None
    ours = {topic.arn for topic in topics_of(look.outputs)}
    others = [arn for arn in dict.fromkeys((*seen.actions, *seen.ok_actions)) if arn not in ours]
    return _Astray(alarm, tuple(arn for arn in others if _is_gone(look, arn)))


@dataclass(frozen=True, slots=True)
class _Deployed:
    """An alarm, and how it was deployed.

    Attributes:
        seen: As CloudWatch has it.
        deployed: As it was deployed, with ARNs in the place of tiers; None: the contract does not say.
    """

    seen: AlarmSeen
    deployed: AlarmSettings | None


def _see_deployed(look: Look, alarm: Alarm) -> _Deployed | None:
    seen = see_alarm(look, alarm)
    if seen is None:
        return None
    told = alarm.deployed
    if told is None:
        return _Deployed(seen, None)
    arns = {"actions": _arns(look, alarm, told.actions), "ok_actions": _arns(look, alarm, told.ok_actions)}
    mute = not seen.actions and not seen.in_composite
    astray = _see_topics(look, alarm)
    if mute or (astray is not None and astray.topics):  # which other checks tell
        arns = {"actions": seen.actions, "ok_actions": seen.ok_actions}
    return _Deployed(seen, told.model_copy(update=arns))


def _arns(look: Look, alarm: Alarm, actions: Iterable[str]) -> tuple[str, ...]:
    """Actions by ARN: a tier is its topic where the alarm is."""
    topics = look.outputs.topics
    return tuple(topics.get(one, {}).get(alarm.region, one) for one in actions)


def _evaluated_seconds(record: Mapping[str, Any]) -> int:
    stats = [one["MetricStat"]["Period"] for one in record.get("Metrics", ()) if "MetricStat" in one]
    periods = [record.get("Period", 0), *(one.get("Period", 0) for one in record.get("Metrics", ())), *stats]
    return int(max(periods)) * int(record.get("EvaluationPeriods", 0))


def _series(record: Mapping[str, Any]) -> Iterator[Series]:
    metrics = [record] if record.get("MetricName") else []
    metrics += [one["MetricStat"]["Metric"] for one in record.get("Metrics", ()) if "MetricStat" in one]
    for one in metrics:
        dimensions = tuple((pair["Name"], pair["Value"]) for pair in one.get("Dimensions", ()))
        yield one["Namespace"], one["MetricName"], dimensions


_GONE: Final = frozenset({"NotFound"})


def _is_gone(look: Look, arn: str) -> bool:
    """Whether an action leads to a topic that is not there; actions that are no topics are not looked for."""
    if ":sns:" not in arn:
        return False
    port = regional("sns", arn.split(":")[3], look.home)
    return look.unless_gone(_GONE, lambda: look.read(port, "GetTopicAttributes", TopicArn=arn)) is None


@dataclass(frozen=True, slots=True)
class _Promised:
    """An alarm of the contract, and what CloudWatch has of it."""

    alarm: Alarm
    seen: AlarmSeen | None


def _look_for(look: Look, alarm: Alarm) -> _Promised:
    return _Promised(alarm, see_alarm(look, alarm))


def _missing(promised: _Promised, _: datetime) -> Iterator[Fault]:
    if promised.seen is None:
        yield Fault(promised.alarm.name, f"the {promised.alarm.type} alarm is not in AWS: {promised.alarm.title}")


def _off(seen: AlarmSeen, _: datetime) -> Iterator[Fault]:
    if not seen.actions_enabled:
        yield Fault(seen.alarm.name, f"its actions are switched off: {seen.alarm.title}")


def _mute(seen: AlarmSeen, _: datetime) -> Iterator[Fault]:
    if not seen.actions and not seen.in_composite:
        yield Fault(seen.alarm.name, f"it tells nobody, and no composite does: {seen.alarm.title}")


def _astray(seen: _Astray, _: datetime) -> Iterator[Fault]:
    for arn in seen.topics:
        yield Fault(seen.alarm.name, f"it acts on {arn.rpartition(':')[2]}, a topic that is not there")


def _changed(of: _Deployed, _: datetime) -> Iterator[Fault]:
    """One for each alarm, which names all that differs."""
    seen, promised = of.seen, of.seen.alarm.threshold
    differ = []
    if promised is not None and promised != seen.threshold:
        now = "none" if seen.threshold is None else f"{seen.threshold:g}"
        differ.append(f"its threshold is {now}, and was {promised:g}")
    if of.deployed is not None:
        differ += differences(seen.settings, of.deployed)
    if differ:
        yield Fault(seen.alarm.name, f"it is not as it was deployed: {'; '.join(differ)}")


def _waiting(seen: AlarmSeen, now: datetime) -> Iterator[Fault]:
    if seen.state != "INSUFFICIENT_DATA" or seen.alarm.requires:
        return  # what it requires is another check's matter
    waited = now - seen.since
    if waited > max(_NOT_YET, timedelta(seconds=_PERIODS * seen.evaluated_seconds)):
        hours = int(waited.total_seconds() // 3600)
        yield Fault(seen.alarm.name, f"it has had no data for {hours} hours: {seen.alarm.title}")


def _name(alarm: Alarm) -> str:
    return alarm.name


_UP: Final = "`pulumi refresh`, then `pulumi up`"

CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="alarm-there",
        group="Alarms",
        level="critical",
        looks_at="every alarm of the contract is in AWS",
        why="what it watches can break unseen",
        next_step=f"{_UP}: it is created again",
        subjects=alarms_of,
        read=_look_for,
        judge=_missing,
        on=_name,
    ),
    Check(
        id="alarm-acts",
        group="Alarms",
        level="critical",
        looks_at="the alarms' actions are switched on",
        why="it rings and tells nobody",
        next_step="aws cloudwatch enable-alarm-actions --alarm-names {on}",
        subjects=alarms_of,
        read=see_alarm,
        judge=_off,
        on=_name,
    ),
    Check(
        id="alarm-tells",
        group="Alarms",
        level="critical",
        looks_at="every alarm acts on a topic, or a composite asks for it",
        why="it rings and tells nobody",
        next_step=_UP,
        subjects=alarms_of,
        read=see_alarm,
        judge=_mute,
        on=_name,
    ),
    Check(
        id="alarm-topic",
        group="Alarms",
        level="critical",
        looks_at="the topics on which alarms act are there",
        why="its message goes nowhere",
        next_step=_UP,
        subjects=alarms_of,
        read=_see_topics,
        judge=_astray,
        on=_name,
    ),
    Check(
        id="alarm-as-deployed",
        group="Alarms",
        level="warning",
        looks_at="the alarms are as they were deployed: threshold, period, M of N, missing data, metrics, actions",
        why="somebody changed it by hand: it rings at another time than you think, or never",
        next_step=f"{_UP}; or write what it should be into the stack's file",
        subjects=alarms_of,
        read=_see_deployed,
        judge=_changed,
        on=_name,
    ),
    Check(
        id="alarm-fed",
        group="Alarms",
        level="warning",
        looks_at="no alarm has been without data for hours",
        why="an alarm without data never rings",
        next_step="does what it watches still have that name? correct the stack's file, then `pulumi up`",
        subjects=alarms_of,
        read=see_alarm,
        judge=_waiting,
        on=_name,
    ),
)
"""What is checked of alarms."""
