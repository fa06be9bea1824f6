"""Labels of GetMetricData's results, the dynamic ones included."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

__all__ = ["label_of"]

_DYNAMIC = re.compile(r"\$\{([^}]*)\}")
_PROPERTY = re.compile(r"PROP\('(Dim\.)?([^']+)'\)")
_ZONE = re.compile(r"([+-])(\d{2})(\d{2})")

# AWS, "Using dynamic labels": over the points of the result, and with _TIME when such a point was.
_VALUES: Mapping[str, Callable[[Sequence[float]], int]] = {
    "MAX": lambda values: max(range(len(values)), key=values.__getitem__),
    "MIN": lambda values: min(range(len(values)), key=values.__getitem__),
}
_WHOLE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "SUM": sum,
    "DATAPOINT_COUNT": len,
}


def label_of(query: Mapping[str, Any], values: Sequence[float], times: Sequence[float], zone: str = "+0000") -> str:
    """The label of a result.

    Args:
        query: The query; its `Label` may be dynamic. Without one a metric has its name, an expression its id.
        values: The points.
        times: When each starts, in seconds since 1970.
        zone: `LabelOptions.Timezone`, such as ``+0130``.
    """
    default = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    label = query.get("Label")
    if not label:
        return str(default)
    ordered = sorted(zip(times, values, strict=True))

    def dynamic(match: re.Match[str]) -> str:
        return _dynamic(match[1].strip(), query, str(default), ordered, zone)

    return _DYNAMIC.sub(dynamic, str(label))


def _dynamic(
    word: str, query: Mapping[str, Any], default: str, points: Sequence[tuple[float, float]], zone: str
) -> str:
    if word == "LABEL":
        return default
    if named := _PROPERTY.fullmatch(word):
        return _property(query, named[2], of_dimension=named[1] is not None)
    values = [value for _, value in points]
    name, _, time = word.partition("_") if word.endswith("_TIME") else (word, "", "")
    if not values:
        return "--"
    if name in _WHOLE:
        return _shown(_WHOLE[name](values))
    index = {"FIRST": 0, "LAST": len(values) - 1}.get(name)
    if index is None and name in _VALUES:
        index = _VALUES[name](values)
    if index is None:
        return f"${{{word}}}"  # AWS leaves what it does not know as it is
    return _clock(points[index][0], zone) if time else _shown(values[index])


def _property(query: Mapping[str, Any], name: str, *, of_dimension: bool) -> str:
    stat = query.get("MetricStat", {})
    metric = stat.get("Metric", {})
    if of_dimension:
        return next((str(pair["Value"]) for pair in metric.get("Dimensions", ()) if pair["Name"] == name), "")
    return str({**metric, **stat}.get(name, ""))


def _shown(value: float) -> str:
    return f"{value:.4g}" if value != int(value) else str(int(value))


def _clock(at: float, zone: str) -> str:
    match = _ZONE.fullmatch(zone)
    offset = timedelta(hours=int(match[2]), minutes=int(match[3])) if match else timedelta(0)
    here = timezone(-offset if match and match[1] == "-" else offset) if match else UTC
    return f"{datetime.fromtimestamp(at, here):%Y-%m-%dT%H:%M:%S}"
