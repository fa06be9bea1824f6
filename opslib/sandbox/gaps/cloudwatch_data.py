"""PutMetricData, refused where AWS refuses it: a table of what can be wrong with a datum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from opslib.monitoring.evaluate import StatisticSet
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.queries import metric_id
from opslib.sandbox.behaviour.metrics.world import World, at_seconds, world_of
from opslib.sandbox.gaps.call import GapCall
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["put_metric_data"]

MAXIMUM_DATA = 1_000  # AWS, PutMetricData: "up to 1000 different metrics"
MAXIMUM_VALUES = 150  # AWS, PutMetricData: Values
OLDEST = timedelta(days=14)  # AWS, PutMetricData: "up to two weeks before the current date"
LATEST = timedelta(hours=2)  # AWS, PutMetricData: "as much as 2 hours after the current day and time"
GREATEST = 2.0**360  # AWS, MetricDatum: "Values must be in the range of -2^360 to 2^360"

Datum = Mapping[str, Any]

_WAYS = ("Value", "Values", "StatisticValues")


def put_metric_data(call: GapCall) -> Mapping[str, Any]:
    """Keep the samples; all of them or, if one is refused, none."""
    check_constraints(call, "InvalidParameterValue")
    parameters, world = call.parameters, world_of(call.account)
    data = [*parameters.get("MetricData", []), *_of_entities(parameters)]
    namespace = parameters["Namespace"]
    if namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    if not data:
        raise AwsError("MissingParameter", "The parameter MetricData is required.")
    if len(data) > MAXIMUM_DATA:
        raise AwsError("InvalidParameterValue", f"The collection MetricData must not have more than {MAXIMUM_DATA}.")
    with call.account.schedule.lock:
        now = call.account.clock.now().timestamp()
        for number, datum in enumerate(data, start=1):
            for is_broken, code, says in _BROKEN:
                if is_broken(datum, now):
                    raise AwsError(code, says.format(f"MetricData.member.{number}"))
        for datum in data:
            _keep(call, world, namespace, datum, now)
    return {}


def _of_entities(parameters: Mapping[str, Any]) -> Iterator[Datum]:
    for entity in parameters.get("EntityMetricData", []):
        yield from entity.get("MetricData", [])


def _keep(call: GapCall, world: World, namespace: str, datum: Datum, now: float) -> None:
    metric = metric_id(call.account_id, call.region, {**datum, "Namespace": namespace})
    at, unit = _at(datum, now), datum.get("Unit", "None")
    fine = datum.get("StorageResolution") == 1
    if "StatisticValues" in datum:
        given = datum["StatisticValues"]
        summed = StatisticSet(at, given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"])
        world.store.add_set(metric, summed, unit, fine=fine)
        return
    values: dict[float, float] = {}
    given_values = datum["Values"] if "Values" in datum else [datum["Value"]]
    for value, count in zip(given_values, datum.get("Counts") or [1.0] * len(given_values), strict=True):
        values[float(value)] = values.get(float(value), 0.0) + float(count)
    world.store.add(metric, values, unit, at, fine=fine)


def _at(datum: Datum, now: float) -> float:
    return at_seconds(datum["Timestamp"]) if "Timestamp" in datum else now


def _numbers(datum: Datum) -> Iterator[float]:
    if "Value" in datum:
        yield float(datum["Value"])
    yield from map(float, datum.get("Values", []))
    yield from map(float, datum.get("StatisticValues", {}).values())


# What is wrong with a datum, AWS's code, and its words (where they are not known from reports, ours).
_BROKEN: tuple[tuple[Callable[[Datum, float], bool], str, str], ...] = (
    (
        lambda d, _: sum(way in d for way in _WAYS) > 1,
        "InvalidParameterCombination",
        "The parameters {0}.Value, {0}.Values and {0}.StatisticValues are mutually exclusive: specify one of them.",
    ),
    (
        lambda d, _: not any(way in d for way in _WAYS),
        "InvalidParameterCombination",
        "At least one of the parameters {0}.Value, {0}.Values and {0}.StatisticValues must be specified.",
    ),
    (
        lambda d, _: any(math.isnan(number) or abs(number) > GREATEST for number in _numbers(d)),
        "InvalidParameterValue",
        "The value of {0} is invalid: NaN, infinity and more than 2^360 are not supported.",
    ),
    (
        lambda d, _: not 0 < len(d.get("Values", [0])) <= MAXIMUM_VALUES,
        "InvalidParameterValue",
        "The collection {0}.Values must have 1 to 150 values.",
    ),
    (
        lambda d, _: bool(d.get("Counts")) and len(d["Counts"]) != len(d.get("Values", [])),
        "InvalidParameterValue",
        "The parameters {0}.Values and {0}.Counts must be of the same size.",
    ),
    (
        lambda d, _: any(count <= 0 for count in d.get("Counts", [])),
        "InvalidParameterValue",
        "The values of {0}.Counts must be greater than 0.",
    ),
    (
        lambda d, _: d.get("StatisticValues", {}).get("SampleCount", 1) <= 0,
        "InvalidParameterValue",
        "The value of {0}.StatisticValues.SampleCount must be greater than 0.",
    ),
    (
        lambda d, _: d.get("StorageResolution", 60) not in (1, 60),
        "InvalidParameterValue",
        "The parameter {0}.StorageResolution must be 1 or 60.",
    ),
    (
        lambda d, now: _at(d, now) < now - OLDEST.total_seconds(),
        "InvalidParameterValue",
        "The parameter {0}.Timestamp must specify a time within the past two weeks.",
    ),
    (
        lambda d, now: _at(d, now) > now + LATEST.total_seconds(),
        "InvalidParameterValue",
        "The parameter {0}.Timestamp must specify a time no more than two hours in the future.",
    ),
)
