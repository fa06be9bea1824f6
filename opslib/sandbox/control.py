"""The sandbox's own routes, under `/_sandbox/`: how each is answered, and those of the account itself.

Which there are stands in `opslib.sandbox.routes`.
"""

from __future__ import annotations

import traceback

from pydantic import BaseModel, ValidationError

from opslib.errors import BadRequest, OpslibError, SandboxFailed
from opslib.sandbox.account import Account
from opslib.sandbox.answer import Answer
from opslib.sandbox.contents import count_contents
from opslib.sandbox.messages import (
    AdvanceClock,
    CallRecord,
    Calls,
    ClockReading,
    Confirm,
    Counts,
    Problem,
    SandboxStatus,
)
from opslib.sandbox.request import Environ
from opslib.sandbox.routes import PREFIX, ROUTES, route_of
from opslib.sandbox.workload import Workload

__all__ = ["answer_control"]


def answer_control(account: Account, environ: Environ, body: bytes) -> Answer:
    """Answer one control request.

    Args:
        account: The account that the routes look at and change.
        environ: The request's WSGI environment.
        body: Its body.
    """
    method = environ["REQUEST_METHOD"]
    path = environ["PATH_INFO"].removeprefix(PREFIX).rstrip("/")
    if (method, path) not in ROUTES:
        known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in ROUTES)
        return _refusal(404, f"the sandbox has no route {method} {PREFIX}{path}; it has {known}")
    try:
        return _json(200, route_of(method, path)(account, body))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        return _refusal(400, f"{where}: {first['msg']}")
    except OpslibError as error:
        return _refusal(_status_of(error), str(error))
    except Exception as error:  # noqa: BLE001  # the caller hears of it; the trace goes to standard error
        traceback.print_exc()
        return _refusal(500, f"the sandbox broke: {type(error).__name__}: {error}")


def status(account: Account, _: bytes) -> SandboxStatus:
    """`GET /_sandbox/status`."""
    calls = account.calls.all()
    return SandboxStatus(
        ready=True,
        started=account.started,
        now=account.clock.now(),
        account=account.account_id,
        region=account.region,
        seed=account.seed,
        calls=Counts(
            total=len(calls),
            mutating=sum(call.mutating for call in calls),
            failed=sum(call.error is not None for call in calls),
        ),
        contents=count_contents(account.account_id),
    )


def calls(account: Account, _: bytes) -> Calls:
    """`GET /_sandbox/calls`."""
    return Calls(calls=tuple(CallRecord(**vars(call)) for call in account.calls.all()))


def forget_calls(account: Account, _: bytes) -> Calls:
    """`DELETE /_sandbox/calls`."""
    account.calls.clear()
    return Calls(calls=())


def clock(account: Account, _: bytes) -> ClockReading:
    """`GET /_sandbox/clock`."""
    return ClockReading(now=account.clock.now(), ahead_seconds=account.clock.ahead_seconds)


def advance(account: Account, body: bytes) -> ClockReading:
    """`POST /_sandbox/clock`."""
    account.schedule.advance(AdvanceClock.model_validate_json(body).advance_seconds)
    return clock(account, b"")


def reset(account: Account, _: bytes) -> SandboxStatus:
    """`POST /_sandbox/reset`."""
    account.reset()
    return status(account, b"")


def seed(account: Account, body: bytes) -> SandboxStatus:
    """`POST /_sandbox/seed`."""
    from opslib.sandbox import seed as seeding

    seeding.seed(Workload.model_validate_json(body), account, account.url)
    return status(account, b"")


def confirm(account: Account, body: bytes) -> Confirm:
    """`POST /_sandbox/confirm`."""
    from opslib.sandbox.gaps import sns

    asked = Confirm.model_validate_json(body)
    sns.confirm(account.account_id, asked.subscription)
    return asked


def _status_of(error: OpslibError) -> int:
    """400 for what makes no sense, 500 where the sandbox broke, 409 for what the account does not allow."""
    return 400 if isinstance(error, BadRequest) else 500 if isinstance(error, SandboxFailed) else 409


def _refusal(status: int, problem: str) -> Answer:
    return _json(status, Problem(problem=problem))


def _json(status: int, message: BaseModel) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], message.model_dump_json().encode())
