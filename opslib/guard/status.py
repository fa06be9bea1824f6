"""How automatic rollback is: its switch, whether each of its parts is alive, what it last did, what it waits with.

It looks, and changes nothing. What cannot be looked at is said, and never counts as alive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from opslib.calendar import Hold, Holds
from opslib.contract import StackOutputs
from opslib.guard.automatic import plan_id_of
from opslib.guard.decision import Mode
from opslib.guard.parts import PARTS, Part, Seen, see_part
from opslib.guard.pause import Pause, Pauses
from opslib.guard.proposals import Proposals, Standing, standing
from opslib.procedure import Declined, Journal, NotNow, Ports, Reader
from opslib.rollback import Workbench
from opslib.rollback.ecs_service.seen import see_service

__all__ = ["LAST", "Did", "GuardStatus", "read_proposals", "read_status"]

LAST: Final = 5
"""How many of its last executions are looked at."""


@dataclass(frozen=True, slots=True)
class Did:
    """What came of one ringing alarm.

    Attributes:
        execution: The execution's name.
        at: When it began.
        alarm: The alarm; empty where its event does not say.
        state: `running`; `nothing`, `proposed` or `rolled back`; else `failed`.
        says: Why, in a clause.
        plan: The plan's id, where there is one.
    """

    execution: str
    at: datetime
    alarm: str
    state: Literal["running", "nothing", "proposed", "rolled back", "failed"]
    says: str
    plan: str = ""

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        return {
            "execution": self.execution,
            "at": self.at.isoformat(),
            "alarm": self.alarm,
            "state": self.state,
            "says": self.says,
            "plan": self.plan or None,
        }


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """How automatic rollback is.

    Attributes:
        stack: Which stack: ``shop/prod``.
        mode: The switch, as deployed.
        within_minutes: For how long a deployment counts as the cause; None where it is off.
        pause: The pause that somebody asked for.
        parts: Its parts, and the recorder's.
        last: What it did last, the newest first.
        held: What is held.
        proposals: The proposals that are open.
        not_seen: What could not be looked at, and why.
    """

    stack: str
    mode: Mode
    within_minutes: int | None
    pause: Pause | None
    parts: tuple[Seen, ...]
    last: tuple[Did, ...]
    held: tuple[Hold, ...]
    proposals: tuple[Standing, ...]
    not_seen: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0: all of it is alive; 1: something is not; 3: something could not be looked at, and the rest is alive."""
        if any(seen.state == "amiss" for seen in self.parts):
            return 1
        return 3 if self.not_seen or any(seen.state == "not checked" for seen in self.parts) else 0

    def document(self) -> dict[str, Any]:
        """In JSON types; the shape is stable."""
        return {
            "stack": self.stack,
            "mode": self.mode,
            "withinMinutes": self.within_minutes,
            "pause": None if self.pause is None else self.pause.model_dump(mode="json"),
            "parts": [seen.document() for seen in self.parts],
            "last": [did.document() for did in self.last],
            "held": [hold.model_dump(mode="json") for hold in self.held],
            "proposals": [one.document() for one in self.proposals],
            "notSeen": list(self.not_seen),
            "exitCode": self.exit_code,
        }


def read_status(bench: Workbench) -> GuardStatus:
    """Look how automatic rollback is.

    Args:
        bench: What to look with.

    Raises:
        JournalUnreachable: the journal does not answer.
    """
    outputs, now, journal = bench.stack.outputs, bench.clock.now(), bench.opened.journal
    promised = outputs.auto_rollback
    not_seen: list[str] = []
    seen = tuple(see_part(bench.ports, part, outputs) for part in parts_of(outputs))
    last = _or_say(lambda: _last(bench.ports, outputs, journal), (), not_seen)
    proposals = _or_say(lambda: read_proposals(bench), (), not_seen)
    return GuardStatus(
        stack=bench.stack.name,
        mode="off" if promised is None else promised.mode,
        within_minutes=None if promised is None else promised.within_minutes,
        pause=Pauses(journal.store).at(now),
        parts=seen,
        last=last,
        held=Holds(journal.store).all(),
        proposals=tuple(one for one in proposals if one.state == "open"),
        not_seen=tuple(not_seen),
    )


def parts_of(outputs: StackOutputs) -> Iterable[Part]:
    """The parts that a stack should have."""
    return (part for part in PARTS if part.is_in(outputs))


def read_proposals(bench: Workbench) -> tuple[Standing, ...]:
    """Every proposal and what has become of it, the newest first.

    Args:
        bench: What to look with.

    Raises:
        JournalUnreachable: the journal does not answer.
        NotNow, Declined: AWS does not.
    """
    journal, now, reader = bench.opened.journal, bench.clock.now(), Reader(bench.ports)
    found = Proposals(journal.store).all()
    history = journal.history() if found else ()
    services = bench.stack.outputs.services

    def runs(service: str) -> str | None:
        promised = services.get(service)
        state = None if promised is None else see_service(reader, promised.cluster, promised.name)
        return None if state is None else state.task_definition

    return tuple(standing(one, now=now, history=history, runs=runs(one.service)) for one in reversed(found))


def _or_say(look: Callable[[], tuple[Any, ...]], otherwise: tuple[Any, ...], not_seen: list[str]) -> tuple[Any, ...]:
    try:
        return look()
    except (Declined, NotNow) as problem:
        not_seen.append(str(problem))
        return otherwise


def _last(ports: Ports, outputs: StackOutputs, journal: Journal) -> tuple[Did, ...]:
    if outputs.auto_rollback is None:
        return ()
    machine = outputs.auto_rollback.state_machine
    port = ports["stepfunctions"]
    try:
        listed = port.read("ListExecutions", {"stateMachineArn": machine, "maxResults": LAST})["executions"]
    except Declined as refused:
        if refused.code == "StateMachineDoesNotExist":  # a part that is amiss
            return ()
        raise
    return tuple(_did(port.read("DescribeExecution", {"executionArn": one["executionArn"]}), journal) for one in listed)


def _did(found: Mapping[str, Any], journal: Journal) -> Did:
    name, status = found["name"], found["status"]
    came = _json(found.get("output"))
    alarm = str(_json(found.get("input")).get("detail", {}).get("alarmName", ""))
    plan = plan_id_of(name) if journal.store.get(f"plan#{plan_id_of(name)}", "plan") is not None else ""
    ending = journal.progress(plan).ending if plan else None
    if status == "RUNNING":
        return Did(name, found["startDate"], alarm, "running", f"plan {plan} is under way" if plan else "", plan)
    if status != "SUCCEEDED":
        says = ending.says if ending is not None else str(found.get("cause") or status)
        return Did(name, found["startDate"], alarm, "failed", says, plan)
    state = came.get("state")
    word: Literal["nothing", "proposed", "rolled back"] = (
        "rolled back" if state == "ended" else "proposed" if state == "proposed" else "nothing"
    )
    return Did(name, found["startDate"], alarm, word, str(came.get("why", "")), plan)


def _json(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
