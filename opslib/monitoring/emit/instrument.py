"""The ways in which an application records a value, and what CloudWatch takes of them.

A row of these classes is a metric: `opslib.monitoring.emitted` has the ones that this project's dashboards and alarms
read, and a team writes its own in the same way. A row that CloudWatch would not take raises where it is defined, so
that nothing has to raise where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, Self, TypeVar

from opslib.errors import BadRequest

__all__ = [
    "CONTEXT",
    "ENVIRONMENT",
    "MICROSECONDS",
    "SERVICE",
    "At",
    "Counter",
    "Distribution",
    "Duration",
    "Emitted",
    "Gauge",
    "Share",
    "Unit",
]

ENVIRONMENT: Final = "Environment"
SERVICE: Final = "Service"
CONTEXT: Final = frozenset({ENVIRONMENT, SERVICE})
"""Dimensions that the emitter knows. ``Environment`` is product and environment, such as ``shop-prod``: what every
name of the stack starts with, so that two stacks in one account never mix."""

# EMF's limits: docs.aws.amazon.com, "Specification: Embedded metric format", and MetricDatum for a name's 255.
MOST_DIMENSIONS: Final = 30
NAMESPACE_CHARACTERS: Final = 255
NAME_CHARACTERS: Final = 255
DIMENSION_NAME_CHARACTERS: Final = 250


class Unit(StrEnum):
    """CloudWatch's units, as far as applications need them."""

    COUNT = "Count"
    SECONDS = "Seconds"
    MILLISECONDS = "Milliseconds"
    MICROSECONDS = "Microseconds"
    PERCENT = "Percent"
    BYTES = "Bytes"
    KILOBYTES = "Kilobytes"
    MEGABYTES = "Megabytes"
    COUNT_PER_SECOND = "Count/Second"
    BYTES_PER_SECOND = "Bytes/Second"
    NONE = "None"


D = TypeVar("D", bound=str)
"""The dimensions that are given with each value, as a literal: a wrong name is a type error."""


@dataclass(frozen=True, slots=True, eq=False)
class Emitted(Generic[D]):
    """A metric that applications write.

    Attributes:
        namespace: CloudWatch's namespace.
        name: The metric's name.
        unit: Of each value.
        statistic: By which it is drawn and watched unless a row says otherwise.
        dimension_sets: Each is a metric in CloudWatch; a set is left out where a value of it is not given.
        label: For the legend.
        meaning: What a value of it is.
        most_combinations: How many combinations of the dimensions' values one process may write; what comes later is
            written under ``(other)``. Each costs 0.30 USD a month, and a raw path as an endpoint would have no end.

    Raises:
        BadRequest: CloudWatch would not take it.
    """

    namespace: str
    name: str
    unit: Unit
    statistic: str
    dimension_sets: tuple[tuple[str, ...], ...]
    label: str
    meaning: str
    most_combinations: int = 100

    def __post_init__(self) -> None:
        wrong = _fault(self)
        if wrong:
            raise BadRequest(f"metric {self.namespace}/{self.name}: {wrong}", "change its row")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension of its sets, each once."""
        return tuple(dict.fromkeys(name for names in self.dimension_sets for name in names))

    def at(self, dimensions: Mapping[D, str]) -> At[Self]:
        """The metric with values for its dimensions; keep it where the values stay the same."""
        return At(self, dimensions)


M_co = TypeVar("M_co", bound="Emitted[Any]", covariant=True)


class At(Generic[M_co]):
    """A metric with values for its dimensions.

    Attributes:
        metric: The row.
        dimensions: The values by name.
        key: What tells it from another, once it was used.
    """

    __slots__ = ("dimensions", "key", "metric")

    def __init__(self, metric: M_co, dimensions: Mapping[Any, str]) -> None:
        self.metric = metric
        self.dimensions = dimensions
        self.key: tuple[Any, ...] | None = None


class Counter(Emitted[D]):
    """How often something happened. A flush writes the sum: read it by ``Sum``."""

    __slots__ = ()


class Gauge(Emitted[D]):
    """A level. A flush writes the lowest, the highest and the last: read it by ``Maximum`` or ``Minimum``."""

    __slots__ = ()


class Distribution(Emitted[D]):
    """An amount for each time that something happened. A flush writes every value: any statistic is right."""

    __slots__ = ()


class Duration(Distribution[D]):
    """How long something took: a distribution in seconds, milliseconds or microseconds."""

    __slots__ = ()


class Share(Distribution[D]):
    """How much of the whole, in per cent. Of an outcome, 100 or 0: its ``Average`` is the rate of success, exactly."""

    __slots__ = ()


MICROSECONDS: Final[Mapping[Unit, int]] = {Unit.SECONDS: 1_000_000, Unit.MILLISECONDS: 1_000, Unit.MICROSECONDS: 1}
"""How many microseconds each unit of a duration has."""

_STATISTICS: Mapping[type[Emitted[Any]], tuple[str, ...]] = {Counter: ("Sum",), Gauge: ("Maximum", "Minimum")}


def _fault(metric: Emitted[Any]) -> str | None:
    """What is wrong with a row, as a clause; None where CloudWatch takes it."""
    return next((clause for clause in (_of_texts(metric), _of_sets(metric), _of_class(metric)) if clause), None)


def _of_texts(metric: Emitted[Any]) -> str | None:
    for what, text, most in (
        ("namespace", metric.namespace, NAMESPACE_CHARACTERS),
        ("name", metric.name, NAME_CHARACTERS),
        *(("dimension", name, DIMENSION_NAME_CHARACTERS) for name in metric.dimensions),
    ):
        if not text.strip() or not text.isascii() or not text.isprintable() or len(text) > most:
            return f"its {what} {text!r} is not 1 to {most} printable ASCII characters"
        if text.startswith((":", "AWS/")):
            return f"its {what} {text!r} starts with {':' if text[0] == ':' else 'AWS/'}, which AWS keeps for itself"
    return None


def _of_sets(metric: Emitted[Any]) -> str | None:
    if {metric.name, "_aws"} & set(metric.dimensions) or metric.name == "_aws":
        return "a dimension and the metric share a name, or one is called _aws: they are members of one JSON object"
    if not metric.dimension_sets:
        return "it has no dimension set; write ((),) for a metric without dimensions"
    if len(metric.dimensions) > MOST_DIMENSIONS:
        return f"it has {len(metric.dimensions)} dimensions, CloudWatch takes {MOST_DIMENSIONS}"
    if any(len(set(names)) < len(names) for names in metric.dimension_sets):
        return "a set names a dimension twice"
    if metric.most_combinations < 1:
        return "most_combinations is below 1"
    return None


def _of_class(metric: Emitted[Any]) -> str | None:
    if isinstance(metric, Duration) and metric.unit not in MICROSECONDS:
        return f"a duration in {metric.unit}"
    if isinstance(metric, Share) and metric.unit is not Unit.PERCENT:
        return f"a share in {metric.unit}"
    allowed = _STATISTICS.get(type(metric))
    if allowed and metric.statistic not in allowed:
        return f"{type(metric).__name__.lower()}s are read by {' or '.join(allowed)}, not by {metric.statistic}"
    return None
