"""PutMetricAlarm, refused where AWS refuses it: a table of what can be wrong with an alarm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.queries import PLAIN_STATISTICS, NotModelled, Queries, is_statistic, single
from opslib.sandbox.behaviour.metrics.store import MetricStore
from opslib.sandbox.gaps.alarm_changes import put_and_note
from opslib.sandbox.gaps.alarms import ACTION_LISTS
from opslib.sandbox.gaps.call import GapCall
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["check_actions", "put_metric_alarm"]

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
HOUR_SECONDS = 3600
_MINUTE = 60
MAXIMUM_METRICS = 10  # of a math alarm, expressions included
HIGH_RESOLUTION_PERIODS = (10, 20, 30)

Parameters = Mapping[str, Any]

_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_BAND_OPERATORS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_FEW_SAMPLES = ("evaluate", "ignore")

_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):.+")


def put_metric_alarm(call: GapCall) -> Mapping[str, Any]:
    """Create an alarm in INSUFFICIENT_DATA, or update one and keep its state; refuse what AWS refuses."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    for is_broken, says in _BROKEN:
        if is_broken(parameters):
            raise AwsError("ValidationError", says)
    check_actions(call)
    _check_expressions(call)
    # AWS, PutMetricAlarm: PromQL alarms begin in OK.
    put_and_note(call, "OK" if "EvaluationCriteria" in parameters else "INSUFFICIENT_DATA")
    return {}


def _check_expressions(call: GapCall) -> None:
    """Refuse expressions that are not of the language, or that do not give the alarm one time series."""
    given = _queries(call.parameters)
    try:
        queries = Queries.of(given, MetricStore(lambda: None), call.account_id, call.region)
        for query in given:
            if query.get("ReturnData", True) and query["Id"] != call.parameters.get("ThresholdMetricId"):
                single(queries.results(query["Id"], start=0, period_seconds=_MINUTE, count=0), query["Id"])
    except BadRequest as error:
        raise AwsError("ValidationError", f"Invalid metrics list: {error.what}") from error
    except NotModelled:
        return  # it is taken, and its StateReason says that it is not evaluated


def check_actions(call: GapCall) -> None:
    """Refuse actions that are no ARNs, and topics of another region.

    Raises:
        AwsError: One is.
    """
    for state in ACTION_LISTS:
        for action in call.parameters.get(state, []):
            arn = _ARN.fullmatch(action)
            if arn is None:
                raise AwsError("ValidationError", f"Invalid arn syntax: {action}")
            if arn["service"] == "sns" and arn["region"] != call.region:
                raise AwsError(
                    "ValidationError", f"Invalid region {arn['region']} specified. Only {call.region} is supported."
                )


def _queries(p: Parameters) -> list[Mapping[str, Any]]:
    return list(p.get("Metrics", []))


def _periods(p: Parameters) -> Iterator[int]:
    """Every period the alarm names."""
    if p.get("Period") is not None:
        yield p["Period"]
    for query in _queries(p):
        if "MetricStat" in query:
            yield query["MetricStat"]["Period"]
        elif query.get("Period") is not None:
            yield query["Period"]


def _statistics(p: Parameters) -> Iterator[str]:
    if "ExtendedStatistic" in p:
        yield p["ExtendedStatistic"]
    yield from (query["MetricStat"]["Stat"] for query in _queries(p) if "MetricStat" in query)


def _range_seconds(p: Parameters) -> int:
    return max(_periods(p), default=0) * int(p.get("EvaluationPeriods", 1))


def _returned(p: Parameters) -> int:
    return sum(query.get("ReturnData", True) for query in _queries(p))


def _is_period(seconds: int) -> bool:
    return seconds in HIGH_RESOLUTION_PERIODS or (seconds > 0 and seconds % 60 == 0)


def _sources(p: Parameters) -> int:
    return sum(bool(p.get(source)) for source in ("MetricName", "Metrics", "EvaluationCriteria"))


def _ids(p: Parameters) -> list[str]:
    return [query["Id"] for query in _queries(p)]


# What is wrong, and how AWS puts it (its words where they are known from reports, else ours). In order: the first that
# applies is answered.
_BROKEN: tuple[tuple[Callable[[Parameters], bool], str], ...] = (
    (lambda p: bool(_CONTROL.search(p["AlarmName"])), "AlarmName must not contain ASCII control characters"),
    (lambda p: _sources(p) != 1, "Exactly one of MetricName, Metrics and EvaluationCriteria must be specified"),
    (
        lambda p: "Metrics" in p and any(p.get(name) for name in _ONE_METRIC),
        f"{', '.join(_ONE_METRIC)} must not be specified with Metrics",
    ),
    (lambda p: "MetricName" in p and "Namespace" not in p, "The parameter Namespace is required with MetricName"),
    (
        lambda p: "MetricName" in p and ("Statistic" in p) == ("ExtendedStatistic" in p),
        "Exactly one of Statistic and ExtendedStatistic must be specified",
    ),
    (lambda p: "MetricName" in p and "Period" not in p, "Period must be specified"),
    (
        lambda p: "EvaluationCriteria" not in p and not {"ComparisonOperator", "EvaluationPeriods"} <= p.keys(),
        "ComparisonOperator and EvaluationPeriods must be specified",
    ),
    (
        lambda p: "EvaluationCriteria" not in p and ("Threshold" in p) == ("ThresholdMetricId" in p),
        "Exactly one of Threshold and ThresholdMetricId must be specified",
    ),
    (
        lambda p: (p.get("ComparisonOperator") in _BAND_OPERATORS) != ("ThresholdMetricId" in p),
        "ComparisonOperators of anomaly detection bands must be specified with ThresholdMetricId, and only with it",
    ),
    (
        lambda p: "ThresholdMetricId" in p and p["ThresholdMetricId"] not in _ids(p),
        "ThresholdMetricId must be the Id of one of the Metrics",
    ),
    (lambda p: not all(map(_is_period, _periods(p))), "Period must be 10, 20, 30 or a multiple of 60"),
    (
        lambda p: _range_seconds(p) > DAY_SECONDS and min(_periods(p)) < HOUR_SECONDS,
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)",
    ),
    (
        lambda p: _range_seconds(p) > WEEK_SECONDS,
        "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800)",
    ),
    (
        lambda p: p.get("DatapointsToAlarm", 0) > p.get("EvaluationPeriods", 0),
        "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
    ),
    (
        lambda p: p.get("TreatMissingData", "missing") not in _MISSING_DATA,
        f"Option is not supported. Supported options for parameter TreatMissingData are {', '.join(_MISSING_DATA)}.",
    ),
    (
        lambda p: p.get("EvaluateLowSampleCountPercentile", "evaluate") not in _FEW_SAMPLES,
        "EvaluateLowSampleCountPercentile is not supported. Supported options are evaluate and ignore.",
    ),
    (
        lambda p: not all(map(is_statistic, _statistics(p))),
        f"The statistic is none of {', '.join(PLAIN_STATISTICS)}, pNN, tmNN, tcNN, tsNN, wmNN, IQM, PR(n:m)",
    ),
    (lambda p: p.get("ExtendedStatistic") in PLAIN_STATISTICS, "ExtendedStatistic is for percentiles; use Statistic"),
    (lambda p: len(_queries(p)) > MAXIMUM_METRICS, "The collection Metrics must not have a size greater than 10"),
    (lambda p: len(set(_ids(p))) < len(_ids(p)), "The Ids of Metrics must be unique"),
    (
        lambda p: not all(_QUERY_ID.fullmatch(query_id) for query_id in _ids(p)),
        "The Id of a metric must begin with a lower-case letter and have only letters, digits and underscores",
    ),
    (
        lambda p: any(("MetricStat" in query) == ("Expression" in query) for query in _queries(p)),
        "Each of Metrics must have exactly one of MetricStat and Expression",
    ),
    (
        # An anomaly alarm returns both its metric and its band.
        lambda p: bool(_queries(p)) and _returned(p) not in ((1, 2) if "ThresholdMetricId" in p else (1,)),
        "Exactly one element of the metrics list should return data",
    ),
    (lambda p: len(set(_periods(p))) > 1, "All metrics of an alarm must have the same period"),
)
