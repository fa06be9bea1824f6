"""What log events come to as metrics: CloudWatch's own of the log group, and those of its metric filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.logs.patterns import Fields, read_pattern
from opslib.sandbox.behaviour.metrics import publish

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["count"]

_OVERHEAD_BYTES = 26  # CloudWatch Logs API, PutLogEvents: what each event counts besides its message


def count(
    account: Account,
    region: str,
    group: str,
    events: Sequence[Mapping[str, Any]],
    filters: Sequence[Mapping[str, Any]],
) -> None:
    """Count events that were just taken. To be called while holding `account.schedule.lock`.

    Args:
        account: The sandbox's account.
        region: The region.
        group: The log group.
        events: Each with `timestamp` in milliseconds and `message`.
        filters: The group's metric filters, as AWS describes them.
    """
    if not events:
        return
    of_group = {"LogGroupName": group}
    size = sum(len(event["message"].encode()) + _OVERHEAD_BYTES for event in events)
    publish(account, region, "AWS/Logs", "IncomingLogEvents", of_group, 1, "None", count=len(events))
    publish(account, region, "AWS/Logs", "IncomingBytes", of_group, size, "Bytes")
    for one in filters:
        pattern = read_pattern(one.get("filterPattern") or "")
        matched = [(event, fields) for event in events if (fields := pattern.match(event["message"])) is not None]
        for transformation in one["metricTransformations"]:
            samples = list(_samples(transformation, matched))
            default = transformation.get("defaultValue")
            if not matched and default is not None:
                samples = [(float(default), {}, None)]
            for value, dimensions, at in samples:
                where = (transformation["metricNamespace"], transformation["metricName"], dimensions)
                publish(account, region, *where, value, transformation.get("unit") or "None", at)


def _samples(
    transformation: Mapping[str, Any], matched: Sequence[tuple[Mapping[str, Any], Fields]]
) -> Iterator[tuple[float, dict[str, str], datetime | None]]:
    """A sample for each event that has a value and all dimensions, at the event's own time."""
    written = str(transformation["metricValue"])
    wanted: Mapping[str, str] = transformation.get("dimensions") or {}
    for event, fields in matched:
        value = fields(written) if written.startswith("$") else written
        dimensions = {name: fields(selector) for name, selector in wanted.items()}
        if not all(isinstance(one, str | int | float) for one in dimensions.values()):
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        yield number, {name: str(one) for name, one in dimensions.items()}, at
