"""The monitoring as a pure model: metrics, alarms, widgets, dashboards, and what can be said of them before a deploy.

Nothing here imports pulumi or boto3. Identifiers may be references (:class:`Ref`) that are bound to strings, to Pulumi
outputs, or to a placeholder for a picture, when the model is rendered.

Each name is loaded when it is first used: an application that only emits metrics loads none of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

if TYPE_CHECKING:
    from opslib.monitoring.alarm import Alarm, Band, CompositeAlarm, Role
    from opslib.monitoring.dashboard import Dashboard
    from opslib.monitoring.limits import problems
    from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Requirement
    from opslib.monitoring.rule import AllOf, AnyOf, InAlarm, NotInAlarm, Rule
    from opslib.monitoring.widget import AlarmStatus, Expected, Graph, Line, Text, Widget

__all__ = [
    "Alarm",
    "AlarmStatus",
    "AllOf",
    "AnyOf",
    "Band",
    "CompositeAlarm",
    "Dashboard",
    "Expected",
    "Expression",
    "Graph",
    "InAlarm",
    "Insights",
    "Line",
    "Metric",
    "NotInAlarm",
    "Ref",
    "Requirement",
    "Role",
    "Rule",
    "Text",
    "Widget",
    "problems",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "alarm": ("Alarm", "Band", "CompositeAlarm", "Role"),
        "dashboard": ("Dashboard",),
        "limits": ("problems",),
        "metric": ("Expression", "Insights", "Metric", "Ref", "Requirement"),
        "rule": ("AllOf", "AnyOf", "InAlarm", "NotInAlarm", "Rule"),
        "widget": ("AlarmStatus", "Expected", "Graph", "Line", "Text", "Widget"),
    },
)
