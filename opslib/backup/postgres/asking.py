"""Queries of people, with one value for an answer: asked of the source in the dump's snapshot, and of the restored."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from opslib.backup.expectation import Freshness, Query
from opslib.backup.postgres.connecting import Connection

__all__ = ["as_text", "ask", "complaint", "staleness"]


def ask(connection: Connection, query: str) -> Any:
    """The one value that a query gives; None where it gives no row.

    Raises:
        psycopg.Error: the server refuses it.
    """
    cursor = connection.execute(query.encode())
    row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def as_text(value: Any) -> str | None:
    """An answer as it is recorded: what psql would print, with times in UTC."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def complaint(query: Query, value: Any) -> str:
    """What is wrong with an answer; empty when nothing is."""
    text = as_text(value)
    if query.equals is not None:
        expected = as_text(query.equals)
        same = text == expected or (_number(text) is not None and _number(text) == _number(expected))
        return "" if same else f"the answer is {text}, and should be {expected}"
    number = _number(text)
    if number is None:
        return f"the answer is {text}, which is no number"
    if query.at_least is not None and number < Decimal(str(query.at_least)):
        return f"the answer is {text}, and should be at least {query.at_least:g}"
    if query.at_most is not None and number > Decimal(str(query.at_most)):
        return f"the answer is {text}, and should be at most {query.at_most:g}"
    return ""


def staleness(freshness: Freshness, value: Any, moment: datetime) -> tuple[str, float | None]:
    """What is wrong with the newest row's time, and how old it was at a moment, in seconds."""
    if value is None:
        return "there is no row, or its time is null", None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.max)  # the day's last moment: the day is all that is known
    if not isinstance(value, datetime):
        return f"the answer is {as_text(value)}, which is no time", None
    age = moment - (value if value.tzinfo else value.replace(tzinfo=UTC))
    limit = timedelta(seconds=freshness.max_age_seconds)
    says = (
        f"the newest row is {age.total_seconds():.0f} s older than the backup, more than {limit.total_seconds():.0f} s"
    )
    return (says if age > limit else "", age.total_seconds())


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
