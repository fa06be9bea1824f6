"""A set of metric data queries, as alarms and GetMetricData have them: metrics, and expressions over one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Model, compute_all, fewest_samples, ids, parse
from opslib.monitoring.evaluate.expression import Call, Id, Node, walk
from opslib.monitoring.evaluate.functions import FUNCTIONS
from opslib.sandbox.behaviour.metrics.store import MetricId, MetricStore, Series

__all__ = ["NotModelled", "Points", "Queries", "Query", "is_statistic", "metric_id", "single"]

Points = tuple[float | None, ...]

UNMODELLED_FUNCTIONS = frozenset(
    {"DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "REMOVE_EMPTY", "SEARCH", "SERVICE_QUOTA", "SLICE", "SORT"}
)
"""Functions of AWS's metric math that the evaluator does not have."""

PLAIN_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NUMBER = r"\d+(?:\.\d+)?"
_EXTENDED_STATISTIC = re.compile(
    rf"(?:p|tm|tc|ts|wm)(?:100|\d{{1,2}}(?:\.\d+)?)|IQM|(?:PR|TC|TM|TS|WM)\((?:{_NUMBER}%?)?:(?:{_NUMBER}%?)?\)",
    re.IGNORECASE,
)

_OF_TIME = frozenset({"DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "YEAR"})
_BAND = "ANOMALY_DETECTION_BAND"
# Their arguments are texts of languages of their own, which the parser of metric math need not understand.
_OWN_LANGUAGE = re.compile(rf"\s*(?:SELECT\b|.*\b(?:{'|'.join(sorted(UNMODELLED_FUNCTIONS))})\s*\()", re.DOTALL)


class NotModelled(Exception):
    """AWS computes it, the sandbox does not."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: a statistic of a metric, or an expression.

    Attributes:
        id: Its id; expressions name it.
        series: The metric's samples; None for an expression.
        statistic: Of the metric.
        unit: Only samples of this unit; None: of any.
        period_seconds: The metric's period, or the one an expression was given; None: that of its metrics.
        node: The expression, understood.
        returned: Whether its result is asked for (`ReturnData`).
    """

    id: str
    series: Series | None = None
    statistic: str = ""
    unit: str | None = None
    period_seconds: int | None = None
    node: Node | None = None
    returned: bool = True


@dataclass(slots=True)
class Queries:
    """Queries that may name one another.

    Attributes:
        by_id: Each query, in the order given.
        models: Anomaly models by the id of what they were trained on.
    """

    by_id: dict[str, Query]
    models: dict[str, Model] = field(default_factory=dict)
    # What an expression names and wants a band of does not change; an alarm asks again every minute.
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _bands: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, given: Iterable[Mapping[str, Any]], store: MetricStore, account_id: str, region: str) -> Queries:
        """Understand `MetricDataQueries`.

        Raises:
            BadRequest: An expression is not of the language, or names what is not there or itself (the message begins
                as AWS's does, "Error in expression 'e1'"); or there is no such statistic.
            NotModelled: The evaluator does not have a function or a statistic.
        """
        by_id: dict[str, Query] = {}
        for query in given:
            shown, period = bool(query.get("ReturnData", True)), query.get("Period")
            if "Expression" in query:
                node = _understood(query["Id"], query["Expression"])
                by_id[query["Id"]] = Query(query["Id"], period_seconds=period, node=node, returned=shown)
                continue
            stat = query["MetricStat"]
            _check_statistic(stat["Stat"])
            series = store.series(metric_id(account_id, region, stat["Metric"]))
            by_id[query["Id"]] = Query(
                query["Id"], series, stat["Stat"], stat.get("Unit"), stat["Period"], returned=shown
            )
        queries = cls(by_id)
        queries._check_names()
        return queries

    def inputs(self, query_id: str) -> tuple[Query, ...]:
        """The metrics that a query comes down to."""
        query = self.by_id[query_id]
        if query.node is None:
            return (query,)
        named = self._named(query)
        return tuple({found.id: found for name in named for found in self.inputs(name)}.values())

    def period_of(self, query_id: str) -> int:
        """A query's period: its own, else the longest of its metrics'; 60 without any."""
        query = self.by_id[query_id]
        if query.period_seconds is not None:
            return query.period_seconds
        return max((found.period_seconds or 60 for found in self.inputs(query_id)), default=60)

    def looks_at_time(self, query_id: str) -> bool:
        """Whether a result changes with time even where no samples come."""
        query = self.by_id[query_id]
        if query.node is None:
            return False
        own = any(isinstance(part, Call) and part.function in _OF_TIME for part in walk(query.node))
        return own or any(self.looks_at_time(name) for name in self._named(query))

    def banded(self, query_id: str) -> tuple[str, ...]:
        """The ids that a query wants an anomaly band of."""
        if query_id not in self._bands:
            self._bands[query_id] = self._banded(self.by_id[query_id])
        return self._bands[query_id]

    def _banded(self, query: Query) -> tuple[str, ...]:
        if query.node is None:
            return ()
        calls = [part for part in walk(query.node) if isinstance(part, Call)]
        bands = [part for part in calls if part.function == _BAND and part.arguments]
        own = [part.arguments[0].name for part in bands if isinstance(part.arguments[0], Id)]
        return tuple(dict.fromkeys([*own, *(found for name in self._named(query) for found in self.banded(name))]))

    def results(self, query_id: str, *, start: float, period_seconds: int, count: int) -> tuple[Points, ...]:
        """The time series that a query gives: one for a metric, one or more for an expression.

        Raises:
            BadRequest: The expression cannot be computed.
        """
        query = self.by_id[query_id]
        if query.series is not None:
            return (
                query.series.points(
                    query.statistic, start=start, period_seconds=period_seconds, count=count, unit=query.unit
                ),
            )
        node = query.node
        if node is None:  # a query has one of the two
            return ()
        known: dict[str, Points] = {}
        for name in self._named(query):
            found = self.results(name, start=start, period_seconds=period_seconds, count=count)
            if len(found) != 1:
                raise BadRequest(f"Error in expression '{query_id}': {name} gives {len(found)} time series")
            known[name] = found[0]
        try:
            return compute_all(
                node, known or {"": (None,) * count}, start=start, period_seconds=period_seconds, models=self.models
            )
        except BadRequest as error:
            raise BadRequest(f"Error in expression '{query_id}': {error}") from error

    def _named(self, query: Query) -> tuple[str, ...]:
        """The ids that an expression names; METRICS() names every metric."""
        if query.id not in self._names:
            self._names[query.id] = () if query.node is None else self._named_in(query.node)
        return self._names[query.id]

    def _named_in(self, node: Node) -> tuple[str, ...]:
        named = sorted(ids(node), key=list(self.by_id).index) if ids(node) <= self.by_id.keys() else sorted(ids(node))
        if any(isinstance(part, Call) and part.function == "METRICS" for part in walk(node)):
            metrics = [query.id for query in self.by_id.values() if query.series is not None]
            named = list(dict.fromkeys([*metrics, *named]))
        return tuple(named)

    def _check_names(self) -> None:
        for query in self.by_id.values():
            self._check_below(query, ())

    def _check_below(self, query: Query, path: tuple[str, ...]) -> None:
        if query.id in path:
            raise BadRequest(f"Error in expression '{path[0]}': it depends on itself")
        if query.node is None:
            return
        for name in self._named(query):
            if name not in self.by_id:
                raise BadRequest(f"Error in expression '{query.id}': there is no metric with the id {name}")
            self._check_below(self.by_id[name], (*path, query.id))


def metric_id(account_id: str, region: str, metric: Mapping[str, Any]) -> MetricId:
    """The identity of a metric that AWS's structure names."""
    dimensions = sorted((pair["Name"], pair["Value"]) for pair in metric.get("Dimensions", ()))
    return MetricId(account_id, region, metric["Namespace"], metric["MetricName"], tuple(dimensions))


def is_statistic(name: str) -> bool:
    """Whether AWS has a statistic."""
    return name in PLAIN_STATISTICS or _EXTENDED_STATISTIC.fullmatch(name) is not None


def _check_statistic(name: str) -> None:
    if not is_statistic(name):
        raise BadRequest(f"The value {name} for parameter Stat is not supported.")
    try:
        fewest_samples(name)
    except BadRequest as error:
        raise NotModelled(f"the statistic {name}") from error


def single(results: Sequence[Points], query_id: str) -> Points:
    """The one time series that an alarm needs.

    Raises:
        BadRequest: There are more, or none.
    """
    if len(results) != 1:
        raise BadRequest(f"Error in expression '{query_id}': an alarm needs one time series, it gives {len(results)}")
    return results[0]


def _understood(query_id: str, expression: str) -> Node:
    if _OWN_LANGUAGE.match(expression):
        raise NotModelled(f"the expression {expression!r}")
    try:
        node = parse(expression)
    except BadRequest as error:
        raise BadRequest(f"Error in expression '{query_id}': {error}") from error
    for part in walk(node):
        if isinstance(part, Call) and part.function not in FUNCTIONS:
            raise BadRequest(f"Error in expression '{query_id}': Invalid function name {part.function}")
    return node
