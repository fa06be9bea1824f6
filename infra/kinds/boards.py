"""The stack's dashboards: Overview, Detailed, Database, Cost, Agents & business.

A dashboard that is too full is split (`parts.py`), or by hand: workloads of one `group` are shown on dashboards of
their own. Overview always has what would page; where the graphs of all workloads do not fit below, its parts have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from infra.kinds.parts import parted
from infra.kinds.queries import metric_queries
from infra.kinds.stack import alarm_ref
from infra.kinds.table import Board
from infra.kinds.watch import Watched
from opslib.monitoring import AlarmStatus, CompositeAlarm, Dashboard, Graph, Text, Widget
from opslib.monitoring.limits_dashboards import ALARMS_PER_WIDGET, METRICS_PER_DASHBOARD, WIDGETS_PER_DASHBOARD

__all__ = ["dashboards"]

_HEADING_ROWS = 2
"""A heading needs two rows: in one CloudWatch cuts it off."""

_TILES_PER_ROW = 6

_BOARDS: dict[Board, str] = {"database": "database", "cost": "cost", "business": "agents-and-business"}
"""What shows a part of every workload, and the name of its dashboard."""

_Show = Callable[[Watched], Sequence[Widget]]


def dashboards(
    prefix: str,
    region: str,
    watched: Sequence[Watched],
    stack_composites: Sequence[CompositeAlarm],
    *,
    parts: int | None = None,
) -> tuple[Dashboard, ...]:
    """Every dashboard of a stack.

    Args:
        prefix: What every name starts with.
        region: Part of the names too, for dashboards are global in an account.
        watched: All workloads, in the order in which they are shown.
        stack_composites: The stack's own alarms.
        parts: Into how many parts they are split; None: the fewest in which they fit.
    """
    composites = (
        *(composite for composite in stack_composites if composite.acts),
        *(composite for workload in watched for composite in workload.composites),
    )
    head = [*_status("What would page", composites), *metric_queries(watched)]
    found: dict[str, list[Widget]] = dict(_overview(head, watched, parts))
    found |= _by_group("detailed", watched, _details, parts)
    for board, name in _BOARDS.items():
        shown = [workload for workload in watched if workload.boards.get(board)]
        found |= _by_group(name, shown, _on(board), parts)
    return tuple(
        Dashboard(name=f"{prefix}-{key}-{region}", key=key, widgets=tuple(widgets)) for key, widgets in found.items()
    )


def _overview(head: list[Widget], watched: Sequence[Watched], parts: int | None) -> Iterator[tuple[str, list[Widget]]]:
    shown: list[tuple[str, list[Widget]]] = [
        (workload.subject.key, [_heading(workload), *workload.summary]) for workload in watched
    ]
    whole = [*head, *(widget for _, widgets in shown for widget in widgets)]
    if parts in (None, 1) and (parts == 1 or _fits([whole])):
        yield "overview", whole
        return
    yield "overview", head
    for part, blocks in parted(shown, _fits, parts).items():
        yield f"overview-part-{part}" if part else "overview-workloads", [w for block in blocks for w in block]


def _by_group(name: str, watched: Sequence[Watched], show: _Show, parts: int | None) -> dict[str, list[Widget]]:
    groups: dict[str, list[tuple[str, list[Widget]]]] = {}
    for workload in watched:
        block = [_heading(workload), *show(workload)]
        groups.setdefault(workload.subject.group, []).append((workload.subject.key, block))
    return {
        "-".join(filter(None, (name, group, part and f"part-{part}"))): [w for block in blocks for w in block]
        for group, shown in sorted(groups.items())
        for part, blocks in parted(shown, _fits, parts).items()
    }


def _details(workload: Watched) -> list[Widget]:
    return [*_status(f"{workload.subject.key}: what would page", workload.composites), *workload.detail]


def _on(board: Board) -> _Show:
    def show(workload: Watched) -> Sequence[Graph]:
        return workload.boards[board]

    return show


def _fits(blocks: Sequence[Sequence[Widget]]) -> bool:
    widgets = sum(len(block) for block in blocks)
    metrics = sum(widget.metric_count for block in blocks for widget in block)
    return widgets <= WIDGETS_PER_DASHBOARD and metrics <= METRICS_PER_DASHBOARD


def _heading(workload: Watched) -> Text:
    return Text(f"## {workload.subject.key}: {workload.kind.title}", height=_HEADING_ROWS)


def _status(title: str, composites: Sequence[CompositeAlarm]) -> Iterator[Widget]:
    for start in range(0, len(composites), ALARMS_PER_WIDGET):
        part = composites[start : start + ALARMS_PER_WIDGET]
        rows = -(-len(part) // _TILES_PER_ROW)
        yield AlarmStatus(title, tuple(alarm_ref(composite.name) for composite in part), height=1 + rows)
