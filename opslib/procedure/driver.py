"""The local driver: `advance`, sleeping where it says so, until the end."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Callable

from opslib.errors import JournalUnreachable, Unfinished
from opslib.procedure.advance import advance
from opslib.procedure.clock import Clock, SystemClock
from opslib.procedure.journal import LEASE_SECONDS, Journal
from opslib.procedure.outcome import Event, Outcome, Paused
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Ports, Reader

__all__ = ["run", "runner_name"]


_JOURNAL_FAILURES = 5
_JOURNAL_SECONDS = 2.0
"""How often a journal that stopped answering is tried again, and how much longer each time: half a minute in all."""


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
    reader: Reader | None = None,
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
        reader: See `advance`; for the first look only.

    Raises:
        Overtaken: somebody else holds the target or is at work on the plan.
        JournalUnreachable: the journal does not answer, and nothing was done yet.
        Unfinished: the journal stopped answering on the way, and did not come back.
    """
    clock, runner = clock or SystemClock(), runner or runner_name()
    waits, acted, failures = _Waits(), False, 0

    def heard(event: Event) -> None:
        nonlocal acted
        acted = True
        on_event(event)

    while True:
        try:
            came = advance(
                plan, ports, journal, clock, runner=runner, lease_seconds=lease_seconds, on_event=heard, reader=reader
            )
        except JournalUnreachable as problem:
            failures += 1
            if not acted:
                raise
            if failures > _JOURNAL_FAILURES:
                raise Unfinished(
                    f"plan {plan.id} is not finished: {problem.what}", f"continue it: `opslib resume {plan.id}`"
                ) from None
            on_event(Event("waiting", "", problem.what))
            clock.sleep(_JOURNAL_SECONDS * failures)
        else:
            if isinstance(came, Outcome):
                return came
            failures = 0
            clock.sleep(waits.seconds(came))
        reader = None


_FIRST_SECONDS = 0.4
_SHARE = 1 / 12
"""A wait is this share of what was waited for the same step already: so what is over after a minute is seen to be over
within 5 s, with some 40 looks (ours)."""


class _Waits:
    """How long to wait: little at first, for much is over in a second; at most what the step says."""

    def __init__(self) -> None:
        self._step_id = ""
        self._waited = 0.0

    def seconds(self, paused: Paused) -> float:
        if paused.step_id != self._step_id:
            self._step_id, self._waited = paused.step_id, 0.0
        soon = max(_FIRST_SECONDS, self._waited * _SHARE, paused.not_before_seconds)
        seconds = min(paused.look_again_seconds, soon)
        self._waited += seconds
        return seconds
