"""Definitions of state machines, and what is wrong with them: AWS refuses these with InvalidDefinition. Pure.

Source: the Amazon States Language specification; the codes are those of ValidateStateMachineDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.behaviour.state_machines.choices import OPERATORS

__all__ = ["NotModelled", "problems_of", "read_definition"]

_FLOW = ("Comment", "InputPath", "OutputPath", "QueryLanguage", "Type")
_NEXT = ("End", "Next")
_RESULT = ("Parameters", "ResultPath", "ResultSelector", "Retry", "Catch")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Task": (*_FLOW, *_NEXT, *_RESULT, "Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"),
    "Pass": (*_FLOW, *_NEXT, "Parameters", "Result", "ResultPath"),
    "Wait": (*_FLOW, *_NEXT, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"),
    "Choice": (*_FLOW, "Choices", "Default"),
    "Succeed": _FLOW,
    "Fail": (*_FLOW, "Error", "ErrorPath", "Cause", "CausePath"),
    "Parallel": (*_FLOW, *_NEXT, *_RESULT, "Branches"),
    "Map": (
        *_FLOW,
        *_NEXT,
        *_RESULT,
        "Iterator",
        "ItemProcessor",
        "ItemsPath",
        "ItemSelector",
        "MaxConcurrency",
    ),
}
_NEEDED: Mapping[str, str] = {"Task": "Resource", "Choice": "Choices", "Parallel": "Branches"}
_REQUIRED = "SCHEMA_VALIDATION_FAILED: Field '{}' is required and must not be empty"
_UNSUPPORTED = "SCHEMA_VALIDATION_FAILED: Field '{}' is not supported"
_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_MACHINE = ("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version", "ProcessorConfig")


class NotModelled(Exception):
    """AWS has it and the sandbox does not; the message says what."""


def read_definition(text: str) -> dict[str, Any]:
    """Read a definition that has no problems.

    Raises:
        ValueError: It has; the message is AWS's.
        NotModelled: It needs something that the sandbox does not do.
    """
    try:
        definition = json.loads(text)
    except ValueError as error:
        raise ValueError(f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error} at '") from error
    if found := list(problems_of(definition)):
        raise ValueError(f"Invalid State Machine Definition: '{', '.join(found)}'")
    _check_modelled(definition)
    machine: dict[str, Any] = definition
    return machine


def problems_of(machine: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a state machine, a branch or an item processor, each with its place."""
    where = path or "/"
    if not isinstance(machine, dict):
        yield f"SCHEMA_VALIDATION_FAILED: Value is not an object at {where}"
        return
    yield from (f"{_UNSUPPORTED.format(name)} at {where}" for name in machine if name not in _MACHINE)
    states, start = machine.get("States"), machine.get("StartAt")
    if not isinstance(states, dict) or not states:
        yield f"{_REQUIRED.format('States')} at {where}"
        return
    for name, state in states.items():
        yield from _state_problems(state, states, f"{path}/States/{name}")
    if not isinstance(start, str):
        yield f"{_REQUIRED.format('StartAt')} at {where}"
    elif start not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {start} at {path}/StartAt"
    else:
        unreached = [name for name in states if name not in _reached(start, states)]
        yield from (f"MISSING_TRANSITION_TARGET: State {n} is not reachable at {path}/States/{n}" for n in unreached)


def _state_problems(state: Any, states: Mapping[str, Any], path: str) -> Iterator[str]:
    kind = str(state.get("Type")) if isinstance(state, dict) else ""
    if kind not in _FIELDS:
        known = ", ".join(_FIELDS)
        yield f"SCHEMA_VALIDATION_FAILED: Field 'Type' must be one of [{known}] at {path}"
        return
    for name in state:
        if name.removesuffix(".$") not in _FIELDS[kind]:
            yield f"{_UNSUPPORTED.format(name)} at {path}"
    if "Next" in _FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield f"SCHEMA_VALIDATION_FAILED: Exactly one of 'Next' and 'End' is required at {path}"
    yield from _kind_problems(kind, state, path)
    yield from _error_problems(state, path)
    for where, target in _transitions(state):
        if target not in states:
            yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {path}/{where}"


def _kind_problems(kind: str, state: Mapping[str, Any], path: str) -> Iterator[str]:
    needed = _NEEDED.get(kind)
    if needed is not None and not state.get(needed):
        yield f"{_REQUIRED.format(needed)} at {path}"
    if kind == "Wait" and sum(name in state for name in _WAITS) != 1:
        yield f"SCHEMA_VALIDATION_FAILED: Exactly one of {', '.join(_WAITS)} is required at {path}"
    for number, rule in enumerate(state.get("Choices") or ()):
        if "Next" not in rule:
            yield f"{_REQUIRED.format('Next')} at {path}/Choices[{number}]"
        yield from _rule_problems(rule, f"{path}/Choices[{number}]")
    for number, branch in enumerate(state.get("Branches") or ()):
        yield from problems_of(branch, f"{path}/Branches[{number}]")
    if kind == "Map":
        yield from problems_of(state.get("ItemProcessor") or state.get("Iterator"), f"{path}/ItemProcessor")


def _rule_problems(rule: Mapping[str, Any], path: str) -> Iterator[str]:
    words = [name for name in rule if name in OPERATORS]
    if len(words) != 1:
        yield f"SCHEMA_VALIDATION_FAILED: Exactly one comparison is required at {path}"
    elif words[0] in ("And", "Or", "Not"):
        inner = rule[words[0]] if words[0] != "Not" else [rule["Not"]]
        for each in inner:
            yield from _rule_problems(each, f"{path}/{words[0]}")
    elif "Variable" not in rule:
        yield f"SCHEMA_VALIDATION_FAILED: Field 'Variable' is required at {path}"


def _error_problems(state: Mapping[str, Any], path: str) -> Iterator[str]:
    for field in ("Retry", "Catch"):
        rows = state.get(field) or []
        for number, row in enumerate(rows):
            errors, where = row.get("ErrorEquals"), f"{path}/{field}[{number}]"
            if not errors:
                yield f"SCHEMA_VALIDATION_FAILED: Field 'ErrorEquals' is required and must not be empty at {where}"
            elif "States.ALL" in errors and (len(errors) > 1 or number < len(rows) - 1):
                yield f"SCHEMA_VALIDATION_FAILED: States.ALL must appear alone, and last at {where}"
            if field == "Retry" and (row.get("BackoffRate", 2) < 1 or row.get("IntervalSeconds", 1) < 1):
                yield f"SCHEMA_VALIDATION_FAILED: IntervalSeconds and BackoffRate are at least 1 at {where}"


def _transitions(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("Next", "Default"):
        if name in state:
            yield name, state[name]
    for field in ("Choices", "Catch"):
        for number, row in enumerate(state.get(field) or ()):
            if "Next" in row:
                yield f"{field}[{number}]/Next", row["Next"]


def _reached(start: str, states: Mapping[str, Any]) -> set[str]:
    reached, todo = {start}, [start]
    while todo:
        state = states[todo.pop()]
        for _, target in _transitions(state) if isinstance(state, dict) else ():
            if target in states and target not in reached:
                reached.add(target)
                todo.append(target)
    return reached


def _check_modelled(machine: Mapping[str, Any]) -> None:
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise NotModelled("state machines in JSONata")
    for name, state in machine["States"].items():
        if state.get("QueryLanguage", "JSONPath") != "JSONPath":
            raise NotModelled(f"JSONata, in state {name}")
        resource = str(state.get("Resource", ""))
        if ".sync" in resource:
            raise NotModelled(f"waiting for a job ({resource}), in state {name}")
        for branch in [*state.get("Branches", ()), *filter(None, (state.get("ItemProcessor"), state.get("Iterator")))]:
            _check_modelled(branch)
