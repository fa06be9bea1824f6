"""The server's watch over the invariants: it looks before and after, and takes down what does not hold."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Literal

from opslib.errors import BadRequest
from opslib.sandbox.answer import Answer, AwsError, result_of
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.invariants.violation import Violation

if TYPE_CHECKING:
    from opslib.sandbox.account import Account
    from opslib.sandbox.invariants.moment import Memory, Moment
    from opslib.sandbox.invariants.table import Invariant

__all__ = ["Watch"]

ALL = "all"
REFUSED = 400


class Watch:
    """What is watched, what is remembered, and what was violated.

    While anything is watched, calls that can violate it are applied one at a time: a violation has one call to blame.

    Args:
        account: The account to watch.

    Attributes:
        violations: What did not hold, in order.
        good: The revisions of services that a test said were good, by cluster/name.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        # Taken before a service's lock, and that before the schedule's: who holds the schedule's must not take this.
        self._turn = RLock()
        self.clear()

    def clear(self) -> None:
        """Switch everything off, and forget everything."""
        self.good: dict[str, set[str]] = {}
        self._switch_off()

    def _switch_off(self) -> None:
        self._on: dict[str, Invariant] = {}
        self._services: frozenset[str] = frozenset()
        self._memories: dict[str, Memory] = {}
        self._last: Arrival | None = None
        self.violations: list[Violation] = []
        if self.time_went_by in self._account.schedule.watchers:
            self._account.schedule.watchers.remove(self.time_went_by)

    @property
    def on(self) -> frozenset[str]:
        """The names of the invariants that are checked."""
        return frozenset(self._on)

    def switch_on(self, names: Iterable[str]) -> None:
        """Check these invariants from now on, and no others; the world as it is now is where they start from.

        Raises:
            BadRequest: There is no such invariant.
        """
        from opslib.sandbox.invariants.table import INVARIANTS  # it needs the behaviours, which need the account

        wanted = list(names)
        if unknown := [name for name in wanted if name not in INVARIANTS and name != ALL]:
            raise BadRequest(f"there is no invariant {unknown[0]}", f"there are: {', '.join(INVARIANTS)}, or {ALL}")
        with self._turn, self._account.schedule.lock:
            self._switch_off()
            self._on = {name: row for name, row in INVARIANTS.items() if name in wanted or ALL in wanted}
            self._services = frozenset().union(*(row.services for row in self._on.values()))
            if self._on:
                self.memory(self._account.region)
            if any(row.as_time_goes_by for row in self._on.values()):
                self._account.schedule.watchers.append(self.time_went_by)

    def memory(self, region: str) -> Memory:
        """What is remembered of a region; it begins with the region as it is now. Hold `schedule.lock`."""
        from opslib.sandbox.invariants.look import look, scaling
        from opslib.sandbox.invariants.moment import Memory

        if region not in self._memories:
            now = look(self._account, region)
            self._memories[region] = Memory(before=now, first=now, scaling=scaling(self._account, region))
        return self._memories[region]

    def around(self, arrival: Arrival, apply: Callable[[], Answer]) -> Answer:
        """Apply a call, and check what it has done before it is answered.

        Args:
            arrival: The call.
            apply: Applies it, and answers it.
        """
        if not arrival.mutating or arrival.service not in self._services:
            return apply()
        with self._turn:
            with self._account.schedule.lock:
                self.memory(arrival.region)
            answer = apply()
            if answer.status < REFUSED:
                with self._account.schedule.lock:
                    self._last = arrival
                    self._check("call", arrival.region, arrival, answer)
        return answer

    def unseen(self, region: str) -> None:
        """Something was changed past the watch: what it has done is no call's fault. Hold no lock."""
        with self._account.schedule.lock:
            if region in self._memories:
                from opslib.sandbox.invariants.look import look

                self._memories[region].before = look(self._account, region)

    def time_went_by(self, _: datetime) -> None:
        """Check after something that happened by itself. It holds the schedule's lock."""
        for region in list(self._memories):
            self._check("time", region, None, None)

    def settled(self) -> list[Violation]:
        """Check what has to be true when a procedure has ended; what is violated is taken down, and returned."""
        with self._turn, self._account.schedule.lock:
            known = len(self.violations)
            for region in list(self._memories):
                self._check("settled", region, None, None)
            return self.violations[known:]

    def saw(self, arrival: Arrival, answer: Answer) -> None:
        """Take down what a caller was told of services: what they saw, they do not overwrite unknowingly."""
        if "no_overwriting" not in self._on or (arrival.service, arrival.operation) != ("ecs", "DescribeServices"):
            return
        from opslib.sandbox.invariants.look import short

        try:
            services = result_of(arrival.request, answer).get("services", [])
        except AwsError:
            return
        with self._account.schedule.lock:
            seen = self.memory(arrival.region).seen
            for service in services:
                name = f"{service['clusterArn'].rpartition('/')[2]}/{service['serviceName']}"
                seen[arrival.actor, name] = short(service.get("taskDefinition", ""))

    def _check(
        self, by: Literal["call", "time", "settled"], region: str, call: Arrival | None, answer: Answer | None
    ) -> None:
        from opslib.sandbox.invariants.look import look
        from opslib.sandbox.invariants.moment import Moment

        memory = self.memory(region)
        now = look(self._account, region)
        moment = Moment(self._account, region, memory.before, now, memory, self.good, call, answer)
        for name, row in self._on.items():
            if by == "settled":
                concerned = not row.services
            else:
                concerned = row.as_time_goes_by if call is None else call.service in row.services
            if concerned:
                self._note(name, row, moment, by)
        memory.before = moment.after

    def _note(self, name: str, row: Invariant, moment: Moment, by: Literal["call", "time", "settled"]) -> None:
        from opslib.sandbox.invariants.moment import Finding

        blamed = self._last
        try:
            found = list(row.check(moment))
        except Exception as error:  # noqa: BLE001  # a check that breaks must neither pass nor change the call's answer
            traceback.print_exc()
            found = [Finding(moment.region, f"the sandbox could not check this: {type(error).__name__}: {error}")]
        for subject, text in found:
            self.violations.append(
                Violation(
                    invariant=name,
                    sequence=blamed.sequence if blamed else 0,
                    by=by,
                    at=self._account.clock.now(),
                    service=blamed.service if blamed else "",
                    operation=blamed.operation if blamed else "",
                    actor=blamed.actor if blamed else "",
                    subject=subject,
                    text=text,
                )
            )
