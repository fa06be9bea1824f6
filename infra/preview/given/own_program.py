"""A user's own program: a function that returns its model.

The function returns :class:`infra.model.Monitoring`, or a mapping with some of `alarms`, `composites`, `dashboards`,
`region` and `topics`, or a tuple of alarms, composites and dashboards in this order. It takes no argument, or the
stack's name.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.model import Monitoring
from infra.preview.given.model import Model
from infra.preview.given.stack import model_of
from opslib.errors import BadRequest, OpslibError
from opslib.monitoring import Alarm, CompositeAlarm, Dashboard, problems
from opslib.monitoring.bill import US_EAST_1

__all__ = ["model_of_program"]

_PARTS: Mapping[str, type[Any]] = {"alarms": Alarm, "composites": CompositeAlarm, "dashboards": Dashboard}
_WORDS = ("region", "topics")
_SHAPES = (
    "return infra.model.Monitoring, a mapping, or a tuple of alarms, composites and dashboards: see docs/preview.md"
)


def model_of_program(program: str, stack: str, *, region: str = "") -> Model:
    """The model that a user's function returns.

    Args:
        program: `module:function`; the module is looked for in the current directory first.
        stack: The stack's name, for a function that takes one.
        region: Where the stack is, if that is known; the function's own answer wins.

    Raises:
        BadRequest: There is no such function, it fails, or returns something else.
    """
    returned = _returned(_function(program), program, stack)
    where = region or US_EAST_1.region
    if isinstance(returned, Monitoring):
        return model_of(returned, source=program, region=where)
    given = _given(returned, program)
    alarms, composites, dashboards = (_all(given, part, program) for part in _PARTS)
    found = Model(
        source=program,
        region=str(given.get("region") or where),
        alarms=alarms,
        composites=composites,
        dashboards=dashboards,
        problems=problems(alarms=alarms, composites=composites, dashboards=dashboards),
        topics=str(given.get("topics") or ""),
    )
    known = bool(region or given.get("region"))
    return found if known else replace(found, notes=("nothing says where it is, so that us-east-1 stands for it",))


def _function(program: str) -> Callable[..., Any]:
    module, _, name = program.partition(":")
    if not module or not name.isidentifier():
        raise BadRequest(f"--program {program}", "write it as module:function, such as monitoring.stack:model")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        with redirect_stdout(sys.stderr):  # what a program prints must not stand before the JSON
            found = getattr(importlib.import_module(module), name, None)
    except (Exception, SystemExit) as problem:  # noqa: BLE001  whatever a user's module does when it is imported
        raise BadRequest(f"--program {program}: {module} cannot be imported ({_said(problem)})", _WHERE) from None
    if not callable(found):
        raise BadRequest(f"--program {program}: {module} has no function {name}", "name one that it has")
    function: Callable[..., Any] = found
    return function


_WHERE = "run it in the directory from which Python finds the module"


def _returned(function: Callable[..., Any], program: str, stack: str) -> Any:
    try:
        parameters = inspect.signature(function).parameters.values()
        needed = [one for one in parameters if one.default is one.empty and one.kind in _POSITIONAL]
        with redirect_stdout(sys.stderr):
            return function(stack) if needed else function()
    except OpslibError as problem:
        raise BadRequest(f"--program {program}: {problem.what}", problem.next_step) from None
    except (Exception, SystemExit) as problem:  # noqa: BLE001  whatever a user's function raises
        raise BadRequest(f"--program {program} fails: {_said(problem)}", "correct the function") from None


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _given(returned: Any, program: str) -> Mapping[str, Any]:
    if isinstance(returned, tuple) and len(returned) == len(_PARTS):
        return dict(zip(_PARTS, returned, strict=True))
    if isinstance(returned, Mapping) and set(returned) <= {*_PARTS, *_WORDS}:
        return returned
    named = f" with {', '.join(map(str, returned))}" if isinstance(returned, Mapping) else ""
    raise BadRequest(f"--program {program} returns a {type(returned).__name__}{named}", _SHAPES)


def _all(given: Mapping[str, Any], part: str, program: str) -> tuple[Any, ...]:
    kind, found = _PARTS[part], given.get(part) or ()
    if not isinstance(found, Iterable) or isinstance(found, str | Mapping):
        raise BadRequest(f"--program {program}: its {part} are a {type(found).__name__}", _SHAPES)
    found = tuple(found)
    for place, one in enumerate(found, 1):
        if not isinstance(one, kind):
            what = f"--program {program}: number {place} of its {part} is a {type(one).__name__}"
            raise BadRequest(what, f"give opslib.monitoring.{kind.__name__}")
        try:
            _ = one.description if isinstance(one, Alarm | CompositeAlarm) else one.metric_count
        except (AttributeError, IndexError, TypeError, ValueError) as problem:
            what = f"--program {program}: number {place} of its {part}, {one.name}, is incomplete ({_said(problem)})"
            raise BadRequest(what, "an alarm has a threshold or deviations, and math has inputs") from None
    return found


def _said(problem: BaseException) -> str:
    text = " ".join(str(problem).split())[:300]
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
