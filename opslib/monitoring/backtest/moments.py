"""Moments as they are written in files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from opslib.errors import BadRequest

__all__ = ["PER_SECOND", "per_second", "read_moment"]

PER_SECOND: Final = ((1e17, 1_000_000_000), (1e14, 1_000_000), (1e11, 1_000))
"""From which number on milliseconds are counted (as seconds it would lie beyond the year 5138), micro- or nanoseconds,
the shortest first, and how many of those are a second."""


def per_second(number: float) -> int:
    """How many of what a number since 1970 counts are a second: 1 for seconds, 1,000 for milliseconds, and so on."""
    return next((unit for least, unit in PER_SECOND if number >= least), 1)


def read_moment(text: str) -> datetime:
    """Read ISO 8601, or seconds (or milli-, micro-, nanoseconds) since 1970; what names no time zone is UTC.

    Raises:
        BadRequest: It is neither.
    """
    plain = text.strip()
    try:
        if plain.replace(".", "", 1).isdecimal():
            number = float(plain)
            return datetime.fromtimestamp(number / per_second(number), UTC)
        found = datetime.fromisoformat(plain)
    except (ValueError, OverflowError, OSError):
        raise BadRequest(f"the time {text!r}", "write it as 2026-11-21T10:30:00Z, or in seconds since 1970") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
