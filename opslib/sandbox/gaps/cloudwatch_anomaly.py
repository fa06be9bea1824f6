"""Anomaly detectors: put, describe, delete. Their band is the evaluator's approximation, not CloudWatch's model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.anomaly import has_history
from opslib.sandbox.behaviour.metrics.queries import metric_id
from opslib.sandbox.behaviour.metrics.world import AlarmKey, world_of
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["ANOMALY_OPERATIONS"]

MAXIMUM_DETECTORS = 500  # AWS, CloudWatch quotas: anomaly detection models in a region

_OF_ONE_METRIC = ("Namespace", "MetricName", "Dimensions", "Stat")
_KEPT = ("Configuration", "MetricCharacteristics")


def put_anomaly_detector(call: GapCall) -> Mapping[str, Any]:
    """Create a detector, or change its configuration."""
    check_constraints(call, "InvalidParameterValue")
    world, found = world_of(call.account), _described(call)
    key = _key(call, found)
    with call.account.schedule.lock:
        mine = [other for other in world.detectors if other[:2] == key[:2]]
        if key not in world.detectors and len(mine) >= MAXIMUM_DETECTORS:
            raise AwsError("LimitExceededException", f"There are {MAXIMUM_DETECTORS} anomaly detectors in the region")
        kept = {name: call.parameters[name] for name in _KEPT if name in call.parameters}
        world.detectors[key] = {"AnomalyDetectorId": key[2], **found, **kept}
        world.models.clear()  # what is excluded from training may have changed
    return {"AnomalyDetectorId": key[2]}


def describe_anomaly_detectors(call: GapCall) -> Mapping[str, Any]:
    """Detectors, filtered as AWS does; one is trained as soon as its metric has samples."""
    check_constraints(call, "InvalidParameterValue")
    parameters, world = call.parameters, world_of(call.account)
    types = parameters.get("AnomalyDetectorTypes") or ["SINGLE_METRIC"]
    wanted_ids = parameters.get("AnomalyDetectorIds")
    with call.account.schedule.lock:
        found = [
            {**detector, "StateValue": _state(call, detector)}
            for key, detector in sorted(world.detectors.items())
            if key[:2] == (call.account_id, call.region)
            and (not wanted_ids or key[2] in wanted_ids)
            and _type(detector) in types
            and _passes(detector, parameters)
        ]
    first = _offset(parameters.get("NextToken"))
    size = parameters.get("MaxResults", len(found) or 1)
    answer: dict[str, Any] = {"AnomalyDetectors": found[first : first + size]}
    if first + size < len(found):
        answer["NextToken"] = str(first + size)
    return answer


def delete_anomaly_detector(call: GapCall) -> Mapping[str, Any]:
    """A detector that is there."""
    check_constraints(call, "InvalidParameterValue")
    given = call.parameters.get("AnomalyDetectorId")
    key = (call.account_id, call.region, given) if given else _key(call, _described(call))
    world = world_of(call.account)
    with call.account.schedule.lock:
        if world.detectors.pop(key, None) is None:
            raise AwsError("ResourceNotFoundException", "There is no such anomaly detector", 404)
        world.models.clear()
    return {}


def _described(call: GapCall) -> dict[str, Any]:
    """The detector that the call names, in both of the forms in which AWS tells it.

    Raises:
        AwsError: It names none, or more than one.
    """
    parameters = call.parameters
    old = {name: parameters[name] for name in _OF_ONE_METRIC if name in parameters}
    ways = [name for name in ("SingleMetricAnomalyDetector", "MetricMathAnomalyDetector") if name in parameters]
    if len(ways) + bool(old) != 1:
        message = "Give exactly one of SingleMetricAnomalyDetector, MetricMathAnomalyDetector and a metric"
        raise AwsError("InvalidParameterCombination", message)
    if ways == ["MetricMathAnomalyDetector"]:
        return {"MetricMathAnomalyDetector": parameters["MetricMathAnomalyDetector"]}
    metric = {"Dimensions": [], **(old or parameters["SingleMetricAnomalyDetector"])}
    missing = [name for name in _OF_ONE_METRIC if name not in metric]
    if missing:
        raise AwsError("MissingParameter", f"The parameter {missing[0]} is required.")
    return {**metric, "SingleMetricAnomalyDetector": metric}


def _key(call: GapCall, found: Mapping[str, Any]) -> AlarmKey:
    digest = hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()
    return call.account_id, call.region, digest[:32]


def _type(detector: Mapping[str, Any]) -> str:
    return "METRIC_MATH" if "MetricMathAnomalyDetector" in detector else "SINGLE_METRIC"


def _passes(detector: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    names = ("Namespace", "MetricName", "Dimensions")
    return all(detector.get(name) == parameters[name] for name in names if name in parameters)


def _state(call: GapCall, detector: Mapping[str, Any]) -> str:
    if "SingleMetricAnomalyDetector" not in detector:
        return "TRAINED"
    world = world_of(call.account)
    series = world.store.series(metric_id(call.account_id, call.region, detector))
    enough = has_history(world, series, call.account.clock.now().timestamp())
    return "TRAINED" if enough else "TRAINED_INSUFFICIENT_DATA"


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return int(token)


ANOMALY_OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "DeleteAnomalyDetector"): delete_anomaly_detector,
    ("cloudwatch", "DescribeAnomalyDetectors"): describe_anomaly_detectors,
    ("cloudwatch", "PutAnomalyDetector"): put_anomaly_detector,
}
