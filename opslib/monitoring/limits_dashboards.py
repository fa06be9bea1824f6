"""The limits of dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.widget import AlarmStatus, Graph

__all__ = [
    "ALARMS_PER_WIDGET",
    "METRICS_PER_DASHBOARD",
    "WIDGETS_PER_DASHBOARD",
    "dashboard_problems",
]

NAME_CHARACTERS = 255
WIDGETS_PER_DASHBOARD = 500
METRICS_PER_WIDGET = 500
METRICS_PER_DASHBOARD = 2_500
ALARMS_PER_WIDGET = 100

_NAME = re.compile(r"[A-Za-z0-9_-]*")
_SPLIT = "give some of its workloads a `group` of their own"


def dashboard_problems(dashboard: Dashboard) -> Iterator[str]:
    """What is wrong with a dashboard."""
    yield from (f"dashboard {dashboard.name}{line}" for line in _whole(dashboard))
    for widget in dashboard.widgets:
        if isinstance(widget, Graph) and widget.metric_count > METRICS_PER_WIDGET:
            yield (
                f"dashboard {dashboard.name}, {widget.title}: {widget.metric_count} metrics, "
                f"AWS takes {METRICS_PER_WIDGET}: draw some of them in a graph of their own"
            )
        if isinstance(widget, AlarmStatus) and len(widget.alarm_arns) > ALARMS_PER_WIDGET:
            yield (
                f"dashboard {dashboard.name}, {widget.title}: {len(widget.alarm_arns)} alarms in one widget, "
                f"AWS takes {ALARMS_PER_WIDGET}: show some of them in a widget of their own"
            )


def _whole(dashboard: Dashboard) -> Iterator[str]:
    if not 1 <= len(dashboard.name) <= NAME_CHARACTERS:
        yield (
            f": a name of {len(dashboard.name)} characters, AWS takes {NAME_CHARACTERS}: "
            "shorten the product's or the environment's name"
        )
    if not _NAME.fullmatch(dashboard.name):
        yield ": AWS takes letters, digits, - and _ in a dashboard's name: leave the rest out"
    if len(dashboard.widgets) > WIDGETS_PER_DASHBOARD:
        yield f": {len(dashboard.widgets)} widgets, AWS takes {WIDGETS_PER_DASHBOARD}: {_SPLIT}"
    if dashboard.metric_count > METRICS_PER_DASHBOARD:
        yield f": {dashboard.metric_count} metrics, AWS takes {METRICS_PER_DASHBOARD}: {_SPLIT}"
