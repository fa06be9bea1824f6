"""Dashboards as pictures, before they are deployed and without credentials: SVG and HTML, and PNG where a browser is.

What is drawn are the widgets of the model, in the places that their JSON gives them, or that JSON itself, so that
dashboards which are deployed already are drawn alike. Values are from a history where one is given; otherwise they are
made up, always the same, and marked as sample data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.draw.body import body_panels, body_range
from opslib.monitoring.draw.look import STYLE, VARIABLES, pixels
from opslib.monitoring.draw.page import BOARD_STYLE, Board, Section, page
from opslib.monitoring.draw.page import boards as drawn_boards
from opslib.monitoring.draw.panel import Panel, Sides, breaching_sides, panel, panels
from opslib.monitoring.draw.picture import picture, standalone
from opslib.monitoring.draw.png import browser, png
from opslib.monitoring.draw.values import Recorded, Source, Window
from opslib.monitoring.metric import Ref
from opslib.monitoring.widget import Widget

__all__ = [
    "BOARD_STYLE",
    "PICTURE_STYLE",
    "Board",
    "Body",
    "Panel",
    "Recorded",
    "boards",
    "body_panels",
    "browser",
    "html",
    "panels",
    "png",
    "svg",
]

PICTURE_STYLE = VARIABLES + STYLE
"""The colours in light and dark, and the style of pictures: what a page with boards needs besides `BOARD_STYLE`."""

DEFAULT_SECONDS = 6 * 3_600
LONGEST_SECONDS = 455 * 86_400
"""CloudWatch keeps metrics for 455 days."""

_DURATION = re.compile(r"-?P(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SECONDS = (30 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1)


@dataclass(frozen=True, slots=True)
class Body:
    """A dashboard as CloudWatch has it.

    Attributes:
        name: Its name in AWS.
        body: Its body, as a structure: what `GetDashboard` returns, parsed.
    """

    name: str
    body: Mapping[str, Any]


def svg(
    widget: Widget | Panel,
    *,
    alarms: Iterable[Alarm] = (),
    history: Recorded | None = None,
    bind: Callable[[Ref], str] | None = None,
    states: Mapping[str, str] | None = None,
    seconds: int = DEFAULT_SECONDS,
) -> str:
    """One widget as an SVG that stands alone, in light and dark.

    Args:
        widget: A widget of the model, or a panel of `panels` or `body_panels`.
        alarms: The alarms of the model: they say which side of a line is breaching.
        history: Real values; None: sample data.
        bind: Which name stands behind a reference in the history; None: references stay as they are.
        states: The states of alarms by name, in CloudWatch's words, where they are known.
        seconds: How much time is shown.
    """
    shown = widget if isinstance(widget, Panel) else panel(widget, sides=breaching_sides(alarms))
    source = Source(_window(seconds, history), history, bind)
    return standalone(picture(shown, source, states=states), *pixels(shown.box.width, shown.box.height))


def html(
    dashboards: Iterable[Dashboard | Body],
    *,
    alarms: Iterable[Alarm] = (),
    history: Recorded | None = None,
    bind: Callable[[Ref], str] | None = None,
    states: Mapping[str, str] | None = None,
    seconds: int | None = None,
    title: str = "Dashboards",
) -> str:
    """Dashboards as one page, complete in itself.

    Args:
        dashboards: Of the model, or as CloudWatch has them.
        alarms: The alarms of the model: they say which side of a line is breaching.
        history: Real values; None: sample data.
        bind: Which name stands behind a reference in the history; None: references stay as they are.
        states: The states of alarms by name, in CloudWatch's words, where they are known.
        seconds: How much time is shown; None: as much as each dashboard shows when it is opened.
        title: The page's heading.

    Raises:
        BadRequest: A body is none.
    """
    return page(title, _sections(dashboards, alarms, history, bind, seconds), states or {})


def boards(
    dashboards: Iterable[Dashboard | Body],
    *,
    alarms: Iterable[Alarm] = (),
    history: Recorded | None = None,
    bind: Callable[[Ref], str] | None = None,
    states: Mapping[str, str] | None = None,
    seconds: int | None = None,
) -> tuple[Board, ...]:
    """Each dashboard by itself, for a page of somebody else's; the arguments are those of `html`.

    Raises:
        BadRequest: A body is none.
    """
    return drawn_boards(_sections(dashboards, alarms, history, bind, seconds), states or {})


def _sections(
    dashboards: Iterable[Dashboard | Body],
    alarms: Iterable[Alarm],
    history: Recorded | None,
    bind: Callable[[Ref], str] | None,
    seconds: int | None,
) -> list[Section]:
    sides = breaching_sides(alarms)
    return [_section(board, sides, history, bind, seconds) for board in dashboards]


def _section(
    board: Dashboard | Body,
    sides: Sides,
    history: Recorded | None,
    bind: Callable[[Ref], str] | None,
    seconds: int | None,
) -> Section:
    opened = board.range if isinstance(board, Dashboard) else body_range(board.body)
    source = Source(_window(_seconds(opened) if seconds is None else seconds, history), history, bind)
    found = panels(board, sides=sides) if isinstance(board, Dashboard) else body_panels(board.body)
    return Section(board.name, tuple(found), source, board.metric_count if isinstance(board, Dashboard) else None)


def _window(seconds: int, history: Recorded | None) -> Window:
    """The time that is shown: with a history, up to its end.

    Raises:
        BadRequest: It is no time that CloudWatch could show.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise BadRequest(
            f"a picture of {seconds} s", f"give 1 to {LONGEST_SECONDS}: CloudWatch keeps metrics no longer"
        )
    return Window(seconds, None if history is None else int(history.end.timestamp()))


def _seconds(duration: str) -> int:
    """An ISO 8601 duration, as dashboards have it; CloudWatch's months have 30 days here."""
    found = _DURATION.fullmatch(duration)
    parts = [int(part or 0) for part in found.groups()] if found else []
    total = sum(count * size for count, size in zip(parts, _SECONDS, strict=False))
    return min(total, LONGEST_SECONDS) or DEFAULT_SECONDS
