"""A CloudWatch Synthetics canary: a script that uses the product as a user does, every few minutes.

It publishes where it runs, so that it joins the alarms of its region, which a Route 53 health check cannot
(`health_check.py`).
"""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_NAMESPACE = "CloudWatchSynthetics"
_CANARY = {"CanaryName": "canary"}
_FIVE_MINUTES = 300

KIND = Kind(
    name="canary",
    section="canaries",
    title="Canary",
    metrics={
        "success": MetricRow(_NAMESPACE, "SuccessPercent", _CANARY, "Average", "Successful runs"),
        "duration": MetricRow(_NAMESPACE, "Duration", _CANARY, "Average", "A run"),
        "used_share": MathRow("duration / (10 * {time_out_seconds})", ("duration",), "Of the time-out"),
    },
    alarms=(
        AlarmRow(
            "failing",
            "The script does not get through",
            "success",
            Band(critical=90),
            why="one run may stumble over the network; two of three, five minutes apart, are what users meet too",
            points=(2, 3),
            period_seconds=_FIVE_MINUTES,
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="unusable",
        ),
        AlarmRow(
            "slow",
            "A run takes most of its time-out",
            "used_share",
            Band(warning=80),
            why="per cent of the time-out: past it, the run fails, and nobody knows at which step",
            points=(3, 3),
            period_seconds=_FIVE_MINUTES,
            only_with="time_out_seconds",
        ),
        silence(
            "The script does not run",
            "success",
            why="canaries run at least hourly where they are worth an alarm; two hours without a run are a canary that "
            "was stopped",
            pages=None,
            minutes=120,
        ),
    ),
    composites=(
        CompositeRow(
            "unusable",
            "Users cannot do what the script does",
            "critical",
            why="it does what matters most to them, from its beginning to its end",
        ),
    ),
    widgets=(
        WidgetRow("successful runs", ("success",), "%", summary=True),
        WidgetRow("duration", ("duration",), "ms"),
        WidgetRow("of the time-out", ("used_share",), "%", only_with="time_out_seconds"),
    ),
)
"""What is watched on a canary."""
