"""Widgets of a CloudWatch dashboard, as data, and how each becomes CloudWatch's JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Series, anomaly_band

__all__ = ["AlarmStatus", "Bind", "Expected", "Graph", "Line", "Text", "Widget"]

Bind = Callable[[Ref], Any]
"""Gives the value of a reference: a string, a Pulumi output, or a placeholder."""

GRID_WIDTH = 24
"""CloudWatch's grid has 24 columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line at an alarm's threshold."""

    label: str
    value: float
    color: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The band in which an anomaly alarm's model expects a metric.

    Attributes:
        metric: What is expected, in the alarm's statistic and period.
        deviations: Half the band's height, in standard deviations.
        label: For the legend.
    """

    metric: Metric
    deviations: float
    label: str

    def expression(self, watched: str) -> str:
        """CloudWatch's function of the metric with such an id."""
        return anomaly_band(watched, self.deviations)


@dataclass(frozen=True, slots=True)
class Graph:
    """A time series graph.

    Attributes:
        title: Above the graph.
        left: What is drawn against the left axis.
        right: What is drawn against the right axis.
        lines: The thresholds of the alarms that watch what is drawn.
        bands: What the models of those alarms expect, against the left axis.
        width: In columns of the grid.
        height: In rows of the grid.
        unit: The left axis's label.
        minimum: The left axis starts here; None lets CloudWatch choose.
        region: Where its metrics are; None: where the dashboard's are.
    """

    title: str
    left: tuple[Series, ...]
    right: tuple[Series, ...] = ()
    lines: tuple[Line, ...] = ()
    bands: tuple[Expected, ...] = ()
    width: int = 8
    height: int = 6
    unit: str = ""
    minimum: float | None = 0.0
    region: str | None = None

    @property
    def metric_count(self) -> int:
        """How many metrics it holds, the inputs of its math included: what AWS's limits count."""
        drawn = sum(len(s.inputs) + 1 if isinstance(s, Expression) else 1 for s in (*self.left, *self.right))
        return drawn + 2 * len(self.bands)  # the function and its metric

    def properties(self, *, region: str, bind: Bind) -> dict[str, Any]:
        """CloudWatch's `properties` of a metric widget."""
        series = [(s, "left") for s in self.left] + [(s, "right") for s in self.right]
        rows = [row for index, (s, axis) in enumerate(series) for row in _rows(s, index, axis, bind)]
        rows += [row for index, band in enumerate(self.bands) for row in _band(band, f"b{index}", bind)]
        axis: dict[str, Any] = {"label": self.unit, "showUnits": False} if self.unit else {"showUnits": False}
        if self.minimum is not None:
            axis["min"] = self.minimum
        properties: dict[str, Any] = {
            "title": self.title,
            "region": self.region or region,
            "view": "timeSeries",
            "stacked": False,
            "metrics": rows,
            "yAxis": {"left": axis},
        }
        if self.lines:
            properties["annotations"] = {
                "horizontal": [{"label": line.label, "value": line.value, "color": line.color} for line in self.lines]
            }
        return properties


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """The states of alarms as coloured tiles."""

    title: str
    alarm_arns: tuple[Ref, ...]
    width: int = GRID_WIDTH
    height: int = 2

    metric_count = 0

    def properties(self, *, region: str, bind: Bind) -> dict[str, Any]:
        """CloudWatch's `properties` of an alarm widget."""
        del region  # the ARNs say it
        return {"title": self.title, "alarms": [bind(arn) for arn in self.alarm_arns]}


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown."""

    markdown: str
    width: int = GRID_WIDTH
    height: int = 1

    metric_count = 0

    def properties(self, *, region: str, bind: Bind) -> dict[str, Any]:
        """CloudWatch's `properties` of a text widget."""
        del region, bind
        return {"markdown": self.markdown}


Widget = Graph | AlarmStatus | Text

_TYPES: dict[type[Widget], str] = {Graph: "metric", AlarmStatus: "alarm", Text: "text"}


def place(widgets: Iterable[Widget], *, region: str, bind: Bind) -> Iterator[dict[str, Any]]:
    """CloudWatch's JSON of widgets, set out from left to right and from top to bottom, without gaps in a row.

    Args:
        widgets: In reading order.
        region: Where their metrics are.
        bind: Gives the value of each reference.
    """
    x = y = row_height = 0
    for widget in widgets:
        if x + widget.width > GRID_WIDTH:
            x, y, row_height = 0, y + row_height, 0
        yield {
            "type": _TYPES[type(widget)],
            "x": x,
            "y": y,
            "width": widget.width,
            "height": widget.height,
            "properties": widget.properties(region=region, bind=bind),
        }
        x, row_height = x + widget.width, max(row_height, widget.height)


def _rows(series: Series, index: int, axis: str, bind: Bind) -> Iterator[list[Any]]:
    """The rows of the `metrics` array: one for a metric; for math the expression, then its inputs, hidden."""
    if isinstance(series, Insights):
        query = {"expression": series.sql, "id": f"q{index}", "label": series.label, "yAxis": axis}
        yield [{**query, "period": series.period_seconds}]
        return
    if isinstance(series, Metric):
        yield _row(series, {"yAxis": axis, "label": series.label or series.name}, bind)
        return
    prefix = f"e{index}"
    renamed = {key: f"{prefix}{key}" for key, _ in series.inputs}
    yield [
        {
            "expression": rename_ids(series.expression, renamed),
            "id": prefix,
            "label": series.label,
            "yAxis": axis,
            "period": series.period_seconds,
        }
    ]
    for key, metric in series.inputs:
        yield _row(metric, {"id": renamed[key], "visible": False}, bind)


def _band(band: Expected, name: str, bind: Bind) -> Iterator[list[Any]]:
    """The rows of a band: the function, then its metric, hidden, for what is drawn may have another statistic."""
    watched = f"{name}m"
    yield [
        {
            "expression": band.expression(watched),
            "id": name,
            "label": band.label,
            "yAxis": "left",
            "period": band.metric.period_seconds,
        }
    ]
    yield _row(band.metric, {"id": watched, "visible": False}, bind)


def _row(metric: Metric, options: dict[str, Any], bind: Bind) -> list[Any]:
    dimensions = [
        part for name, value in metric.dimensions for part in (name, bind(value) if isinstance(value, Ref) else value)
    ]
    return [
        metric.namespace,
        metric.name,
        *dimensions,
        {"stat": metric.statistic, "period": metric.period_seconds, **options},
    ]


def rename_ids(expression: str, names: dict[str, str]) -> str:
    """Metric math with its ids renamed; ids are whole words, so a name within another is left alone."""
    return re.sub(r"\b[a-z][A-Za-z0-9_]*\b", lambda word: names.get(word[0], word[0]), expression)
