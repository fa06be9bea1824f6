"""How CloudWatch decides the state of a metric alarm.

The rule, in the order in which it is tried. It gives every row of both tables of AWS's page "Configuring how CloudWatch
alarms treat missing data", and the rows that were in those tables earlier:

1. Of the evaluation range, the newest N points that exist decide; where there are fewer than N, all that exist do, and
   what lacks to N is *filled*. A hole is never filled while an older real point of the range can stand in for it.
2. At least M of the deciding points breach: ALARM.
3. Nothing is filled: OK.
4. Missing data is `breaching`: the filled points count as breaching, so ALARM if that makes M, else OK. It is
   `notBreaching`: OK.
5. Missing data is `missing` or `ignore`, and one of the deciding points does not breach: OK. Filled points count for
   nothing here, a real point within the threshold counts for good.
6. Otherwise no point of the range is within the threshold, and those that breach are fewer than M (perhaps none).
   `ignore` keeps the state. `missing` gives ALARM if the oldest point that exists is at least M periods old (the newest
   period is 1 period old): the *premature* transition. Else INSUFFICIENT_DATA.

AWS's text would have ``0 - X - -`` with 2 of 3 and `missing` be ALARM, for the oldest *breaching* point is old enough;
the table and an experiment (awsdocs/amazon-cloudwatch-user-guide issue 129) say OK, which is step 5: the oldest point
that exists must be the breaching one. Its text would also have `ignore` transit prematurely; the tables keep the state.

What follows without being written anywhere here: an alarm over one period of a day that treats missing data as
breaching takes three to four days to fire, since real points stand in for missing ones for as long as they are in the
range (`Settings.points_considered`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import reason
from opslib.monitoring.evaluate.settings import AnyComparison, Settings, State

__all__ = ["Because", "Deciding", "Verdict", "evaluate"]

_SECONDS_PER_MINUTE = 60

# Each is given a point and the band; a plain threshold is a band without height.
_BREACHES: Mapping[AnyComparison, Callable[[float, float, float], bool]] = {
    "GreaterThanThreshold": lambda value, _lower, upper: value > upper,
    "GreaterThanOrEqualToThreshold": lambda value, _lower, upper: value >= upper,
    "LessThanThreshold": lambda value, lower, _upper: value < lower,
    "LessThanOrEqualToThreshold": lambda value, lower, _upper: value <= lower,
    "LessThanLowerOrGreaterThanUpperThreshold": lambda value, lower, upper: value < lower or value > upper,
    "LessThanLowerThreshold": lambda value, lower, _upper: value < lower,
    "GreaterThanUpperThreshold": lambda value, _lower, upper: value > upper,
}


class Because(StrEnum):
    """What decided."""

    POINTS = "points"
    """Real points alone: steps 2, 3 and 5 of the rule."""
    FILLED = "filled"
    """Missing points that were treated as breaching or not breaching: step 4."""
    PREMATURE = "premature"
    """Too few points, but the oldest breaches and is old enough: step 6."""
    KEPT = "kept"
    """Too few points, and `ignore`: step 6."""
    INSUFFICIENT = "insufficient"
    """Too few points: step 6."""
    WARM_UP = "warm-up"
    """The alarm is new and still held back."""
    LOW_SAMPLES = "low-samples"
    """The percentile has too few samples to say."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """A real point that had a say.

    Attributes:
        age: In periods; the newest period's is 1.
        value: The point.
        breaching: Whether it breaches.
        lower: What it was held against: the lower edge of the band, or the threshold.
        upper: The upper edge, or the threshold.
    """

    age: int
    value: float
    breaching: bool
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation came to.

    Attributes:
        state: The alarm's state from now on.
        previous: Its state before.
        because: What decided.
        settings: What it was evaluated by.
        deciding: The real points that decided, the newest first.
        filled: How many points lack to N.
        newest_at: When the newest period starts, if the caller said.
    """

    state: State
    previous: State
    because: Because
    settings: Settings
    deciding: tuple[Deciding, ...] = ()
    filled: int = 0
    newest_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """Whether the state is another: only then does an alarm act."""
        return self.state != self.previous

    @property
    def premature(self) -> bool:
        """Whether it is ALARM with fewer than M breaching points."""
        return self.because is Because.PREMATURE

    @property
    def reason(self) -> str:
        """Why, in words like CloudWatch's `StateReason`."""
        return reason.text(self)

    @property
    def reason_data(self) -> dict[str, Any]:
        """Why, like CloudWatch's `StateReasonData`, as far as it is known here; JSON takes it as it is."""
        return reason.data(self)


def evaluate(
    points: Sequence[float | None],
    settings: Settings,
    previous: State = "INSUFFICIENT_DATA",
    *,
    band: Sequence[tuple[float, float] | None] | None = None,
    sample_count: float | None = None,
    age_seconds: float | None = None,
    newest_at: datetime | None = None,
) -> Verdict:
    """Evaluate a metric alarm once, by the rule at the top of this module.

    Args:
        points: One for each period up to now, **the newest last**, None where the period has no data (NaN counts as
            that too). More than the evaluation range's are ignored; those lacking at the front count as missing.
        settings: The alarm's.
        previous: The state it is in.
        band: For the comparisons with a band: lower and upper edge for each point, aligned with `points`. A point
            without a band is missing, for CloudWatch has nothing to hold it against (assumed).
        sample_count: How many samples the newest N periods have together; None: enough. Fewer than
            `settings.fewest_samples` keep the state; none at all is missing data (assumed).
        age_seconds: How long ago the alarm was created or updated; None: long ago. Within its warm-up the alarm is held
            in INSUFFICIENT_DATA, unless the warm-up may end early and there are N real points in the range (AWS says
            "enough data fills its evaluation window", so N is assumed) or it has ended before, which `previous` tells.
        newest_at: When the newest period starts, for the words.

    Raises:
        BadRequest: A band is needed and was not given, is not wanted, or is not as long as the points.
    """
    deciding = _deciding(points, settings, band)
    filled = settings.evaluation_periods - len(deciding)
    state: State
    if _held_back(settings, previous, age_seconds, filled):
        state, because = "INSUFFICIENT_DATA", Because.WARM_UP
    elif sample_count and sample_count < settings.fewest_samples:
        state, because = previous, Because.LOW_SAMPLES
    else:
        state, because = _decided(deciding, filled, settings, previous)
    return Verdict(state, previous, because, settings, deciding, filled, newest_at)


def _decided(deciding: tuple[Deciding, ...], filled: int, settings: Settings, previous: State) -> tuple[State, Because]:
    """Steps 2 to 6 of the rule."""
    needed, treatment = settings.datapoints_to_alarm, settings.treatment
    breaching = sum(point.breaching for point in deciding)
    is_filled = treatment in ("breaching", "notBreaching")
    if breaching >= needed:
        return "ALARM", Because.POINTS
    if not filled or (breaching < len(deciding) and not is_filled):
        return "OK", Because.POINTS
    if is_filled:
        return "ALARM" if treatment == "breaching" and breaching + filled >= needed else "OK", Because.FILLED
    if treatment == "ignore":
        return previous, Because.KEPT
    if deciding and deciding[-1].age >= needed:
        return "ALARM", Because.PREMATURE
    return "INSUFFICIENT_DATA", Because.INSUFFICIENT


def _deciding(
    points: Sequence[float | None], settings: Settings, band: Sequence[tuple[float, float] | None] | None
) -> tuple[Deciding, ...]:
    """The newest N real points of the evaluation range, or as many as there are; the newest first."""
    threshold, breaches = settings.threshold, _BREACHES[settings.comparison]
    if (threshold is None) is (band is None) or (band is not None and len(band) != len(points)):
        what = f"evaluation with {settings.comparison}: {len(points)} points, band of {len(band) if band else 0}"
        raise BadRequest(what, "give as many edges as points for a band, and none for a threshold")
    found: list[Deciding] = []
    for age in range(1, min(settings.points_considered, len(points)) + 1):
        value = points[-age]
        edges = (threshold, threshold) if threshold is not None else band[-age] if band else None
        if value is None or edges is None or value != value:  # noqa: PLR0124 - only NaN differs from itself
            continue
        lower, upper = edges
        found.append(Deciding(age, value, breaches(value, lower, upper), lower, upper))
        if len(found) == settings.evaluation_periods:
            break
    return tuple(found)


def _held_back(settings: Settings, previous: State, age_seconds: float | None, filled: int) -> bool:
    warm_up = settings.warm_up
    if warm_up is None or age_seconds is None or age_seconds >= warm_up.duration_minutes * _SECONDS_PER_MINUTE:
        return False
    return warm_up.only_start_evaluating_after or (filled > 0 and previous == "INSUFFICIENT_DATA")
