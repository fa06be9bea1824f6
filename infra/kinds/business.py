"""What a service's users do, by what the service writes of itself: use, pages, transactions.

How many claims or uses are right, nobody knows beforehand; what is unusual is found by a model of what the hour and the
weekday lead to expect, and a shop that sells nothing is a symptom although every request succeeds.
"""

from __future__ import annotations

from infra.kinds.emitting import read
from infra.kinds.settings import Identifier, Instances, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, WidgetRow, silence
from opslib.monitoring import Band, Role, emitted

KIND = Kind(
    name="business",
    section="applications",
    title="Application",
    boards=("business",),
    settings=(
        Identifier(name="service", means="what the emitter calls the service", pattern=r"[\x21-\x7e]{1,250}"),
        Identifier(
            name="environment",
            means="what the emitter calls product and environment; the stack's own where none is given",
            required=False,
        ),
        Number(
            name="minimum_requests",
            means="requests or page views in five minutes below which a rate says nothing",
            lowest=1,
            highest=1e6,
            default=20,
        ),
        Instances(name="endpoint", plural="endpoints", means="route templates that are drawn one by one"),
        Instances(name="feature", plural="features", means="features whose use is drawn"),
        Instances(name="error_type", plural="errorTypes", means="types of errors that are drawn"),
        Instances(name="transaction", plural="transactions", means="kinds of transactions that are watched"),
        Instances(name="page", plural="pages", means="pages whose loading is drawn"),
    ),
    metrics={
        "requests": read(emitted.REQUESTS),
        "requests_of": read(emitted.REQUESTS, by=("Endpoint", "endpoint")),
        "duration": read(emitted.REQUEST_DURATION),
        "duration_of": read(emitted.REQUEST_DURATION, by=("Endpoint", "endpoint")),
        "unhandled": read(emitted.UNHANDLED_ERRORS),
        "errors": read(emitted.API_ERRORS),
        "errors_of": read(emitted.API_ERRORS, by=("ErrorType", "error_type")),
        "sessions": read(emitted.SESSIONS),
        "uses": read(emitted.FEATURE_USES, by=("Feature", "feature")),
        "heartbeat": read(emitted.HEARTBEAT),
        "page_load": read(emitted.PAGE_LOAD),
        "page_load_of": read(emitted.PAGE_LOAD, by=("Page", "page")),
        "script_errors": read(emitted.JAVASCRIPT_ERRORS),
        "page_views": read(emitted.PAGE_VIEWS),
        "claims": read(emitted.CLAIMS),
        "succeeded": read(emitted.TRANSACTION_SUCCESS),
        "succeeded_of": read(emitted.TRANSACTION_SUCCESS, by=("Transaction", "transaction")),
        "settled": read(emitted.TRANSACTION_DURATION),
        "unhandled_rate": MathRow(
            "IF(FILL(requests, 0) >= {minimum_requests}, 100 * FILL(unhandled, 0) / requests, 0)",
            ("requests", "unhandled"),
            "Unhandled errors",
        ),
        "script_error_rate": MathRow(
            "IF(FILL(page_views, 0) >= {minimum_requests}, 100 * FILL(script_errors, 0) / page_views, 0)",
            ("page_views", "script_errors"),
            "JavaScript errors",
        ),
    },
    alarms=(
        AlarmRow(
            "unhandled-errors",
            "Requests end in errors that nobody handles",
            "unhandled_rate",
            "errorRatePercent",
            why="the share over a sliding window of five minutes, as the application counts it",
            points=(1, 1),
            period_seconds=300,
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "page-load",
            "Pages load slowly (p75)",
            "page_load",
            "pageLoadSeconds",
            why="what three of four users see; 2.5 and 4 seconds are where the web's vitals put good and poor",
            points=(3, 3),
            period_seconds=300,
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "script-errors",
            "Pages throw JavaScript errors",
            "script_error_rate",
            "scriptErrorPercent",
            why="errors for each hundred page views: a release that breaks in some browser",
            points=(2, 2),
            period_seconds=300,
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "transactions",
            "Transactions fail",
            "succeeded",
            "transactionSuccessPercent",
            why="each failed one is a user who has paid, or tried to; a quarter of an hour is no hiccup",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="failing",
        ),
        AlarmRow(
            "transactions-of-a-kind",
            "Transactions of one kind fail",
            "succeeded_of",
            "transactionSuccessPercent",
            why="one kind may fail altogether and hardly move the whole",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="failing",
            only_with="transaction",
            each="transaction",
        ),
        AlarmRow(
            "claims",
            "Fewer claims than usual",
            "claims",
            Band(info=3),
            why="three deviations below what the hour and the weekday lead to expect, for half an hour",
            points=(6, 6),
            period_seconds=300,
            comparison="LessThanLowerThreshold",
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "usage",
            "Sessions are unusual",
            "sessions",
            Band(info=3),
            why="more or fewer than three deviations around what is expected: a campaign, or nobody gets in",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanLowerOrGreaterThanUpperThreshold",
        ),
        silence(
            "No heartbeat arrives: the application writes nothing",
            "heartbeat",
            why="the emitter beats with each flush while a process lives, with users or without",
            pages="failing",
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow(
            "failing", "Business fails", "critical", why="users cannot do what the product is for, or nobody knows"
        ),
    ),
    widgets=(
        WidgetRow("requests and sessions", ("requests",), "requests/min", right=("sessions",), summary=True),
        WidgetRow("transactions that succeed", ("succeeded",), "%", summary=True),
        WidgetRow("claims", ("claims",), "claims/5 min", summary=True),
        WidgetRow("sessions", ("sessions",), "sessions"),
        WidgetRow("response time", ("duration:p50", "duration:p95", "duration:p99"), "s"),
        WidgetRow("unhandled errors", ("unhandled_rate",), "%", right=("errors",)),
        WidgetRow("page load", ("page_load",), "s"),
        WidgetRow("JavaScript errors", ("script_error_rate",), "per 100 views", right=("page_views",)),
        WidgetRow("transactions until settled", ("settled",), "s"),
        WidgetRow("requests by endpoint", ("requests_of",), "requests/min", only_with="endpoint", each="endpoint"),
        WidgetRow("response time by endpoint", ("duration_of",), "s", only_with="endpoint", each="endpoint"),
        WidgetRow("use of features", ("uses",), "uses/min", only_with="feature", each="feature"),
        WidgetRow("errors by type", ("errors_of",), "errors/min", only_with="error_type", each="error_type"),
        WidgetRow("transactions by kind", ("succeeded_of",), "%", only_with="transaction", each="transaction"),
        WidgetRow("page load by page", ("page_load_of",), "s", only_with="page", each="page"),
    ),
)
"""What is watched on an application."""
