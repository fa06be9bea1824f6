"""What is drawn: one panel for each widget, whether it comes from the model or from CloudWatch's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from opslib.monitoring.alarm import Alarm
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Series
from opslib.monitoring.widget import AlarmStatus, Expected, Graph, Line, Text, Widget, place

__all__ = [
    "Axis",
    "Box",
    "Panel",
    "Side",
    "Sides",
    "Threshold",
    "View",
    "breaching_sides",
    "described",
    "identity",
    "panel",
    "panels",
]

View = Literal["timeSeries", "singleValue", "gauge", "bar", "pie", "table", "alarm", "text", "other"]
Side = Literal["above", "below"]
"""Which side of a threshold is breaching."""

Sides = Mapping[tuple[object, float], Side]
"""The breaching side by what is watched and the threshold."""

ALARM = "alarm"
"""What stands for the workload in a reference to an alarm's ARN."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A horizontal line.

    Attributes:
        label: As the dashboard says it.
        value: In the unit of its axis.
        color: `#rrggbb`, or empty.
        side: Which side is breaching; None where nobody knows.
        right: Whether it belongs to the right axis.
    """

    label: str
    value: float
    color: str = ""
    side: Side | None = None
    right: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis, as far as the dashboard fixes it.

    Attributes:
        unit: Its label.
        minimum: Where it starts; None: CloudWatch chooses.
        maximum: Where it ends; None: CloudWatch chooses.
    """

    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A place in CloudWatch's grid.

    Attributes:
        x: Column of the left edge.
        y: Row of the upper edge.
        width: In columns.
        height: In rows.
    """

    x: int = 0
    y: int = 0
    width: int = 6
    height: int = 6


@dataclass(frozen=True, slots=True)
class Panel:
    """A widget in its place.

    Attributes:
        view: How it is shown.
        title: Above it.
        box: Where it stands.
        left: What is drawn against the left axis.
        right: What is drawn against the right axis.
        thresholds: Its horizontal lines.
        bands: Where its metrics are expected, against the left axis.
        left_axis: The left axis.
        right_axis: The right axis.
        stacked: Whether the series stand upon one another.
        alarms: Names of the alarms whose states it shows.
        text: The markdown of a text widget; of one that cannot be drawn, what it is.
    """

    view: View
    title: str
    box: Box = Box()
    left: tuple[Series, ...] = ()
    right: tuple[Series, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    bands: tuple[Expected, ...] = ()
    left_axis: Axis = Axis()
    right_axis: Axis = Axis()
    stacked: bool = False
    alarms: tuple[str, ...] = ()
    text: str = ""


def panel(widget: Widget, *, x: int = 0, y: int = 0, sides: Sides | None = None) -> Panel:
    """A widget of the model.

    Args:
        widget: The widget.
        x: Its column.
        y: Its row.
        sides: The breaching sides of what its lines are of.
    """
    box = Box(x, y, widget.width, widget.height)
    if isinstance(widget, Text):
        return Panel("text", "", box, text=widget.markdown)
    if isinstance(widget, AlarmStatus):
        return Panel("alarm", widget.title, box, alarms=tuple(map(_alarm_name, widget.alarm_arns)))
    return Panel(
        "timeSeries",
        widget.title,
        box,
        left=widget.left,
        right=widget.right,
        thresholds=tuple(_thresholds(widget, sides or {})),
        bands=widget.bands,
        left_axis=Axis(widget.unit, widget.minimum),
    )


def panels(dashboard: Dashboard, *, sides: Sides | None = None) -> Iterator[Panel]:
    """Every widget of a dashboard of the model, in the place that its JSON gives it."""
    placed = place(dashboard.widgets, region="", bind=str)
    for widget, json in zip(dashboard.widgets, placed, strict=True):
        yield panel(widget, x=json["x"], y=json["y"], sides=sides)


def breaching_sides(alarms: Iterable[Alarm]) -> Sides:
    """Which side of each threshold is breaching, by what the alarms watch."""
    return {
        (identity(alarm.series), alarm.threshold): "above" if alarm.comparison.startswith("Greater") else "below"
        for alarm in alarms
        if alarm.threshold is not None
    }


def identity(series: Series) -> object:
    """What a series is of, by whichever statistic and period."""
    if isinstance(series, Metric):
        return (series.namespace, series.name, series.dimensions)
    if isinstance(series, Insights):
        return series.sql
    return (series.expression, tuple(identity(metric) for _, metric in series.inputs))


def _thresholds(graph: Graph, sides: Sides) -> Iterator[Threshold]:
    shown = [(series.label, identity(series)) for series in graph.left] if sides else []
    for line in graph.lines:
        # Two series of one graph may have the same threshold: the line's label begins with that of its own.
        by_label = (who for label, who in shown if label and line.label.startswith(label))
        found = (sides.get((who, line.value)) for who in (*by_label, *(who for _, who in shown)))
        side = next((one for one in found if one), None) or _by_rank(line, graph.lines)
        yield Threshold(line.label, line.value, line.color, side)


def _by_rank(line: Line, lines: tuple[Line, ...]) -> Side | None:
    """A warning and a critical threshold of one thing say by their order which way it gets worse."""
    prefix, _, rank = line.label.rpartition(": ")
    own = {text.rpartition(": ")[2].partition(" ")[0]: value for text, value in _labelled(lines, prefix)}
    warning, critical = own.get("warning"), own.get("critical")
    if not rank or warning is None or critical is None or warning == critical:
        return None
    return "above" if critical > warning else "below"


def _labelled(lines: tuple[Line, ...], prefix: str) -> Iterator[tuple[str, float]]:
    return ((line.label, line.value) for line in lines if line.label.startswith(f"{prefix}: "))


def _alarm_name(ref: Ref) -> str:
    return ref.field if ref.workload == ALARM else str(ref)


def described(series: Series) -> str:
    """A series in words: what CloudWatch is asked for."""
    if isinstance(series, Insights):
        return f"Metrics Insights: {series.sql}"
    if isinstance(series, Expression):
        inputs = "; ".join(f"{key} = {described(metric)}" for key, metric in series.inputs)
        return f"{series.expression} where {inputs}" if inputs else series.expression
    dimensions = ", ".join(f"{name}={value}" for name, value in series.dimensions)
    needs = f", needs {series.requires.value}" if series.requires else ""
    where = f" {{{dimensions}}}" if dimensions else ""
    return f"{series.namespace} {series.name}{where}, {series.statistic} of {series.period_seconds} s{needs}"
