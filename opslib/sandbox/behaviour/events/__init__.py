"""EventBridge: rules that match, targets that are called, schedules by the sandbox's clock, and deliveries on record.

`put` is how another behaviour says what happened. `events.md`, one directory up, says what AWS's rule is and where this
follows it.
"""

from __future__ import annotations

from opslib.sandbox.behaviour.events.bus import put

__all__ = ["put"]
