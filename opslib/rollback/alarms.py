"""The alarms of a workload, after something was changed: they are quiet, or become so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from opslib.procedure import Facts, Intent, KnownAfter, MayCall, Observation, Read, Satisfied, Step, Waiting

__all__ = ["AlarmsQuiet", "see_alarms"]

_PER_CALL = 100
"""AWS, DescribeAlarms: AlarmNames."""


def see_alarms(read: Read, names: Mapping[str, Sequence[str]]) -> dict[str, Mapping[str, Any]]:
    """Alarms as DescribeAlarms tells of them, by their names; those that AWS does not have are left out.

    Args:
        read: Reads the world.
        names: Their names, by the port that knows them: ``cloudwatch``, or ``cloudwatch@REGION``.
    """
    return {
        found["AlarmName"]: found
        for port, known in names.items()
        for start in range(0, len(known), _PER_CALL)
        for answer in (
            read(
                port,
                "DescribeAlarms",
                AlarmNames=list(known[start : start + _PER_CALL]),
                AlarmTypes=["CompositeAlarm", "MetricAlarm"],
                MaxRecords=_PER_CALL,
            ),
        )
        for kind in ("MetricAlarms", "CompositeAlarms")
        for found in answer.get(kind, ())
    }


class AlarmsQuiet(Step):
    """None of some alarms is in ALARM. Those that ring have the step's time to return.

    Attributes:
        alarms: Their names, by the port that knows them: ``cloudwatch``, or ``cloudwatch@REGION``.
        ringing: Those that rang when this was planned: the record tells when they came to rest.
        after: The step after which this is to be so.
    """

    kind: Literal["cloudwatch.alarms_quiet"] = "cloudwatch.alarms_quiet"
    timeout_seconds: float = Field(default=900, gt=0)
    alarms: dict[str, tuple[str, ...]]
    ringing: tuple[str, ...] = ()
    after: str = ""

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look at their states."""
        del intent
        if self.after and self.after not in known:
            return KnownAfter(self.after)
        found = see_alarms(read, self.alarms)
        states = {name: alarm["StateValue"] for name, alarm in found.items()}
        ringing = sorted(name for name, state in states.items() if state == "ALARM")
        if ringing:
            return Waiting(f"in ALARM: {', '.join(ringing)}", 15)
        blind = sorted(name for name, state in states.items() if state == "INSUFFICIENT_DATA")
        missing = sorted({name for names in self.alarms.values() for name in names} - set(states))
        rested = [{"name": name, "ok_at": _rested_at(found[name])} for name in self.ringing if name in found]
        facts = {"watched": len(states), "alarms": rested, "without data": blind, "not in AWS": missing}
        return Satisfied({name: fact for name, fact in facts.items() if fact != []})

    def may_call(self) -> tuple[MayCall, ...]:
        """It only looks."""
        return tuple(MayCall(port, "DescribeAlarms") for port in self.alarms)


def _rested_at(alarm: Mapping[str, Any]) -> str:
    """When it last changed its state: metric alarms say it exactly, composite ones as of their last update."""
    at = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return str(at.isoformat())
