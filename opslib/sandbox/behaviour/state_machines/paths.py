"""What flows through a state: paths into its input, templates filled in from it, results put into it. Pure.

Source: Step Functions' developer guide, "Processing input and output"; the Amazon States Language specification.
"""

from __future__ import annotations

import copy
import re
from random import Random
from typing import Any

from opslib.sandbox.behaviour.state_machines.failures import StateFailed

__all__ = ["Scope", "fill", "put_at", "select"]

_STEP = re.compile(r"\.([A-Za-z0-9_\- ]+)|\['([^']*)'\]|\[(-?\d+)\]|(\[\*\]|\.\*)")


class Scope:
    """What the paths of a state look into.

    Args:
        data: What `$` is.
        context: What `$$` is: the context object.
        random: Where random numbers come from.
    """

    def __init__(self, data: Any, context: Any, random: Random) -> None:
        self.data = data
        self.context = context
        self.random = random

    def of(self, data: Any) -> Scope:
        """The same with other data."""
        return Scope(data, self.context, self.random)


def select(path: str, scope: Scope) -> Any:
    """What stands at a path.

    Raises:
        StateFailed: Nothing does, or the path is none that is modelled.
    """
    found, at = (scope.context, 2) if path.startswith("$$") else (scope.data, 1)
    if not path.startswith("$"):
        raise StateFailed("States.Runtime", f"Invalid path '{path}'")
    many = False
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise StateFailed(
                "States.Runtime", f"Invalid path '{path}': the sandbox models names, indices and [*] only"
            )
        if step[4]:
            found, many = [each for one in (found if many else [found]) for each in _children(one)], True
        elif many:
            found = [value for one in found if (value := _child(one, step, None)) is not None]
        else:
            found = _child(found, step, path)
        at = step.end()
    return copy.deepcopy(found)


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []


def _child(value: Any, step: re.Match[str], path: str | None) -> Any:
    """One step down; without a path to blame a missing one is None."""
    name = step[1] if step[1] is not None else step[2]
    if name is not None and isinstance(value, dict) and name in value:
        return value[name]
    if step[3] is not None and isinstance(value, list) and -len(value) <= int(step[3]) < len(value):
        return value[int(step[3])]
    if path is None:
        return None
    raise StateFailed(
        "States.ParameterPathFailure",
        f"The JSONPath '{path}' specified for the field could not be found in the input",
    )


def fill(template: Any, scope: Scope) -> Any:
    """A template (Parameters, ResultSelector) with every field whose name ends in `.$` replaced.

    Raises:
        StateFailed: A path leads nowhere.
    """
    from opslib.sandbox.behaviour.state_machines.intrinsics import evaluate

    if isinstance(template, dict):
        return {
            name.removesuffix(".$"): evaluate(value, scope) if name.endswith(".$") else fill(value, scope)
            for name, value in template.items()
        }
    return [fill(each, scope) for each in template] if isinstance(template, list) else template


def put_at(path: str | None, data: Any, result: Any) -> Any:
    """ResultPath: a state's input with its result put somewhere.

    Args:
        path: `$` replaces all, `$.a.b` a part, None keeps the input alone.
        data: The state's input.
        result: Its result.

    Raises:
        StateFailed: It cannot be put there.
    """
    if path is None:
        return data
    if path == "$":
        return result
    whole = copy.deepcopy(data)
    names = [step[1] if step[1] is not None else step[2] for step in _STEP.finditer(path, 1)]
    place = whole
    for name in names[:-1]:
        if not isinstance(place, dict):
            break
        place = place.setdefault(name, {})
    if not isinstance(place, dict) or not names or None in names:
        raise StateFailed("States.ResultPathMatchFailure", f"Unable to apply ReferencePath {path} to the input")
    place[names[-1]] = result
    return whole
