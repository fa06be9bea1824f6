"""The sandbox's front door: WSGI around moto's that identifies, corrects, answers and counts every call."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http.client import responses
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.actor import actor_of
from opslib.sandbox.answer import Answer, AwsError, write_error, write_result
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.calls import Call, is_mutating
from opslib.sandbox.cbor import from_cbor, to_cbor
from opslib.sandbox.connection import ConnectionCut, cut
from opslib.sandbox.control import answer_control
from opslib.sandbox.gaps import GapCall, gap_of
from opslib.sandbox.moto_application import MotoApplication
from opslib.sandbox.request import CBOR, AwsRequest, Environ, identify, read_body
from opslib.sandbox.routes import PREFIX

__all__ = ["Gateway"]

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Answering = Callable[[AwsRequest, Environ, bytes], Answer]

# moto answers these for operations it does not have: Flask's own pages, never an AWS error.
_FLASK_PAGE = "text/html"
_NO_SUCH_ROUTE = (404, 405)

NO_ANSWER = 0
NOT_IN_THE_RECORD = 0

UNCOUNTED = "HTTP_X_SANDBOX_UNCOUNTED"


class Gateway:
    """The WSGI application that the server serves.

    Args:
        account: What the sandbox knows beside moto: its calls, clock, and the gaps' own records.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._moto = MotoApplication()
        account.door = self.answer_inside
        account.service_door = self.answer_a_service

    def listens_at(self, url: str) -> None:
        """Say where the sandbox is reached: seeding calls it there."""
        self._account.url = url

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request.

        Raises:
            ConnectionAbortedError: A fault closed the connection; the server is to write nothing.
        """
        body = read_body(environ)
        try:
            answer = self._any(environ, body)
        except ConnectionCut as fault:
            cut(environ)
            raise ConnectionAbortedError(str(fault)) from fault
        if not answer.header("content-length"):
            answer.headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {responses.get(answer.status, '')}", answer.headers)
        return [answer.body]

    def _any(self, environ: Environ, body: bytes) -> Answer:
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            return answer_control(self._account, environ, body)
        self._account.schedule.run_due()
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", self._account.account_id)
        request = None if path.startswith("/moto-api") else identify(environ, body)
        if request is None:
            return self._ask_moto(environ, body)
        if UNCOUNTED in environ:
            answer = self._spoken(request, environ, body, self._answer)
            if is_mutating(request.service, request.operation):
                self._account.watch.unseen(request.region)
            return answer
        return self._spoken(request, environ, body, self._counted)

    def answer_inside(self, environ: Environ, body: bytes) -> Answer:
        """Answer a call that the sandbox itself makes: it is not counted, and no fault befalls it.

        Args:
            environ: The call's WSGI environment.
            body: Its body.
        """
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", self._account.account_id)
        request = identify(environ, body)
        return (
            self._ask_moto(environ, body) if request is None else self._spoken(request, environ, body, self._uncounted)
        )

    def answer_a_service(self, environ: Environ, body: bytes) -> Answer:
        """Answer a call of one of AWS's own services: uncounted, without faults, unwatched, under no service's lock.

        A handler that was called from outside holds its service's lock and may wait for the schedule's; whoever calls
        this holds the schedule's, and must not wait for the service's.

        Args:
            environ: The call's WSGI environment.
            body: Its body.
        """
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", self._account.account_id)
        request = identify(environ, body)
        return (
            self._ask_moto(environ, body) if request is None else self._spoken(request, environ, body, self._unlocked)
        )

    def _spoken(self, request: AwsRequest, environ: Environ, body: bytes, answer: Answering) -> Answer:
        """Answer in the protocol that was spoken: CBOR is translated."""
        if request.protocol == CBOR and request.known:
            translated, environ, body = from_cbor(request, environ, body)
            return to_cbor(translated, answer(translated, environ, body))
        return answer(request, environ, body)

    def _counted(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        sequence, record = self._account.calls.arrived()
        arrival = self._arrival(request, environ, body, sequence)
        status: int = NO_ANSWER
        error: str | None = "SandboxBroke"
        try:
            answer = self._account.faults.around(arrival, lambda: self._watched(arrival))
            self._account.watch.saw(arrival, answer)
            status, error = answer.status, answer.error_code
        except ConnectionCut as fault:
            error = str(fault)
            raise
        finally:
            record(
                Call(
                    sequence=sequence,
                    at=arrival.at,
                    service=request.service,
                    operation=request.operation,
                    region=request.region,
                    mutating=arrival.mutating,
                    status=status,
                    error=error,
                    actor=arrival.actor,
                )
            )
        return answer

    def _uncounted(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        return self._watched(self._arrival(request, environ, body, NOT_IN_THE_RECORD))

    def _arrival(self, request: AwsRequest, environ: Environ, body: bytes, sequence: int) -> Arrival:
        return Arrival(
            sequence=sequence,
            at=self._account.clock.now(),
            request=request,
            environ=environ,
            body=body,
            mutating=is_mutating(request.service, request.operation),
            actor=actor_of(request, environ),
        )

    def _watched(self, arrival: Arrival) -> Answer:
        trails = self._account.trails
        answer = self._account.watch.around(
            arrival, lambda: self._answer(arrival.request, arrival.environ, arrival.body)
        )
        if trails or self._account.trails:
            from opslib.sandbox.behaviour.trail.recording import note  # importing CloudTrail's models takes time

            note(self._account, trails | self._account.trails, arrival, answer)
        return answer

    def _answer(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        return self._answer_holding(self._account.lock(request.service), request, environ, body)

    def _unlocked(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        return self._answer_holding(nullcontext(), request, environ, body)

    def _answer_holding(
        self, lock: AbstractContextManager[Any], request: AwsRequest, environ: Environ, body: bytes
    ) -> Answer:
        """Let a gap's handler answer, while holding a lock, or moto."""
        try:
            gap = gap_of(request.service, request.operation) if request.known else None
            if gap is not None:
                call = GapCall(request, environ, body, self._account, self._moto_or_error)
                with lock:
                    result: Mapping[str, Any] | None = gap(call)
                if result is not None:
                    return write_result(request, result)
            return self._moto_or_error(request, environ, body)
        except AwsError as error:
            return write_error(request, error)

    def _moto_or_error(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        """Let moto answer.

        Raises:
            AwsError: moto does not have the operation (`SandboxNotModelled`), or broke on it (`SandboxBroke`).
        """
        not_modelled = AwsError(
            "SandboxNotModelled",
            f"The sandbox does not model {request}; AWS does. opslib/sandbox/README.md says how to add it.",
        )
        try:
            answer = self._ask_moto(environ, body)
        except NotImplementedError as error:
            raise not_modelled from error
        except LookupError as error:
            if not self._has_backend(environ):
                raise not_modelled from error
            raise _broke(request, error) from error
        except Exception as error:  # whatever moto's own code raises is the sandbox's fault, and said so
            if not self._has_backend(environ):
                raise not_modelled from error
            raise _broke(request, error) from error
        is_page = not answer.body or answer.header("content-type").startswith(_FLASK_PAGE)
        # S3 answers a HEAD of a missing object without a body, too.
        if answer.status in _NO_SUCH_ROUTE and is_page and request.service != "s3":
            raise not_modelled
        return answer

    def _has_backend(self, environ: Environ) -> bool:
        host = self._moto.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
        return self._moto.get_backend_for_host(host) is not None

    def _ask_moto(self, environ: Environ, body: bytes) -> Answer:
        given: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
            given[:] = [int(status.split(" ", 1)[0]), headers]
            return lambda _: None

        chunks = self._moto({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        try:
            content = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return Answer(given[0], list(given[1]), content)


def _broke(request: AwsRequest, error: Exception) -> AwsError:
    return AwsError(
        "SandboxBroke",
        f"The sandbox broke on {request}: {type(error).__name__}: {error}. This is its bug, not an answer of AWS.",
    )
