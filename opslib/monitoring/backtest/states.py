"""The states of an alarm over all of its evaluations at once.

The rule is that of `opslib.monitoring.evaluate.threshold`; its steps have the same numbers here. A property test holds
the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from opslib.monitoring.backtest.grid import Grid, windowed
from opslib.monitoring.backtest.history import Floats
from opslib.monitoring.backtest.timeline import ALARM, INSUFFICIENT_DATA, OK, Codes
from opslib.monitoring.evaluate import Settings
from opslib.monitoring.evaluate.settings import AnyComparison

__all__ = ["Counted", "counted", "counted_in_windows", "joined", "states"]

Flags = NDArray[np.bool_]
Counts = NDArray[np.int16]
"""Of points: an alarm has at most 10,080 periods (a week of minutes)."""

KEEP: Final = -1
"""In place of a state: the one before."""

_MINUTE: Final = 60

_BREACHES: Final[Mapping[AnyComparison, Callable[[Any, Any, Any], Any]]] = {
    "GreaterThanThreshold": lambda value, _lower, upper: value > upper,
    "GreaterThanOrEqualToThreshold": lambda value, _lower, upper: value >= upper,
    "LessThanThreshold": lambda value, lower, _upper: value < lower,
    "LessThanOrEqualToThreshold": lambda value, lower, _upper: value <= lower,
    "LessThanLowerOrGreaterThanUpperThreshold": lambda value, lower, upper: (value < lower) | (value > upper),
    "LessThanLowerThreshold": lambda value, lower, _upper: value < lower,
    "GreaterThanUpperThreshold": lambda value, _lower, upper: value > upper,
}


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What each evaluation found among its deciding points.

    Attributes:
        there: How many of them there are.
        breaching: How many of them breach.
        oldest: The age of the oldest, in periods; 0 where there is none.
    """

    there: Counts
    breaching: Counts
    oldest: Counts


def counted(points: Floats, grid: Grid, settings: Settings, band: tuple[Floats, Floats] | None = None) -> Counted:
    """The deciding points of each evaluation, step 1, of a series on a grid.

    Args:
        points: The series.
        grid: Its grid.
        settings: The alarm's.
        band: The lower and upper edge at each point; None: a threshold.
    """
    lower, upper = (settings.threshold, settings.threshold) if band is None else band
    there = ~np.isnan(points)
    if band is not None:
        there &= ~np.isnan(band[0])
    breaching = _BREACHES[settings.comparison](points, lower, upper) & there
    size, stride, lead = settings.evaluation_periods, grid.stride, grid.lead
    newest = lead - (size - 1) * stride
    # Evaluations whose newest N points are all there; the others look further back.
    found = Counted(
        windowed(there[newest:].astype(np.int16), size, np.add, stride),
        windowed(breaching[newest:].astype(np.int16), size, np.add, stride),
        np.full(grid.count, size, np.int16),
    )
    places = np.flatnonzero(found.there < size)
    if len(places):
        gaps = _walked(
            lambda age: (there[places + (lead - (age - 1) * stride)], breaching[places + (lead - (age - 1) * stride)]),
            len(places),
            settings,
        )
        found.there[places], found.breaching[places], found.oldest[places] = gaps.there, gaps.breaching, gaps.oldest
    return found


def counted_in_windows(windows: Floats, settings: Settings) -> Counted:
    """The deciding points of each evaluation, where each has a row of points of its own, the newest last."""
    threshold = settings.threshold
    there = ~np.isnan(windows)
    breaching = _BREACHES[settings.comparison](windows, threshold, threshold) & there
    return _walked(lambda age: (there[:, -age], breaching[:, -age]), len(windows), settings)


def joined(parts: Sequence[Counted]) -> Counted:
    """Several stretches as one."""
    return Counted(
        np.concatenate([part.there for part in parts]),
        np.concatenate([part.breaching for part in parts]),
        np.concatenate([part.oldest for part in parts]),
    )


def _walked(at_age: Callable[[int], tuple[Flags, Flags]], count: int, settings: Settings) -> Counted:
    """From the newest point to the oldest that an evaluation looks at, until it has N that are there."""
    found = Counted(*(np.zeros(count, np.int16) for _ in range(3)))
    for age in range(1, settings.points_considered + 1):
        there, breaching = at_age(age)
        takes = there & (found.there < settings.evaluation_periods)
        found.there[takes] += 1
        found.breaching[takes & breaching] += 1
        found.oldest[takes] = age
    return found


def states(found: Counted, settings: Settings, grid: Grid, *, since: int, sample_count: Floats | None = None) -> Codes:
    """The state after each evaluation; before the first, INSUFFICIENT_DATA.

    Args:
        found: The deciding points.
        settings: The alarm's.
        grid: When it is evaluated.
        since: When it was created, in seconds since 1970.
        sample_count: How many samples the newest N periods have together; None: enough.
    """
    codes = _decided(found, settings)
    if sample_count is not None and settings.fewest_samples:
        codes[(sample_count > 0) & (sample_count < settings.fewest_samples)] = KEEP
    if settings.warm_up is not None:
        _hold_back(codes, found, settings, grid.times - since)
    if (codes == KEEP).any():
        latest = np.maximum.accumulate(np.where(codes == KEEP, -1, np.arange(len(codes))))
        codes = np.where(latest < 0, np.int8(INSUFFICIENT_DATA), codes[np.maximum(latest, 0)])
    return codes


def _decided(found: Counted, settings: Settings) -> Codes:
    """Steps 2 to 6, each overwritten by the one before it."""
    needed, size, treatment = settings.datapoints_to_alarm, settings.evaluation_periods, settings.treatment
    alarm = found.breaching >= needed
    full = found.there == size
    if full.all():
        return alarm.astype(np.int8)  # steps 2 and 3
    if treatment == "breaching":
        return (found.breaching + (size - found.there) >= needed).astype(np.int8)  # 4: without gaps it is step 2
    codes = np.zeros(len(alarm), np.int8)
    if treatment in ("missing", "ignore"):
        codes[:] = KEEP if treatment == "ignore" else INSUFFICIENT_DATA
        if treatment == "missing":
            codes[(found.there > 0) & (found.oldest >= needed)] = ALARM
        codes[full | (found.breaching < found.there)] = OK
    codes[alarm] = ALARM
    return codes


def _hold_back(codes: Codes, found: Counted, settings: Settings, age_seconds: NDArray[np.int64]) -> None:
    """The warm-up: one evaluation after the other, for whether it is over depends on the state before."""
    warm_up = settings.warm_up
    if warm_up is None:
        return
    held = int(np.searchsorted(age_seconds, warm_up.duration_minutes * _MINUTE))
    if warm_up.only_start_evaluating_after:
        codes[:held] = INSUFFICIENT_DATA
        return
    full = (found.there[:held] == settings.evaluation_periods).tolist()
    state = INSUFFICIENT_DATA
    for place, code in enumerate(codes[:held].tolist()):
        if state == INSUFFICIENT_DATA and not full[place]:
            pass
        elif code != KEEP:
            state = code
        codes[place] = state
