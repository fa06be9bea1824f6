"""Moments as CloudWatch writes them."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["aware", "naive", "stamp"]


def stamp(moment: datetime) -> str:
    """`2026-01-31T12:00:00.000+0000`, as in messages, reasons and events."""
    at = aware(moment)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def aware(moment: datetime) -> datetime:
    """A moment in UTC, with its time zone; moto's have none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def naive(moment: datetime) -> datetime:
    """A moment in UTC as moto keeps it, without a time zone."""
    return aware(moment).astimezone(UTC).replace(tzinfo=None)
