"""What the sandbox knows beside moto: its calls, its clock, and what the gaps remember."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from random import Random
from threading import Lock
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from opslib.sandbox.answer import Answer
from opslib.sandbox.calls import CallLog
from opslib.sandbox.clock import Clock
from opslib.sandbox.faults.script import FaultScript
from opslib.sandbox.invariants.watch import Watch
from opslib.sandbox.request import Environ
from opslib.sandbox.schedule import Schedule
from opslib.sandbox.settings import BehaviourSettings

__all__ = ["Account", "TrailKey"]

TrailKey = tuple[str, str]
"""Home region and name of a trail."""

FIRST_SEED = 0  # the same calls make the same world, until somebody asks for another


class Account:
    """One AWS account in a box.

    Attributes:
        account_id: The twelve digits that every ARN carries; a workload that is seeded sets them.
        region: The default region: that of the workload, else us-east-1.
        calls: The record of calls.
        clock: The sandbox's clock.
        schedule: What happens by itself as time goes by.
        behaviour: The settings of each behaviour, by its name; see `opslib.sandbox.settings`.
        random: Everything random comes from here. Take numbers while holding `schedule.lock`, or their order is chance.
        seed: What `random` was last begun with.
        started: When the sandbox started, by its clock.
        url: Where it is reached; known once it listens.
        faults: What goes wrong with calls, by script.
        watch: What must be true of the account, and what was not.
        trails: The trails that log now: while there are some, calls are recorded.
        door: Answers an HTTP request without the network, uncounted and without faults; the gateway's.
        service_door: The same for calls that AWS's services make themselves, while the schedule's lock is held.
    """

    def __init__(self) -> None:
        self.calls = CallLog()
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.behaviour = BehaviourSettings()
        self.random = Random()  # noqa: S311  # to be repeatable is its purpose
        self.seed_random(FIRST_SEED)
        self.started: datetime = self.clock.now()
        self.url = ""
        self.faults = FaultScript(self)
        self.watch = Watch(self)
        self.trails: frozenset[TrailKey] = frozenset()
        self.door: Callable[[Environ, bytes], Answer] = _closed
        self.service_door: Callable[[Environ, bytes], Answer] = _closed
        self._locks: dict[str, Lock] = {}
        self._records: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        self.account_id: str = DEFAULT_ACCOUNT_ID
        self.region: str = "us-east-1"

    def lock(self, service: str) -> Lock:
        """The lock under which the service's gaps read and write, one at a time."""
        return self._locks.setdefault(service, Lock())

    def record(self, kind: str, region: str = "global") -> dict[str, Any]:
        """What a gap remembers under a name of its own, per region; forgotten by a reset."""
        return self._records[kind, region]

    def seed_random(self, seed: int) -> None:
        """Begin the random numbers anew, those of `random` in place."""
        self.seed = seed
        self.random.seed(seed)

    def reset(self) -> None:
        """Empty the account, settings and random numbers included. The clock keeps its time: it never turns back."""
        BackendDict.reset()
        reset_model_data()
        self._records.clear()
        self.schedule.clear()
        self.behaviour.clear()
        self.faults.clear()
        self.watch.clear()
        self.trails = frozenset()
        self.seed_random(FIRST_SEED)
        self.calls.clear()
        self.account_id = DEFAULT_ACCOUNT_ID
        self.region = "us-east-1"


def _closed(_environ: Environ, _body: bytes) -> Answer:
    raise RuntimeError("no gateway has been built around this account")
