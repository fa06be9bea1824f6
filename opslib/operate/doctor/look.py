"""Looking: every reading goes through here, once, counted, and never more of them than were announced."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from opslib.contract import StackOutputs
from opslib.procedure import Declined, Ports, Store
from opslib.procedure.store import Item
from opslib.stack import Stack

__all__ = ["Look", "calls_allowed"]

Found = TypeVar("Found")

_PAGED = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"), ("Marker", "Marker"))
"""What an answer calls the way to its next page, and what a request calls it."""

_CALLS_OF_A_STACK = 100
_CALLS_OF_A_WORKLOAD = 30
_CALLS_OF_TEN_ALARMS = 1


def calls_allowed(outputs: StackOutputs) -> int:
    """How many calls an examination makes at most: 100, 30 for each workload, one for every ten alarms (ours).

    A sound stack takes about a third of it; the rest is for pages of history.
    """
    return (
        _CALLS_OF_A_STACK
        + _CALLS_OF_A_WORKLOAD * len(outputs.workloads())
        + _CALLS_OF_TEN_ALARMS * (len(outputs.alarms) // 10)
    )


class Look:
    """What checks look with. Safe to use in several threads; what was asked before is not asked again.

    Attributes:
        stack: The stack.
        outputs: Its contract.
        home: Its region, of which ports have plain names.
        now: The time at which everything is judged.
        calls: How many calls were made.
    """

    def __init__(self, stack: Stack, ports: Ports, *, now: datetime, store: Callable[[], Store]) -> None:
        self.stack = stack
        self.outputs = stack.outputs
        self.home = stack.outputs.stack.region
        self.now = now
        self.calls = 0
        self._ports = ports
        self._open_store = store
        self._most = calls_allowed(stack.outputs)
        self._remembered: dict[str, Future[Any]] = {}
        self._lock = Lock()

    def read(self, port: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Ask a port something that changes nothing, or give the remembered answer.

        Raises:
            Declined: AWS refuses to say; or there were as many calls as there may be.
            NotNow: AWS does not say now.
        """
        key = json.dumps([port, operation, parameters], sort_keys=True, default=str)

        def ask() -> Mapping[str, Any]:
            self._count()
            return self._ports[port].read(operation, parameters)

        return self.once(key, ask)

    def pages(self, port: str, operation: str, of: str, /, **parameters: Any) -> tuple[Any, ...]:
        """What stands under a name on all pages of an answer.

        Args:
            port: The port.
            operation: The operation.
            of: The name, such as ``Topics``.
            **parameters: The parameters of the first page.

        Raises:
            Declined: AWS refuses to say.
            NotNow: AWS does not say now.
        """
        found: list[Any] = []
        asked = dict(parameters)
        while True:
            page = self.read(port, operation, **asked)
            found += page.get(of, ())
            token = next(((request, page[answer]) for answer, request in _PAGED if page.get(answer)), None)
            if token is None:
                return tuple(found)
            asked[token[0]] = token[1]

    def unless_gone(self, codes: frozenset[str], ask: Callable[[], Found]) -> Found | None:
        """What is asked; None where AWS answers that there is no such thing.

        Args:
            codes: What AWS answers then.
            ask: What is asked.
        """
        try:
            return ask()
        except Declined as refused:
            if refused.code in codes:
                return None
            raise

    def once(self, key: str, make: Callable[[], Found]) -> Found:
        """What this makes, made once; a failure is remembered too.

        Args:
            key: What it is called.
            make: Makes it.
        """
        with self._lock:
            ours = key not in self._remembered
            future: Future[Any] = self._remembered.setdefault(key, Future())
        if ours:
            try:
                future.set_result(make())
            except BaseException as problem:  # noqa: BLE001  # whoever waits for it has to be told
                future.set_exception(problem)
        found: Found = future.result()
        return found

    @property
    def store(self) -> Store:
        """The journal's store, whose readings are counted too.

        Raises:
            JournalUnreachable: it does not answer.
        """
        return self.once("the journal's store", lambda: _Counted(self._open_store(), self._count))

    def _count(self) -> None:
        with self._lock:
            if self.calls >= self._most:
                raise Declined(
                    f"{self._most} calls were made, which is the most for a stack of this size",
                    "look at less at a time: --only",
                )
            self.calls += 1


class _Counted:
    """A store that is only read."""

    def __init__(self, store: Store, count: Callable[[], None]) -> None:
        self._store = store
        self._count = count

    def get(self, pk: str, sk: str) -> Item | None:
        self._count()
        return self._store.get(pk, sk)

    def query(self, pk: str) -> tuple[Item, ...]:
        self._count()
        return self._store.query(pk)

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        raise AssertionError(f"nothing is written here: {pk} {sk} {value} {expected}")

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        raise AssertionError(f"nothing is deleted here: {pk} {sk} {expected}")
