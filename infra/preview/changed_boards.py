"""Dashboards of two versions held against one another: what is alike in many widgets is said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from infra.preview.document import BoardChange, BoardPart, WidgetPart
from infra.preview.words import counted, few, number

__all__ = ["board_changes"]

_Key = tuple[str, str, int]


def board_changes(before: Mapping[str, BoardPart], after: Mapping[str, BoardPart]) -> Iterator[BoardChange]:
    """The dashboards that are new, gone or other.

    Args:
        before: The dashboards by name, as they were.
        after: As they would be.
    """
    for name, one in after.items():
        if name not in before:
            yield BoardChange(name=name, what="added", widgets=len(one.widgets))
        elif says := tuple(_board(before[name], one)):
            yield BoardChange(name=name, what="changed", widgets=len(one.widgets), says=says)
    for name, one in before.items():
        if name not in after:
            yield BoardChange(name=name, what="removed", widgets=len(one.widgets))


def _board(before: BoardPart, after: BoardPart) -> Iterator[str]:
    if before.range != after.range:
        yield f"opens with {before.range} → {after.range}"
    old, new = _by_title(before), _by_title(after)
    for what, there, lacking in (("added", new, old), ("removed", old, new)):
        titles = [title for title, type_, place in there if (title, type_, place) not in lacking]
        if titles:
            yield f"{counted(len(titles), 'widget')} {what}: {few(titles)}"
    alike: dict[str, list[str]] = {}
    for key in new:
        for says in _widget(old[key], new[key]) if key in old else ():
            alike.setdefault(says, []).append(key[0])
    for says, titles in alike.items():
        yield f"{says} ({titles[0]})" if len(titles) == 1 else f"{says} (in {counted(len(titles), 'widget')})"
    moved = sum(1 for key in new if key in old and _place(old[key]) != _place(new[key]))
    if moved and len(old) == len(new):
        yield f"{counted(moved, 'widget')} moved"


def _by_title(board: BoardPart) -> dict[_Key, WidgetPart]:
    """Widgets by title and type; of several alike, by their order."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for widget in board.widgets:
        key = (widget.title, widget.type)
        found[(*key, seen[key])] = widget
        seen[key] += 1
    return found


def _place(widget: WidgetPart) -> tuple[int, int, int, int]:
    return widget.x, widget.y, widget.width, widget.height


def _widget(before: WidgetPart, after: WidgetPart) -> Iterator[str]:
    yield from _lines(before, after)
    if before.metrics != after.metrics:
        yield "draws other metrics"
    if before.alarms != after.alarms:
        new = [name for name in after.alarms if name not in before.alarms]
        gone = [name for name in before.alarms if name not in after.alarms]
        parts = [f"shows {few(new)}" if new else "", f"no longer shows {few(gone)}" if gone else ""]
        yield " and ".join(filter(None, parts)) or "shows its alarms in another order"
    if before.text != after.text:
        yield "another text"


def _lines(before: WidgetPart, after: WidgetPart) -> Iterator[str]:
    """Lines by what they are called, without the threshold that their labels end with."""
    old, new = ({_called(line.label): line.value for line in widget.lines} for widget in (before, after))
    for called, value in new.items():
        if called not in old:
            yield f"new line {called} {number(value, after.unit)}"
        elif old[called] != value:
            yield f"line {called} {number(old[called], before.unit)} → {number(value, after.unit)}"
    for called, value in old.items():
        if called not in new:
            yield f"no line {called} {number(value, before.unit)}"


def _called(label: str) -> str:
    head, _, last = label.rpartition(" ")
    return head if head and last.replace(".", "", 1).replace("-", "", 1).replace("e+", "", 1).isdigit() else label
