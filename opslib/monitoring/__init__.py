"""The monitoring as a pure model: metrics, alarms, widgets, dashboards, and what can be said of them before a deploy.

Nothing here imports pulumi or boto3. Identifiers may be references (:class:`Ref`) that are bound to strings, to Pulumi
outputs, or to a placeholder for a picture, when the model is rendered.

Each name is loaded when it is first used: an application that only emits metrics loads none of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_HOMES = {
    **dict.fromkeys(
        (
            "Alarm",
            "Band",
            "CompositeAlarm",
            "Role",
        ),
        "alarm",
    ),
    **dict.fromkeys(("Dashboard",), "dashboard"),
    **dict.fromkeys(("problems",), "limits"),
    **dict.fromkeys(
        (
            "Expression",
            "Insights",
            "Metric",
            "Ref",
            "Requirement",
        ),
        "metric",
    ),
    **dict.fromkeys(
        (
            "AllOf",
            "AnyOf",
            "InAlarm",
            "NotInAlarm",
            "Rule",
        ),
        "rule",
    ),
    **dict.fromkeys(
        (
            "AlarmStatus",
            "Expected",
            "Graph",
            "Line",
            "Text",
            "Widget",
        ),
        "widget",
    ),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'opslib.monitoring' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"opslib.monitoring.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
