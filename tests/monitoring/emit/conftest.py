"""An emitter whose documents a test reads as CloudWatch would."""

from __future__ import annotations

import io
from collections import defaultdict

import pytest

from opslib.monitoring.emit import Emitter
from tests.monitoring.emit.extract import Extracted, extract


class Recorded(Emitter):
    """An emitter of service `api` in `shop-prod` that writes only when it is told to."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        super().__init__(environment="shop-prod", service="api", to=self.out, flush_seconds=None)

    def extracted(self) -> list[Extracted]:
        """Write what was gathered, and read it."""
        self.flush()
        lines = self.out.getvalue().splitlines()
        self.out.seek(0)
        self.out.truncate()
        return extract(lines)

    def values(self) -> dict[tuple[str, ...], list[float]]:
        """The same by name and the values of the dimensions, in the order of their names."""
        found: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for one in self.extracted():
            found[one.name, *(value for _, value in one.dimensions)] += one.values
        return dict(found)


@pytest.fixture
def emitter() -> Recorded:
    return Recorded()
