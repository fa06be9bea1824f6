"""A service level objective of a load balancer: rows of that kind, for a balancer whose `slo` is set.

The share of requests that may fail is the *error budget*, say 0.1 per cent of a month. A *burn rate* of 1 uses it up
in exactly that month, one of 14.4 in two days. Each alarm needs a long window, so that it is worth waking somebody, and
a short one, so that it ends when the trouble does: (burn, long, short) are 14.4 over 1 h and 5 min (2 per cent of a
month's budget in an hour), 6 over 6 h and 30 min (5 per cent in six hours), 1 over 3 d and 6 h (10 per cent in three
days).

Below the minimum of requests in a window its burn is 0: at night one failure is not a hundred per cent. Requests that
meet no healthy target are not in RequestCount; the balancer's own 5xx are added to it, so that an outage burns.

It costs 3.30 USD a month: six alarms of three metrics each at 0.10, and three composites at 0.50. So there is one for a
load balancer, and not one for each service behind it.
"""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, MathRow, WidgetRow
from opslib.monitoring import Band, Role

__all__ = ["ALARMS", "COMPOSITES", "METRICS", "WIDGETS"]

_TOTAL = "(FILL(requests, 0) + FILL(own_errors, 0))"
_BURN = (
    f"IF({_TOTAL} >= {{slo_minimum_requests}}, "
    f"100 * (FILL(own_errors, 0) + FILL(target_errors, 0)) / {_TOTAL} / {{error_budget_percent}}, 0)"
)
_INPUTS = ("own_errors", "target_errors", "requests")
_HAS = "error_budget_percent"

_WINDOWS = {"5 min": 300, "30 min": 1_800, "1 h": 3_600, "6 h": 21_600, "3 d": 259_200}
"""Every window, in seconds. They slide; above a day CloudWatch looks once an hour."""

_BURNS = (
    ("fast", 14.4, "1 h", "5 min", "2 per cent of a month's error budget are gone in an hour"),
    ("medium", 6, "6 h", "30 min", "5 per cent of a month's error budget are gone in six hours"),
    ("slow", 1, "3 d", "6 h", "10 per cent of a month's error budget are gone in three days"),
)
"""Name, burn rate, long window, short window, why: the multi-window table of Google's SRE workbook, chapter 5."""


def _series(window: str) -> str:
    return f"burn_{window.replace(' ', '_')}"


METRICS: dict[str, MathRow] = {
    _series(window): MathRow(_BURN, _INPUTS, f"Burn rate over {window}") for window in _WINDOWS
}

ALARMS: tuple[AlarmRow, ...] = tuple(
    AlarmRow(
        f"slo-{name}-{length}",
        f"The error budget burns {rate:g} times too fast (over {window})",
        _series(window),
        Band(critical=rate),
        why=why,
        points=(1, 1),
        period_seconds=_WINDOWS[window],
        role=Role.SYMPTOM,
        pages=f"slo-{name}",
        only_with=_HAS,
    )
    for name, rate, long, short, why in _BURNS
    for length, window in (("long", long), ("short", short))
)

COMPOSITES: tuple[CompositeRow, ...] = (
    CompositeRow(
        "slo-fast",
        "The error budget will be gone in two days",
        "critical",
        why="at this rate the objective is missed before the week is over, and it is still going on",
        joint="all",
    ),
    CompositeRow(
        "slo-medium",
        "The error budget will be gone in five days",
        "critical",
        why="at this rate the objective is missed before the week is over, and it is still going on",
        joint="all",
        # An outage burns at both rates. The faster pages, and ends five minutes after it; this one would page beside
        # it, and go on for the half hour of its short window.
        unless=("slo-fast-long", "slo-fast-short"),
    ),
    CompositeRow(
        "slo-slow",
        "The error budget will just be used up",
        "warning",
        why="a slow leak wakes nobody; it is work for this week",
        joint="all",
    ),
)

WIDGETS: tuple[WidgetRow, ...] = tuple(
    WidgetRow(f"error budget, burn over {window}", (_series(window),), "times too fast", only_with=_HAS)
    for window in _WINDOWS
)
