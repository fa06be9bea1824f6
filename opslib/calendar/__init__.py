"""When changes are welcome: maintenance windows and freezes, and holds that people or procedures put on a target.

Each name is loaded when it is first used: a rollback asks for holds always, and for windows where there are some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_HOMES = {
    **dict.fromkeys(("HORIZON", "Calendar", "Verdict", "VerdictKind"), "calendar"),
    **dict.fromkeys(("Hold", "Holds", "Lifted", "Scope"), "hold"),
    **dict.fromkeys(("HoldLifted", "HoldPort", "HoldSet"), "hold_steps"),
    **dict.fromkeys(("Monthly", "Occurrence", "Once", "Weekly", "Window", "WindowKind"), "window"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'opslib.calendar' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"opslib.calendar.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
