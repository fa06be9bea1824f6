"""A CloudFront distribution: what users see of it, in us-east-1, where AWS publishes it.

AWS recommends alarms on the errors of CloudFront Functions too: they are published for each function, which the stack
does not know; a function that throws makes 5xx, and those are watched.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_DISTRIBUTION = {"DistributionId": "distribution", "Region": "=Global"}
_MORE = Requirement.ADDITIONAL_METRICS

KIND = Kind(
    name="cloudfront",
    section="distributions",
    title="CloudFront",
    region="us-east-1",
    settings=(Identifier(name="distribution", means="its id", pattern=r"E[A-Z0-9]{9,20}"),),
    metrics={
        "requests": MetricRow("AWS/CloudFront", "Requests", _DISTRIBUTION, "Sum", "Requests"),
        "errors": MetricRow("AWS/CloudFront", "5xxErrorRate", _DISTRIBUTION, "Average", "5xx rate"),
        "client_errors": MetricRow("AWS/CloudFront", "4xxErrorRate", _DISTRIBUTION, "Average", "4xx rate"),
        "downloaded": MetricRow("AWS/CloudFront", "BytesDownloaded", _DISTRIBUTION, "Sum", "Downloaded"),
        "hit_rate": MetricRow("AWS/CloudFront", "CacheHitRate", _DISTRIBUTION, "Average", "Hit rate", _MORE),
        "origin": MetricRow(
            "AWS/CloudFront", "OriginLatency", _DISTRIBUTION, "p95", "Origin", _MORE, low_samples="evaluate"
        ),
        "origin_seconds": MathRow("origin / 1000", ("origin",), "Origin (p95)"),
    },
    alarms=(
        AlarmRow(
            "errors",
            "Requests fail (5xx)",
            "errors",
            "errorRatePercent",
            why="AWS publishes the rate itself; five minutes outlast one bad answer of the origin",
            points=(5, 5),
            role=Role.SYMPTOM,
            pages="failing",
        ),
        AlarmRow(
            "client-errors",
            "Many requests are refused (4xx)",
            "client_errors",
            "clientErrorRatePercent",
            why="a quarter of all requests wrong is a missing object or a broken release, not users' mistakes",
            points=(15, 15),
        ),
        AlarmRow(
            "origin",
            "The origin is slow (p95)",
            "origin_seconds",
            "responseSeconds",
            why="what the cache does not have waits for the origin; AWS recommends 80 per cent of its time-out",
            points=(5, 5),
        ),
        AlarmRow(
            "hit-rate",
            "The cache hit rate is low",
            "hit_rate",
            "edgeHitRatePercent",
            why="the origin does what the edge is paid for: a header or a query string that a release has added",
            points=(6, 6),
            period_seconds=300,
            comparison="LessThanThreshold",
        ),
        AlarmRow(
            "unusual-traffic",
            "Traffic is unusual",
            "requests",
            Band(info=3),
            why="three deviations around what the hour and the weekday lead to expect, for a quarter of an hour",
            points=(3, 3),
            comparison="LessThanLowerOrGreaterThanUpperThreshold",
            period_seconds=300,
        ),
        silence(
            "No request arrives",
            "requests",
            why="a site without a request in an hour is not reached: its name, its certificate, or it is disabled",
            pages="failing",
            minutes=60,
        ),
    ),
    composites=(
        CompositeRow(
            "failing", "The site fails for users", "critical", why="it is the first thing that every user meets"
        ),
    ),
    widgets=(
        WidgetRow("requests", ("requests",), "requests/5 min", summary=True, boards=("business",)),
        WidgetRow("error rates", ("errors", "client_errors"), "%", summary=True),
        WidgetRow("hit rate", ("hit_rate",), "%"),
        WidgetRow("origin", ("origin_seconds",), "s"),
        WidgetRow("downloaded", ("downloaded",), "bytes/min", boards=("cost",)),
    ),
)
"""What is watched on a distribution."""
