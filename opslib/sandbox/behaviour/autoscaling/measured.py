"""What an alarm's metric was last: the number that target tracking scales by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from opslib.errors import BadRequest
from opslib.sandbox.behaviour.autoscaling.activities import Occasion
from opslib.sandbox.behaviour.metrics.watch import watch_of
from opslib.sandbox.behaviour.metrics.world import world_of

__all__ = ["newest_value"]

ONE_MORE = 1  # CloudWatch's newest point may not have come yet when the alarm acts: look one period further back


def newest_value(here: Occasion, alarm: Any) -> float | None:
    """The newest point among those that the alarm looks at; None when there is none.

    Args:
        here: Where and when.
        alarm: It, as moto keeps it.
    """
    watch = watch_of(world_of(here.account), (here.account.account_id, here.region, alarm.name), alarm)
    queries, settings = watch.queries, watch.settings
    if queries is None or settings is None:
        return None
    period, count = settings.period_seconds, settings.evaluation_periods + ONE_MORE
    end = (here.at.replace(second=0, microsecond=0) + timedelta(minutes=1)).timestamp()
    start = (end - count * period) // period * period
    try:
        results = queries.results(watch.target, start=start, period_seconds=period, count=count + ONE_MORE)
    except BadRequest:  # an expression that only the data show to be impossible
        return None
    return next((point for points in results for point in reversed(points) if point is not None), None)
