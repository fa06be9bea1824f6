"""Baseline thresholds, as data.

A *quantity* is something that kinds watch, such as the CPU of a service. A *profile* gives each quantity a band of
thresholds. A workload names a profile or takes the stack's; single bands can be overridden in the stack's
configuration, for the whole stack or for one workload. The nearest wins: workload, then stack, then profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from opslib.monitoring import Band

__all__ = ["PROFILES", "QUANTITIES", "Quantity", "bands", "fault"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a threshold is of.

    Attributes:
        unit: For people.
        lowest: The smallest threshold that makes sense.
        highest: The largest.
        worse: Which way it gets worse: a critical threshold lies further that way than a warning.
    """

    unit: str
    lowest: float
    highest: float
    worse: Literal["above", "below"] = "above"


_PERCENT = Quantity("percent", 0, 100)
_PERCENT_LEFT = Quantity("percent", 0, 100, worse="below")

QUANTITIES: Mapping[str, Quantity] = {
    "cpuPercent": _PERCENT,
    "memoryPercent": _PERCENT,
    "responseSeconds": Quantity("seconds", 0, 300),
    "errorRatePercent": _PERCENT,
    "clientErrorRatePercent": _PERCENT,
    "databaseCpuPercent": _PERCENT,
    "connectionsPercent": _PERCENT,
    "freeStoragePercent": _PERCENT_LEFT,
    "diskLatencySeconds": Quantity("seconds", 0, 60),
    "logErrors": Quantity("lines in 5 minutes", 0, 1e9),
    "databaseLoadPerVcpu": Quantity("average active sessions per vCPU", 0, 100),
    "cacheMemoryPercent": _PERCENT,
    "cacheEngineCpuPercent": _PERCENT,
    "cacheHitRatePercent": _PERCENT_LEFT,
    "cacheEvictions": Quantity("evictions in 5 minutes", 0, 1e9),
    "functionErrorRatePercent": _PERCENT,
    "functionDurationPercent": _PERCENT,
    "concurrencyPercent": _PERCENT,
    "freeMemoryPercent": _PERCENT_LEFT,
    "querySeconds": Quantity("seconds", 0, 300),
    "diskUsedPercent": _PERCENT,
    "hostCpuPercent": _PERCENT,
    "hostMemoryPercent": _PERCENT,
    "hostDiskPercent": _PERCENT,
    "edgeHitRatePercent": _PERCENT_LEFT,
    "blockedPercent": _PERCENT,
    "natFailedPercent": _PERCENT,
    "queueAgeSeconds": Quantity("seconds", 0, 1_209_600),
    "chargesPercent": Quantity("percent", 0, 1_000),
    "certificateDays": Quantity("days", 0, 400, worse="below"),
    "pageLoadSeconds": Quantity("seconds", 0, 300),
    "scriptErrorPercent": Quantity("errors for each 100 page views", 0, 10_000),
    "transactionSuccessPercent": _PERCENT_LEFT,
    "agentCompletionPercent": _PERCENT_LEFT,
    "agentErrorPercent": _PERCENT,
    "agentCostPercent": Quantity("percent", 0, 10_000),
    "agentResponseSeconds": Quantity("seconds", 0, 86_400),
    "agentValidationPercent": _PERCENT_LEFT,
    "agentDocumentSeconds": Quantity("seconds", 0, 86_400),
    "agentQuerySeconds": Quantity("seconds", 0, 86_400),
    "agentRelevancePercent": _PERCENT_LEFT,
    "agentAnalysisSeconds": Quantity("seconds", 0, 86_400),
    "agentAccuracyPercent": _PERCENT_LEFT,
    "agentSuiteSeconds": Quantity("seconds", 0, 86_400),
    "agentCoveragePercent": _PERCENT_LEFT,
    "agentBenchmarkPercent": Quantity("percent", 0, 1_000),
}

_BASELINE: Mapping[str, Band] = {
    # Response time, errors, CPU, memory and connections: the performance baselines that small teams start from. Where
    # a team's list of alerts contradicts its table of baselines (errors warn at 5% there), the table is followed.
    "cpuPercent": Band(warning=70, critical=85),
    "memoryPercent": Band(warning=80, critical=90),
    "responseSeconds": Band(warning=2, critical=5),
    "errorRatePercent": Band(warning=1, critical=5),
    "connectionsPercent": Band(warning=80, critical=95),
    # Clients make mistakes all day; a quarter of all requests wrong is a broken client or a broken release.
    "clientErrorRatePercent": Band(info=25),
    # A database cannot be scaled out in minutes, so it is told earlier than a service; 90 is AWS's recommended alarm.
    "databaseCpuPercent": Band(warning=80, critical=90),
    "freeStoragePercent": Band(warning=20, critical=10),
    # A gp3 volume answers in single milliseconds; 20 ms is the first value that users feel through several queries.
    "diskLatencySeconds": Band(warning=0.02),
    # More active sessions than vCPUs: sessions wait for a processor (AWS's recommended threshold for this metric is 1).
    "databaseLoadPerVcpu": Band(warning=1),
    # Redis needs room to fork for a snapshot and evicts at 100.
    "cacheMemoryPercent": Band(warning=80, critical=90),
    # One thread serves all commands; AWS recommends an alarm at 90.
    "cacheEngineCpuPercent": Band(warning=80, critical=90),
    "cacheHitRatePercent": Band(info=80),
    "cacheEvictions": Band(warning=100),
    "functionErrorRatePercent": Band(warning=1, critical=5),
    # How much a program writes about what it survives is its own; ten lines in five minutes begin to be a cause.
    "logErrors": Band(warning=10),
    # p95 of the duration as a share of the time-out: above 95 the slowest calls are about to be cut off.
    "functionDurationPercent": Band(warning=80, critical=95),
    # What is limited refuses at 100; at 80 there is time to ask for more.
    "concurrencyPercent": Band(warning=80, critical=95),
    "freeMemoryPercent": Band(warning=10, critical=5),
    # Queries: under a second for 95 of 100 is the target that teams set, three seconds their alarm.
    "querySeconds": Band(warning=1, critical=3),
    "diskUsedPercent": Band(warning=80, critical=90),
    # Hosts do not scale by themselves. Teams who keep some ask for less than 80, 75 and 80 on average, and are told at
    # 90, 85 and 90; AWS recommends 80 for CPU.
    "hostCpuPercent": Band(warning=80, critical=90),
    "hostMemoryPercent": Band(warning=75, critical=85),
    "hostDiskPercent": Band(warning=80, critical=90),
    "edgeHitRatePercent": Band(info=50),
    "blockedPercent": Band(warning=20),
    "natFailedPercent": Band(warning=5, critical=20),
    "queueAgeSeconds": Band(warning=300, critical=900),
    # 80 per cent of the month's budget is where teams want to be told.
    "chargesPercent": Band(warning=80, critical=100),
    "certificateDays": Band(warning=44, critical=14),
    "pageLoadSeconds": Band(warning=2.5, critical=4),
    "scriptErrorPercent": Band(warning=1, critical=5),
    "transactionSuccessPercent": Band(warning=99, critical=95),
    # The targets that a team has set for its four agents; critical only where a miss by far is an outage.
    "agentCompletionPercent": Band(warning=95, critical=80),
    "agentErrorPercent": Band(warning=1, critical=5),
    "agentCostPercent": Band(warning=100, critical=200),
    "agentResponseSeconds": Band(warning=30, critical=60),
    "agentValidationPercent": Band(warning=80),
    "agentDocumentSeconds": Band(warning=120),
    "agentQuerySeconds": Band(warning=2, critical=5),
    "agentRelevancePercent": Band(warning=80),
    "agentAnalysisSeconds": Band(warning=60),
    "agentAccuracyPercent": Band(warning=95, critical=90),
    "agentSuiteSeconds": Band(warning=300),
    "agentCoveragePercent": Band(warning=80),
    "agentBenchmarkPercent": Band(warning=10),
}

PROFILES: Mapping[str, Mapping[str, Band]] = {
    "baseline": _BASELINE,
    # For fixed capacity that is meant to run hot, without autoscaling: CPU is told later, memory earlier.
    "steady": {
        **_BASELINE,
        "cpuPercent": Band(warning=80, critical=90),
        "memoryPercent": Band(warning=75, critical=85),
        "connectionsPercent": Band(warning=80, critical=90),
    },
    # For APIs inside somebody else's request: p95 above 100 ms is already slow, 250 ms is an incident.
    "latency-sensitive": {
        **_BASELINE,
        "responseSeconds": Band(warning=0.1, critical=0.25),
        "cpuPercent": Band(warning=60, critical=75),
    },
}


def bands(profile: str, *overrides: Mapping[str, Band]) -> dict[str, Band]:
    """The bands of a profile with overrides, the later ones over the earlier.

    Args:
        profile: A key of `PROFILES`.
        overrides: Bands by quantity; a band replaces the whole band below it.
    """
    merged = dict(PROFILES[profile])
    for override in overrides:
        merged.update(override)
    return merged


def fault(quantity: str, band: Band) -> str | None:
    """What is wrong with a band that somebody wrote, as a clause; None where it makes sense."""
    rule = QUANTITIES[quantity]
    given = {name: value for name in ("info", "warning", "critical") if (value := getattr(band, name)) is not None}
    if not given:
        return "gives no threshold: write info, warning or critical"
    for severity, value in given.items():
        if not rule.lowest <= value <= rule.highest:
            return f"{severity} {value:g} is out of range: {rule.lowest:g} to {rule.highest:g} {rule.unit}"
    values = list(given.values())
    if values != sorted(values, reverse=rule.worse == "below") or len(set(values)) < len(values):
        order = " < ".join(given) if rule.worse == "above" else " > ".join(given)
        return f"the thresholds must rise with severity, {order}; they are {', '.join(f'{v:g}' for v in values)}"
    return None
