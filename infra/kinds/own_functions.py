"""Rows about functions of ours, which the kinds `delivery` and `automation` share.

They are called by events and seldom: a share of their calls that fails says nothing, and a number of them does.
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.kinds.settings import Instances
from infra.kinds.table import AlarmRow, MathRow, MetricRow, WidgetRow
from opslib.monitoring import Band

__all__ = ["FAILED_QUEUES", "FUNCTIONS", "FUNCTION_FAILING", "FUNCTION_METRICS", "FUNCTION_WIDGETS", "given_up"]

_FUNCTION = {"FunctionName": "function"}
_FIVE_MINUTES, _QUARTER = 300, 900

FUNCTIONS = Instances(
    name="function", plural="functions", means="names of functions of ours", pattern=r"[A-Za-z0-9_-]{1,64}"
)
FAILED_QUEUES = Instances(
    name="failed_queue",
    plural="failedQueues",
    means="names of the queues of what functions failed on",
    pattern=r"[A-Za-z0-9_-]{1,80}(\.fifo)?",
)

FUNCTION_METRICS: Mapping[str, MetricRow | MathRow] = {
    "errors": MetricRow("AWS/Lambda", "Errors", _FUNCTION, "Sum", "Errors"),
    "throttles": MetricRow("AWS/Lambda", "Throttles", _FUNCTION, "Sum", "Throttles"),
    "trouble": MathRow("FILL(errors, 0) + FILL(throttles, 0)", ("errors", "throttles"), "Failed or throttled"),
    "given_up": MetricRow(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "failed_queue"}, "Maximum", "Given up"
    ),
}

FUNCTION_FAILING = AlarmRow(
    "function-failing",
    "A function of ours fails",
    "trouble",
    Band(warning=2),
    why="an event is tried three times within a quarter of an hour: a third failure is one that is given up",
    points=(1, 1),
    period_seconds=_QUARTER,
    only_with="function",
    each="function",
)

FUNCTION_WIDGETS = (
    WidgetRow("calls that fail", ("trouble",), "calls/15 min", summary=True, only_with="function", each="function"),
    WidgetRow("given up", ("given_up",), "messages", only_with="failed_queue", each="failed_queue"),
)


def given_up(title: str, *, why: str) -> AlarmRow:
    """The alarm on what a function has failed on as often as it may.

    Args:
        title: What that means, in a clause.
        why: Why one is enough.
    """
    return AlarmRow(
        "given-up",
        title,
        "given_up",
        Band(warning=0),
        why=why,
        points=(1, 1),
        period_seconds=_FIVE_MINUTES,
        only_with="failed_queue",
        each="failed_queue",
    )
