"""What moto forgets of a function's configuration. A published version is a copy, and has it too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["dead_letter_queue", "keep", "kept"]

_NAMES = ("DeadLetterConfig", "LoggingConfig")
_KEPT = "kept_for_the_sandbox"


def keep(function: Any, parameters: Mapping[str, Any]) -> None:
    """Keep what a request says of it."""
    said = {name: parameters[name] for name in _NAMES if name in parameters}
    vars(function)[_KEPT] = vars(function).get(_KEPT, {}) | said


def kept(function: Any) -> dict[str, Any]:
    """It, as AWS tells it."""
    found = vars(function).get(_KEPT, {})
    own_log = {"LogFormat": "Text", "LogGroup": function.logs_group_name}
    told = {"LoggingConfig": own_log | found.get("LoggingConfig", {})}
    return told | ({"DeadLetterConfig": found["DeadLetterConfig"]} if dead_letter_queue(function) else {})


def dead_letter_queue(function: Any) -> str:
    """The ARN of where events go that it failed on; empty: nowhere."""
    return str(vars(function).get(_KEPT, {}).get("DeadLetterConfig", {}).get("TargetArn") or "")
