"""Mute rules in the report: when which alarms say nothing."""

from __future__ import annotations

from infra.preview.document.part import Part

__all__ = ["MutePart"]


class MutePart(Part):
    """A mute rule.

    Attributes:
        name: Its name in AWS.
        expression: When a window opens: `cron(…)` or `at(…)`.
        duration: How long it is, in ISO 8601.
        zone: The time zone of the expression.
        alarms: The names of the alarms that it mutes.
        says: For people.
    """

    name: str
    expression: str
    duration: str
    zone: str = "UTC"
    alarms: tuple[str, ...] = ()
    says: str = ""
