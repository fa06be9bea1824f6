"""A rollback that is killed or meets faults, and is gone on with until it ends; and what must be true then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from opslib import rollback
from opslib.errors import Refused, Unfinished
from opslib.procedure import Call, Event, Outcome, Port, Ports
from tests.rollback.world import World


class Killed(BaseException):
    """The process is gone: no `except Exception`, and no clean-up that is not the operating system's."""


@dataclass
class Script:
    """Which of all that goes through the ports the process does not survive, over all its lives.

    Attributes:
        kills: The number of an interaction, from 1, or the operation whose first call is meant; and whether the process
            is killed before or after it.
        seen: What went through so far: the port, the operation, and whether it was a call.
    """

    kills: dict[int | str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, bool]] = field(default_factory=list)

    def over(self, ports: Ports) -> Ports:
        """The ports, under this script."""
        return _Ports(ports, self)

    def meet(self, name: str, operation: str, *, sends: bool) -> str:
        """Count one; returns when the process is killed at it, if it is."""
        self.seen.append((name, operation, sends))
        when = self.kills.get(len(self.seen), "")
        return when or (self.kills.pop(operation, "") if sends else "")


class _Ports(Mapping[str, Port]):
    def __init__(self, ports: Ports, script: Script) -> None:
        self._ports, self._script = ports, script

    def __getitem__(self, name: str) -> Port:
        return _Port(name, self._ports[name], self._script)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ports)

    def __len__(self) -> int:
        return len(self._ports)


class _Port:
    def __init__(self, name: str, port: Port, script: Script) -> None:
        self._name, self._port, self._script = name, port, script

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        when = self._script.meet(self._name, operation, sends=False)
        if when:
            raise Killed
        return self._port.read(operation, parameters)

    def send(self, call: Call) -> Mapping[str, Any]:
        when = self._script.meet(self._name, call.operation, sends=True)
        if when == "before":
            raise Killed
        came = self._port.send(call)
        if when == "after":
            raise Killed
        return came


def until_it_ends(world: World, script: Script | None = None, **options: Any) -> Outcome:
    """Roll back; killed or unfinished it is resumed as somebody else would, by the id in the journal.

    What is refused before anything was begun is asked again, as a person would.
    """
    given = world.options | {"ports": (script or Script()).over}

    def heard(event: Event) -> None:
        if (event.step_id, event.kind) == ("serves", "done"):
            world.alarm("OK")

    for _ in range(20):
        begun = world.journal().history()
        try:
            if begun:
                return rollback.resume(world.stack(), begun[-1].plan_id, on_event=heard, **given)
            return rollback.service(world.stack(), "api", reason="errors", on_event=heard, **given | options)
        except (Killed, Unfinished):
            continue
        except Refused:
            if world.journal().history():
                raise
    raise AssertionError("it does not end")


def assert_ended_well(world: World, outcome: Outcome) -> None:
    """The revision that was asked for serves, and nothing is left behind."""
    assert outcome.exit_code == 0, outcome.ending
    assert world.running() == "shop-api:3"
    assert world.suspended() == {False}
    assert world.sandbox.settled() == []
    assert world.sandbox.violations() == []
    assert len(world.records()) == 1
    assert world.journal().progress(outcome.plan.id).phase == "ended"
    world.journal().refuse_if_held(outcome.plan.target)
