"""CloudWatch's dashboard JSON as panels: what is deployed already, or what another program writes, is drawn as well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.draw.panel import Axis, Box, Panel, Side, Threshold, View
from opslib.monitoring.evaluate.anomaly import DEFAULT_WIDTH
from opslib.monitoring.metric import Expression, Insights, Metric, Series
from opslib.monitoring.widget import Expected

__all__ = ["body_panels", "body_range"]

_ID = re.compile(r"\b[a-z][A-Za-z0-9_]*\b")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_VIEWS: Mapping[str, View] = {
    view.lower(): view for view in ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
}
_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*\w+\s*(?:,\s*(\d{1,3}(?:\.\d+)?)\s*)?\)\s*", re.IGNORECASE)
_DEEPEST = 8
"""Math upon math: as deep as anybody writes, and an end to circles."""
_LONGEST = 20_000
_GRID = 24
_HIGHEST = 1_000


def body_range(body: Mapping[str, Any]) -> str:
    """How much a dashboard shows when opened, as an ISO 8601 duration; three hours where it does not say."""
    start = str(body.get("start") or "-PT3H")
    return start if start.startswith("-P") else "-PT3H"


def body_panels(body: Mapping[str, Any]) -> Iterator[Panel]:
    """Every widget of a dashboard's JSON.

    Args:
        body: The body, as a structure.

    Raises:
        BadRequest: It is no dashboard's body.
    """
    widgets = body.get("widgets")
    if not isinstance(widgets, list) or not all(isinstance(widget, Mapping) for widget in widgets):
        raise BadRequest("a dashboard's body without a list of widgets", "give what GetDashboard returns, as JSON")
    yield from map(_panel, widgets)


def _panel(widget: Mapping[str, Any]) -> Panel:
    kind = str(widget.get("type", ""))
    properties = widget.get("properties")
    given: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    wide = min(max(_whole(widget.get("width"), 6), 1), _GRID)
    box = Box(
        min(max(_whole(widget.get("x"), 0), 0), _GRID - wide),
        max(_whole(widget.get("y"), 0), 0),
        wide,
        min(max(_whole(widget.get("height"), 6), 1), _HIGHEST),
    )
    title = str(given.get("title") or "")
    if kind == "text":
        return Panel("text", "", box, text=str(given.get("markdown", "")))
    if kind == "alarm":
        return Panel(
            "alarm", title, box, alarms=tuple(str(arn).rpartition(":alarm:")[2] for arn in given.get("alarms", ()))
        )
    if kind != "metric" or not isinstance(given.get("metrics"), list):
        said = given.get("query") or given.get("endpoint") or f"A widget of type {kind or 'unknown'}."
        return Panel("other", title or f"{kind} widget", box, text=str(said))
    return _metrics(given, title, box)


def _metrics(given: Mapping[str, Any], title: str, box: Box) -> Panel:
    left: list[Series] = []
    right: list[Series] = []
    bands: list[Expected] = []
    for series, axis in _drawn(given):
        if band := _expected(series):
            bands.append(band)
        else:
            (right if axis == "right" else left).append(series)
    axes = given.get("yAxis")
    axes = axes if isinstance(axes, Mapping) else {}
    return Panel(
        _VIEWS.get(str(given.get("view", "timeSeries")).lower(), "timeSeries"),
        title,
        box,
        left=tuple(left),
        right=tuple(right),
        thresholds=tuple(_annotations(given)),
        bands=tuple(bands),
        left_axis=_axis(axes.get("left")),
        right_axis=_axis(axes.get("right")),
        stacked=bool(given.get("stacked")),
    )


def _drawn(given: Mapping[str, Any]) -> Iterator[tuple[Series, str]]:
    """The visible rows as series, with their axes; what is hidden is an input of others."""
    period, statistic = _whole(given.get("period"), 300), str(given.get("stat") or "Average")
    rows = [_row(parts, options, period, statistic) for parts, options in _written_out(given["metrics"])]
    named = {str(options["id"]): row for row, options in rows if "id" in options}
    for row, options in rows:
        if options.get("visible", True) is not False:
            yield _whole_math(row, named), str(options.get("yAxis", "left"))


def _expected(series: Series) -> Expected | None:
    """A band over one metric, which is no line."""
    if not isinstance(series, Expression) or len(series.inputs) != 1:
        return None
    found = _BAND.fullmatch(series.expression)
    return Expected(series.inputs[0][1], float(found[1] or DEFAULT_WIDTH), series.label) if found else None


def _written_out(rows: Sequence[Any]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Rows without their abbreviations: `.` is what the row above has there, `...` all that comes before."""
    above: list[str] = []
    for row in rows:
        if not isinstance(row, list) or not row:
            continue
        options = row[-1] if isinstance(row[-1], Mapping) else {}
        parts = [str(part) for part in row if not isinstance(part, Mapping)]
        if parts and parts[0] == "...":
            kept = max(len(above) - len(parts) + 1, 0)
            parts = [*above[:kept], *parts[1:]]
        parts = [above[at] if part == "." and at < len(above) else part for at, part in enumerate(parts)]
        above = parts or above
        yield parts, options


def _row(parts: list[str], options: Mapping[str, Any], period: int, statistic: str) -> tuple[Series, Mapping[str, Any]]:
    label = str(options.get("label") or "")
    period = max(_whole(options.get("period"), period), 1)
    if "expression" in options or not parts:
        text = str(options.get("expression", ""))
        if text.lstrip().upper().startswith(("SELECT", "SEARCH")):
            return Insights(text, label, period), options
        return Expression(text, (), label or text), options
    dimensions = tuple(zip(parts[2::2], parts[3::2], strict=False))
    name = parts[1] if len(parts) > 1 else ""
    return Metric(parts[0], name, dimensions, str(options.get("stat") or statistic), period, label), options


def _whole_math(series: Series, named: Mapping[str, Series]) -> Series:
    """Math over other math with that math written in, so that its inputs are metrics."""
    if not isinstance(series, Expression):
        return series
    text = series.expression
    for _ in range(_DEEPEST):
        inner = {key: other for key, other in named.items() if isinstance(other, Expression)}
        written = _replaced(text, {key: f"({other.expression})" for key, other in inner.items() if other is not series})
        if written == text or len(written) > _LONGEST:
            break
        text = written
    words = dict.fromkeys(_ID.findall(_STRING.sub("", text)))
    inputs = tuple((key, metric) for key in words if isinstance(metric := named.get(key), Metric))
    if not inputs:
        return Insights(text, series.label)
    return Expression(text, inputs, series.label)


def _replaced(text: str, names: Mapping[str, str]) -> str:
    return _ID.sub(lambda word: names.get(word[0], word[0]), text)


def _annotations(given: Mapping[str, Any]) -> Iterator[Threshold]:
    annotations = given.get("annotations")
    lines = annotations.get("horizontal", ()) if isinstance(annotations, Mapping) else ()
    for line in lines if isinstance(lines, list) else ():
        # A pair is a band, whose two edges are lines.
        for edge in line if isinstance(line, list) else (line,):
            value = _number(edge.get("value")) if isinstance(edge, Mapping) else None
            if value is None:
                continue
            fill = str(edge.get("fill", ""))
            side: Side | None = "above" if fill == "above" else "below" if fill == "below" else None
            right = edge.get("yAxis") == "right"
            yield Threshold(str(edge.get("label") or ""), value, str(edge.get("color") or ""), side, right)


def _axis(given: Any) -> Axis:
    given = given if isinstance(given, Mapping) else {}
    return Axis(str(given.get("label") or ""), _number(given.get("min")), _number(given.get("max")))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole(value: Any, otherwise: int) -> int:
    number = _number(value)
    return int(number) if number is not None and abs(number) < 1e9 else otherwise  # noqa: PLR2004  and no infinity
