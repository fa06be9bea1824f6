"""What applications write of themselves: one table, which the emitter writes by and the kinds of `infra` read by.

A metric's class says how it is recorded, its dimension sets say under which names CloudWatch keeps it: every set is a
metric of its own, and every combination of values in a set is billed as one. ``Environment`` and ``Service`` are the
emitter's and need not be given; the other dimensions are given with each value, and a row limits how many
combinations of them one process may write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, Never

from opslib.monitoring.alarm import Comparison
from opslib.monitoring.emit.instrument import (
    ENVIRONMENT,
    SERVICE,
    Counter,
    Distribution,
    Duration,
    Emitted,
    Gauge,
    Share,
    Unit,
)

__all__ = ["AGENTS", "API", "BUSINESS", "EMITTED", "TARGETS", "WEB", "AgentRole", "Target"]

API: Final = "Application/Api"
WEB: Final = "Application/Web"
BUSINESS: Final = "Application/Business"
AGENTS: Final = "Application/Agents"

_SERVICE = (ENVIRONMENT, SERVICE)
_AGENT = (ENVIRONMENT, "Agent")


def _by(dimension: str) -> tuple[tuple[str, ...], ...]:
    """The service's total, and one for each value of a dimension."""
    return (_SERVICE, (*_SERVICE, dimension))


_S, _P, _COUNT = Unit.SECONDS, Unit.PERCENT, Unit.COUNT

Endpoint = Literal["Endpoint"]
Page = Literal["Page"]
Feature = Literal["Feature"]
ErrorType = Literal["ErrorType"]
StatusClass = Literal["StatusClass"]
Transaction = Literal["Transaction"]
Agent = Literal["Agent"]

# API usage.
REQUESTS: Final[Counter[Endpoint]] = Counter(
    API, "Requests", _COUNT, "Sum", _by("Endpoint"), "Requests", "requests ended, by route template", 200
)
REQUEST_DURATION: Final[Duration[Endpoint]] = Duration(
    API, "RequestDuration", _S, "p95", _by("Endpoint"), "Response time", "from the request to its last byte", 200
)
RESPONSES: Final[Counter[StatusClass]] = Counter(
    API, "Responses", _COUNT, "Sum", ((*_SERVICE, "StatusClass"),), "Responses", "responses by class: 2xx, 5xx …"
)
UNHANDLED_ERRORS: Final[Counter[ErrorType]] = Counter(
    API, "UnhandledErrors", _COUNT, "Sum", _by("ErrorType"), "Unhandled errors", "exceptions that no handler took"
)
API_ERRORS: Final[Counter[ErrorType]] = Counter(
    API, "Errors", _COUNT, "Sum", _by("ErrorType"), "Errors", "failures that the application answers for, by type"
)
IN_FLIGHT: Final[Gauge[Never]] = Gauge(
    API, "InFlight", _COUNT, "Maximum", (_SERVICE,), "In flight", "requests that one process serves at once"
)
SESSIONS: Final[Gauge[Never]] = Gauge(
    API, "ActiveSessions", _COUNT, "Maximum", (_SERVICE,), "Sessions", "sessions in the store that all processes share"
)
FEATURE_USES: Final[Counter[Feature]] = Counter(
    API, "FeatureUses", _COUNT, "Sum", ((*_SERVICE, "Feature"),), "Uses", "uses of a feature"
)
HEARTBEAT: Final[Gauge[Never]] = Gauge(
    API, "Heartbeat", _COUNT, "Maximum", (_SERVICE,), "Heartbeat", "1 with each flush while a process lives"
)

# Web.
PAGE_LOAD: Final[Duration[Page]] = Duration(
    WEB, "PageLoadDuration", _S, "p75", _by("Page"), "Page load", "from navigation to load, as browsers report it"
)
JAVASCRIPT_ERRORS: Final[Counter[Page]] = Counter(
    WEB, "JavaScriptErrors", _COUNT, "Sum", _by("Page"), "JavaScript errors", "errors that reached the window"
)
PAGE_VIEWS: Final[Counter[Page]] = Counter(
    WEB, "PageViews", _COUNT, "Sum", _by("Page"), "Page views", "pages loaded: what errors are held against"
)

# Business.
CLAIMS: Final[Counter[Never]] = Counter(
    BUSINESS, "Claims", _COUNT, "Sum", (_SERVICE,), "Claims", "rewards claimed; the sum of a minute is the rate"
)
TRANSACTION_SUCCESS: Final[Share[Transaction]] = Share(
    BUSINESS, "TransactionSuccess", _P, "Average", _by("Transaction"), "Success", "100 for one that succeeded, else 0"
)
TRANSACTION_DURATION: Final[Duration[Transaction]] = Duration(
    BUSINESS, "TransactionDuration", _S, "p95", _by("Transaction"), "Duration", "from submission to its settlement"
)

# Agents: every agent.
EXECUTIONS: Final[Counter[Agent]] = Counter(
    AGENTS, "Executions", _COUNT, "Sum", (_AGENT,), "Executions", "tasks ended, however"
)
EXECUTION_DURATION: Final[Duration[Agent]] = Duration(
    AGENTS, "ExecutionDuration", _S, "p95", (_AGENT,), "Duration", "one task, from request to answer"
)
EXECUTION_SUCCESS: Final[Share[Agent]] = Share(
    AGENTS, "ExecutionSuccess", _P, "Average", (_AGENT,), "Completed", "100 for a task completed as asked, else 0"
)
EXECUTION_ERRORS: Final[Share[Agent]] = Share(
    AGENTS, "ExecutionErrors", _P, "Average", (_AGENT,), "Failed", "100 for a task that failed with an error, else 0"
)
TOKENS: Final[Distribution[Agent]] = Distribution(
    AGENTS, "Tokens", _COUNT, "Sum", (_AGENT,), "Tokens", "tokens of one task, in and out"
)
EXECUTION_COST: Final[Distribution[Agent]] = Distribution(
    AGENTS, "ExecutionCost", Unit.NONE, "Average", (_AGENT,), "Cost (USD)", "US dollars for one task"
)
AGENT_HEARTBEAT: Final[Gauge[Agent]] = Gauge(
    AGENTS, "Heartbeat", _COUNT, "Maximum", (_AGENT,), "Heartbeat", "1 with each flush while the agent's worker lives"
)

# Agents: what only some of them do.
VALIDATION: Final[Share[Agent]] = Share(
    AGENTS, "ValidationScore", _P, "Average", (_AGENT,), "Validation", "compliance of one result with the rules"
)
DOCUMENT_DURATION: Final[Duration[Agent]] = Duration(
    AGENTS, "DocumentDuration", _S, "p95", (_AGENT,), "Document", "one document, read or analysed"
)
QUERY_DURATION: Final[Duration[Agent]] = Duration(
    AGENTS, "QueryDuration", _S, "p95", (_AGENT,), "Query", "one question, from asking to the answer"
)
RELEVANCE: Final[Share[Agent]] = Share(
    AGENTS, "Relevance", _P, "Average", (_AGENT,), "Relevance", "score of what one question found"
)
VECTOR_STORE: Final[Share[Agent]] = Share(
    AGENTS, "VectorStoreAccess", _P, "Average", (_AGENT,), "Vector store", "100 for an access that worked, else 0"
)
ACCURACY: Final[Share[Agent]] = Share(
    AGENTS, "Accuracy", _P, "Average", (_AGENT,), "Accuracy", "100 for a correct identification, else 0"
)
RULE_COVERAGE: Final[Share[Agent]] = Share(
    AGENTS, "RuleCoverage", _P, "Minimum", (_AGENT,), "Rules covered", "rules applied in one analysis, of all"
)
CONFIDENTIALITY: Final[Counter[Agent]] = Counter(
    AGENTS, "ConfidentialityIncidents", _COUNT, "Sum", (_AGENT,), "Incidents", "disclosures of what is confidential"
)
SUITE_DURATION: Final[Duration[Agent]] = Duration(
    AGENTS, "SuiteDuration", _S, "Maximum", (_AGENT,), "Suite", "one run of the full test suite"
)
COVERAGE: Final[Share[Agent]] = Share(
    AGENTS, "Coverage", _P, "Minimum", (_AGENT,), "Coverage", "lines covered in one run"
)
SCANS: Final[Share[Agent]] = Share(
    AGENTS, "ScanCompletion", _P, "Average", (_AGENT,), "Scans", "100 for a vulnerability scan that ended, else 0"
)
BENCHMARK_DEVIATION: Final[Distribution[Agent]] = Distribution(
    AGENTS, "BenchmarkDeviation", _P, "Maximum", (_AGENT,), "Deviation", "how far one benchmark is off its target"
)

EMITTED: Final[tuple[Emitted[Any], ...]] = tuple(row for row in list(globals().values()) if isinstance(row, Emitted))
"""Every row of the table, in its order."""


AgentRole = Literal["development", "retrieval", "compliance", "quality"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an agent is held to.

    Attributes:
        role: What the agent is for, as the stack's file says it.
        key: Its name within the role.
        metric: What it is a target for.
        title: What it means that it is missed, in a clause.
        missed_when: How the statistic stands to the threshold when the target is missed.
        threshold: In the metric's unit.
        why: What the target says.
    """

    role: AgentRole
    key: str
    metric: Emitted[Any]
    title: str
    missed_when: Comparison
    threshold: float
    why: str


_ABOVE: Final = "GreaterThanThreshold"
_BELOW: Final = "LessThanThreshold"
_FROM: Final = "GreaterThanOrEqualToThreshold"
_TO: Final = "LessThanOrEqualToThreshold"

TARGETS: Final[tuple[Target, ...]] = (
    Target("development", "completion", EXECUTION_SUCCESS, "Tasks are left undone", _TO, 95, "above 95% are completed"),
    Target("development", "errors", EXECUTION_ERRORS, "Tasks fail", _FROM, 1, "below 1% fail"),
    Target("development", "response", EXECUTION_DURATION, "Tasks are slow", _FROM, 30, "a task is below 30 s"),
    Target("development", "validation", VALIDATION, "Results break the rules", _TO, 80, "compliance is above 80%"),
    Target("retrieval", "document", DOCUMENT_DURATION, "Documents are slow", _FROM, 120, "a document is below 2 min"),
    Target("retrieval", "query", QUERY_DURATION, "Queries are slow", _FROM, 2, "a query is below 2 s"),
    Target("retrieval", "relevance", RELEVANCE, "Results are off the question", _TO, 80, "relevance is above 80%"),
    Target("retrieval", "vector-store", VECTOR_STORE, "The vector store is gone", _BELOW, 100, "every access works"),
    Target("compliance", "document", DOCUMENT_DURATION, "Documents are slow", _FROM, 60, "a document is below 1 min"),
    Target("compliance", "accuracy", ACCURACY, "Identifications are wrong", _TO, 95, "above 95% are correct"),
    Target("compliance", "rules", RULE_COVERAGE, "Rules are left out", _BELOW, 100, "every rule is applied"),
    Target(
        "compliance", "confidentiality", CONFIDENTIALITY, "Something confidential got out", _ABOVE, 0, "no incident"
    ),
    Target("quality", "suite", SUITE_DURATION, "The test suite is slow", _FROM, 300, "the full suite is below 5 min"),
    Target("quality", "coverage", COVERAGE, "Coverage is low", _TO, 80, "coverage is above 80%"),
    Target("quality", "scans", SCANS, "Vulnerability scans do not end", _BELOW, 100, "every scan ends"),
    Target(
        "quality", "benchmarks", BENCHMARK_DEVIATION, "Benchmarks are off", _ABOVE, 10, "within 10% of their target"
    ),
)
"""The targets of the four agents; an agent of another name has the metrics of every agent and no targets."""
