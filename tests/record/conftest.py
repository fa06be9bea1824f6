from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opslib.calendar import HoldPort
from opslib.notify import NotifyPort
from opslib.procedure import Journal, Outcome, Plan, SqliteStore, run
from tests.procedure.toy import START, ToyClock, World, plan

Play = Callable[..., Outcome]


@pytest.fixture
def clock() -> ToyClock:
    return ToyClock()


@pytest.fixture
def world(clock: ToyClock) -> World:
    """A world in which every call takes seven seconds."""
    world = World(clock)

    def take() -> None:
        clock.seconds += 7

    world.after_call = take
    return world


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(SqliteStore(tmp_path / "journal.sqlite"))


@pytest.fixture
def play(world: World, journal: Journal) -> Play:
    def play(the_plan: Plan, runner: str = "one") -> Outcome:
        ports = {"toy": world, "hold": HoldPort(journal.store, world.clock), "notify": NotifyPort([])}
        return run(the_plan, ports, journal, clock=world.clock, runner=runner)

    return play


EVIDENCE: dict[str, Any] = {
    "environment": "prod",
    "severity": "P2",
    "revision": {"from": "api:42", "to": "api:41"},
    "alarms": [
        {
            "name": "api-5xx",
            "state": "ALARM",
            "began_at": (START - timedelta(seconds=190)).isoformat(),
            "alarm_at": (START - timedelta(seconds=70)).isoformat(),
        },
        {"name": "api-slow", "alarm_at": (START - timedelta(seconds=30)).isoformat()},
    ],
}


def incident_plan(*steps: Any, context: dict[str, Any] | None = None, **more: Any) -> Plan:
    """A toy plan with evidence."""
    made = plan(*steps, **more)
    return made.model_copy(update={"context": EVIDENCE if context is None else context})
