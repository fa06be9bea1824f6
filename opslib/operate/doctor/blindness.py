"""Blind alarms: what their metrics require is a setting of somebody else's resource, and it is not there.

Most of them treat missing data as well: a blind alarm says OK for ever. So what is looked at is not the alarm's state
but the setting itself where AWS shows it, and else whether the metric has been published in the last two weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.contract import Alarm, Database, StackOutputs
from opslib.monitoring import Requirement
from opslib.operate.doctor.alarms import AlarmSeen, Series, see_alarm
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS", "SETTINGS"]

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Required:
    """A requirement, and the alarms of a workload that have it."""

    requirement: Requirement
    workload: str
    alarms: tuple[Alarm, ...]

    def __str__(self) -> str:
        return self.workload


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether a requirement is met, for one resource.

    Attributes:
        required: The requirement, and whose it is.
        on: The resource whose setting it is, or the workload whose metrics are not published.
        lacks: What it lacks, in a clause; empty: nothing.
        blind: The alarms that are blind for it.
    """

    required: Required
    on: str
    lacks: str
    blind: tuple[str, ...]


Setting = Callable[[Look, str], bool | None]
"""Whether a resource has a setting; None where there is no such resource."""


def _insights(*values: str) -> Setting:
    def see(look: Look, cluster: str) -> bool | None:
        found = look.read("ecs", "DescribeClusters", clusters=[cluster], include=["SETTINGS"])["clusters"]
        if not found:
            return None
        settings = {one["name"]: one["value"] for one in found[0].get("settings", ())}
        return settings.get("containerInsights") in values

    return see


_NO_INSTANCE: Final = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})


def _of_instance(holds: Callable[[Mapping[str, Any]], bool]) -> Setting:
    def see(look: Look, instance: str) -> bool | None:
        found = look.unless_gone(
            _NO_INSTANCE, lambda: look.read("rds", "DescribeDBInstances", DBInstanceIdentifier=instance)
        )
        return holds(found["DBInstances"][0]) if found else None

    return see


def _detailed(look: Look, instance: str) -> bool | None:
    found = look.unless_gone(
        frozenset({"InvalidInstanceID.NotFound"}), lambda: look.read("ec2", "DescribeInstances", InstanceIds=[instance])
    )
    instances = [one for group in (found or {}).get("Reservations", ()) for one in group["Instances"]]
    return instances[0].get("Monitoring", {}).get("State") in ("enabled", "pending") if instances else None


def _group_metrics(look: Look, group: str) -> bool | None:
    found = look.read("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[group])["AutoScalingGroups"]
    return bool(found[0].get("EnabledMetrics")) if found else None


def _rule_with_target(look: Look, rule: str) -> bool | None:
    found = look.unless_gone(
        frozenset({"ResourceNotFoundException"}), lambda: look.read("events", "DescribeRule", Name=rule)
    )
    if found is None or found.get("State") == "DISABLED":
        return False
    return bool(look.read("events", "ListTargetsByRule", Rule=rule)["Targets"])


@dataclass(frozen=True, slots=True)
class Means:
    """How a requirement is looked for.

    Attributes:
        dimension: The dimension of the alarm's metric that names the resource.
        see: Whether that has the setting.
        lacks: What is the matter where it has not.
        next_step: What to do; ``{on}`` is the resource.
    """

    dimension: str
    see: Setting
    lacks: str
    next_step: str


_CLUSTER: Final = "aws ecs update-cluster-settings --cluster {on} --settings name=containerInsights,value="

SETTINGS: Final[Mapping[Requirement, Means]] = {
    Requirement.CONTAINER_INSIGHTS: Means(
        "ClusterName", _insights("enabled", "enhanced"), "Container Insights is off", f"{_CLUSTER}enabled"
    ),
    Requirement.CONTAINER_INSIGHTS_ENHANCED: Means(
        "ClusterName",
        _insights("enhanced"),
        "Container Insights is not enhanced",
        f"{_CLUSTER}enhanced",
    ),
    Requirement.PERFORMANCE_INSIGHTS: Means(
        "DBInstanceIdentifier",
        _of_instance(lambda found: bool(found.get("PerformanceInsightsEnabled"))),
        "Performance (Database) Insights is off",
        "aws rds modify-db-instance --db-instance-identifier {on} --enable-performance-insights --apply-immediately",
    ),
    Requirement.SLOW_QUERY_LOG: Means(
        "DBInstanceIdentifier",
        _of_instance(lambda found: "postgresql" in found.get("EnabledCloudwatchLogsExports", ())),
        "PostgreSQL's log is not exported",
        "aws rds modify-db-instance --db-instance-identifier {on}"
        ' --cloudwatch-logs-export-configuration \'{"EnableLogTypes":["postgresql"]}\'',
    ),
    Requirement.BURST_BALANCE: Means(
        "DBInstanceIdentifier",
        _of_instance(lambda found: found.get("StorageType") == "gp2"),
        "its storage is not gp2, and has no burst balance",
        "leave the alarm out: say storageType in the stack's file",
    ),
    Requirement.BURSTABLE_CLASS: Means(
        "DBInstanceIdentifier",
        _of_instance(lambda found: str(found.get("DBInstanceClass", "")).startswith("db.t")),
        "its class is not of the t family, and has no CPU credits",
        "leave the alarm out: say the instance's class in the stack's file",
    ),
    Requirement.DETAILED_MONITORING: Means(
        "InstanceId",
        _detailed,
        "detailed monitoring is off: there is a point every five minutes",
        "aws ec2 monitor-instances --instance-ids {on}",
    ),
    Requirement.GROUP_METRICS: Means(
        "AutoScalingGroupName",
        _group_metrics,
        "group metrics collection is off",
        "aws autoscaling enable-metrics-collection --auto-scaling-group-name {on} --granularity 1Minute",
    ),
    Requirement.EVENT_RULE: Means(
        "RuleName",
        _rule_with_target,
        "the rule is not there, is disabled, or has no target",
        "create the rule, with a target: a rule without one counts nothing",
    ),
}
"""The requirements whose setting AWS shows. Whether any other is met, only the metric itself can say."""

_PUBLISHED: Final[Mapping[Requirement, str]] = {
    Requirement.CLOUDWATCH_AGENT: "start the CloudWatch agent there; its dimensions must be those of the alarm",
    Requirement.BILLING_ALERTS: "switch billing alerts on, in the account's billing preferences",
    Requirement.EMITTER: "does the application write its metrics, and does its log reach CloudWatch Logs?",
    Requirement.EBS_CREDITS: "its class may have no credits: leave the alarm out",
    Requirement.EBS_VOLUME: "attach the volume, or leave the alarm out",
    Requirement.GEO_RULE: "give the web ACL a rule that labels requests by country",
    Requirement.ADDITIONAL_METRICS: "switch the distribution's additional metrics on",
    Requirement.PROVISIONED_CONCURRENCY: "give the alias provisioned concurrency, or leave the alarm out",
}
"""What to do where a metric was never published."""

_ONLY_WHEN_IT_HAPPENS: Final = frozenset({Requirement.TRAIL, Requirement.FLOW_LOG_FILTER})
"""What log filters count is published when a line matches: that nothing was yet says nothing."""

_ELSE: Final = "switch on what publishes it, or leave the alarm out"


def _required(outputs: StackOutputs) -> Iterator[Required]:
    known = {one.value: one for one in Requirement}
    by_workload: dict[tuple[Requirement, str], list[Alarm]] = {}
    for alarm in outputs.alarms:
        if alarm.requires in known:
            by_workload.setdefault((known[alarm.requires], alarm.workload), []).append(alarm)
    return (Required(one, workload, tuple(alarms)) for (one, workload), alarms in by_workload.items())


def _see(look: Look, required: Required) -> tuple[Sight, ...] | None:
    if required.requirement in _ONLY_WHEN_IT_HAPPENS:
        return None
    alarms = [seen for seen in (see_alarm(look, alarm) for alarm in required.alarms) if seen is not None]
    means = SETTINGS.get(required.requirement)
    if means is not None:
        return tuple(_see_settings(look, required, means, alarms)) or None
    return (_see_metrics(look, required, alarms),) if alarms else None


def _see_settings(look: Look, required: Required, means: Means, alarms: list[AlarmSeen]) -> Iterator[Sight]:
    named = {
        value
        for seen in alarms
        for _, _, dimensions in seen.series
        for name, value in dimensions
        if name == means.dimension
    }
    if not named:
        # A metric that names the resource by another id, or not at all: the contract knows whose it is.
        record = look.outputs.workloads().get(required.workload, ("", None))[1]
        named = {record.instance} if isinstance(record, Database) else set()
    for on in sorted(named):
        met = means.see(look, on)
        if met is not None:
            yield Sight(required, on, "" if met else means.lacks, tuple(seen.alarm.name for seen in alarms))


def _see_metrics(look: Look, required: Required, alarms: list[AlarmSeen]) -> Sight:
    lacking: dict[str, list[str]] = {}
    for seen in alarms:
        for series in seen.series:
            if not _is_published(look, seen.alarm.region, series):
                lacking.setdefault(" ".join(series[:2]), []).append(seen.alarm.name)
    blind = tuple(dict.fromkeys(name for names in lacking.values() for name in names))
    lacks = f"in the last two weeks nobody published {_some(tuple(lacking))}" if lacking else ""
    return Sight(required, required.workload, lacks, blind)


def _is_published(look: Look, region: str, series: Series) -> bool:
    namespace, name, dimensions = series
    listed = look.pages(
        regional("cloudwatch", region, look.home),
        "ListMetrics",
        "Metrics",
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions],
    )
    # Exactly these dimensions: one with more of them is another metric.
    wanted = set(dimensions)
    return any({(pair["Name"], pair["Value"]) for pair in one["Dimensions"]} == wanted for one in listed)


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _blind(sights: tuple[Sight, ...], _: datetime) -> Iterator[Fault]:
    for sight in sights:
        if sight.lacks:
            are = "is" if len(sight.blind) == 1 else "are"
            means = SETTINGS.get(sight.required.requirement)
            next_step = means.next_step if means else _PUBLISHED.get(sight.required.requirement, _ELSE)
            yield Fault(sight.on, f"{sight.lacks}: {_some(sight.blind)} {are} blind", next_step)


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="alarm-sees",
        group="Alarms",
        level="warning",
        looks_at="what alarms require is there: Container Insights, log exports, agents, detailed monitoring …",
        why="an alarm without its metric says OK for ever",
        next_step="switch it on, or leave the alarm out",
        subjects=_required,
        read=_see,
        judge=_blind,
    ),
)
"""What is checked of what alarms require."""
