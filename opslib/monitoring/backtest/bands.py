"""The anomaly band of an alarm over a history, from the evaluator's approximate model.

CloudWatch trains on up to two weeks and keeps training. Here a model is trained for each week that is replayed, on the
two weeks before it (assumed: AWS does not say how often).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from opslib.errors import BadRequest
from opslib.monitoring.backtest.grid import Grid, pooled
from opslib.monitoring.backtest.history import Column, Floats
from opslib.monitoring.backtest.plain import listed
from opslib.monitoring.evaluate import train

__all__ = ["band_of"]

WEEK_SECONDS: Final = 604_800
TRAINING_SECONDS: Final = 2 * WEEK_SECONDS
_HOUR: Final = 3_600
_HOURS_PER_WEEK: Final = 168


def band_of(column: Column, counts: Column | None, grid: Grid, width: float) -> tuple[Floats, Floats]:
    """The lower and upper edge at each point of a grid; NaN where there was nothing to learn from yet.

    Args:
        column: The history.
        counts: The SampleCount of the same metric in the same step.
        grid: When the alarm is evaluated.
        width: Half the height of the band, in standard deviations.
    """
    lower, upper = np.full(grid.length, np.nan), np.full(grid.length, np.nan)
    starts = grid.start + grid.tick_seconds * np.arange(grid.length, dtype=np.int64)
    begins = grid.first
    places = np.arange(grid.length)
    while begins <= grid.end:
        before = Grid(
            begins - TRAINING_SECONDS, TRAINING_SECONDS // grid.tick_seconds, grid.tick_seconds, grid.period_seconds, 1
        )
        try:
            model = train(listed(pooled(column, counts, before)), start=before.start, period_seconds=grid.tick_seconds)
        except BadRequest:  # nothing there to learn from
            begins += WEEK_SECONDS
            continue
        # The week that 1970 began with, hour by hour: a moment's hour of the week is the same in every week.
        edges = np.array(model.bands(start=0, count=_HOURS_PER_WEEK, period_seconds=_HOUR, width=width))
        ends = starts + grid.period_seconds
        of_week = places[(ends >= (begins if begins > grid.first else 0)) & (ends < begins + WEEK_SECONDS)]
        hours = starts[of_week] // _HOUR % _HOURS_PER_WEEK
        lower[of_week], upper[of_week] = edges[hours, 0], edges[hours, 1]
        begins += WEEK_SECONDS
    return lower, upper
