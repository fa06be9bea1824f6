"""What was published of one metric in one minute (or second), and the statistics over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from opslib.monitoring.evaluate import Sample, StatisticSet, statistic

__all__ = ["Cell", "statistic_over"]

_SUMMED = frozenset({"SampleCount", "Sum", "Average", "Minimum", "Maximum"})


class Cell:
    """Every sample of a minute: each value with how often it came, and the statistic sets.

    The five basic statistics are kept summed up; percentiles are computed from the samples by the evaluator, and
    remembered until the next sample.

    Attributes:
        count: How many samples.
        total: Their sum.
        least: The smallest.
        greatest: The largest.
    """

    __slots__ = ("_computed", "_sets", "_values", "count", "greatest", "least", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.least = float("inf")
        self.greatest = float("-inf")
        self._values: dict[float, float] = {}
        self._sets: list[StatisticSet] = []
        self._computed: dict[str, float | None] = {}

    def add(self, value: float, count: float = 1.0) -> None:
        """Add a value that came a number of times."""
        self._values[value] = self._values.get(value, 0.0) + count
        self._summed(count, value * count, value, value)

    def add_set(self, given: StatisticSet) -> None:
        """Add values that were summed up before they were published."""
        self._sets.append(given)
        self._summed(given.sample_count, given.sum, given.minimum, given.maximum)

    def _summed(self, count: float, total: float, least: float, greatest: float) -> None:
        self.count += count
        self.total += total
        self.least = min(self.least, least)
        self.greatest = max(self.greatest, greatest)
        if self._computed:
            self._computed.clear()

    def samples(self) -> Iterator[Sample | StatisticSet]:
        """All samples, as the evaluator takes them; their time within the cell is not kept."""
        for value, count in self._values.items():
            yield Sample(0.0, value, count)
        yield from self._sets

    def statistic(self, name: str) -> float | None:
        """One statistic over the cell.

        Raises:
            BadRequest: The evaluator does not model it.
        """
        if name not in self._computed:
            self._computed[name] = statistic_over((self,), name)
        return self._computed[name]


def statistic_over(cells: Sequence[Cell] | Iterable[Cell], name: str) -> float | None:
    """One statistic over several cells; None where they are none.

    Raises:
        BadRequest: The evaluator does not model it.
    """
    chosen = list(cells)
    if name not in _SUMMED:
        return statistic([sample for cell in chosen for sample in cell.samples()], name)
    if not chosen:
        return None
    if name == "Minimum":
        return min(cell.least for cell in chosen)
    if name == "Maximum":
        return max(cell.greatest for cell in chosen)
    count = sum(cell.count for cell in chosen)
    if name == "SampleCount":
        return count
    total = sum(cell.total for cell in chosen)
    return total if name == "Sum" else total / count
