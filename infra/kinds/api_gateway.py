"""A stage of an API in API Gateway: a REST API or an HTTP API, whose metrics have different names and dimensions.

AWS also recommends alarms for each resource, method and route, and for WebSocket APIs. Routes cost an alarm each and
are seen in the logs when the stage's alarm rings; WebSocket APIs are not watched. A quiet minute is no silence: an hour
without a single request is, for what has health checks or users at all.
"""

from __future__ import annotations

from infra.kinds.settings import Choice, Identifier, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Role

_REST = {"ApiName": "api", "Stage": "stage"}
_HTTP = {"ApiId": "api", "Stage": "stage"}
_NAMESPACE = "AWS/ApiGateway"


def _rate(errors: str, requests: str) -> str:
    return f"IF(FILL({requests}, 0) >= {{minimum_requests}}, 100 * FILL({errors}, 0) / {requests}, 0)"


KIND = Kind(
    name="api_gateway",
    section="apis",
    title="API Gateway",
    settings=(
        Identifier(name="api", means="name of a REST API, id of an HTTP API"),
        Identifier(name="stage", means="the stage", pattern=r"[A-Za-z0-9_$-]{1,128}"),
        Choice(name="type", means="which kind of API it is", choices=("rest", "http")),
        Number(
            name="minimum_requests",
            means="requests in five minutes below which a rate says nothing",
            lowest=1,
            highest=1e6,
            default=20,
        ),
    ),
    metrics={
        "requests": MetricRow(_NAMESPACE, "Count", _REST, "Sum", "Requests"),
        # An average of REST's error metrics is their rate already; the sum keeps both kinds of API alike.
        "errors": MetricRow(_NAMESPACE, "5XXError", _REST, "Sum", "5xx"),
        "client_errors": MetricRow(_NAMESPACE, "4XXError", _REST, "Sum", "4xx"),
        "latency": MetricRow(_NAMESPACE, "Latency", _REST, "p95", "Response time", low_samples="evaluate"),
        "behind": MetricRow(_NAMESPACE, "IntegrationLatency", _REST, "p95", "Behind it", low_samples="evaluate"),
        "requests_http": MetricRow(_NAMESPACE, "Count", _HTTP, "Sum", "Requests"),
        "errors_http": MetricRow(_NAMESPACE, "5xx", _HTTP, "Sum", "5xx"),
        "client_errors_http": MetricRow(_NAMESPACE, "4xx", _HTTP, "Sum", "4xx"),
        "latency_http": MetricRow(_NAMESPACE, "Latency", _HTTP, "p95", "Response time", low_samples="evaluate"),
        "behind_http": MetricRow(_NAMESPACE, "IntegrationLatency", _HTTP, "p95", "Behind it", low_samples="evaluate"),
        **{
            f"{name}{end}": row
            for end in ("", "_http")
            for name, row in {
                "error_rate": MathRow(
                    _rate(f"errors{end}", f"requests{end}"), (f"errors{end}", f"requests{end}"), "5xx rate"
                ),
                "client_error_rate": MathRow(
                    _rate(f"client_errors{end}", f"requests{end}"),
                    (f"client_errors{end}", f"requests{end}"),
                    "4xx rate",
                ),
                # Milliseconds here, seconds at a load balancer: one quantity for both.
                "response": MathRow(
                    f"IF(FILL(requests{end}, 0) >= {{minimum_requests}}, FILL(latency{end}, 0) / 1000, 0)",
                    (f"latency{end}", f"requests{end}"),
                    "Response time (p95)",
                ),
            }.items()
        },
    },
    alarms=tuple(
        row
        for end, type_ in (("", "rest"), ("_http", "http"))
        for row in (
            AlarmRow(
                f"errors-{type_}",
                "Requests fail (5xx)",
                f"error_rate{end}",
                "errorRatePercent",
                why="the share over a sliding window of five minutes; AWS recommends 5",
                points=(1, 1),
                period_seconds=300,
                role=Role.SYMPTOM,
                pages="failing",
                only_with=type_,
            ),
            AlarmRow(
                f"client-errors-{type_}",
                "Many requests are refused (4xx)",
                f"client_error_rate{end}",
                "clientErrorRatePercent",
                why="AWS starts at 5, which wrong passwords reach; a quarter is a broken client or a broken release",
                points=(3, 3),
                period_seconds=300,
                only_with=type_,
            ),
            AlarmRow(
                f"response-{type_}",
                "Responses are slow (p95)",
                f"response{end}",
                "responseSeconds",
                why="with the integration's time in it, of enough requests; AWS starts at 2.5 seconds",
                points=(2, 3),
                period_seconds=300,
                role=Role.SYMPTOM,
                pages="failing",
                only_with=type_,
            ),
            silence(
                "No request arrives",
                f"requests{end}",
                why="nobody reaches the stage any more: its domain, its certificate, or what calls it",
                pages="failing",
                minutes=60,
                key=f"silent-{type_}",
                only_with=type_,
            ),
        )
    ),
    composites=(
        CompositeRow(
            "failing", "The API fails for users", "critical", why="beyond the critical baseline users are turned away"
        ),
    ),
    widgets=tuple(
        row
        for end, type_ in (("", "rest"), ("_http", "http"))
        for row in (
            WidgetRow(f"requests ({type_})", (f"requests{end}",), "requests/min", only_with=type_, summary=True),
            WidgetRow(f"5xx rate ({type_})", (f"error_rate{end}",), "%", only_with=type_, summary=True),
            WidgetRow(f"4xx rate ({type_})", (f"client_error_rate{end}",), "%", only_with=type_),
            WidgetRow(f"response time ({type_})", (f"response{end}",), "s", only_with=type_, summary=True),
            WidgetRow(f"behind it ({type_})", (f"behind{end}:Average", f"behind{end}:p95"), "ms", only_with=type_),
        )
    ),
)
"""What is watched on a stage of an API."""
