"""The monitoring as a pure model: metrics, alarms, widgets, dashboards, and what can be said of them before a deploy.

Nothing here imports pulumi or boto3. Identifiers may be references (:class:`Ref`) that are bound to strings, to Pulumi
outputs, or to a placeholder for a picture, when the model is rendered.
"""

from opslib.monitoring.alarm import Alarm, Band, CompositeAlarm, Role
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.limits import problems
from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Requirement
from opslib.monitoring.rule import AllOf, AnyOf, InAlarm, Rule
from opslib.monitoring.widget import AlarmStatus, Graph, Line, Text, Widget

__all__ = [
    "Alarm",
    "AlarmStatus",
    "AllOf",
    "AnyOf",
    "Band",
    "CompositeAlarm",
    "Dashboard",
    "Expression",
    "Graph",
    "InAlarm",
    "Insights",
    "Line",
    "Metric",
    "Ref",
    "Requirement",
    "Role",
    "Rule",
    "Text",
    "Widget",
    "problems",
]
