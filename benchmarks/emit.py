"""What an application's own metrics cost it: ``python -m benchmarks.emit`` prints a JSON list of measurements.

The peers are AWS's own two libraries, aws-embedded-metrics and Powertools for AWS Lambda, each used as its page says,
in the same process and by turns; where one is not installed, its rows have no ratio. Everything is written to a stream
that counts and forgets. Each time is the shortest of several runs, for what else runs on the machine only ever adds.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, TextIO, cast

from opslib.monitoring import emitted
from opslib.monitoring.emit import Emitter
from opslib.monitoring.emit.asgi import RequestMetrics

RUNS = 7
REQUESTS = 500
VALUES = 20
TARGET_RATIO = 1.0
TARGET_SECONDS = 10e-6
TARGET_MIDDLEWARE_SECONDS = 50e-6
ENDPOINT = "GET /claims/{id}"

Work = Callable[[], None]


class Counting(io.TextIOBase):
    """A stream that counts the characters and forgets them."""

    def __init__(self) -> None:
        self.characters = 0

    def write(self, text: str) -> int:
        """Count."""
        self.characters += len(text)
        return len(text)


def ours(stream: Counting, values: int) -> Work:
    """Requests of so many values, each flushed at its end."""
    emitter = Emitter(environment="shop-prod", service="api", to=cast("TextIO", stream), flush_seconds=None)

    def work() -> None:
        for _ in range(REQUESTS):
            emitter.count(emitted.REQUESTS.at({"Endpoint": ENDPOINT}))
            for number in range(values):
                emitter.duration(emitted.REQUEST_DURATION.at({"Endpoint": ENDPOINT}), number / 7)
            emitter.flush()

    return work


def gathered(stream: Counting, values: int) -> Work:
    """The same requests as a server writes them: gathered, and flushed once for all."""
    emitter = Emitter(environment="shop-prod", service="api", to=cast("TextIO", stream), flush_seconds=None)

    def work() -> None:
        for _ in range(REQUESTS):
            emitter.count(emitted.REQUESTS.at({"Endpoint": ENDPOINT}))
            for number in range(values):
                emitter.duration(emitted.REQUEST_DURATION.at({"Endpoint": ENDPOINT}), number / 7)
        emitter.flush()

    return work


def embedded_metrics(values: int) -> Work:
    """The same by aws-embedded-metrics, as on Lambda."""
    from aws_embedded_metrics import metric_scope
    from aws_embedded_metrics.config import get_config

    get_config().environment = "lambda"
    get_config().namespace = emitted.API

    @metric_scope
    async def request(metrics: Any) -> None:
        metrics.set_dimensions(
            {"Environment": "shop-prod", "Service": "api"},
            {"Environment": "shop-prod", "Service": "api", "Endpoint": ENDPOINT},
        )
        metrics.put_metric("Requests", 1, "Count")
        for number in range(values):
            metrics.put_metric("RequestDuration", number / 7, "Seconds")

    async def requests() -> None:
        for _ in range(REQUESTS):
            await request()

    return lambda: asyncio.run(requests())


def powertools(values: int) -> Work:
    """The same by Powertools, which takes one dimension set: half of what the others write."""
    from aws_lambda_powertools import Metrics
    from aws_lambda_powertools.metrics import MetricUnit

    metrics = Metrics(namespace=emitted.API, service="api")

    @metrics.log_metrics
    def request(_event: Any, _context: Any) -> None:
        metrics.add_dimension(name="Environment", value="shop-prod")
        metrics.add_dimension(name="Endpoint", value=ENDPOINT)
        metrics.add_metric("Requests", MetricUnit.Count, 1)
        for number in range(values):
            metrics.add_metric("RequestDuration", MetricUnit.Seconds, number / 7)

    def work() -> None:
        for _ in range(REQUESTS):
            request({}, None)

    return work


PEERS = {
    "aws-embedded-metrics": ("aws_embedded_metrics", embedded_metrics),
    "aws-lambda-powertools": ("aws_lambda_powertools", powertools),
}


def shortest(works: Iterable[Work]) -> list[float]:
    """Seconds a request for each, by turns."""
    everyone = list(works)
    taken: list[list[float]] = [[] for _ in everyone]
    for _ in range(RUNS):
        for index, work in enumerate(everyone):
            started = time.perf_counter()
            work()
            taken[index].append((time.perf_counter() - started) / REQUESTS)
    return [min(runs) for runs in taken]


def against_peers(stream: Counting) -> list[dict[str, Any]]:
    """A request with one duration and one with many, flushed each or gathered, against each peer."""
    rows = []
    for values in (1, VALUES):
        here = {name: make(values) for name, (module, make) in PEERS.items() if importlib.util.find_spec(module)}
        each, together, *theirs = shortest([ours(stream, values), gathered(stream, values), *here.values()])
        peers = dict(zip(here, theirs, strict=True))
        for name in PEERS:
            for how, seconds in (("flushed with each request", each), ("gathered as in a server", together)):
                rows.append(against(f"a request's count and {values} durations, {how}", seconds, name, peers.get(name)))
    return rows


def against(what: str, seconds: float, peer: str, peers_seconds: float | None) -> dict[str, Any]:
    """One measurement against a peer, or without a ratio where it is not installed."""
    ratio = None if peers_seconds is None else seconds / peers_seconds
    return {
        "name": f"{what}, against {peer}" + (" (not installed)" if ratio is None else ""),
        "ours": round(seconds, 8),
        "peer": None if peers_seconds is None else round(peers_seconds, 8),
        "ratio": None if ratio is None else round(ratio, 3),
        "target": TARGET_RATIO,
        "holds": ratio is None or ratio <= TARGET_RATIO,
    }


def absolute(what: str, seconds: float, target: float) -> dict[str, Any]:
    """One measurement against a limit."""
    return {
        "name": what,
        "ours": round(seconds, 8),
        "peer": None,
        "ratio": None,
        "target": target,
        "holds": seconds <= target,
    }


def one_value(stream: Counting) -> float:
    """Seconds for one value, its share of the flush included."""
    emitter = Emitter(environment="shop-prod", service="api", to=cast("TextIO", stream), flush_seconds=None)

    def work() -> None:
        for _ in range(REQUESTS):
            emitter.duration(emitted.REQUEST_DURATION.at({"Endpoint": ENDPOINT}), 0.123456)
        emitter.flush()

    return shortest([work])[0]


def middleware(stream: Counting) -> float:
    """Seconds that the middleware adds to a request."""
    emitter = Emitter(environment="shop-prod", service="api", to=cast("TextIO", stream), flush_seconds=None)

    class Route:
        path = "/claims/{id}"

    async def bare(scope: Any, _receive: Any, send: Any) -> None:
        scope["route"] = Route
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def drop(_message: Any) -> None:
        """Forget."""

    async def receive() -> Any:
        """Nothing comes."""

    def served(app: Any) -> Work:
        async def requests() -> None:
            for _ in range(REQUESTS):
                await app({"type": "http", "method": "GET", "path": "/claims/7", "headers": []}, receive, drop)
            emitter.flush()

        return lambda: asyncio.run(requests())

    alone, watched = shortest([served(bare), served(RequestMetrics(bare, emitter=emitter))])
    return watched - alone


def measured() -> list[dict[str, Any]]:
    """Every measurement."""
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", emitted.API)
    stream, standard_output = Counting(), sys.stdout
    # The peers print.
    sys.stdout = stream
    try:
        rows = against_peers(stream)
        rows.append(absolute("one duration, its share of the flush included", one_value(stream), TARGET_SECONDS))
        rows.append(absolute("what the middleware adds to a request", middleware(stream), TARGET_MIDDLEWARE_SECONDS))
    finally:
        sys.stdout = standard_output
    return rows


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
