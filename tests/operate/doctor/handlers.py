"""What the stack's own functions run here: nothing, for they would call AWS by a network that snapshots do not have."""

from __future__ import annotations

from typing import Any


def nothing(event: Any, context: Any) -> None:
    """Done."""
    del event, context
