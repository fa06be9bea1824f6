"""What each type of state does: a table, with one function for each type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from opslib.sandbox.behaviour.state_machines.choices import holds
from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.intrinsics import evaluate
from opslib.sandbox.behaviour.state_machines.paths import fill, select
from opslib.sandbox.behaviour.state_machines.run import Run, Visit, later
from opslib.sandbox.behaviour.state_machines.waiting import run_task

__all__ = ["STATES"]


def _pass(visit: Visit, at: datetime) -> None:
    data = fill(visit.state["Parameters"], visit.scope(visit.data)) if "Parameters" in visit.state else visit.data
    visit.finish(visit.state.get("Result", data), at)


def _succeed(visit: Visit, at: datetime) -> None:
    visit.leave(visit.data, at)


def _fail(visit: Visit, _: datetime) -> None:
    scope = visit.scope(visit.data)
    error, cause = (
        str(evaluate(visit.state[f"{name}Path"], scope)) if f"{name}Path" in visit.state else visit.state.get(name, "")
        for name in ("Error", "Cause")
    )
    raise StateFailed(error, cause)


def _choice(visit: Visit, at: datetime) -> None:
    scope = visit.scope(visit.data)
    target = next((rule["Next"] for rule in visit.state["Choices"] if holds(rule, scope)), visit.state.get("Default"))
    if target is None:
        raise StateFailed("States.NoChoiceMatched", f"No choices matched in state {visit.name} and it has no Default")
    visit.leave(visit.data, at, target)


def _wait(visit: Visit, at: datetime) -> None:
    state, scope = visit.state, visit.scope(visit.data)
    if "Seconds" in state or "SecondsPath" in state:
        seconds = state["Seconds"] if "Seconds" in state else select(state["SecondsPath"], scope)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise StateFailed("States.Runtime", f"{seconds!r} is no number of seconds to wait")
        until = at + timedelta(seconds=seconds)
    else:
        given = state["Timestamp"] if "Timestamp" in state else select(state["TimestampPath"], scope)
        try:
            until = datetime.fromisoformat(given)
        except (TypeError, ValueError) as error:
            raise StateFailed("States.Runtime", f"{given!r} is no time to wait until") from error
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
    later(visit.execution, max(until, at), lambda now: visit.leave(visit.raw, now) if visit.run.alive else None)


_Beside = tuple[Mapping[str, Any], Any, Mapping[str, Any] | None]
"""A state machine, its input, and of which item it is."""


def _side_by_side(visit: Visit, at: datetime, machines: list[_Beside]) -> None:
    """Run several state machines beside one another; when all have ended, their outputs are the result, in order."""
    outputs: dict[int, Any] = {}
    runs: list[Run] = []
    if not machines:
        visit.finish([], at)
        return

    def ended(number: int) -> Callable[[Any, datetime], None]:
        def note(output: Any, now: datetime) -> None:
            outputs[number] = output
            if len(outputs) == len(machines):
                visit.finish([outputs[each] for each in range(len(machines))], now)

        return note

    def failed(error: StateFailed, now: datetime) -> None:
        if any(run.alive for run in runs):
            for run in runs:
                run.alive = False
            visit.fail(error, now)

    for number, (machine, _, item) in enumerate(machines):
        runs.append(Run(visit.execution, machine["States"], ended(number), failed, item))
    for run, (machine, data, _) in zip(runs, machines, strict=True):
        run.enter(machine["StartAt"], data, at)


def _parallel(visit: Visit, at: datetime) -> None:
    data = fill(visit.state["Parameters"], visit.scope(visit.data)) if "Parameters" in visit.state else visit.data
    _side_by_side(visit, at, [(branch, data, None) for branch in visit.state["Branches"]])


def _map(visit: Visit, at: datetime) -> None:
    items = select(visit.state.get("ItemsPath", "$"), visit.scope(visit.data))
    if not isinstance(items, list):
        raise StateFailed("States.Runtime", f"The items of state {visit.name} are no array: {json.dumps(items)}")
    machine = visit.state.get("ItemProcessor") or visit.state["Iterator"]
    selector = visit.state.get("ItemSelector", visit.state.get("Parameters"))
    machines: list[_Beside] = []
    for index, value in enumerate(items):
        item = {"Index": index, "Value": value}
        data = value if selector is None else fill(selector, visit.scope(visit.data, Map={"Item": item}))
        machines.append((machine, data, item))
    _side_by_side(visit, at, machines)


STATES: Mapping[str, Callable[[Visit, datetime], None]] = {
    "Choice": _choice,
    "Fail": _fail,
    "Map": _map,
    "Parallel": _parallel,
    "Pass": _pass,
    "Succeed": _succeed,
    "Task": run_task,
    "Wait": _wait,
}
"""By the type: takes the visit and the time; finishes it now or later, or raises StateFailed."""
