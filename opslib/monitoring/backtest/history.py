"""A history of metrics in memory: one column of numbers for each metric, statistic and period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opslib.errors import BadRequest
from opslib.monitoring.metric import Metric, Ref

__all__ = ["Bind", "Column", "Floats", "History", "MetricId", "moment", "seconds"]

Floats = NDArray[np.float64]

Bind = Callable[[Ref], str]
"""Says which name stands behind a reference of the model, such as the load balancer of workload `api`."""

SHORT_STEPS: Final = frozenset({1, 5, 10, 20, 30})
"""CloudWatch's periods below a minute, in seconds (PutMetricAlarm's and GetMetricData's `Period`)."""

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, order=True)
class MetricId:
    """Which metric.

    Attributes:
        namespace: AWS's namespace.
        name: The metric's name.
        dimensions: Names and values, in the order of the names.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, metric: Metric, bind: Bind | None = None) -> MetricId:
        """The identity of a metric of the model.

        Args:
            metric: The metric.
            bind: Replaces references in its dimensions; None: they stay as ``${workload.field}``.
        """
        return cls(
            metric.namespace,
            metric.name,
            tuple(
                sorted(
                    (name, bind(value) if bind is not None and isinstance(value, Ref) else str(value))
                    for name, value in metric.dimensions
                )
            ),
        )

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.name} {{{inside}}}" if inside else f"{self.namespace} {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One statistic of one metric over consecutive periods.

    Attributes:
        id: The metric.
        statistic: As CloudWatch calls it: ``Sum``, ``p95`` …; ``SampleCount`` serves percentiles with few samples.
        start: Where the first period starts, in seconds since 1970; a multiple of the step.
        step_seconds: Length of a period.
        values: A number for each period, NaN where there is no data.

    Raises:
        BadRequest: The step is no period of CloudWatch's, the start is no multiple of it, or a value is infinite.
    """

    id: MetricId
    statistic: str
    start: int
    step_seconds: int
    values: Floats

    def __post_init__(self) -> None:
        step = self.step_seconds
        if step <= 0 or (step not in SHORT_STEPS and step % _MINUTE):
            raise BadRequest(f"history of {self.id}: a period of {step} s", "give 1, 5, 10, 20, 30 or a multiple of 60")
        if self.start % step:
            raise BadRequest(f"history of {self.id}: it starts at {self.start}", f"start at a multiple of {step} s")
        if bool(np.isinf(self.values).any()):
            raise BadRequest(f"history of {self.id}: it holds an infinite number", "leave it out, or write no data")

    @property
    def end(self) -> int:
        """Where the last period ends, in seconds since 1970."""
        return self.start + len(self.values) * self.step_seconds

    def over(self, start: int, end: int) -> Floats:
        """The values from one multiple of the step to another; NaN outside. A view where that is possible."""
        first, last = ((moment - self.start) // self.step_seconds for moment in (start, end))
        if first >= 0 and last <= len(self.values):
            return self.values[first:last]
        found = np.full(max(last - first, 0), np.nan)
        begin, stop = max(first, 0), min(last, len(self.values))
        if begin < stop:
            found[begin - first : stop - first] = self.values[begin:stop]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Columns, each metric, statistic and period once.

    Attributes:
        columns: The columns.
        notes: What there is to say about where they come from, one line each.

    Raises:
        BadRequest: There are two columns of one metric, statistic and period.
    """

    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    _found: Mapping[tuple[MetricId, str], tuple[Column, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[tuple[MetricId, str], tuple[Column, ...]] = {}
        for column in self.columns:
            others = found.get((column.id, column.statistic), ())
            if any(other.step_seconds == column.step_seconds for other in others):
                what = f"history of {column.id}, {column.statistic} at {column.step_seconds} s is there twice"
                raise BadRequest(what, "give each metric once")
            found[column.id, column.statistic] = tuple(sorted((*others, column), key=lambda one: one.step_seconds))
        object.__setattr__(self, "_found", found)

    def of(self, metric: MetricId, statistic: str) -> tuple[Column, ...]:
        """The columns of a metric and statistic, the finest first; none where there is no history."""
        return self._found.get((metric, statistic), ())

    @property
    def start(self) -> datetime:
        """When the earliest column starts, in UTC.

        Raises:
            BadRequest: There is no column.
        """
        return moment(min(column.start for column in self._any()))

    @property
    def end(self) -> datetime:
        """When the latest column ends, in UTC.

        Raises:
            BadRequest: There is no column.
        """
        return moment(max(column.end for column in self._any()))

    def with_columns(self, columns: Iterable[Column], notes: Iterable[str] = ()) -> History:
        """This history and more."""
        return History((*self.columns, *columns), (*self.notes, *notes))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def _any(self) -> tuple[Column, ...]:
        if not self.columns:
            raise BadRequest("the history holds no metric", "give a file with rows, or read from CloudWatch")
        return self.columns


def moment(at: float) -> datetime:
    """A moment, given in seconds since 1970, in UTC."""
    return datetime.fromtimestamp(at, UTC)


def seconds(at: datetime) -> int:
    """A moment in whole seconds since 1970; one without a time zone is taken for UTC."""
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
