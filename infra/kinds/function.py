"""A Lambda function."""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_FUNCTION = {"FunctionName": "function"}

KIND = Kind(
    name="function",
    section="functions",
    title="Function",
    metrics={
        "errors": MetricRow("AWS/Lambda", "Errors", _FUNCTION, "Sum", "Errors"),
        "invocations": MetricRow("AWS/Lambda", "Invocations", _FUNCTION, "Sum", "Invocations"),
        "throttles": MetricRow("AWS/Lambda", "Throttles", _FUNCTION, "Sum", "Throttles"),
        "duration": MetricRow("AWS/Lambda", "Duration", _FUNCTION, "p95", "Duration", low_samples="ignore"),
        "concurrency": MetricRow("AWS/Lambda", "ConcurrentExecutions", _FUNCTION, "Maximum", "Concurrency"),
        "iterator_age": MetricRow("AWS/Lambda", "IteratorAge", _FUNCTION, "Maximum", "Iterator age"),
        "error_rate": MathRow(
            "IF(FILL(invocations, 0) > 0, 100 * FILL(errors, 0) / invocations, 0)",
            ("errors", "invocations"),
            "Error rate",
        ),
        "time_used": MathRow("100 * duration / {timeout_milliseconds}", ("duration",), "Time-out used (p95)"),
    },
    alarms=(
        AlarmRow(
            "errors",
            "Invocations fail",
            "error_rate",
            "functionErrorRatePercent",
            why="the share over a sliding window of five minutes",
            points=(1, 1),
            period_seconds=300,
            role=Role.SYMPTOM,
            pages="failing",
        ),
        AlarmRow(
            "throttles",
            "Invocations are throttled",
            "throttles",
            Band(warning=0),
            why="a throttled synchronous call is a failed request; three of five minutes are no burst",
            points=(3, 5),
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "duration",
            "The slowest runs near the time-out",
            "time_used",
            "functionDurationPercent",
            why="what passes the time-out is cut off and retried",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "iterator-age",
            "The stream is not kept up with",
            "iterator_age",
            Band(warning=300_000),
            why="five minutes behind and growing; a stream loses its records after a day",
            points=(5, 5),
            only_with="stream",
        ),
        silence(
            "The function is no longer invoked",
            "invocations",
            why="its configuration says it is invoked at least hourly; an hour without is a dead schedule or source",
            pages="failing",
            minutes=60,
            only_with="invoked_hourly",
        ),
    ),
    composites=(
        CompositeRow(
            "failing",
            "The function fails",
            "critical",
            why="beyond the critical baseline its callers and events are lost or late",
        ),
    ),
    widgets=(
        WidgetRow("error rate", ("error_rate",), "%", summary=True),
        WidgetRow("invocations", ("invocations",), "invocations/min", summary=True),
        WidgetRow("time-out used", ("time_used",), "%"),
        WidgetRow("throttles and concurrency", ("throttles",), "throttles/min", right=("concurrency",)),
        WidgetRow("iterator age", ("iterator_age",), "ms", only_with="stream"),
    ),
)
"""What is watched on a Lambda function."""
