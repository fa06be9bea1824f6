"""What is known of an alarm's evaluation: its settings and queries, understood once, and when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Settings, WarmUp, fewest_samples
from opslib.sandbox.behaviour.metrics.queries import NotModelled, Queries, Query
from opslib.sandbox.behaviour.metrics.world import AlarmKey, World, at_seconds
from opslib.sandbox.gaps.alarms import describe

__all__ = ["HOUR_SECONDS", "MINUTE_SECONDS", "TEN_SECONDS", "Watch", "watch_of"]

TEN_SECONDS = 10
MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400

ONE = "m1"
"""The id under which an alarm on one metric has it."""


@dataclass(slots=True)
class Watch:
    """An alarm, as its evaluation sees it.

    Attributes:
        key: Account, region and name.
        alarm: moto's record of it; another one means that it was put again.
        settings: How it is evaluated; None: not at all (a composite, or something not modelled).
        queries: What it looks at.
        target: The query whose points decide.
        band: The query that gives the band; None: the alarm has a threshold.
        inputs: The metrics that the target comes down to.
        every_seconds: How often it is evaluated.
        not_before: Before this it is left alone, in seconds since 1970.
        timely: Its result changes with time alone.
        zone: The time zone of its wall-clock window; None: the window slides.
        idle: There was nothing to see at the last evaluation: only a sample, or a change of the alarm, can turn it.
    """

    key: AlarmKey
    alarm: Any
    settings: Settings | None = None
    queries: Queries | None = None
    target: str = ONE
    band: str | None = None
    inputs: tuple[Query, ...] = ()
    every_seconds: int = MINUTE_SECONDS
    not_before: float = 0.0
    timely: bool = False
    zone: ZoneInfo | None = None
    idle: bool = False

    def touched(self, at: float) -> None:
        """The alarm was changed by hand: it is to be evaluated again, not before a moment."""
        self.not_before, self.idle = at, False

    def newest_sample(self) -> float:
        """When the newest minute with a sample of its metrics starts, in seconds since 1970."""
        return max((query.series.newest() for query in self.inputs if query.series is not None), default=float("-inf"))


def watch_of(world: World, key: AlarmKey, alarm: Any) -> Watch:
    """The watch over an alarm; a new one when the alarm was put since."""
    known = world.watches.get(key)
    if known is not None and known.alarm is alarm:
        return known
    watch = world.watches[key] = Watch(key, alarm)
    watch.not_before = at_seconds(alarm.configuration_updated_timestamp) + world.settings.settling_seconds
    if alarm.rule is None:
        try:
            _understand(world, watch, describe(alarm))
        except (BadRequest, NotModelled) as error:
            watch.settings = None
            # Here it cannot be missed: whoever waits for the alarm looks at it.
            alarm.state_reason = f"SandboxNotModelled: this alarm is not evaluated: {error}"
        for query in watch.inputs:
            if query.series is not None:
                query.series.watched = True
        world.fastest_seconds = min(world.fastest_seconds, watch.every_seconds)
    return watch


def _understand(world: World, watch: Watch, described: Mapping[str, Any]) -> None:
    if "EvaluationCriteria" in described:
        raise NotModelled("PromQL alarms")
    account_id, region, _ = watch.key
    queries = Queries.of(_queries(described), world.store, account_id, region)
    watch.queries = queries
    watch.band = described.get("ThresholdMetricId")
    returned = [query.id for query in queries.by_id.values() if query.returned and query.id != watch.band]
    watch.target = returned[0] if returned else ONE
    if watch.band is not None and not returned:  # the band alone is returned: it is held against what it is of
        watch.target = queries.banded(watch.band)[0]
    watch.inputs = queries.inputs(watch.target)
    watch.timely = queries.looks_at_time(watch.target)
    window = described.get("EvaluationWindow", {}).get("WallClockWindow")
    watch.zone = None if window is None else ZoneInfo(window.get("Timezone", "UTC"))
    watch.settings = _settings(world, watch, described)
    watch.every_seconds = _every_seconds(watch.settings)


def _queries(described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An alarm on one metric is one with a single query."""
    if "Metrics" in described:
        return list(described["Metrics"])
    stat = {
        "Metric": described,
        "Stat": described.get("Statistic") or described.get("ExtendedStatistic"),
        "Period": described["Period"],
    }
    if described.get("Unit"):
        stat["Unit"] = described["Unit"]
    return [{"Id": ONE, "MetricStat": stat}]


def _settings(world: World, watch: Watch, described: Mapping[str, Any]) -> Settings:
    periods = described["EvaluationPeriods"]
    queries = watch.queries
    statistic = watch.inputs[0].statistic if watch.inputs else ""
    ignores = described.get("EvaluateLowSampleCountPercentile") == "ignore" and len(watch.inputs) == 1
    warm_up = described.get("WarmUpConfiguration")
    return Settings(
        comparison=described["ComparisonOperator"],
        threshold=None if watch.band is not None else float(described["Threshold"]),
        datapoints_to_alarm=described.get("DatapointsToAlarm") or periods,
        evaluation_periods=periods,
        period_seconds=MINUTE_SECONDS if queries is None else queries.period_of(watch.target),
        missing_data=described.get("TreatMissingData") or "missing",
        evaluation_range=periods + world.settings.evaluation_range_extra,
        dynamodb=any(
            query.series is not None and query.series.id.namespace == "AWS/DynamoDB" for query in watch.inputs
        ),
        fewest_samples=fewest_samples(statistic) if ignores else 0.0,
        warm_up=None
        if warm_up is None
        else WarmUp(
            warm_up["WarmUpPeriodDurationInMinutes"], warm_up.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False)
        ),
    )


def _every_seconds(settings: Settings) -> int:
    """Every minute; every ten seconds with a shorter period; every hour over more than a day (second-hand)."""
    if settings.period_seconds < MINUTE_SECONDS:
        return TEN_SECONDS
    over = timedelta(seconds=settings.period_seconds * settings.evaluation_periods)
    return HOUR_SECONDS if over > timedelta(seconds=DAY_SECONDS) else MINUTE_SECONDS
