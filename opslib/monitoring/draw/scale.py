"""Axes: which units, where the ticks stand, and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "finite", "scale", "written"]

LARGEST = 1e200
"""Beyond this no number is drawn where it stands: differences of two would not be numbers any more."""

_SECONDS = (
    (1e-6, "µs"),
    (1e-3, "ms"),
    (1.0, "s"),
    (60.0, "min"),
    (3_600.0, "h"),
    (86_400.0, "d"),
)
_BYTES = tuple((1024.0**power, unit) for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB")))
_COUNTS = ((1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))

_FAMILIES: dict[str, tuple[tuple[tuple[float, str], ...], float, str]] = {
    "s": (_SECONDS, 1.0, ""),
    "seconds": (_SECONDS, 1.0, ""),
    "ms": (_SECONDS, 1e-3, ""),
    "milliseconds": (_SECONDS, 1e-3, ""),
    "bytes": (_BYTES, 1.0, ""),
    "bytes/s": (_BYTES, 1.0, "/s"),
    "bytes/second": (_BYTES, 1.0, "/s"),
    "%": (((1.0, "%"),), 1.0, ""),
    "percent": (((1.0, "%"),), 1.0, ""),
}
"""By unit: the sizes it is shown in, what one of it is in those, and what follows."""

_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_NICE_WHOLE = (1.0, 2.0, 5.0, 10.0)
_HEADROOM = 0.05
_COUNTED_TO = 1e6
"""Up to here an axis of whole numbers has its ticks at whole numbers."""
_LEAST_IN_MINUTES = 180.0
"""Two minutes read better as 120 s: a threshold of 90 s would be 1.5 min."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical axis as it is drawn.

    Attributes:
        low: Where it starts, in the unit of the data.
        high: Where it ends.
        ticks: Where its lines are.
        unit: What its numbers are in; empty for plain counts.
        factor: What one of that unit is, in the unit of the data.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str
    factor: float

    def share(self, value: float) -> float:
        """How far up a value stands, from 0 to 1; what is outside stands at the edge."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def says(self, value: float) -> str:
        """A tick's text, without its unit, in as many digits as its neighbours need."""
        if self.unit == "":
            return written(value)
        return _plain(value / self.factor)

    def tells(self, value: float) -> str:
        """A value with its unit."""
        joint = "" if self.unit in ("", "%") else " "
        return f"{self.says(value)}{joint}{self.unit}"


def finite(value: float) -> float | None:
    """A value that can be drawn; None for NaN, and the largest that can be for what is larger."""
    if value != value:  # noqa: PLR0124  NaN, and faster than math.isnan where there are many
        return None
    return min(max(value, -LARGEST), LARGEST)


def scale(
    values: Iterable[float], unit: str, *, low: float | None = 0.0, high: float | None = None, steps: int = 4
) -> Scale:
    """The axis for values and thresholds.

    Args:
        values: All that has to fit on it, finite.
        unit: The unit of the data.
        low: Where it starts; None: below the lowest.
        high: Where it ends; None: above the highest.
        steps: About how many ticks it has above its start.
    """
    found = list(values)
    # What is lower than a fixed start is cut off, as CloudWatch does.
    bottom = finite(low) if low is not None else None
    lowest = bottom if bottom is not None else min(found, default=0.0)
    highest = max(found, default=lowest)
    top = finite(high) if high is not None else None
    highest = top if top is not None and top > lowest else highest
    if not highest > lowest:
        highest = lowest + max(abs(lowest), 1.0)
    factor, shown, whole = _family(unit, max(abs(lowest), abs(highest)))
    counted = whole and all(value == int(value) for value in found) and highest - lowest <= _COUNTED_TO
    step = (max(_step((highest - lowest) / factor / steps, whole=whole), 1.0 if counted else 0.0)) * factor
    first = math.floor(lowest / step) if bottom is None else math.ceil(lowest / step - 1e-9)
    last = math.floor(highest / step + 1e-9) if top is not None else math.ceil(highest / step - 1e-9)
    if unit.startswith(("%", "percent")) and highest <= 100:  # noqa: PLR2004  per cent
        last = min(last, max(first + 1, math.ceil(100 / step - 1e-9)))
    ticks = tuple(place * step for place in range(first, last + 1)) if last - first <= 4 * steps else (lowest, highest)
    bottom = lowest if bottom is not None else min(ticks[0], lowest)
    # Room above the highest value, or a line that is drawn there would be the frame.
    full = max(ticks[-1], highest, bottom + step)
    if top is not None and top > lowest:
        full = top
    elif highest > full - _HEADROOM * (full - bottom) and not shown.startswith("%"):
        full += _HEADROOM * (full - bottom)
    return Scale(bottom, full, tuple(tick for tick in ticks if bottom <= tick <= full), shown, factor)


def _family(unit: str, largest: float) -> tuple[float, str, bool]:
    sizes, one, suffix = _FAMILIES.get(unit.strip().lower(), (((1.0, ""),), 1.0, ""))
    chosen = sizes[0] if sizes is not _SECONDS else sizes[1]
    for size, name in sizes:
        least = _LEAST_IN_MINUTES / 60 * size if sizes is _SECONDS and size > 1 else size
        if largest * one >= least and (sizes is not _SECONDS or size >= 1e-3):  # noqa: PLR2004  a millisecond
            chosen = size, name
    size, name = chosen
    return size / one, name + suffix, not name and not unit.strip().lower().startswith(("usd", "lcu"))


def _step(raw: float, *, whole: bool) -> float:
    if not raw > 1e-190:  # noqa: PLR2004  see LARGEST
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    nice = _NICE_WHOLE if whole and power <= 1 else _NICE
    return next((one * power for one in nice if one * power >= raw * (1 - 1e-9)), 10 * power)


def written(value: float) -> str:
    """A number in three or four digits: ``950``, ``1.2k``, ``3M``."""
    if value and abs(value) >= _COUNTS[-1][0] * 1e3:
        return f"{value:.3g}"
    size, name = next(((size, name) for size, name in reversed(_COUNTS) if abs(value) >= size), (1.0, ""))
    return f"{_plain(value / size)}{name}"


def _plain(value: float) -> str:
    if abs(value) >= 1e6:  # noqa: PLR2004  where more digits say less
        return f"{value:.3g}"
    text = f"{value:.0f}" if abs(value) >= 1e3 else f"{value:.3g}"  # noqa: PLR2004  three digits say enough
    return "0" if text == "-0" else text
