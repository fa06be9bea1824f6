"""Ports: where calls go and what reads ask, and the three ways in which a call can fail.

What matters about a failure is not its code but what it says of the world: nothing was changed, now or for good; or
nobody knows. A port that cannot tell must say `Unknown`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from opslib.errors import OpslibError
from opslib.procedure.observation import Call

__all__ = ["Declined", "NotNow", "Port", "Ports", "Reader", "Unknown"]


class Declined(OpslibError):
    """The call was refused and changed nothing; sending it again would be refused again.

    Attributes:
        code: The port's own code, such as ``ClientException``.
    """

    exit_code = 3

    def __init__(self, what: str, next_step: str = "", *, code: str = "") -> None:
        super().__init__(what, next_step)
        self.code = code


class NotNow(OpslibError):
    """The call was not taken now (throttled, unreachable) and changed nothing; later it may be.

    Attributes:
        again_seconds: When it is worth another try.
    """

    exit_code = 7

    def __init__(self, what: str, next_step: str = "", *, again_seconds: float = 2.0) -> None:
        super().__init__(what, next_step)
        self.again_seconds = again_seconds


class Unknown(OpslibError):
    """Nobody knows whether the call was applied: the answer was lost, or the service failed in the middle."""

    exit_code = 5


class Port(Protocol):
    """A service that can be asked and told."""

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask something that changes nothing; may be repeated freely.

        Raises:
            Declined: it refuses to say.
            NotNow: it does not say now.
        """
        ...

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send a call, once.

        Raises:
            Declined: it was refused, and changed nothing.
            NotNow: it was not taken now, and changed nothing.
            Unknown: nobody knows whether it was applied.
        """
        ...


Ports = Mapping[str, Port]
"""The ports by their names."""


class Reader:
    """Reads through the ports, and remembers each answer until it is told to forget."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._answers: dict[str, Mapping[str, Any]] = {}

    def __call__(self, port: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Ask, or give the remembered answer."""
        key = json.dumps([port, operation, parameters], sort_keys=True, default=str)
        if key not in self._answers:
            self._answers[key] = self._ports[port].read(operation, parameters)
        return self._answers[key]

    def forget(self) -> None:
        """Forget every answer: the world may have changed."""
        self._answers.clear()
