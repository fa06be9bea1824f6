"""What goes wrong between a caller and AWS, by script: which call, and what becomes of it.

    sandbox.faults(Fault.throttle("ecs", "UpdateService", nth=1))
    ...
    sandbox.fired()

`faults.md` beside this file describes the kinds.
"""

from __future__ import annotations

from opslib.sandbox.faults.fault import KINDS, ArmedFault, Colleague, Fault, Fired, Kind, Match, Script
from opslib.sandbox.faults.matrix import Case, cases

__all__ = ["KINDS", "ArmedFault", "Case", "Colleague", "Fault", "Fired", "Kind", "Match", "Script", "cases"]
