"""An evaluation in words, like CloudWatch's `StateReason` and `StateReasonData`.

The sentences follow those that CloudWatch sends; where none is known (a state that is kept, a warm-up, a premature
transition) they are ours. CloudWatch names "OK -> ALARM" whatever state the alarm came from, and so do we.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opslib.monitoring.evaluate.settings import AnyComparison
    from opslib.monitoring.evaluate.threshold import Deciding, Verdict

__all__ = ["data", "text"]

_COMPARED: dict[AnyComparison, str] = {
    "GreaterThanThreshold": "greater than the threshold",
    "GreaterThanOrEqualToThreshold": "greater than or equal to the threshold",
    "LessThanThreshold": "less than the threshold",
    "LessThanOrEqualToThreshold": "less than or equal to the threshold",
    "LessThanLowerOrGreaterThanUpperThreshold": "less than the lower thresholds or greater than the upper thresholds",
    "LessThanLowerThreshold": "less than the lower thresholds",
    "GreaterThanUpperThreshold": "greater than the upper thresholds",
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}

APPROXIMATE = " The band is an approximation of CloudWatch's model."


def text(verdict: Verdict) -> str:
    """Why, in one line."""
    return _WORDS[verdict.because](verdict)


def data(verdict: Verdict) -> dict[str, Any]:
    """Why, as data; the points are the oldest first, as in CloudWatch's `recentDatapoints`."""
    settings = verdict.settings
    found: dict[str, Any] = {"version": "1.0"}
    oldest_first = verdict.deciding[::-1]
    if verdict.newest_at is not None and oldest_first:
        back = timedelta(seconds=settings.period_seconds * (oldest_first[0].age - 1))
        found["startDate"] = (verdict.newest_at - back).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    found["period"] = settings.period_seconds
    found["recentDatapoints"] = [point.value for point in oldest_first]
    if settings.threshold is not None:
        found["threshold"] = settings.threshold
    else:
        found["recentLowerThresholds"] = [point.lower for point in oldest_first]
        found["recentUpperThresholds"] = [point.upper for point in oldest_first]
    return found


def _crossed(verdict: Verdict) -> str:
    """Threshold Crossed: 2 out of the last 3 datapoints [7.0, 6.0] were greater than the threshold (5.0)."""
    settings = verdict.settings
    breaching = [point.breaching for point in verdict.deciding]
    alarm = any(breaching) if verdict.state == "ALARM" else all(breaching)
    said = [point for point in verdict.deciding if point.breaching is alarm]
    shown = ", ".join(_shown(verdict, point) for point in said)
    held = f"{_was(len(said))} {'' if alarm else 'not '}{_COMPARED[settings.comparison]}"
    many = "" if settings.threshold is not None else "s"
    return (
        f"Threshold{many} Crossed: {len(said)} out of the last {len(verdict.deciding)} datapoints [{shown}] "
        f"{held} {_edges(verdict, said)}"
    )


def _edges(verdict: Verdict, said: Iterable[Deciding]) -> str:
    settings = verdict.settings
    if settings.threshold is not None:
        return f"({float(settings.threshold)})"
    lower = [str(point.lower) for point in said]
    upper = [str(point.upper) for point in said]
    if settings.comparison == "LessThanLowerThreshold":
        return f"[{', '.join(lower)}]"
    if settings.comparison == "GreaterThanUpperThreshold":
        return f"[{', '.join(upper)}]"
    return f"[{', '.join(f'{low} to {up}' for low, up in zip(lower, upper, strict=True))}]"


def _minimum(verdict: Verdict) -> str:
    settings = verdict.settings
    if verdict.state == "ALARM":
        return f"(minimum {_datapoints(settings.datapoints_to_alarm)} for OK -> ALARM transition)"
    least = settings.evaluation_periods - settings.datapoints_to_alarm + 1
    return f"(minimum {_datapoints(least)} for ALARM -> OK transition)"


def _partly(verdict: Verdict) -> str:
    if not verdict.deciding:
        return ""
    shown = ", ".join(_shown(verdict, point) for point in verdict.deciding)
    return f"; of {_datapoints(len(verdict.deciding))} [{shown}] none is within the threshold"


def _shown(verdict: Verdict, point: Deciding) -> str:
    if verdict.newest_at is None:
        return str(float(point.value))
    at = verdict.newest_at - timedelta(seconds=verdict.settings.period_seconds * (point.age - 1))
    return f"{float(point.value)} ({at:%d/%m/%y %H:%M:%S})"


def _approximate(verdict: Verdict) -> str:
    return "" if verdict.settings.threshold is not None else APPROXIMATE


def _datapoints(count: int, kind: str = "") -> str:
    return f"{count} {kind}datapoint{'' if count == 1 else 's'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _missing(verdict: Verdict, kind: str = "missing ") -> str:
    return f"{_datapoints(verdict.filled, kind)} {_was(verdict.filled)}"


def _filled(verdict: Verdict) -> str:
    treated = f"{_missing(verdict)} treated as [{_TREATED[verdict.settings.missing_data]}]"
    if verdict.deciding:
        return f"{_crossed(verdict)} and {treated}.{_approximate(verdict)}"
    periods = f"{verdict.filled} period{'' if verdict.filled == 1 else 's'}"
    return f"Threshold Crossed: no datapoints were received for {periods} and {treated}."


def _premature(verdict: Verdict) -> str:
    since = f"the oldest {verdict.deciding[-1].age} periods ago, and no other datapoint is in the evaluation range"
    return f"{_crossed(verdict)}, {since}.{_approximate(verdict)}"


_WORDS: dict[str, Callable[[Verdict], str]] = {
    "points": lambda verdict: f"{_crossed(verdict)} {_minimum(verdict)}.{_approximate(verdict)}",
    "filled": _filled,
    "premature": _premature,
    "kept": lambda verdict: f"Unchanged: {_missing(verdict)} ignored{_partly(verdict)}.",
    "insufficient": lambda verdict: f"Insufficient Data: {_missing(verdict, '')} unknown{_partly(verdict)}.",
    "warm-up": lambda _: "Unchecked: the alarm is in its warm-up period.",
    "low-samples": lambda _: "Unchanged: there are too few samples for the percentile.",
}
