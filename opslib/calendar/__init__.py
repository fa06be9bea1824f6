"""When changes are welcome: maintenance windows and freezes, and holds that people or procedures put on a target."""

from opslib.calendar.calendar import HORIZON, Calendar, Verdict, VerdictKind
from opslib.calendar.hold import Hold, Holds, Lifted, Scope
from opslib.calendar.hold_steps import HoldLifted, HoldPort, HoldSet
from opslib.calendar.window import Monthly, Occurrence, Once, Weekly, Window, WindowKind

__all__ = [
    "HORIZON",
    "Calendar",
    "Hold",
    "HoldLifted",
    "HoldPort",
    "HoldSet",
    "Holds",
    "Lifted",
    "Monthly",
    "Occurrence",
    "Once",
    "Scope",
    "Verdict",
    "VerdictKind",
    "Weekly",
    "Window",
    "WindowKind",
]
