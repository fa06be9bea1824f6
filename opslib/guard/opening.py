"""How a function of the stack starts: which stack it is of, and what time it is."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from opslib.clients import Clients
from opslib.errors import BadRequest
from opslib.stack import Stack

__all__ = ["STACK", "EventClock", "open_stack"]

STACK = "OPSLIB_STACK"
"""The variable that names the function's stack: ``shop/prod``. Its outputs are read from their mirror in SSM."""


class EventClock:
    """Time as whoever invoked the function tells it, and from there on by this machine.

    All invocations of one execution go by the clock of that execution, whatever the clocks of their machines say.

    Args:
        told: When the function was invoked, in ISO 8601.
    """

    def __init__(self, told: str) -> None:
        try:
            moment = datetime.fromisoformat(told)
        except (TypeError, ValueError):
            raise BadRequest(f"{told!r} is no time", "invoke the function by its rule or its state machine") from None
        self._began, self._started = moment.astimezone(UTC), time.monotonic()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._began + timedelta(seconds=time.monotonic() - self._started)

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def open_stack(environ: Mapping[str, str] = os.environ) -> Stack:
    """The function's stack, as it is now.

    Raises:
        BadRequest: the function's environment names none.
        Refused: its outputs cannot be read.
    """
    name = environ.get(STACK, "")
    if "/" not in name:
        raise BadRequest(f"{STACK} is {name!r}", "set it to PRODUCT/ENVIRONMENT")
    return Stack.open(name, clients=_clients(*(environ.get(variable, "") for variable in _WHO_AND_WHERE)))


_WHO_AND_WHERE = ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SDK_UA_APP_ID")


@lru_cache(maxsize=8)
def _clients(*_: str) -> Clients:
    """The clients of an environment: Lambda keeps the process, and to make them takes longer than most invocations."""
    return Clients()
