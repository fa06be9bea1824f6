"""Numbers and counts in people's words, the same in every form of the report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = [
    "COMPARISONS",
    "MISSING",
    "NONE",
    "amount",
    "counted",
    "few",
    "lasting",
    "number",
    "percent",
    "points",
    "rate",
]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

COMPARISONS: Final[Mapping[str, str]] = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside the band",
    "LessThanLowerThreshold": "below the band",
    "GreaterThanUpperThreshold": "above the band",
}

MISSING: Final[Mapping[str, str]] = {
    "breaching": "missing points count as bad",
    "notBreaching": "missing points count as good",
    "ignore": "missing points change nothing",
    "missing": "with all points missing it does not know",
}

NONE: Final = "\N{EN DASH}"
"""What stands where there is nothing to say."""
_MINUS: Final = "\N{MINUS SIGN}"

_NO_SPACE: Final = frozenset({"%"})
_UNSPOKEN: Final = frozenset({"", "count"})


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 alarm`, `1,204 alarms`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


_FEW: Final = 3


def few(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def number(value: float, unit: str = "") -> str:
    """A number as people write it, with its unit: `2 s`, `85%`, `0.05`."""
    is_whole = math.isfinite(value) and value == round(value) and abs(value) < 1e15  # noqa: PLR2004  exact below
    text = f"{value:,.0f}" if is_whole else f"{value:g}"
    return text if unit in _UNSPOKEN else f"{text}{'' if unit in _NO_SPACE else ' '}{unit}"


def amount(usd: float, *, signed: bool = False) -> str:
    """US dollars: `$12.30`; with a sign, `+$12.30`, and nothing but `±$0` where it is none."""
    if signed and abs(usd) < 0.005:  # noqa: PLR2004  half a cent
        return "±$0"
    sign = ("+" if usd > 0 else _MINUS) if signed else (_MINUS if usd < 0 else "")
    return f"{sign}${abs(usd):,.2f}"


def rate(a_week: float) -> str:
    """How often, a week: `0`, `0.4`, `12`."""
    return f"{a_week:.0f}" if a_week == 0 or a_week >= 10 else f"{a_week:.1f}"  # noqa: PLR2004  two digits


def percent(share: float | None) -> str:
    """A share of 1; a dash where there is none."""
    return NONE if share is None else f"{share * 100:.0f}%"


def lasting(seconds: float | None) -> str:
    """A duration in two units at most: `40 s`, `4 min`, `3 h 20 min`, `2 d 4 h`; a dash where there is none."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    parts = [(whole // _DAY, "d"), (whole % _DAY // _HOUR, "h"), (whole % _HOUR // _MINUTE, "min")]
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def points(needed: int | None, size: int | None, period_seconds: int | None) -> str:
    """M of N points: `3 of 5 points of 60 s`."""
    return f"{needed} of {size} points of {period_seconds} s"
