"""A process that is Lambda and Step Functions in one: it runs the real handler, state by state, until it is killed.

What Step Functions remembers is in a file: the state that it is in, and its input. Whoever comes after the killed one
runs the same state with the same input, as a Retry does.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from opslib.guard import automatic
from opslib.sandbox import Sandbox

__all__ = ["ACTOR", "RETRY_SECONDS", "live"]

ACTOR = "lambda-shop-prod-auto-rollback"
"""As whom its calls are counted."""

RETRY_SECONDS = 5
"""The shortest IntervalSeconds of the state machine's Retry: what comes after a kill comes no sooner."""

MOST_STATES = 200


class SandboxClock:
    """The handler's clock, as the sandbox turns: whoever waits for a lease turns it."""

    sandbox: Sandbox

    def __init__(self, told: str) -> None:
        self._began = datetime.fromisoformat(told).astimezone(UTC)
        self._started = self.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.monotonic() - self._started)

    def monotonic(self) -> float:
        return self.sandbox.clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)


class Context:
    """What the handler uses of Lambda's context."""

    def __init__(self) -> None:
        self.aws_request_id = f"request-{os.getpid()}-{os.urandom(4).hex()}"


def live(ready: Connection, url: str, environment: Mapping[str, str], memory: str, alarm: str) -> None:
    """Go on from what Step Functions remembers until the execution has ended; then say in the file how.

    Args:
        ready: Is told something when whoever started this knows whom to kill.
        url: The sandbox's.
        environment: The function's variables.
        memory: The file of what Step Functions remembers.
        alarm: The alarm, which comes to rest when the old revision serves.
    """
    logging.disable(logging.CRITICAL)
    sandbox = Sandbox.attach(url)
    SandboxClock.sandbox = sandbox
    # First: from there on all calls are the function's.
    ecs, cloudwatch = (sandbox.client(name, environment["AWS_REGION"], actor="story") for name in ("ecs", "cloudwatch"))
    os.environ.update(environment)
    automatic.EventClock = SandboxClock  # type: ignore[misc,assignment]  # nobody waits in real time here
    ready.recv()
    for _ in range(MOST_STATES):
        state = json.loads(Path(memory).read_text(encoding="utf-8"))
        if "ended" in state:
            return
        came = automatic.handler(state, Context())
        sandbox.clock.advance(came.get("seconds", 0.05))
        [service] = ecs.describe_services(cluster="shop", services=["api"])["services"]
        if service["taskDefinition"].endswith(":3"):
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="the story")
        _remember(Path(memory), _next(state, came, sandbox.clock.now()))


def _next(state: Mapping[str, Any], came: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the definition of the state machine says comes after an answer."""
    entered = {**state, "at": now.isoformat()}
    if came["state"] in ("go", "waiting"):
        return {**entered, "do": "advance", "plan": came["plan"]}
    return entered if came["state"] == "later" else {**entered, "ended": came}


def _remember(memory: Path, state: Mapping[str, Any]) -> None:
    written = memory.with_suffix(".new")
    written.write_text(json.dumps(state), encoding="utf-8")
    written.replace(memory)
