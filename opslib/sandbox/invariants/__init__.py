"""What must be true of the world after every call, whatever goes wrong: checked by the server before it answers.

    sandbox.invariants("all")
    ...
    assert sandbox.violations() == []

`table.py` has them, each with AWS's rule behind it; a check is a function of a `Moment` that yields what is violated.
"""

from __future__ import annotations

from opslib.sandbox.invariants.violation import Violation

__all__ = ["Violation"]
