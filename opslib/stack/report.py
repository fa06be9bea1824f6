"""What a stack watches and how it is: the report behind `opslib stack show`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from opslib.contract import Severity, StackOutputs
from opslib.mirror import STACK
from opslib.stack.alarm_states import STATES, AlarmState, State

__all__ = ["StackReport", "WorkloadState"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class WorkloadState:
    """A workload and its worst alarm.

    Attributes:
        key: Its key in the contract, or `stack` for what belongs to no single workload.
        section: Its section of the contract (`services` …), or `stack`.
        alarms: How many alarms watch it.
        state: The worst of their states; None where nothing watches it.
    """

    key: str
    section: str
    alarms: int
    state: State | None


@dataclass(frozen=True)
class StackReport:
    """A stack's contract and its alarms' states at one time.

    Attributes:
        outputs: The contract.
        source: Where it was found.
        alarms: The state of each of its alarms.
    """

    outputs: StackOutputs
    source: str
    alarms: tuple[AlarmState, ...]

    @property
    def workloads(self) -> tuple[WorkloadState, ...]:
        """Every workload in the contract's order, and then the stack itself if alarms watch that."""
        sections = {key: section for key, (section, _) in self.outputs.workloads().items()}
        states: dict[str, list[State]] = defaultdict(list)
        for live in self.alarms:
            states[live.alarm.workload if live.alarm.workload in sections else STACK].append(live.state)
        if STACK in states:
            sections[STACK] = STACK
        return tuple(
            WorkloadState(key=key, section=section, alarms=len(states[key]), state=worst(states[key]))
            for key, section in sections.items()
        )

    @property
    def missing(self) -> tuple[AlarmState, ...]:
        """The alarms that the contract promises and AWS does not have."""
        return tuple(live for live in self.alarms if live.state == "missing")

    @property
    def complete(self) -> bool:
        """Whether AWS has every alarm that the contract promises."""
        return not self.missing

    def worst_first(self) -> tuple[AlarmState, ...]:
        """The alarms by state, then severity, worst first; then by workload and name."""
        return tuple(
            sorted(
                self.alarms,
                key=lambda live: (
                    STATES.index(live.state),
                    -SEVERITIES.index(live.alarm.severity),
                    live.alarm.workload,
                    live.alarm.name,
                ),
            )
        )

    def document(self) -> dict[str, Any]:
        """The report as JSON types.

        Its shape is stable; fields may be added::

            source        where the outputs were found
            complete      whether AWS has every alarm
            stack         as in the contract
            workloads     [{key, section, alarms, state}]       state is null where nothing watches
            alarms        [the contract's alarm + {state, reason, since, actionsEnabled}], worst first
            missing       [names of alarms that AWS does not have]
            topics, dashboards, journal                         as in the contract
        """
        contract = self.outputs.document()
        return {
            "source": self.source,
            "complete": self.complete,
            "stack": contract["stack"],
            "workloads": [
                {"key": row.key, "section": row.section, "alarms": row.alarms, "state": row.state}
                for row in self.workloads
            ],
            "alarms": [_alarm(live) for live in self.worst_first()],
            "missing": sorted(live.alarm.name for live in self.missing),
            "topics": contract["topics"],
            "dashboards": contract["dashboards"],
            "journal": contract.get("journal"),
        }


def worst(states: Iterable[State]) -> State | None:
    """The worst of some states; None of none."""
    return min(states, key=STATES.index, default=None)


def _alarm(live: AlarmState) -> dict[str, Any]:
    return live.alarm.model_dump(mode="json", by_alias=True) | {
        "state": live.state,
        "reason": live.reason,
        "since": live.since.isoformat() if live.since else None,
        "actionsEnabled": live.actions_enabled,
    }
