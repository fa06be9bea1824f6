"""CloudWatch's decision on one alarm, written a second time, as slowly and literally as AWS's page tells it.

Nothing here is shared with opslib.monitoring.evaluate, which is checked against it. The source is AWS's page
"Configuring how CloudWatch alarms treat missing data": its text, its two tables of cases, and the rows that its tables
had until September 2019 (awsdocs/amazon-cloudwatch-user-guide, commits 225e1e4 and 72266c7). Where text and tables
differ, the tables hold: see `is_premature_alarm`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
STATES = (OK, ALARM, INSUFFICIENT_DATA)

MODES = ("missing", "ignore", "breaching", "notBreaching")

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

GOOD, BAD, GAP = "0", "X", "-"
"""AWS's signs: 0 is a non-breaching data point, X is a breaching data point, and - is a missing data point."""


def sign(value: float | None, comparison: str, threshold: float) -> str:
    """AWS's sign for one data point."""
    if value is None:
        return GAP
    return BAD if COMPARISONS[comparison](value, threshold) else GOOD


def in_range(signs: Sequence[str], evaluation_range: int) -> list[str]:
    """The signs of the evaluation range, oldest first; what lies before the first one is missing."""
    return ([GAP] * evaluation_range + list(signs))[-evaluation_range:]


def is_premature_alarm(signs: Sequence[str], datapoints_to_alarm: int) -> bool:
    """AWS's "premature alarm state": few points, every one of them bad, and the oldest bad for long enough.

    "the oldest available breaching datapoint [...] is at least as old as the value of Datapoints to Alarm, and all
    other more recent data points are breaching or missing." By these words alone `0 - X - -` (2 of 3) would be ALARM;
    the table says OK. What every row obeys is a sentence that the page once had (AWS merged it with pull request 13):
    "because the oldest evaluated data point is breaching and there aren't any non-breaching data points".
    """
    if GOOD in signs or BAD not in signs:
        return False
    oldest_bad = signs.index(BAD)
    age_in_periods = len(signs) - oldest_bad  # the newest data point is one period old
    return age_in_periods >= datapoints_to_alarm


def state_of_signs(
    signs: Sequence[str], datapoints_to_alarm: int, evaluation_periods: int, mode: str, previous: str
) -> str:
    """The state that an alarm has after one evaluation.

    Args:
        signs: The data points of the whole evaluation range, oldest first.
        datapoints_to_alarm: M.
        evaluation_periods: N, at most as many as there are signs.
        mode: TreatMissingData.
        previous: The state before, which `ignore` may keep.
    """
    real = [each for each in signs if each != GAP]

    # "evaluates the alarm state based on the most recent real data points [...] the value you set for how to treat
    # missing data is not needed and is ignored"
    if len(real) >= evaluation_periods:
        newest = real[-evaluation_periods:]
        return ALARM if newest.count(BAD) >= datapoints_to_alarm else OK

    # "all real data points in the evaluation range are included in the evaluation. CloudWatch uses missing data points
    # only as few times as possible"
    if mode in {"breaching", "notBreaching"}:
        filler = BAD if mode == "breaching" else GOOD
        evaluated = real + [filler] * (evaluation_periods - len(real))
        return ALARM if evaluated.count(BAD) >= datapoints_to_alarm else OK

    # `missing` and `ignore` have nothing to fill in. M bad ones are M bad ones, whatever the missing ones are.
    if real.count(BAD) >= datapoints_to_alarm:
        return ALARM
    # `0 - - - -`, `- - - - 0`, `0 - X - -`: one good data point in the range is enough for OK.
    if GOOD in real:
        return OK
    # What is left: `- - - - -`, or only bad ones and fewer than M of them.
    if mode == "ignore":
        return previous
    return ALARM if is_premature_alarm(signs, datapoints_to_alarm) else INSUFFICIENT_DATA


def fewest_samples(percent: str) -> Fraction:
    """The number of samples below which `EvaluateLowSampleCountPercentile` is used; `percent` is "99.9" for p99.9.

    "For percentiles between 0.5 (inclusive) and 1.00 (exclusive), this setting is used when there are fewer than
    10/(1-percentile) data points during the evaluation period [...] For percentiles between 0 and 0.5 (exclusive),
    the setting is used when there are fewer than 10/percentile data points."
    """
    percentile = Fraction(percent) / 100
    if percentile in {0, 1}:
        return Fraction(0)
    return 10 / (1 - percentile) if percentile >= Fraction(1, 2) else 10 / percentile
