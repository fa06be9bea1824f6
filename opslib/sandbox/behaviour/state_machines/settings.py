"""How fast executions move."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StateMachinesSettings"]


@dataclass(frozen=True, slots=True)
class StateMachinesSettings:
    """Times and sizes of executions.

    Attributes:
        transition_seconds: From one state to the next, by the sandbox's clock (AWS gives no time; assumed).
        most_events: How long a history may become. AWS quotas: 25,000 events, then the execution fails.
    """

    transition_seconds: float = 0.05
    most_events: int = 25_000
