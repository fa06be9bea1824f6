"""The bands of anomaly alarms: where a metric is expected, as a shade behind its line.

CloudWatch's model is not published. With a history this is the evaluator's approximation, trained on the two weeks up
to the window's end; without one it is drawn around the sample data, and is sample data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opslib.errors import BadRequest
from opslib.monitoring.draw.panel import Panel, described
from opslib.monitoring.draw.samples import sample
from opslib.monitoring.draw.values import Origin, Source, Trace, recorded, thinned
from opslib.monitoring.evaluate import train
from opslib.monitoring.widget import Expected

__all__ = ["Shade", "shades"]

TRAINING_SECONDS = 14 * 86_400
"""CloudWatch learns from up to two weeks."""

_AROUND = 6
"""Sample points to each side whose mean is where a sample is expected."""
_ROOM = 1.4
"""How much higher than the furthest sample point a sample band is: nothing unusual happens in sample data."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A band of a picture.

    Attributes:
        label: For the legend.
        says: What it is, for who looks closer.
        low: Its lower edge, at even distances; None where nothing is expected.
        high: Its upper edge.
        origin: Whether it is made up, learnt from what was recorded, or not there.
    """

    label: str
    says: str
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    origin: Origin


def shades(panel: Panel, lines: Sequence[Trace], source: Source) -> tuple[Shade, ...]:
    """The bands of a panel, made up where its lines are."""
    if any(trace.origin == "sample" for trace in lines):
        return tuple(_made_up(band, panel, source.window.hours()) for band in panel.bands)
    return tuple(_learnt(band, source) for band in panel.bands)


def _says(band: Expected) -> str:
    return f"{band.expression('m')} where m = {described(band.metric)}"


def _learnt(band: Expected, source: Source) -> Shade:
    period = max(band.metric.period_seconds, 1)
    end = (source.window.end or 0) // period * period
    count = max(source.window.seconds // period, 1)
    learns = max(TRAINING_SECONDS // period, count)
    says = f"{_says(band)} (an approximation: CloudWatch's own model is not published)"
    points = recorded(band.metric, source, end=end, count=learns) or []
    try:
        model = train(points, start=end - learns * period, period_seconds=period)
    except BadRequest:  # nothing to learn from
        return Shade(band.label, says, (), (), "none")
    edges = model.bands(start=end - count * period, count=count, period_seconds=period, width=band.deviations)
    low, high = ([edge and edge[side] for edge in edges] for side in (0, 1))
    return Shade(band.label, says, tuple(thinned(low) or ()), tuple(thinned(high) or ()), "history")


def _made_up(band: Expected, panel: Panel, hours: Sequence[float]) -> Shade:
    points = sample(band.metric, panel, right=False, hours=hours)
    middle = [_mean(points[max(place - _AROUND, 0) : place + _AROUND + 1]) for place in range(len(points))]
    reach = _ROOM * max((abs(point - centre) for point, centre in zip(points, middle, strict=True)), default=0.0)
    return Shade(
        band.label,
        _says(band),
        tuple(centre - reach for centre in middle),
        tuple(centre + reach for centre in middle),
        "sample",
    )


def _mean(points: Sequence[float]) -> float:
    return sum(points) / len(points)
