"""What a validation error says to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

__all__ = ["describe"]


def describe(problem: ValidationError, *, most: int = 3) -> str:
    """A validation error on one line: where, and what is wrong there, at most `most` places."""
    places = [f"{'.'.join(map(str, error['loc'])) or 'document'}: {_plain(error)}" for error in problem.errors()]
    more = f" (and {len(places) - most} more)" if len(places) > most else ""
    return "; ".join(places[:most]) + more


def _plain(error: Mapping[str, Any]) -> str:
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


_WORDS = {"missing": "is missing", "extra_forbidden": "is no key that is known here"}
"""What pydantic says to programmers, in words for people."""
