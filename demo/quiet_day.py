"""A day for the story: one on which no window of the stack mutes what the story wants to hear."""

from __future__ import annotations

from datetime import timedelta

from infra.config import StackConfig
from opslib.calendar import Calendar
from opslib.sandbox import Sandbox

__all__ = ["wait_for_a_quiet_day"]

DAY = timedelta(days=1)
"""Longer than the story is by the sandbox's clock."""


def wait_for_a_quiet_day(sandbox: Sandbox, config: StackConfig) -> None:
    """Turn the sandbox's clock until no window is open, and none opens within a day."""
    calendar = Calendar(windows=tuple(config.maintenance.windows.values()))
    while True:
        now = sandbox.clock.now()
        verdict, coming = calendar.verdict(now), calendar.next(now)
        if verdict.kind != "open" and verdict.until is not None:
            until = verdict.until
        elif coming is not None and coming.starts_at - now < DAY:
            until = coming.ends_at
        else:
            return
        sandbox.clock.advance((until - now).total_seconds())
