"""The sandbox's own routes, under `/_sandbox/`: status, calls, clock, reset, seed, and confirming subscriptions."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError

from opslib.errors import OpslibError, SandboxFailed
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
from opslib.sandbox.workload import Workload

__all__ = ["Control"]

PREFIX = "/_sandbox"


class Control:
    """Answers the control routes.

    Args:
        account: The account they look at and change.
        url: Where the sandbox is reached, for seeding; known once it listens.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.url = ""
        self._routes: Mapping[tuple[str, str], Callable[[bytes], BaseModel]] = {
            ("GET", "/status"): self._status,
            ("GET", "/calls"): self._calls,
            ("DELETE", "/calls"): self._forget_calls,
            ("GET", "/clock"): self._clock,
            ("POST", "/clock"): self._advance,
            ("POST", "/reset"): self._reset,
            ("POST", "/seed"): self._seed,
            ("POST", "/confirm"): self._confirm,
        }

    def answer(self, environ: Environ, body: bytes) -> Answer:
        """Answer one control request."""
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].removeprefix(PREFIX).rstrip("/")
        route = self._routes.get((method, path))
        if route is None:
            known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in self._routes)
            return _json(404, Problem(problem=f"the sandbox has no route {method} {PREFIX}{path}; it has {known}"))
        try:
            return _json(200, route(body))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the body"
            return _json(400, Problem(problem=f"{where}: {first['msg']}"))
        except OpslibError as error:
            return _json(500 if isinstance(error, SandboxFailed) else 409, Problem(problem=str(error)))
        except Exception as error:  # noqa: BLE001  # the caller hears of it; the trace goes to standard error
            traceback.print_exc()
            return _json(500, Problem(problem=f"the sandbox broke: {type(error).__name__}: {error}"))

    def _status(self, _: bytes) -> SandboxStatus:
        account = self._account
        calls = account.calls.all()
        return SandboxStatus(
            ready=True,
            started=account.started,
            now=account.clock.now(),
            account=account.account_id,
            region=account.region,
            calls=Counts(
                total=len(calls),
                mutating=sum(call.mutating for call in calls),
                failed=sum(call.error is not None for call in calls),
            ),
            contents=count_contents(account.account_id),
        )

    def _calls(self, _: bytes) -> Calls:
        return Calls(calls=tuple(CallRecord(**vars(call)) for call in self._account.calls.all()))

    def _forget_calls(self, _: bytes) -> Calls:
        self._account.calls.clear()
        return Calls(calls=())

    def _clock(self, _: bytes) -> ClockReading:
        return ClockReading(now=self._account.clock.now(), ahead_seconds=self._account.clock.ahead_seconds)

    def _advance(self, body: bytes) -> ClockReading:
        self._account.schedule.advance(AdvanceClock.model_validate_json(body).advance_seconds)
        return self._clock(b"")

    def _reset(self, _: bytes) -> SandboxStatus:
        self._account.reset()
        return self._status(b"")

    def _seed(self, body: bytes) -> SandboxStatus:
        from opslib.sandbox.seed import seed

        seed(Workload.model_validate_json(body), self._account, self.url)
        return self._status(b"")

    def _confirm(self, body: bytes) -> Confirm:
        from opslib.sandbox.gaps.sns import confirm

        asked = Confirm.model_validate_json(body)
        confirm(self._account.account_id, asked.subscription_arn)
        return asked


def _json(status: int, message: BaseModel) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], message.model_dump_json().encode())
