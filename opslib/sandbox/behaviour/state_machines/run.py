"""A run through states: of a whole state machine, of a branch, of one item. It moves on the schedule alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from opslib.sandbox.behaviour.state_machines.execution import RUNNING, Execution
from opslib.sandbox.behaviour.state_machines.failures import StateFailed, names_match
from opslib.sandbox.behaviour.state_machines.paths import Scope, fill, put_at, select

__all__ = ["NAME", "Run", "Visit", "later"]

NAME = "state_machines"


def later(execution: Execution, when: datetime, happening: Callable[[datetime], None]) -> None:
    """Let something happen in an execution, if it still runs then."""
    execution.happenings += 1

    def happen(at: datetime) -> None:
        if execution.status == RUNNING:
            happening(at)

    execution.account.schedule.at(when, happen, key=f"{NAME}/{execution.arn}/{execution.happenings}")


@dataclass(slots=True, eq=False)
class Run:
    """A run through states.

    Attributes:
        execution: Of which execution.
        states: The states.
        ended: Called with the output when it has ended well.
        failed: Called when a state failed and nothing caught it.
        item: Of a Map: which item it is of, and its index.
        alive: Whether it goes on; a branch beside one that failed does not.
    """

    execution: Execution
    states: Mapping[str, Any]
    ended: Callable[[Any, datetime], None]
    failed: Callable[[StateFailed, datetime], None]
    item: Mapping[str, Any] | None = None
    alive: bool = True

    def enter(self, name: str, data: Any, at: datetime) -> None:
        """Go into a state, a moment from now."""
        settings = self.execution.account.behaviour[NAME]
        if len(self.execution.events) >= settings.most_events:
            cause = f"The execution reached the maximum number of history events ({settings.most_events})."
            self.failed(StateFailed("States.Runtime", cause), at)
            return
        due = at + timedelta(seconds=settings.transition_seconds)
        later(self.execution, due, lambda now: self._visit(name, data, now))

    def _visit(self, name: str, data: Any, at: datetime) -> None:
        if not self.alive:
            return
        from opslib.sandbox.behaviour.state_machines.states import STATES

        visit = Visit(self, name, self.states[name], data, at)
        kind = visit.state["Type"]
        details = {"name": name, "input": json.dumps(data)}
        self.execution.note(f"{kind}StateEntered", at, stateEnteredEventDetails=details)
        try:
            visit.data = select(visit.state["InputPath"], visit.scope(data)) if visit.state.get("InputPath") else data
            if visit.state.get("InputPath", "$") is None:
                visit.data = {}
            STATES[kind](visit, at)
        except StateFailed as error:
            visit.fail(error, at)


@dataclass(slots=True, eq=False)
class Visit:
    """One visit of a state, over all its retries.

    Attributes:
        run: Of which run.
        name: The state's name.
        state: Its definition.
        raw: Its input.
        entered: When it was entered.
        data: Its input after InputPath.
        retried: How often each of its retriers was used.
        attempt: Grows with each retry: what an earlier one still has on the schedule is void.
    """

    run: Run
    name: str
    state: Mapping[str, Any]
    raw: Any
    entered: datetime
    data: Any = None
    retried: dict[int, int] = field(default_factory=dict)
    attempt: int = 0

    @property
    def execution(self) -> Execution:
        """Of which execution."""
        return self.run.execution

    def scope(self, data: Any, **more: Any) -> Scope:
        """What paths look into.

        Args:
            data: What `$` is.
            **more: Further members of the context object.
        """
        execution = self.execution
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": json.loads(execution.input),
                "Name": execution.name,
                "RoleArn": execution.machine.role_arn,
                "StartTime": _stamp(execution.started),
            },
            "State": {"Name": self.name, "EnteredTime": _stamp(self.entered), "RetryCount": sum(self.retried.values())},
            "StateMachine": {"Id": execution.machine.arn, "Name": execution.machine.name},
            **({"Map": {"Item": self.run.item}} if self.run.item is not None else {}),
            **more,
        }
        return Scope(data, context, execution.account.random)

    def finish(self, result: Any, at: datetime) -> None:
        """The state has a result: put it in its place and go on."""
        try:
            if "ResultSelector" in self.state:
                result = fill(self.state["ResultSelector"], self.scope(result))
            output = put_at(self.state.get("ResultPath", "$"), self.raw, result)
            self.leave(output, at)
        except StateFailed as error:
            self.fail(error, at)

    def leave(self, output: Any, at: datetime, next_state: str | None = None) -> None:
        """Go on with an output, to where the state says or the caller.

        Raises:
            StateFailed: OutputPath leads nowhere.
        """
        path = self.state.get("OutputPath", "$")
        output = {} if path is None else select(path, self.scope(output))
        self._exit(output, at)
        target = next_state or self.state.get("Next")
        if target is None:
            self.run.ended(output, at)
        else:
            self.run.enter(target, output, at)

    def _exit(self, output: Any, at: datetime) -> None:
        details = {"name": self.name, "output": json.dumps(output)}
        self.execution.note(f"{self.state['Type']}StateExited", at, stateExitedEventDetails=details)

    def fail(self, error: StateFailed, at: datetime) -> None:
        """The state failed: try it again, go where the error is caught, or fail the run."""
        from opslib.sandbox.behaviour.state_machines.states import STATES

        self.attempt += 1
        for number, retrier in enumerate(self.state.get("Retry") or ()):
            if not names_match(retrier["ErrorEquals"], error.error):
                continue
            used = self.retried.get(number, 0)
            if used >= retrier.get("MaxAttempts", 3):
                break
            self.retried[number] = used + 1
            due = at + timedelta(seconds=self._pause(retrier, used))
            later(self.execution, due, lambda now: self._again(STATES[self.state["Type"]], now))
            return
        for catcher in self.state.get("Catch") or ():
            if names_match(catcher["ErrorEquals"], error.error):
                told = {"Error": error.error, "Cause": error.cause}
                output = put_at(catcher.get("ResultPath", "$"), self.raw, told)
                self._exit(output, at)
                self.run.enter(catcher["Next"], output, at)
                return
        self.run.failed(error, at)

    def _pause(self, retrier: Mapping[str, Any], used: int) -> float:
        """Specification: IntervalSeconds times BackoffRate for each retry before, at most MaxDelaySeconds."""
        pause = float(retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** used)
        pause = min(pause, float(retrier.get("MaxDelaySeconds", pause)))
        return pause * self.execution.account.random.random() if retrier.get("JitterStrategy") == "FULL" else pause

    def _again(self, handler: Callable[[Visit, datetime], None], at: datetime) -> None:
        if self.run.alive:
            try:
                handler(self, at)
            except StateFailed as error:
                self.fail(error, at)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
