"""Dashboards in the report, from CloudWatch's own JSON: that of the model, and that which is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.preview.document.part import Part

__all__ = ["BoardPart", "LinePart", "WidgetPart", "board_part"]


class LinePart(Part):
    """A horizontal line in a graph.

    Attributes:
        label: As the dashboard says it.
        value: Where it is.
    """

    label: str
    value: float


class WidgetPart(Part):
    """A widget.

    Attributes:
        type: `metric`, `alarm`, `text` …
        title: Above it; of a text, its first line.
        x: Column of its left edge, of 24.
        y: Row of its upper edge.
        width: In columns.
        height: In rows.
        metrics: What it draws, a line for each metric and each expression.
        lines: Its horizontal lines.
        alarms: The names of the alarms whose states it shows.
        text: Its markdown.
        unit: The label of its left axis.
    """

    type: str
    title: str
    x: int
    y: int
    width: int
    height: int
    metrics: tuple[str, ...] = ()
    lines: tuple[LinePart, ...] = ()
    alarms: tuple[str, ...] = ()
    text: str = ""
    unit: str = ""


class BoardPart(Part):
    """A dashboard.

    Attributes:
        name: Its name in AWS.
        key: What the contract calls it; empty where that is not known.
        range: How much it shows when opened.
        metrics: How many metrics it holds.
        widgets: Its widgets, in reading order.
    """

    name: str
    key: str = ""
    range: str = ""
    metrics: int
    widgets: tuple[WidgetPart, ...]


def board_part(name: str, body: Mapping[str, Any], *, key: str = "") -> BoardPart:
    """The record of a dashboard.

    Args:
        name: Its name in AWS.
        body: Its body, as a structure.
        key: What the contract calls it.

    Raises:
        TypeError: The body is no dashboard's.
        ValueError: The same.
        KeyError: The same.
        AttributeError: The same.
    """
    widgets = tuple(_widget(widget) for widget in body["widgets"])
    metrics = sum(len(widget["properties"].get("metrics") or ()) for widget in body["widgets"])
    return BoardPart(name=name, key=key, range=str(body.get("start", "")), metrics=metrics, widgets=widgets)


def _widget(widget: Mapping[str, Any]) -> WidgetPart:
    properties = widget.get("properties", {})
    text = str(properties.get("markdown", ""))
    title = str(properties.get("title", "")) or text.strip().partition("\n")[0].lstrip("# ")
    horizontal = (properties.get("annotations") or {}).get("horizontal") or ()
    return WidgetPart(
        type=str(widget.get("type", "")),
        title=title,
        x=int(widget.get("x", 0)),
        y=int(widget.get("y", 0)),
        width=int(widget.get("width", 6)),
        height=int(widget.get("height", 6)),
        metrics=tuple(_metrics(properties.get("metrics") or ())),
        lines=tuple(
            LinePart(label=str(line.get("label", "")), value=float(line["value"]))
            for line in horizontal
            if isinstance(line, Mapping) and "value" in line
        ),
        alarms=tuple(str(arn).rpartition(":alarm:")[2] for arn in properties.get("alarms") or ()),
        text=text,
        unit=str(((properties.get("yAxis") or {}).get("left") or {}).get("label", "")),
    )


def _metrics(rows: Any) -> Iterator[str]:
    for row in rows:
        names = [str(part) for part in row if not isinstance(part, Mapping)]
        options: Mapping[str, Any] = next((part for part in row if isinstance(part, Mapping)), {})
        if not names:
            yield str(options.get("expression", ""))
            continue
        dimensions = ", ".join(f"{name}={value}" for name, value in zip(names[2::2], names[3::2], strict=False))
        where = f" {{{dimensions}}}" if dimensions else ""
        often = f" of {options['period']} s" if "period" in options else ""
        yield f"{' '.join(names[:2])}{where}, {options.get('stat', 'Average')}{often}"
