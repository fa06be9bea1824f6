"""When changes are welcome: maintenance windows and freezes, and holds that people or procedures put on a target.

Each name is loaded when it is first used: a rollback asks for holds always, and for windows where there are some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

if TYPE_CHECKING:
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

__getattr__, __dir__ = lazily(
    __name__,
    {
        "calendar": ("HORIZON", "Calendar", "Verdict", "VerdictKind"),
        "hold": ("Hold", "Holds", "Lifted", "Scope"),
        "hold_steps": ("HoldLifted", "HoldPort", "HoldSet"),
        "window": ("Monthly", "Occurrence", "Once", "Weekly", "Window", "WindowKind"),
    },
)
