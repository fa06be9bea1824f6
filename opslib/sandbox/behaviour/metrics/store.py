"""Where metrics are kept: by account, region, namespace, name and dimensions, with a cell for each minute."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from opslib.monitoring.evaluate import StatisticSet
from opslib.sandbox.behaviour.metrics.cell import Cell, statistic_over

__all__ = ["FINE_SECONDS", "MINUTE_SECONDS", "MetricId", "MetricStore", "Series"]

MINUTE_SECONDS = 60
FINE_SECONDS = 1
MOST_COMPUTED = 500  # of one statistic over one period; GetMetricData may ask for months of them


@dataclass(frozen=True, slots=True)
class MetricId:
    """What identifies a metric.

    Attributes:
        account_id: The account.
        region: The region.
        namespace: `AWS/ECS` and the like.
        name: `CPUUtilization` and the like.
        dimensions: Names and values, sorted.
    """

    account_id: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class _Cells:
    """Cells by the second at which they start, and those seconds in order."""

    __slots__ = ("_by_start", "_starts", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self._starts: list[int] = []
        self._by_start: dict[int, Cell] = {}

    def at(self, moment: float) -> Cell:
        start = int(moment // self.width) * self.width
        cell = self._by_start.get(start)
        if cell is None:
            cell = self._by_start[start] = Cell()
            if not self._starts or start > self._starts[-1]:
                self._starts.append(start)
            else:
                insort(self._starts, start)
        return cell

    def between(self, start: float, end: float) -> Iterator[tuple[int, Cell]]:
        for index in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            yield self._starts[index], self._by_start[self._starts[index]]

    def exactly(self, start: int) -> Cell | None:
        return self._by_start.get(start)

    def drop_before(self, moment: float) -> None:
        if self._starts and self._starts[0] < moment:
            gone = bisect_left(self._starts, moment)
            for start in self._starts[:gone]:
                del self._by_start[start]
            del self._starts[:gone]

    @property
    def oldest(self) -> float:
        return self._starts[0] if self._starts else float("inf")

    @property
    def newest(self) -> float:
        return self._starts[-1] if self._starts else float("-inf")


@dataclass(slots=True, eq=False)
class Series:
    """One metric's samples.

    CloudWatch keeps samples of different units apart: who asks for a unit gets that one's alone, who does not gets all.

    Attributes:
        id: The metric's.
        watched: Whether an alarm looks at it.
    """

    id: MetricId
    watched: bool = False
    _minutes: dict[str, _Cells] = field(default_factory=dict)
    _seconds: dict[str, _Cells] = field(default_factory=dict)
    # Points of periods longer than a cell, by when they start: an alarm looks at each of them several times.
    _computed: dict[tuple[str, int, str | None], dict[int, float | None]] = field(default_factory=dict, repr=False)
    _computed_until: int = 0

    def cells_at(self, unit: str, at: float, *, fine: bool) -> tuple[Cell, ...]:
        """Where a sample goes: into its minute, and with high resolution into its second too."""
        if at < self._computed_until:
            self._forget_computed()
        if unit not in self._minutes:
            self._minutes[unit], self._seconds[unit] = _Cells(MINUTE_SECONDS), _Cells(FINE_SECONDS)
        minute = self._minutes[unit].at(at)
        return (minute, self._seconds[unit].at(at)) if fine else (minute,)

    def _forget_computed(self) -> None:
        self._computed.clear()
        self._computed_until = 0

    def units(self) -> tuple[str, ...]:
        """The units it has samples of."""
        return tuple(unit for unit, cells in self._minutes.items() if cells.newest > float("-inf"))

    def newest(self) -> float:
        """When the newest minute with a sample starts; minus infinity without any."""
        return max((cells.newest for cells in self._minutes.values()), default=float("-inf"))

    def oldest(self) -> float:
        """When the oldest minute with a sample starts; infinity without any."""
        return min((cells.oldest for cells in self._minutes.values()), default=float("inf"))

    def drop_before(self, moment: float, fine_moment: float) -> None:
        """Forget old minutes, and seconds."""
        self._forget_computed()
        for cells in self._minutes.values():
            cells.drop_before(moment)
        for cells in self._seconds.values():
            cells.drop_before(fine_moment)

    def points(
        self, name: str, *, start: float, period_seconds: int, count: int, unit: str | None = None
    ) -> tuple[float | None, ...]:
        """The points of consecutive periods, the newest last; None where a period has no samples.

        Args:
            name: The statistic.
            start: Where the first period starts, in seconds since 1970: on a full minute, or with a period below a
                minute on a full second.
            period_seconds: Length of a period.
            count: How many periods.
            unit: Only samples of this unit; None: of any.

        Raises:
            BadRequest: The evaluator does not model the statistic.
        """
        chosen = self._chosen(unit, period_seconds)
        if not chosen:
            return (None,) * count
        if len(chosen) == 1 and period_seconds == chosen[0].width:
            cells_found = [chosen[0].exactly(int(start) + index * period_seconds) for index in range(count)]
            return tuple([None if cell is None else cell.statistic(name) for cell in cells_found])
        known = self._computed.setdefault((name, period_seconds, unit), {})
        starts = [int(start) + index * period_seconds for index in range(count)]
        missing = [at for at in starts if at not in known]
        if missing:
            if len(known) + len(missing) > MOST_COMPUTED:
                known.clear()
                missing = starts
            first = missing[0]
            found = self._periods(chosen, first, period_seconds, (missing[-1] - first) // period_seconds + 1)
            for at in missing:
                cells = found[(at - first) // period_seconds]
                known[at] = statistic_over(cells, name) if cells else None
            self._computed_until = max(self._computed_until, missing[-1] + period_seconds)
        return tuple([known[at] for at in starts])

    def sample_count(self, *, start: float, end: float, period_seconds: int, unit: str | None = None) -> float:
        """How many samples there are between two moments."""
        chosen = self._chosen(unit, period_seconds)
        return sum(cell.count for cells in chosen for _, cell in cells.between(start, end))

    def _chosen(self, unit: str | None, period_seconds: int) -> list[_Cells]:
        by_unit = self._minutes if period_seconds >= MINUTE_SECONDS else self._seconds
        return list(by_unit.values()) if unit is None else [by_unit[unit]] if unit in by_unit else []

    @staticmethod
    def _periods(chosen: list[_Cells], start: float, period_seconds: int, count: int) -> list[list[Cell]]:
        periods: list[list[Cell]] = [[] for _ in range(count)]
        for cells in chosen:
            for at, cell in cells.between(start, start + period_seconds * count):
                periods[int((at - start) // period_seconds)].append(cell)
        return periods


class MetricStore:
    """All metrics.

    Args:
        on_sample: Called when a sample came.
    """

    def __init__(self, on_sample: Callable[[], None]) -> None:
        self._series: dict[MetricId, Series] = {}
        self._on_sample = on_sample

    def series(self, metric: MetricId) -> Series:
        """A metric's samples; a metric without any has an empty series, which `all` leaves out."""
        found = self._series.get(metric)
        if found is None:
            found = self._series[metric] = Series(metric)
        return found

    def add(self, metric: MetricId, values: Mapping[float, float], unit: str, at: float, *, fine: bool = False) -> None:
        """Add values, each with how often it came.

        Args:
            metric: The metric.
            values: Value and count.
            unit: AWS's name of the unit; `None` is one, too.
            at: When, in seconds since 1970.
            fine: Whether points of less than a minute are asked for (`StorageResolution` 1).
        """
        for cell in self.series(metric).cells_at(unit, at, fine=fine):
            for value, count in values.items():
                cell.add(value, count)
        self._on_sample()

    def add_set(self, metric: MetricId, given: StatisticSet, unit: str, *, fine: bool = False) -> None:
        """Add values that were summed up; otherwise as `add`."""
        for cell in self.series(metric).cells_at(unit, given.at, fine=fine):
            cell.add_set(given)
        self._on_sample()

    def all(self, account_id: str, region: str) -> list[Series]:
        """Every metric that has a sample, in one region."""
        return [
            series
            for metric, series in self._series.items()
            if metric.account_id == account_id and metric.region == region and series.newest() > float("-inf")
        ]

    def drop_before(self, moment: float, fine_moment: float) -> None:
        """Forget old samples, and metrics of which nothing is left."""
        for metric, series in list(self._series.items()):
            series.drop_before(moment, fine_moment)
            if not series.watched and series.newest() == float("-inf"):
                del self._series[metric]
