"""Requests and their errors as metrics, for any ASGI application: Starlette, FastAPI, or none of them.

    app.add_middleware(RequestMetrics, emitter=emitter)          # Starlette, FastAPI
    app = RequestMetrics(app, emitter=emitter)                   # any other

Written are, of `opslib.monitoring.emitted`: requests and their duration by route template, responses by class,
exceptions that no handler took by type, and how many requests are in flight. WebSockets and the lifespan pass through
untouched, and so does every exception.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from opslib.monitoring import emitted
from opslib.monitoring.emit import route as routes
from opslib.monitoring.emit.emitter import Emitter

__all__ = ["RequestMetrics"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CLASSES = {number: emitted.RESPONSES.at({"StatusClass": f"{number}xx"}) for number in range(1, 6)}
NO_RESPONSE = emitted.RESPONSES.at({"StatusClass": "none"})
"""The client left, or the server stopped, before there was one."""

Template = Callable[[Scope], str | None]


class RequestMetrics:
    """ASGI middleware. Outermost it sees most; a request ends with the last byte sent, not with background tasks."""

    def __init__(
        self,
        app: Application,
        *,
        emitter: Emitter,
        exclude: Collection[str] = ("/health",),
        template: Template | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            app: The application.
            emitter: What writes.
            exclude: Paths that are not counted: a load balancer's checks would be most of a quiet service's requests.
            template: The route's template of a scope after the application ran, for frameworks that leave none there;
                it must not return raw paths.
        """
        self._app = app
        self._emitter = emitter
        self._exclude = frozenset(exclude)
        self._template = template
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] != "http" or scope.get("path") in self._exclude:
            await self._app(scope, receive, send)
            return
        root_path = str(scope.get("root_path", ""))
        request = _Request(send)
        # Only the event loop's thread counts here.
        self._in_flight += 1
        self._emitter.gauge(emitted.IN_FLIGHT, self._in_flight)
        error: Exception | None = None
        try:
            await self._app(scope, receive, request.send)
        except Exception as failed:
            error = failed
            raise
        finally:
            self._in_flight -= 1
            self._write(scope, root_path, request, error)

    def _write(self, scope: Scope, root_path: str, request: _Request, error: Exception | None) -> None:
        endpoint = f"{routes.method(scope)} {self._endpoint(scope, root_path)}"
        emitter = self._emitter
        emitter.count(emitted.REQUESTS.at({"Endpoint": endpoint}))
        emitter.duration(emitted.REQUEST_DURATION.at({"Endpoint": endpoint}), request.seconds)
        status = 500 if error is not None and request.status is None else request.status
        emitter.count(CLASSES.get((status or 0) // 100, NO_RESPONSE))
        if error is not None:
            emitter.count(emitted.UNHANDLED_ERRORS.at({"ErrorType": type(error).__qualname__}))

    def _endpoint(self, scope: Scope, root_path: str) -> str:
        try:
            found = self._template(scope) if self._template else routes.endpoint(scope, root_path)
        except Exception:  # noqa: BLE001  # whatever a framework left in the scope, the request was served
            found = None
        return found or routes.UNMATCHED


class _Request:
    """One request: how it was answered, and when the answer was out."""

    __slots__ = ("_ended", "_send", "_started", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = time.perf_counter()
        self._ended: float | None = None
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on, and see what it says."""
        await self._send(message)
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
        elif kind.startswith("http.response.") and not message.get("more_body", False):
            # http.response.body, or an extension that sends a file: pathsend, zerocopysend.
            self._ended = time.perf_counter()

    @property
    def seconds(self) -> float:
        """From the request to the end of its answer, or to now where it was never ended."""
        return (time.perf_counter() if self._ended is None else self._ended) - self._started
