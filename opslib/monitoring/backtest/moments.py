"""Moments as they are written in files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from opslib.errors import BadRequest

__all__ = ["MILLISECONDS_FROM", "read_moment"]

MILLISECONDS_FROM: Final = 100_000_000_000
"""A number from here on counts milliseconds: as seconds it would lie beyond the year 5138."""


def read_moment(text: str) -> datetime:
    """Read ISO 8601, or seconds or milliseconds since 1970; what names no time zone is UTC.

    Raises:
        BadRequest: It is neither.
    """
    plain = text.strip()
    try:
        if plain.replace(".", "", 1).isdecimal():
            number = float(plain)
            return datetime.fromtimestamp(number / 1_000 if number >= MILLISECONDS_FROM else number, UTC)
        found = datetime.fromisoformat(plain)
    except (ValueError, OverflowError, OSError):
        raise BadRequest(f"the time {text!r}", "write it as 2026-11-21T10:30:00Z, or in seconds since 1970") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
