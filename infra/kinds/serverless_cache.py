"""A serverless cache on ElastiCache: it has no members, and its dimension is `clusterId` with a lower-case c."""

from __future__ import annotations

from infra.kinds.settings import Identifier, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band

_CACHE = {"clusterId": "cache"}
_NAMESPACE = "AWS/ElastiCache"

KIND = Kind(
    name="serverless_cache",
    section="serverlessCaches",
    title="Serverless cache",
    boards=("database",),
    settings=(
        Identifier(name="cache", means="its name", pattern=r"[a-z][a-z0-9-]{0,39}"),
        Number(name="most_gib", means="the most data it may store, as its usage limit says", lowest=1, highest=5_000),
        Number(
            name="most_ecpu_per_second",
            means="the most processing units a second, as its usage limit says",
            lowest=1_000,
            highest=15_000_000,
        ),
    ),
    metrics={
        "units": MetricRow(_NAMESPACE, "ElastiCacheProcessingUnits", _CACHE, "Sum", "Processing units"),
        "throttled": MetricRow(_NAMESPACE, "ThrottledCmds", _CACHE, "Sum", "Throttled"),
        "stored": MetricRow(_NAMESPACE, "BytesUsedForCache", _CACHE, "Maximum", "Stored"),
        "hit_rate": MetricRow(_NAMESPACE, "CacheHitRate", _CACHE, "Average", "Hit rate"),
        "evictions": MetricRow(_NAMESPACE, "Evictions", _CACHE, "Sum", "Evictions"),
        "connections": MetricRow(_NAMESPACE, "CurrConnections", _CACHE, "Average", "Connections"),
        "storage_used": MathRow("100 * stored / ({most_gib} * 1073741824)", ("stored",), "Storage used"),
        "units_used": MathRow("100 * units / (60 * {most_ecpu_per_second})", ("units",), "Processing used"),
    },
    alarms=(
        AlarmRow(
            "throttled",
            "Commands are throttled",
            "throttled",
            Band(warning=0),
            why="its limit is reached, or its load has doubled within minutes; a throttled command is an error",
            points=(3, 5),
        ),
        AlarmRow(
            "storage",
            "The storage limit is near",
            "storage_used",
            "cacheMemoryPercent",
            why="at 100 keys are evicted",
            points=(5, 5),
            only_with="most_gib",
        ),
        AlarmRow(
            "processing",
            "The processing limit is near",
            "units_used",
            "cacheEngineCpuPercent",
            why="at 100 commands are throttled",
            points=(5, 5),
            only_with="most_ecpu_per_second",
        ),
        AlarmRow(
            "evictions",
            "Keys are evicted",
            "evictions",
            "cacheEvictions",
            why="a few evictions are a cache at work; a hundred in five minutes push out what is still needed",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "hit-rate",
            "The hit rate is low",
            "hit_rate",
            "cacheHitRatePercent",
            why="every fifth look-up goes to the database",
            points=(6, 6),
            period_seconds=300,
            comparison="LessThanThreshold",
        ),
        silence(
            "No metric arrives: the cache is gone",
            "stored",
            why="AWS publishes what is stored every minute, an empty cache's too",
            pages="unavailable",
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow(
            "unavailable", "The cache is unavailable", "critical", why="what it held is asked of the database now"
        ),
    ),
    widgets=(
        WidgetRow("hit rate", ("hit_rate",), "%", summary=True),
        WidgetRow("throttled", ("throttled",), "commands/min", summary=True),
        WidgetRow("stored", ("stored",), "bytes", boards=("cost",)),
        WidgetRow("processing units", ("units",), "ECPU/min", boards=("cost",)),
        WidgetRow("storage used", ("storage_used",), "%", only_with="most_gib"),
        WidgetRow("processing used", ("units_used",), "%", only_with="most_ecpu_per_second"),
        WidgetRow("evictions", ("evictions",), "evictions/5 min", right=("connections",)),
    ),
)
"""What is watched on a serverless cache."""
