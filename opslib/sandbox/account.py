"""What the sandbox knows beside moto: its calls, its clock, and what the gaps remember."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from threading import Lock
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from opslib.sandbox.calls import CallLog
from opslib.sandbox.clock import Clock
from opslib.sandbox.schedule import Schedule

__all__ = ["Account"]


class Account:
    """One AWS account in a box.

    Attributes:
        account_id: The twelve digits that every ARN carries; a workload that is seeded sets them.
        region: The default region: that of the workload, else us-east-1.
        calls: The record of calls.
        clock: The sandbox's clock.
        schedule: What happens by itself as time goes by.
        started: When the sandbox started, by its clock.
    """

    def __init__(self) -> None:
        self.calls = CallLog()
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.started: datetime = self.clock.now()
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

    def reset(self) -> None:
        """Empty the account. The clock keeps its time: it never turns back."""
        BackendDict.reset()
        reset_model_data()
        self._records.clear()
        self.schedule.clear()
        self.calls.clear()
        self.account_id = DEFAULT_ACCOUNT_ID
        self.region = "us-east-1"
