"""Metrics: PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics over the sandbox's own store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.anomaly import train_for
from opslib.sandbox.behaviour.metrics.labels import label_of
from opslib.sandbox.behaviour.metrics.queries import NotModelled, Points, Queries, metric_id
from opslib.sandbox.behaviour.metrics.times import naive
from opslib.sandbox.behaviour.metrics.world import at_seconds, world_of
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.cloudwatch_data import put_metric_data
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["METRIC_OPERATIONS"]

MAXIMUM_QUERIES = 500  # AWS, GetMetricData: MetricDataQueries
MAXIMUM_DATAPOINTS = 100_800  # AWS, GetMetricData: in one answer
MAXIMUM_STATISTICS = 1_440  # AWS, GetMetricStatistics: in one call
METRICS_PER_PAGE = 500  # AWS, ListMetrics
LISTED_DAYS = 14  # AWS, ListMetrics: metrics with samples in the past two weeks
RECENT_HOURS = 3

_SHORT_PERIODS = (1, 5, 10, 20, 30)
_MINUTE = 60


def get_metric_data(call: GapCall) -> Mapping[str, Any]:
    """Statistics, percentiles and metric math over the store, a page of them."""
    check_constraints(call, "ValidationError")
    parameters, world = call.parameters, world_of(call.account)
    given = parameters["MetricDataQueries"]
    start, end = at_seconds(parameters["StartTime"]), at_seconds(parameters["EndTime"])
    _check(given, start, end)
    descending = parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    zone = parameters.get("LabelOptions", {}).get("Timezone", "+0000")
    results: list[dict[str, Any]] = []
    with call.account.schedule.lock:
        try:
            queries = Queries.of(given, world.store, call.account_id, call.region)
            train_for(world, queries, list(queries.by_id), call.account.clock.now().timestamp())
            for query in (query for query in given if query.get("ReturnData", True)):
                results += _results(queries, query, start, end, descending=descending, zone=zone)
        except BadRequest as error:
            raise AwsError("ValidationError", str(error)) from error
        except NotModelled as error:
            raise AwsError("SandboxNotModelled", f"The sandbox does not model {error}; AWS does.") from error
    return _page(results, _offset(parameters.get("NextToken")), parameters.get("MaxDatapoints", MAXIMUM_DATAPOINTS))


def _check(given: list[Mapping[str, Any]], start: float, end: float) -> None:
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    if len(given) > MAXIMUM_QUERIES:
        raise AwsError("ValidationError", f"The collection MetricDataQueries must not have more than {MAXIMUM_QUERIES}")
    for number, query in enumerate(given, start=1):
        if ("MetricStat" in query) == ("Expression" in query):
            message = f"The parameter MetricDataQueries.member.{number} must have one of MetricStat and Expression."
            raise AwsError("ValidationError", message)
        period = query.get("MetricStat", query).get("Period")
        if period is not None and not _is_period(period):
            message = (
                f"The parameter MetricDataQueries.member.{number}.Period must be 1, 5, 10, 20, 30 or a multiple of 60."
            )
            raise AwsError("ValidationError", message)
    if len({query["Id"] for query in given}) < len(given):
        raise AwsError("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")
    if not any(query.get("ReturnData", True) for query in given):
        raise AwsError("ValidationError", "At least one of MetricDataQueries must return data.")


def _is_period(seconds: int) -> bool:
    return seconds in _SHORT_PERIODS or (seconds > 0 and seconds % _MINUTE == 0)


def _results(
    queries: Queries, query: Mapping[str, Any], start: float, end: float, *, descending: bool, zone: str
) -> Iterator[dict[str, Any]]:
    period = queries.period_of(query["Id"])
    # Points stand at multiples of the period; that the first one does so too where StartTime does not is assumed.
    first = int(start // period) * period
    count = max(0, -int((first - end) // period))
    found = queries.results(query["Id"], start=first, period_seconds=period, count=count)
    for points in found:
        pairs = [(first + index * period, point) for index, point in enumerate(points) if point is not None]
        if descending:
            pairs.reverse()
        yield {
            "Id": query["Id"],
            "Label": label_of(query, [value for _, value in pairs], [at for at, _ in pairs], zone),
            "Timestamps": [_moment(at) for at, _ in pairs],
            "Values": [value for _, value in pairs],
            "StatusCode": "Complete",
        }


def _page(results: list[dict[str, Any]], first: int, size: int) -> Mapping[str, Any]:
    """So many points of all results together; the token is the number of points before."""
    page: list[dict[str, Any]] = []
    passed, left = 0, size
    for result in results:
        length = len(result["Values"])
        begin = max(0, first - passed)
        passed += length
        if first and begin >= length:
            continue  # it was on an earlier page
        taken = min(length - begin, left)
        left -= taken
        chosen = slice(begin, begin + taken)
        partial = {"StatusCode": "PartialData"} if begin + taken < length else {}
        page.append(
            {**result, "Timestamps": result["Timestamps"][chosen], "Values": result["Values"][chosen], **partial}
        )
        if partial:
            break
    answer: dict[str, Any] = {"MetricDataResults": page, "Messages": []}
    if first + size < sum(len(result["Values"]) for result in results):
        answer["NextToken"] = str(first + size)
    return answer


def get_metric_statistics(call: GapCall) -> Mapping[str, Any]:
    """Statistics or percentiles of one metric, the oldest point first; a point for each unit."""
    check_constraints(call, "InvalidParameterValue")
    parameters = call.parameters
    start, end = at_seconds(parameters["StartTime"]), at_seconds(parameters["EndTime"])
    names, extended = parameters.get("Statistics", []), parameters.get("ExtendedStatistics", [])
    period = parameters["Period"]
    if start >= end:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise AwsError("InvalidParameterValue", message)
    if bool(names) == bool(extended):
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    if not _is_period(period):
        message = "The parameter Period must be greater than 60 and a multiple of 60, or 1, 5, 10, 20 or 30"
        raise AwsError("InvalidParameterValue", message)
    first = int(start // period) * period
    count = max(0, -int((first - end) // period))
    if count > MAXIMUM_STATISTICS:
        message = (
            f"You have requested up to {count} datapoints, which exceeds the limit of {MAXIMUM_STATISTICS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
        raise AwsError("InvalidParameterCombination", message)
    with call.account.schedule.lock:
        series = world_of(call.account).store.series(metric_id(call.account_id, call.region, parameters))
        found: list[dict[str, Any]] = []
        for unit in [parameters["Unit"]] if "Unit" in parameters else series.units():
            try:
                columns = {
                    name: series.points(name, start=first, period_seconds=period, count=count, unit=unit)
                    for name in (*names, *extended)
                }
            except BadRequest as error:
                raise AwsError("SandboxNotModelled", f"{error}; AWS may have it.") from error
            found += _datapoints(columns, extended, first, period, unit)
    return {"Label": parameters["MetricName"], "Datapoints": sorted(found, key=lambda point: point["Timestamp"])}


def _datapoints(
    columns: Mapping[str, Points], extended: Iterable[str], first: int, period: int, unit: str
) -> Iterator[dict[str, Any]]:
    for index, values in enumerate(zip(*columns.values(), strict=True)):
        named = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
        if not named:
            continue
        point: dict[str, Any] = {"Timestamp": _moment(first + index * period), "Unit": unit}
        if extended:
            point["ExtendedStatistics"] = named
        else:
            point |= named
        yield point


def list_metrics(call: GapCall) -> Mapping[str, Any]:
    """The metrics that have samples of the past two weeks, or with RecentlyActive of the past three hours."""
    check_constraints(call, "InvalidParameterValue")
    parameters = call.parameters
    recent = parameters.get("RecentlyActive") is not None
    span = timedelta(hours=RECENT_HOURS) if recent else timedelta(days=LISTED_DAYS)
    since = (call.account.clock.now() - span).timestamp()
    wanted = [(pair["Name"], pair.get("Value")) for pair in parameters.get("Dimensions", [])]
    with call.account.schedule.lock:
        found = [
            series.id
            for series in world_of(call.account).store.all(call.account_id, call.region)
            if series.newest() >= since
            and parameters.get("Namespace") in (None, series.id.namespace)
            and parameters.get("MetricName") in (None, series.id.name)
            and all(any(name == n and value in (None, v) for n, v in series.id.dimensions) for name, value in wanted)
        ]
    first = _offset(parameters.get("NextToken"), "InvalidParameterValue")
    answer: dict[str, Any] = {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in found[first : first + METRICS_PER_PAGE]
        ]
    }
    if first + METRICS_PER_PAGE < len(found):
        answer["NextToken"] = str(first + METRICS_PER_PAGE)
    return answer


def _moment(at: float) -> datetime:
    return naive(datetime.fromtimestamp(at, UTC))


def _offset(token: str | None, code: str = "InvalidNextToken") -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise AwsError(code, "The next token specified is invalid.")
    return int(token)


METRIC_OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "GetMetricData"): get_metric_data,
    ("cloudwatch", "GetMetricStatistics"): get_metric_statistics,
    ("cloudwatch", "ListMetrics"): list_metrics,
    ("cloudwatch", "PutMetricData"): put_metric_data,
}
