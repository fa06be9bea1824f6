"""Which metrics of a workload the program has to publish, by the tables: those that it makes, and that a row reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.kinds.publishing import EventPattern, LogFilter
from infra.kinds.table import Kind, MathRow, MetricRow
from infra.kinds.watch import Subject, namespace_of
from infra.names import fitting

__all__ = ["CountedEvents", "CountedLines", "counted_events", "counted_lines", "rule_identifiers"]

_RULE_NAME = 64
"""How many characters the name of an EventBridge rule has at most."""


@dataclass(frozen=True, slots=True)
class CountedLines:
    """A metric filter that a workload needs.

    Attributes:
        key: The metric's key in the kind's table.
        log_group: Name of the log group.
        pattern: The filter pattern.
        namespace: The metric's namespace.
        metric: The metric's name.
    """

    key: str
    log_group: str
    pattern: str
    namespace: str
    metric: str


@dataclass(frozen=True, slots=True)
class CountedEvents:
    """A rule that a workload needs.

    Attributes:
        key: Its name after the workload's.
        name: Its name in AWS.
        pattern: Its event pattern.
        means: For people.
    """

    key: str
    name: str
    pattern: Mapping[str, Any]
    means: str


def counted_lines(kind: Kind, subject: Subject, identifiers: Mapping[str, str]) -> Iterator[CountedLines]:
    """The metric filters that a workload needs.

    Args:
        kind: Its table.
        subject: The workload.
        identifiers: What its dimensions, and its log groups, are called.
    """
    for key, row in _read(kind, subject):
        if isinstance(row.published, LogFilter):
            written = row.published.pattern
            pattern = str(subject.numbers.get(written[1:-1], written)) if written.startswith("{") else written
            group = identifiers[row.published.log_group]
            yield CountedLines(key, group, pattern, namespace_of(row, subject), row.name)


def counted_events(
    kind: Kind, subject: Subject, identifiers: Mapping[str, str], written: Mapping[str, str], where: Mapping[str, str]
) -> Iterator[CountedEvents]:
    """The rules that a workload needs, but for those that a person has named: they are there.

    Args:
        kind: Its table.
        subject: The workload.
        identifiers: What its dimensions are set to.
        written: Those of them that a person has written.
        where: `account`, `partition` and `region`.
    """
    known = {**identifiers, **where}
    for _, row in _read(kind, subject):
        if isinstance(row.published, EventPattern):
            (identifier,) = row.dimensions.values()
            if identifier not in written:
                pattern = _filled(row.published.pattern, known)
                yield CountedEvents(row.published.key, identifiers[identifier], pattern, row.label)


def rule_identifiers(kind: Kind, subject: Subject) -> dict[str, str]:
    """What the rules that a workload needs are called, by their identifiers.

    Args:
        kind: Its table.
        subject: The workload.
    """
    return {
        identifier: fitting(f"{subject.prefix}-{subject.key}-{row.published.key}", _RULE_NAME)
        for _, row in _read(kind, subject)
        if isinstance(row.published, EventPattern)
        for identifier in row.dimensions.values()
    }


def _read(kind: Kind, subject: Subject) -> Iterator[tuple[str, MetricRow]]:
    """The metrics that the program makes and that a row of this workload reads."""
    read: set[str] = set()
    for alarm in kind.alarms:
        if subject.wants(alarm):
            read |= _inputs(kind, alarm.series)
    for widget in kind.widgets:
        if subject.wants(widget):
            for series in (*widget.left, *widget.right):
                read |= _inputs(kind, series.partition(":")[0])
    for key, row in kind.metrics.items():
        if key in read and isinstance(row, MetricRow) and row.published is not None:
            yield key, row


def _inputs(kind: Kind, series: str) -> set[str]:
    row = kind.metrics[series]
    return set(row.inputs) if isinstance(row, MathRow) else {series}


def _filled(pattern: Any, known: Mapping[str, str]) -> Any:
    if isinstance(pattern, str):
        return pattern.format_map(known)
    if isinstance(pattern, Mapping):
        return {name: _filled(value, known) for name, value in pattern.items()}
    if isinstance(pattern, list | tuple):
        return [_filled(value, known) for value in pattern]
    return pattern
