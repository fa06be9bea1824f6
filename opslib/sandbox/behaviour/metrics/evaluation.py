"""The evaluation of alarms as time goes by: metric alarms by their points, then composites by their children.

Alarms that can change are looked at shortly after every full minute, those with a period below a minute every ten
seconds. One whose window was empty at its last evaluation, and still is, is passed over; when all are like that,
nothing is scheduled at all until a sample comes or an alarm is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Verdict, evaluate
from opslib.sandbox.behaviour.metrics.anomaly import train_for
from opslib.sandbox.behaviour.metrics.composites import settle
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.queries import Queries, single
from opslib.sandbox.behaviour.metrics.times import stamp
from opslib.sandbox.behaviour.metrics.transitions import change_state, repeat_actions
from opslib.sandbox.behaviour.metrics.watch import HOUR_SECONDS, MINUTE_SECONDS, Watch, watch_of
from opslib.sandbox.behaviour.metrics.world import World, at_seconds

__all__ = ["evaluate_due", "schedule_next"]

_KEY = "metrics: evaluate alarms"


def schedule_next(world: World, now: datetime, every_seconds: int) -> None:
    """Let alarms be evaluated at the next full minute (or ten seconds), when what is published then has come.

    Args:
        world: Metrics and alarms.
        now: The time.
        every_seconds: 10, 60 or 3,600.
    """
    delay = world.settings.delay_seconds
    boundary = ((now.timestamp() - delay) // every_seconds + 1) * every_seconds
    world.ticking_seconds = every_seconds
    when = datetime.fromtimestamp(boundary + delay, UTC)
    world.account.schedule.at(when, lambda then: evaluate_due(world, then, boundary), key=_KEY)


def evaluate_due(world: World, now: datetime, boundary: float) -> None:
    """Evaluate every alarm that is due and can have changed.

    Args:
        world: Metrics and alarms.
        now: The time of their changes.
        boundary: Until when points count, in seconds since 1970: a full minute, or ten seconds.
    """
    world.ticking_seconds = 0
    if boundary - world.dropped >= HOUR_SECONDS:
        world.drop_old(now)
    next_seconds = 0
    for place, watch in _watches(world):
        if watch.settings is None or (watch.idle and _nothing_to_see(watch, _start(watch, boundary))):
            continue
        watch.idle = False  # there is something to see, if not now then when the alarm is due
        if boundary % watch.every_seconds == 0 and boundary >= watch.not_before:
            _evaluate(world, place, watch, boundary, now)
        if not watch.idle:
            seconds = max(watch.every_seconds, MINUTE_SECONDS) if watch.not_before > boundary else watch.every_seconds
            next_seconds = min(next_seconds or seconds, seconds)
    settle(world, now)
    if next_seconds:
        schedule_next(world, now, next_seconds)


def _watches(world: World) -> Iterator[tuple[Place, Watch]]:
    seen = set()
    for account_id, regions in list(cloudwatch_backends.items()):
        for region, backend in list(regions.items()):
            place = Place(account_id, region)
            for name, alarm in list(backend.alarms.items()):
                key = (account_id, region, name)
                seen.add(key)
                yield place, watch_of(world, key, alarm)
    for key in world.watches.keys() - seen:
        del world.watches[key]


def _end(watch: Watch, boundary: float) -> float:
    """Where the newest period ends: now, or with a wall-clock window where the clocks last began a period."""
    settings, zone = watch.settings, watch.zone
    if settings is None or zone is None:
        return boundary
    offset = datetime.fromtimestamp(boundary, zone).utcoffset() or timedelta(0)
    ahead = offset.total_seconds()
    return (boundary + ahead) // settings.period_seconds * settings.period_seconds - ahead


def _start(watch: Watch, boundary: float) -> float:
    settings = watch.settings
    if settings is None:
        return boundary
    return _end(watch, boundary) - settings.points_considered * settings.period_seconds


def _nothing_to_see(watch: Watch, start: float) -> bool:
    return not watch.timely and watch.newest_sample() < start


def _evaluate(world: World, place: Place, watch: Watch, boundary: float, now: datetime) -> None:
    start, occasion = _start(watch, boundary), Occasion(world, place, watch.alarm, now)
    try:
        verdict = _verdict(world, watch, start, boundary)
    except BadRequest:  # an expression that only the data show to be impossible
        watch.alarm.evaluation_state, watch.idle = "EVALUATION_ERROR", False
        return
    watch.alarm.evaluation_state = None
    warming_up = verdict.because == "warm-up"
    watch.idle = _nothing_to_see(watch, start) and not warming_up
    if verdict.changed:
        change_state(occasion, verdict.state, verdict.reason, _reason_data(watch, verdict, now))
    if repeat_actions(occasion, verdict):
        watch.idle = False


def _verdict(world: World, watch: Watch, start: float, boundary: float) -> Verdict:
    settings, queries, alarm = watch.settings, watch.queries, watch.alarm
    if settings is None or queries is None:
        raise BadRequest(f"alarm {alarm.name} is not evaluated")
    period, count = settings.period_seconds, settings.points_considered
    end = start + count * period
    if watch.band is not None or queries.banded(watch.target):
        train_for(world, queries, (watch.target, watch.band), end)
    points = single(queries.results(watch.target, start=start, period_seconds=period, count=count), watch.target)
    sample_count = None
    if settings.fewest_samples and watch.inputs[0].series is not None:
        newest = end - settings.evaluation_periods * period
        sample_count = watch.inputs[0].series.sample_count(
            start=newest, end=end, period_seconds=period, unit=watch.inputs[0].unit
        )
    return evaluate(
        points,
        settings,
        alarm.state_value,
        band=None if watch.band is None else _band(queries, watch.band, start, period, count),
        sample_count=sample_count,
        age_seconds=boundary - at_seconds(alarm.configuration_updated_timestamp),
        newest_at=datetime.fromtimestamp(end - period, UTC),
    )


def _band(
    queries: Queries, band: str, start: float, period_seconds: int, count: int
) -> list[tuple[float, float] | None]:
    edges = queries.results(band, start=start, period_seconds=period_seconds, count=count)
    if len(edges) != 2:  # noqa: PLR2004  # a band has two edges
        raise BadRequest(f"Error in expression '{band}': it gives no band")
    upper, lower = edges
    return [None if low is None or high is None else (low, high) for high, low in zip(upper, lower, strict=True)]


def _reason_data(watch: Watch, verdict: Verdict, now: datetime) -> str:
    """The evaluator's data with what CloudWatch adds: when it asked, the statistic, and the points it looked at."""
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now), **verdict.reason_data}
    if len(watch.inputs) == 1:
        data["statistic"] = watch.inputs[0].statistic
        if watch.inputs[0].unit is not None:
            data["unit"] = watch.inputs[0].unit
    if verdict.newest_at is not None:
        period = timedelta(seconds=verdict.settings.period_seconds)
        data["evaluatedDatapoints"] = [
            {"timestamp": stamp(verdict.newest_at - period * (point.age - 1)), "value": point.value}
            for point in verdict.deciding
        ]
    return json.dumps(data, separators=(",", ":"))
