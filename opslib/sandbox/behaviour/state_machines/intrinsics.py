"""Values in templates: a path, or a `States.` function of paths and literals. Pure.

Source: Step Functions' developer guide, "Intrinsic functions".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.paths import Scope, select

__all__ = ["FUNCTIONS", "evaluate"]

_CALL = re.compile(r"States\.([A-Za-z0-9]+)\(")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")
_PATH = re.compile(r"\$[^,()\s]*")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?|true|false|null")


def evaluate(text: str, scope: Scope) -> Any:
    """What a path or a function gives.

    Raises:
        StateFailed: The path leads nowhere, or the function fails or is not modelled.
    """
    if not text.startswith("States."):
        return select(text, scope)
    value, end = _read(text, 0, scope)
    if text[end:].strip():
        raise StateFailed("States.IntrinsicFailure", f"{text!r} is no function")
    return value


def _read(text: str, at: int, scope: Scope) -> tuple[Any, int]:
    """One value from a place on, and the place behind it."""
    at += len(text[at:]) - len(text[at:].lstrip())
    if call := _CALL.match(text, at):
        return _call(call, text, scope)
    if quoted := _TEXT.match(text, at):
        return re.sub(r"\\(.)", r"\1", quoted[1]), quoted.end()
    if path := _PATH.match(text, at):
        return select(path[0], scope), path.end()
    if plain := _PLAIN.match(text, at):
        return json.loads(plain[0]), plain.end()
    raise StateFailed("States.IntrinsicFailure", f"{text!r} is no function")


def _call(call: re.Match[str], text: str, scope: Scope) -> tuple[Any, int]:
    arguments, at = [], call.end()
    while text[at:].lstrip()[:1] not in (")", ""):
        value, at = _read(text, at, scope)
        arguments.append(value)
        rest = text[at:].lstrip()
        at = len(text) - len(rest) + (1 if rest.startswith(",") else 0)
    end = text.index(")", at) + 1 if ")" in text[at:] else len(text)
    if call[1] not in FUNCTIONS:
        raise StateFailed("States.IntrinsicFailure", f"The sandbox does not model States.{call[1]}")
    try:
        return FUNCTIONS[call[1]](arguments, scope), end
    except (IndexError, TypeError, ValueError) as error:
        raise StateFailed("States.IntrinsicFailure", f"States.{call[1]}: {error}") from error


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _format(arguments: list[Any], _: Scope) -> str:
    parts = str(arguments[0]).split("{}")
    if len(parts) != len(arguments):
        raise ValueError("the template does not have as many places as there are values")
    return "".join(part + value for part, value in zip(parts, [*map(_written, arguments[1:]), ""], strict=True))


FUNCTIONS: Mapping[str, Callable[[list[Any], Scope], Any]] = {
    "Array": lambda arguments, _: list(arguments),
    "ArrayContains": lambda arguments, _: arguments[1] in arguments[0],
    "ArrayGetItem": lambda arguments, _: arguments[0][arguments[1]],
    "ArrayLength": lambda arguments, _: len(arguments[0]),
    "Format": _format,
    "JsonMerge": lambda arguments, _: {**arguments[0], **arguments[1]},
    "JsonToString": lambda arguments, _: json.dumps(arguments[0], separators=(",", ":")),
    "MathAdd": lambda arguments, _: arguments[0] + arguments[1],
    "StringSplit": lambda arguments, _: [part for part in str(arguments[0]).split(arguments[1]) if part],
    "StringToJson": lambda arguments, _: json.loads(arguments[0]),
    "UUID": lambda _, scope: str(UUID(int=scope.random.getrandbits(128), version=4)),
}
"""By the name behind `States.`: takes the arguments and what paths look into."""
