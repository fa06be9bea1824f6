"""What AWS refuses of expressions before it looks at any item: names and values that are missing, or not used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["problem_of"]

_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_KINDS = (("ExpressionAttributeNames", "name", "#"), ("ExpressionAttributeValues", "value", ":"))


def problem_of(parameters: Mapping[str, Any]) -> str:
    """What is wrong with the expressions of a call, in AWS's words; empty when nothing is.

    Args:
        parameters: Of PutItem, UpdateItem, DeleteItem, GetItem, Query, Scan, or of one part of a transaction.
    """
    return next(_problems(parameters), "")


def _problems(parameters: Mapping[str, Any]) -> Iterator[str]:
    texts = {name: str(parameters[name]) for name in _EXPRESSIONS if parameters.get(name)}
    for field, kind, mark in _KINDS:
        given = set(parameters.get(field) or ())
        if given and not texts:
            yield f"{field} can only be specified when using expressions"
        used = set()
        for expression, text in texts.items():
            for name in re.findall(rf"{mark}[A-Za-z0-9_]+", text):
                used.add(name)
                if name not in given:
                    yield (
                        f"Invalid {expression}: An expression attribute {kind} used in expression is not defined; "
                        f"attribute {kind}: {name}"
                    )
        if unused := sorted(given - used):
            yield f"Value provided in {field} unused in expressions: keys: {{{', '.join(unused)}}}"
