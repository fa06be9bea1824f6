"""The alarms of one workload, and those of the stack as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

from infra.components.alerting import RECOVERY
from infra.kinds import KINDS
from infra.kinds.watch import Subject, Watched, watch
from infra.profiles import PROFILES, QUANTITIES, bands, fault
from opslib.errors import BadRequest
from opslib.monitoring import Alarm, Band, CompositeAlarm, Expression, Insights, Metric, Ref
from opslib.monitoring.metric import anomaly_band
from opslib.monitoring.widget import Bind

__all__ = [
    "BAND",
    "WATCHED",
    "StackAlarms",
    "StackAlarmsArgs",
    "WorkloadAlarms",
    "WorkloadAlarmsArgs",
    "acts_on",
    "band_of",
]

BAND = "band"
"""The id of the band in an anomaly alarm."""

WATCHED = "watched"
"""The id of what an alarm is about, where it looks at more than one metric."""


class WorkloadAlarmsArgs(TypedDict):
    """One workload, and where its alarms speak."""

    kind: str
    """A kind of the registry, such as `ecs_service`."""
    key: str
    """The workload's name; part of every alarm's name."""
    prefix: str
    """What every name starts with."""
    identifiers: Mapping[str, pulumi.Input[str]]
    """What the dimensions of its metrics are set to; may be outputs of what a program has just created."""
    topics: Mapping[str, pulumi.Input[str]]
    """Topic ARN by tier, `recovery` included."""
    instances: NotRequired[Mapping[str, Sequence[str]]]
    """Its instances by kind of instance, such as `{"member": ["001", "002"]}`."""
    numbers: NotRequired[Mapping[str, float | str]]
    """The settings that metric math needs."""
    traits: NotRequired[Sequence[str]]
    """What it has besides its identifiers, such as `stream`."""
    profile: NotRequired[str]
    """The profile of thresholds; `baseline` where none is given."""
    thresholds: NotRequired[Mapping[str, Mapping[str, float | None]]]
    """Bands that differ from the profile's: `{"cpuPercent": {"warning": 60, "critical": 80}}`."""
    pages: NotRequired[bool]
    """Whether it may wake somebody; a standby may not."""
    together: NotRequired[str]
    """Key of the outage that pages for it and what fails with it; unless given it pages for itself."""
    region: NotRequired[str]
    """Where its metrics are, if not where the provider is; then `topics` are there too."""
    runbooks: NotRequired[str]
    """The address or path under which the runbooks' pages stand."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every alarm."""


class WorkloadAlarms(pulumi.ComponentResource):
    """Everything that a kind's table says of one workload, as alarms in AWS.

    Attributes:
        watched: The model: alarms, composites, graphs.
        identifiers: As given, for dashboards.
        arns: Alarm ARN by alarm name, composites included.
        composites: The created composites by name, for those above them.
    """

    watched: Watched
    identifiers: Mapping[str, pulumi.Input[str]]
    arns: dict[str, pulumi.Output[str]]
    composites: dict[str, cloudwatch.CompositeAlarm]

    def __init__(self, name: str, args: WorkloadAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:WorkloadAlarms", name, None, opts)
        self.identifiers = args["identifiers"]
        if args["kind"] not in KINDS:
            raise BadRequest(f"workload {args['key']}: there is no kind {args['kind']}; there are {', '.join(KINDS)}")
        self.watched = watch(KINDS[args["kind"]], _subject(args))
        speaking = _Speaking(args["topics"], args.get("tags", {}), self)
        made = {
            alarm.name: speaking.metric_alarm(f"{name}-{alarm.key}", alarm, self.bind) for alarm in self.watched.alarms
        }
        self.composites = {
            composite.name: speaking.composite_alarm(f"{name}-{composite.key}", composite, made)
            for composite in self.watched.composites
        }
        self.arns = {
            **{key: alarm.arn for key, alarm in made.items()},
            **{key: alarm.arn for key, alarm in self.composites.items()},
        }
        self.register_outputs({})

    def bind(self, ref: Ref) -> pulumi.Input[str]:
        """What an identifier of this workload is set to.

        Raises:
            BadRequest: it was not given.
        """
        if ref.field not in self.identifiers:
            kind = self.watched.kind.name
            raise BadRequest(f"workload {ref.workload}: kind {kind} needs the identifier {ref.field}", "give it")
        return self.identifiers[ref.field]


class StackAlarmsArgs(TypedDict):
    """Composites over the workloads' composites."""

    composites: Sequence[CompositeAlarm]
    """What to create."""
    alarms: NotRequired[Sequence[Alarm]]
    """The metric alarms of the stack itself; their identifiers are those of the workloads."""
    workloads: Sequence[WorkloadAlarms]
    """Whose composites they speak of."""
    topics: Mapping[str, pulumi.Input[str]]
    """Topic ARN by tier, `recovery` included."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every alarm."""


class StackAlarms(pulumi.ComponentResource):
    """The alarms of the stack as a whole.

    Attributes:
        composites: The model.
        arns: Alarm ARN by alarm name.
    """

    composites: Sequence[CompositeAlarm]
    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StackAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:StackAlarms", name, None, opts)
        self.composites = args["composites"]
        below = {key: alarm for workload in args["workloads"] for key, alarm in workload.composites.items()}
        speaking = _Speaking(args["topics"], args.get("tags", {}), self)
        made: dict[str, cloudwatch.CompositeAlarm] = {}
        for alarm in self.composites:  # those below others come before them
            made[alarm.name] = speaking.composite_alarm(f"{name}-{alarm.key}", alarm, {**below, **made})
        self.arns = {key: alarm.arn for key, alarm in made.items()}
        of = {workload.watched.subject.key: workload for workload in args["workloads"]}
        for own in args.get("alarms", ()):
            created = speaking.metric_alarm(f"{name}-{own.key}", own, lambda ref: of[ref.workload].bind(ref))
            self.arns[own.name] = created.arn
        self.register_outputs({})


def _subject(args: WorkloadAlarmsArgs) -> Subject:
    instances = {kind: tuple(names) for kind, names in args.get("instances", {}).items()}
    overrides = {quantity: _band(args["key"], quantity, w) for quantity, w in args.get("thresholds", {}).items()}
    profile = args.get("profile", "baseline")
    if profile not in PROFILES:
        raise BadRequest(f"workload {args['key']}: there is no profile {profile}; there are {', '.join(PROFILES)}")
    return Subject(
        key=args["key"],
        prefix=args["prefix"],
        bands=bands(profile, overrides),
        traits=frozenset({*args["identifiers"], *args.get("traits", ()), *(k for k, v in instances.items() if v)}),
        instances=instances,
        numbers=args.get("numbers", {}),
        pages=args.get("pages", True),
        together=args.get("together", ""),
        region=args.get("region"),
        runbooks=args.get("runbooks", ""),
    )


def _band(workload: str, quantity: str, written: Mapping[str, float | None]) -> Band:
    if quantity not in QUANTITIES:
        raise BadRequest(f"workload {workload}: {quantity} is no quantity; there are {', '.join(QUANTITIES)}")
    severities = [field.name for field in fields(Band)]
    for severity in written:
        if severity not in severities:
            what = f"workload {workload}: {quantity}: {severity} is no severity"
            raise BadRequest(f"{what}; there are {', '.join(severities)}")
    band = Band(**written)
    problem = fault(quantity, band)
    if problem:
        raise BadRequest(f"workload {workload}: {quantity}: {problem}")
    return band


@dataclass(frozen=True, slots=True)
class _Speaking:
    """What the alarms of one component share: where they speak, their tags, and whose they are."""

    topics: Mapping[str, pulumi.Input[str]]
    tags: Mapping[str, str]
    parent: pulumi.Resource

    def metric_alarm(self, name: str, alarm: Alarm, bind: Bind) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            name,
            name=alarm.name,
            alarm_description=alarm.description,
            comparison_operator=alarm.comparison,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
            treat_missing_data=alarm.missing_data,
            evaluate_low_sample_count_percentiles=alarm.low_samples if _is_percentile(alarm) else None,
            tags=self.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
            **_watched(alarm, bind),
            **_warm_up(alarm),
            **_elsewhere(alarm),
            **self._actions(alarm.tier, alarm.actions),
        )

    def composite_alarm(
        self, name: str, alarm: CompositeAlarm, children: Mapping[str, pulumi.Resource]
    ) -> cloudwatch.CompositeAlarm:
        return cloudwatch.CompositeAlarm(
            name,
            alarm_name=alarm.name,
            alarm_description=alarm.description,
            alarm_rule=alarm.expression,
            tags=self.tags,
            # AWS refuses a rule that names an alarm which does not exist yet.
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[children[child] for child in alarm.children]),
            **_elsewhere(alarm),
            **self._actions(alarm.tier, alarm.actions),
        )

    def _actions(self, tier: str | None, further: tuple[str, ...]) -> dict[str, Any]:
        if tier is None:
            return {"alarm_actions": list(further)} if further else {}
        rings, recovers = acts_on(tier)
        return {
            "alarm_actions": [*(self.topics[one] for one in rings), *further],
            "ok_actions": [self.topics[one] for one in recovers],
        }


def acts_on(tier: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """On which tiers an alarm acts when it rings, and when it is well again.

    It acts on its tier's topic; OK goes there too, for a pager resolves only where it was called. On the tier `info`,
    which nothing filters, OK goes to the topic of recoveries alone: no pager listens to it, and a first deploy would
    send a message for each alarm.

    Args:
        tier: Its tier; None: it acts through its composite.
    """
    if tier is None:
        return (), ()
    return (tier,), ((RECOVERY,) if tier == "info" else (tier, RECOVERY))


def _is_percentile(alarm: Alarm) -> bool:
    return isinstance(alarm.series, Metric) and alarm.deviations is None and alarm.series.statistic.startswith("p")


def _watched(alarm: Alarm, bind: Bind) -> dict[str, Any]:
    """What an alarm watches, and against what."""
    series = alarm.series
    if alarm.threshold is None:
        return {"metric_queries": _banded(alarm, bind), "threshold_metric_id": BAND}
    threshold = {"threshold": float(alarm.threshold)}
    if isinstance(series, Metric):
        return {**_single(series, bind), **threshold}
    return {"metric_queries": _queries(series, bind), **threshold}


def _warm_up(alarm: Alarm) -> dict[str, Any]:
    if alarm.warm_up_minutes is None:
        return {}
    return {"warm_up_configuration": {"warm_up_period_duration_in_minutes": alarm.warm_up_minutes}}


def _elsewhere(alarm: Alarm | CompositeAlarm) -> dict[str, Any]:
    return {} if alarm.region is None else {"region": alarm.region}


def _single(metric: Metric, bind: Bind) -> dict[str, Any]:
    statistic = {"extended_statistic" if metric.statistic.startswith("p") else "statistic": metric.statistic}
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": _dimensions(metric, bind),
        "period": metric.period_seconds,
        **statistic,
    }


def _queries(math: Expression | Insights, bind: Bind) -> list[dict[str, Any]]:
    watched = {"id": WATCHED, "label": math.label, "return_data": True}
    if isinstance(math, Insights):
        return [{**watched, "expression": math.sql, "period": math.period_seconds}]
    inputs = [_query(key, metric, bind, return_data=False) for key, metric in math.inputs]
    return [{**watched, "expression": math.expression}, *inputs]


def _banded(alarm: Alarm, bind: Bind) -> list[dict[str, Any]]:
    """A metric and the band in which CloudWatch expects it."""
    if not isinstance(alarm.series, Metric):
        raise TypeError(f"alarm {alarm.name}: an anomaly model is of one metric")
    band = {"id": BAND, "expression": band_of(alarm)}
    band_query = {**band, "label": f"{alarm.series.label}, expected", "return_data": True}
    return [band_query, _query(WATCHED, alarm.series, bind, return_data=True)]


def band_of(alarm: Alarm) -> str:
    """The expression of an anomaly alarm's band."""
    assert alarm.deviations is not None  # noqa: S101  only an anomaly alarm has a band
    return anomaly_band(WATCHED, alarm.deviations)


def _query(key: str, metric: Metric, bind: Bind, *, return_data: bool) -> dict[str, Any]:
    return {
        "id": key,
        "return_data": return_data,
        "metric": {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": _dimensions(metric, bind),
            "period": metric.period_seconds,
            "stat": metric.statistic,
        },
    }


def _dimensions(metric: Metric, bind: Bind) -> dict[str, pulumi.Input[str]]:
    return {name: bind(value) if isinstance(value, Ref) else value for name, value in metric.dimensions}
