"""A rollback that is killed at one of its calls: `tests/faults` does that at every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from opslib.procedure import Call, Port, Ports


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
