"""Reads Lambda functions with their aliases and event sources."""

from __future__ import annotations

import re

from opslib.discover.asking import Asking
from opslib.discover.inventory import Function

__all__ = ["read_functions"]

_STREAM = re.compile(r"arn:[^:]+:(kinesis|dynamodb|rds):")
"""Event sources that have an iterator: DocumentDB's clusters have RDS's ARNs."""


def read_functions(asking: Asking) -> tuple[Function, ...]:
    """Every function, by name.

    Args:
        asking: Reads AWS.
    """
    functions = sorted(asking.each("lambda", "ListFunctions", "Functions"), key=lambda one: str(one["FunctionName"]))
    streams = set()
    if functions:
        for one in asking.each("lambda", "ListEventSourceMappings", "EventSourceMappings"):
            if _STREAM.match(str(one.get("EventSourceArn", ""))):
                streams.add(_plain(str(one["FunctionArn"])))
    return tuple(
        Function(
            arn=one["FunctionArn"],
            name=one["FunctionName"],
            runtime=one.get("Runtime"),
            timeout_seconds=int(one.get("Timeout", 3)),
            aliases=tuple(
                sorted(
                    alias["Name"]
                    for alias in asking.each("lambda", "ListAliases", "Aliases", FunctionName=one["FunctionName"])
                )
            ),
            reads_stream=_plain(one["FunctionArn"]) in streams,
        )
        for one in functions
    )


def _plain(arn: str) -> str:
    """A function's ARN without an alias or version."""
    return ":".join(arn.split(":")[:7])
