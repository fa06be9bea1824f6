"""What makes a metric that AWS does not publish by itself: a filter over a log, or a rule that takes events.

Both stand beside the metric in the kind's table, so that what is read and what publishes it cannot drift apart. The
program creates them for the workloads whose rows read the metric (`counted.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["OF_THE_WORKLOAD", "EventPattern", "LogFilter", "Publishing"]

OF_THE_WORKLOAD = "{prefix}/{key}"
"""The namespace of what log filters count: the stack's and the workload's names. A dimension would have to stand in
every line that is counted, and neither PostgreSQL's log nor a flow log says whose it is."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """A metric filter that counts 1 for each line that matches.

    Attributes:
        log_group: The identifier that names the log group.
        pattern: CloudWatch Logs' filter pattern, or ``{name}``: it stands among the workload's numbers.
    """

    log_group: str
    pattern: str


@dataclass(frozen=True, slots=True)
class EventPattern:
    """An EventBridge rule, whose events CloudWatch counts as long as the rule has a target.

    Attributes:
        key: Its name after the workload's.
        pattern: The rule's event pattern; in its texts ``{name}`` is an identifier of the workload's, or ``account``,
            ``partition`` or ``region``.
    """

    key: str
    pattern: Mapping[str, Any]


Publishing = LogFilter | EventPattern
