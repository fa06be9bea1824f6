"""Requests as metrics: any ASGI application, driven by hand; what is no request, and every error, passes untouched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from opslib.monitoring.emit.asgi import RequestMetrics

pytestmark = pytest.mark.feature("M9")


def scope(path: str = "/", method: str = "GET", **more: Any) -> dict[str, Any]:
    return {"type": "http", "path": path, "method": method, "headers": [], **more}


async def nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def served(app: Any, *scopes: dict[str, Any]) -> list[dict[str, Any]]:
    """What an application sent for some requests, one after the other."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def main() -> None:
        for one in scopes:
            await app(one, nothing, send)

    asyncio.run(main())
    return sent


def answering(*messages: dict[str, Any], route: str | None = None, raises: BaseException | None = None) -> Any:
    """An application that sends these messages, and leaves a route in the scope."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if route is not None:
            scope["route"] = SimpleNamespace(path=route)
        for message in messages:
            await send(message)
        if raises is not None:
            raise raises

    return app


def start(status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": []}


def body(*, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": b"x", "more_body": more}


def endpoints(values: dict[tuple[str, ...], list[float]]) -> dict[str, float]:
    return {key[1]: sum(found) for key, found in values.items() if key[0] == "Requests" and len(key) == 4}


def test_a_request_is_counted_timed_and_classed(emitter) -> None:
    app = RequestMetrics(answering(start(201), body(), route="/claims/{id}"), emitter=emitter)
    sent = served(app, scope("/claims/7", "POST"), scope("/claims/8", "POST"))
    assert sent == [start(201), body()] * 2
    values = emitter.values()
    service = ("shop-prod", "api")
    assert sum(values["Requests", *service]) == 2
    assert values["Requests", "POST /claims/{id}", *service] == [2]
    assert len(values["RequestDuration", "POST /claims/{id}", *service]) == 2
    assert values["Responses", "shop-prod", "api", "2xx"] == [2]
    assert max(values["InFlight", *service]) == 1
    assert emitter.written.lost == {}


@pytest.mark.parametrize(("status", "named"), [(101, "1xx"), (204, "2xx"), (304, "3xx"), (404, "4xx"), (599, "5xx")])
def test_the_class_of_a_status(emitter, status: int, named: str) -> None:
    served(RequestMetrics(answering(start(status), body()), emitter=emitter), scope())
    assert emitter.values()["Responses", "shop-prod", "api", named] == [1]


def test_an_unhandled_exception_is_counted_by_type_and_raised_as_it_was(emitter) -> None:
    failure = ZeroDivisionError("secret")
    app = RequestMetrics(answering(raises=failure, route="/a"), emitter=emitter)
    with pytest.raises(ZeroDivisionError) as raised:
        served(app, scope())
    assert raised.value is failure
    assert "secret" not in emitter.out.getvalue()
    values = emitter.values()
    assert sum(values["UnhandledErrors", "shop-prod", "api"]) == 1
    assert values["UnhandledErrors", "shop-prod", "ZeroDivisionError", "api"] == [1]
    assert values["Responses", "shop-prod", "api", "5xx"] == [1]


def test_an_error_that_an_outer_layer_answered_first_is_counted_once(emitter) -> None:
    app = RequestMetrics(answering(start(500), body(), raises=KeyError("x")), emitter=emitter)
    with pytest.raises(KeyError):
        served(app, scope())
    values = emitter.values()
    assert values["Responses", "shop-prod", "api", "5xx"] == [1]
    assert sum(values["UnhandledErrors", "shop-prod", "api"]) == 1


def test_a_client_that_leaves_is_no_error(emitter) -> None:
    app = RequestMetrics(answering(raises=asyncio.CancelledError()), emitter=emitter)
    with pytest.raises(asyncio.CancelledError):
        served(app, scope())
    values = emitter.values()
    assert values["Responses", "shop-prod", "api", "none"] == [1]
    assert not [key for key in values if key[0] == "UnhandledErrors"]
    assert app._in_flight == 0


def test_a_stream_is_timed_to_its_last_byte_and_not_to_the_end_of_background_tasks(emitter) -> None:
    async def streaming(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start())
        await send(body(more=True))
        await asyncio.sleep(0.05)
        await send(body())
        await asyncio.sleep(0.5)

    served(RequestMetrics(streaming, emitter=emitter), scope())
    ((seconds,),) = {tuple(found) for key, found in emitter.values().items() if key[0] == "RequestDuration"}
    assert 0.05 <= seconds < 0.5


def test_a_stream_that_breaks_is_timed_to_the_break(emitter) -> None:
    async def breaking(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start())
        await send(body(more=True))
        await asyncio.sleep(0.05)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        served(RequestMetrics(breaking, emitter=emitter), scope())
    values = emitter.values()
    ((seconds,),) = {tuple(found) for key, found in values.items() if key[0] == "RequestDuration"}
    assert seconds >= 0.05
    # What was answered is what the client saw.
    assert values["Responses", "shop-prod", "api", "2xx"] == [1]
    assert sum(values["UnhandledErrors", "shop-prod", "api"]) == 1


@pytest.mark.parametrize("kind", ["http.response.pathsend", "http.response.zerocopysend"])
def test_a_file_that_the_server_sends_ends_the_request(emitter, kind: str) -> None:
    async def sending(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start())
        await send({"type": kind})
        await asyncio.sleep(0.2)

    served(RequestMetrics(sending, emitter=emitter), scope())
    ((seconds,),) = {tuple(found) for key, found in emitter.values().items() if key[0] == "RequestDuration"}
    assert seconds < 0.2


def test_how_many_are_in_flight(emitter) -> None:
    async def main() -> None:
        let_go = asyncio.Event()

        async def waiting(*_: Any) -> None:
            await let_go.wait()

        async def send(message: Any) -> None:
            raise AssertionError(message)

        app = RequestMetrics(waiting, emitter=emitter)
        tasks = [asyncio.create_task(app(scope(), nothing, send)) for _ in range(5)]
        await asyncio.sleep(0)
        let_go.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert max(emitter.values()["InFlight", "shop-prod", "api"]) == 5


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_no_request_passes_untouched(emitter, kind: str) -> None:
    seen: list[Any] = []

    async def app(*given: Any) -> None:
        seen.extend(given)

    given = ({"type": kind}, object(), object())
    asyncio.run(RequestMetrics(app, emitter=emitter)(*given))  # type: ignore[arg-type]
    assert all(one is other for one, other in zip(seen, given, strict=True))
    assert emitter.values() == {}


def test_health_checks_are_not_counted(emitter) -> None:
    app = RequestMetrics(answering(start(), body()), emitter=emitter, exclude=("/health", "/ready"))
    served(app, scope("/health"), scope("/ready"), scope("/healthy"))
    assert sum(endpoints(emitter.values()).values()) == 1


def test_paths_never_become_endpoints(emitter) -> None:
    app = RequestMetrics(answering(start(404), body()), emitter=emitter)
    served(app, *(scope(f"/wp-admin/{number}", f"M{number}") for number in range(50)), scope("/x"))
    assert endpoints(emitter.values()) == {"OTHER (unmatched)": 50, "GET (unmatched)": 1}


def test_a_template_of_the_applications_own(emitter) -> None:
    def template(scope: Any) -> str | None:
        if scope["path"] == "/broken":
            raise KeyError(scope["path"])
        return "/claims/{id}" if scope["path"].startswith("/claims/") else None

    app = RequestMetrics(answering(start(), body()), emitter=emitter, template=template)
    served(app, scope("/claims/1"), scope("/other"), scope("/broken"))
    assert endpoints(emitter.values()) == {"GET /claims/{id}": 1, "GET (unmatched)": 2}


MOUNT = SimpleNamespace(path="/static", routes=[], app=object())
ITEM = SimpleNamespace(path="/items/{item}", path_format="/items/{item}")


def named() -> None:
    """An endpoint."""


@pytest.mark.parametrize(
    ("left", "endpoint"),
    [
        ({}, "(unmatched)"),
        ({"endpoint": named}, "named"),
        ({"route": ITEM, "path_params": {"item": "1"}}, "/items/{item}"),
        ({"route": SimpleNamespace(path="/n/{n:int}", path_format="/n/{n}"), "path_params": {"n": 7}}, "/n/{n}"),
        ({"route": ITEM, "root_path": "/proxy/v1", "path_params": {"item": "1"}}, "/v1/items/{item}"),
        (
            {"route": ITEM, "root_path": "/proxy/t/007", "path_params": {"tenant": 7, "item": "1"}},
            "/{tenant}/items/{item}",
        ),
        ({"route": MOUNT, "root_path": "/proxy/static", "path_params": {}}, "/static/*"),
        ({"root_path": "/proxy/static", "endpoint": object()}, "/static/*"),
        (
            {
                "route": (inner := SimpleNamespace(path="/{id}")),
                "fastapi": {
                    "effective_route_context": SimpleNamespace(
                        original_route=inner, starlette_route=None, path_format="/api/{id}"
                    )
                },
            },
            "/api/{id}",
        ),
    ],
)
def test_the_template_that_a_framework_leaves(emitter, left: dict[str, Any], endpoint: str) -> None:
    async def app(scope: Any, *_: Any) -> None:
        scope.update(left)

    served(RequestMetrics(app, emitter=emitter), scope("/whatever", root_path="/proxy"))
    assert endpoints(emitter.values()) == {f"GET {endpoint}": 1}


def frameworks(paths: Iterable[str], app: Any, emitter: Any) -> dict[str, float]:
    served(RequestMetrics(app, emitter=emitter), *(real(path) for path in paths))
    return endpoints(emitter.values())


def real(path: str) -> dict[str, Any]:
    """A scope as servers make it."""
    return scope(
        path,
        raw_path=path.encode(),
        root_path="",
        query_string=b"",
        http_version="1.1",
        scheme="http",
        server=("127.0.0.1", 80),
        client=("127.0.0.1", 1),
        asgi={"version": "3.0"},
    )


def test_fastapi(emitter) -> None:
    fastapi = pytest.importorskip("fastapi")
    app, mounted, router = fastapi.FastAPI(), fastapi.FastAPI(), fastapi.APIRouter(prefix="/v1/{tenant}")
    app.get("/claims/{number}")(lambda number: number)
    router.get("/files/{path:path}")(lambda tenant, path: [tenant, path])
    mounted.get("/inner/{name}")(lambda name: name)
    app.include_router(router, prefix="/api")
    app.mount("/sub", mounted)
    paths = ["/claims/1", "/claims/2", "/api/v1/a/files/b/c", "/sub/inner/x", "/sub/nothing", "/nothing/1"]
    assert frameworks(paths, app, emitter) == {
        "GET /claims/{number}": 2,
        "GET /api/v1/{tenant}/files/{path}": 1,
        "GET /sub/inner/{name}": 1,
        "GET /sub/*": 1,
        "GET (unmatched)": 1,
    }


def test_starlette(emitter) -> None:
    routing = pytest.importorskip("starlette.routing")
    applications = pytest.importorskip("starlette.applications")
    responses = pytest.importorskip("starlette.responses")

    async def answer(_: Any) -> Any:
        return responses.PlainTextResponse("x")

    deep = routing.Mount("/deep/{number:int}", routes=[routing.Route("/{word}", answer)])
    app = applications.Starlette(
        routes=[
            routing.Route("/a/{b:int}", answer),
            routing.Mount("/m", routes=[routing.Route("/n/{o}", answer), deep]),
        ]
    )
    assert frameworks(["/a/007", "/m/n/1", "/m/deep/007/x", "/nothing"], app, emitter) == {
        "GET /a/{b}": 1,
        "GET /m/n/{o}": 1,
        "GET /{number}/{word}": 1,
        "GET (unmatched)": 1,
    }
