"""The sandbox's front door: WSGI around moto's that identifies, corrects, answers and counts every call."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from opslib.sandbox.account import Account
from opslib.sandbox.answer import Answer, AwsError, write_error, write_result
from opslib.sandbox.calls import Call, is_mutating
from opslib.sandbox.cbor import from_cbor, to_cbor
from opslib.sandbox.control import Control
from opslib.sandbox.gaps import GapCall, gap_of
from opslib.sandbox.request import CBOR, AwsRequest, Environ, identify, read_body

__all__ = ["Gateway"]

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

# moto answers these for operations it does not have: Flask's own pages, never an AWS error.
_FLASK_PAGE = "text/html"
_NO_SUCH_ROUTE = (404, 405)

UNCOUNTED = "HTTP_X_SANDBOX_UNCOUNTED"


class Gateway:
    """The WSGI application that the server serves.

    Args:
        account: What the sandbox knows beside moto: its calls, clock, and the gaps' own records.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._control = Control(account)

    def listens_at(self, url: str) -> None:
        """Say where the sandbox is reached: seeding calls it there."""
        self._control.url = url

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        body = read_body(environ)
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_sandbox"):
            answer = self._control.answer(environ, body)
        else:
            self._account.schedule.run_due()
            environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", self._account.account_id)
            request = None if path.startswith("/moto-api") else identify(environ, body)
            answer = self._ask_moto(environ, body) if request is None else self._counted(request, environ, body)
        if not answer.header("content-length"):
            answer.headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {responses.get(answer.status, '')}", answer.headers)
        return [answer.body]

    def _counted(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        if UNCOUNTED in environ:
            return self._answer(request, environ, body)
        log, at = self._account.calls, self._account.clock.now()
        sequence = log.next_sequence()
        answer = self._answer(request, environ, body)
        log.add(
            Call(
                sequence=sequence,
                at=at,
                service=request.service,
                operation=request.operation,
                region=request.region,
                mutating=is_mutating(request.service, request.operation),
                status=answer.status,
                error=answer.error_code,
            )
        )
        return answer

    def _answer(self, request: AwsRequest, environ: Environ, body: bytes) -> Answer:
        if request.protocol == CBOR and request.known:
            translated, environ, body = from_cbor(request, environ, body)
            return to_cbor(translated, self._answer(translated, environ, body))
        try:
            gap = gap_of(request.service, request.operation) if request.known else None
            if gap is not None:
                call = GapCall(request, environ, body, self._account, self._moto_or_error)
                with self._account.lock(request.service):
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
