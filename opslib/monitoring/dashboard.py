"""A dashboard, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opslib.monitoring.widget import Bind, Widget, place

__all__ = ["Dashboard"]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A CloudWatch dashboard.

    Attributes:
        name: Its name in AWS; dashboards are global in an account, so the region is part of it.
        key: What the contract calls it: ``overview``, ``detailed`` …
        widgets: In reading order.
        range: How much it shows when opened, as an ISO 8601 duration.
    """

    name: str
    key: str
    widgets: tuple[Widget, ...]
    range: str = "-PT6H"

    @property
    def metric_count(self) -> int:
        """All metrics on it, the inputs of math included."""
        return sum(widget.metric_count for widget in self.widgets)

    def body(self, *, region: str, bind: Bind) -> dict[str, Any]:
        """CloudWatch's dashboard body, as a structure; references are bound, everything else is plain.

        Args:
            region: Where its metrics are.
            bind: Gives the value of each reference.
        """
        return {
            "start": self.range,
            "periodOverride": "inherit",
            "widgets": list(place(self.widgets, region=region, bind=bind)),
        }
