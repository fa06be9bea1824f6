"""Running a handler in a thread: its result, its error in AWS's form, or its time-out."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.functions.context import LambdaContext
from opslib.sandbox.behaviour.functions.environment import overlaid, variables_of
from opslib.sandbox.behaviour.functions.handlers import load
from opslib.sandbox.behaviour.functions.standing_aside import standing_aside

__all__ = ["Outcome", "run"]

# AWS's names for where a function failed; a handler's own errors and those of the runtime are both Unhandled.
UNHANDLED = "Unhandled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    Attributes:
        payload: What the handler returned, or AWS's description of its error, as JSON.
        error: `Unhandled`, or None when it returned.
        real_seconds: How long it took.
    """

    payload: bytes
    error: str | None
    real_seconds: float


def run(
    account: Account, function: Any, handler: str, payload: bytes, context: LambdaContext, *, service: Lock | None
) -> Outcome:
    """Run a handler; nobody waits for the world's lock meanwhile.

    Args:
        account: The sandbox's account.
        function: The version that runs, as moto keeps it.
        handler: `package.module:function`.
        payload: The event, as JSON; empty for none.
        context: The context.
        service: The lock of Lambda's own handlers, when called from one of them.
    """
    variables = variables_of(account, function, context.function_version)
    done: list[tuple[bytes, str | None]] = []
    started = time.monotonic()
    allowed = context.deadline - started
    thread = threading.Thread(target=_work, args=(handler, payload, context, variables, done), daemon=True)
    with standing_aside(account.schedule.lock, service):
        thread.start()
        thread.join(max(allowed, 0.0))
    seconds = time.monotonic() - started
    if not done:  # the thread goes on, as nothing can end it; what it returns is lost
        at = datetime.now(UTC)
        message = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z {context.aws_request_id}"
        return Outcome(
            _json({"errorMessage": f"{message} Task timed out after {allowed:.2f} seconds"}), UNHANDLED, seconds
        )
    return Outcome(*done[0], seconds)


def _work(
    handler: str,
    payload: bytes,
    context: LambdaContext,
    variables: dict[str, str],
    done: list[tuple[bytes, str | None]],
) -> None:
    with overlaid(variables):
        try:
            done.append((_json(load(handler)(json.loads(payload or b"null"), context)), None))
        except BaseException as error:  # noqa: BLE001  # whatever it raises is the function's error, SystemExit too
            traceback.print_exc(file=sys.stderr)
            done.append((_json(_described(error, context)), UNHANDLED))


def _described(error: BaseException, context: LambdaContext) -> dict[str, Any]:
    """An error as the Python runtime of Lambda describes it."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": context.aws_request_id,
        "stackTrace": traceback.format_tb(error.__traceback__)[1:],
    }


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
