"""The local driver: `advance`, sleeping where it says so, until the end."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Callable

from opslib.procedure.advance import advance
from opslib.procedure.clock import Clock, SystemClock
from opslib.procedure.journal import LEASE_SECONDS, Journal
from opslib.procedure.outcome import Event, Outcome, Paused
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Ports

__all__ = ["run", "runner_name"]


def runner_name() -> str:
    """A name for this run: the machine and process for people, the rest to be unique."""
    return f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}"


def run(
    plan: Plan,
    ports: Ports,
    journal: Journal,
    *,
    clock: Clock | None = None,
    runner: str = "",
    lease_seconds: float = LEASE_SECONDS,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Outcome:
    """Run a plan to its end in this process; also what resuming does.

    Args:
        plan: The plan.
        ports: Where its calls go and what its reads ask, by name.
        journal: Where its claim, lease and progress are kept.
        clock: Time; the machine's own where none is given.
        runner: Who is at work; made up where none is given.
        lease_seconds: See `advance`.
        on_event: Told what happens, as it happens.

    Raises:
        Overtaken: somebody else holds the target or is at work on the plan.
        JournalUnreachable: the journal does not answer.
    """
    clock, runner = clock or SystemClock(), runner or runner_name()
    while True:
        came = advance(plan, ports, journal, clock, runner=runner, lease_seconds=lease_seconds, on_event=on_event)
        match came:
            case Outcome():
                return came
            case Paused():
                clock.sleep(came.look_again_seconds)
