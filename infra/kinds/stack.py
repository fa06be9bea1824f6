"""What is said of the stack as a whole: its emergency. Its dashboards are in `boards.py`."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kinds.parts import parted
from infra.kinds.watch import Watched
from opslib.monitoring import AllOf, CompositeAlarm, InAlarm, Ref
from opslib.monitoring import rule as rules
from opslib.monitoring.limits_composites import CHILDREN_PER_COMPOSITE, RULE_CHARACTERS

__all__ = ["ALARM", "STACK", "alarm_ref", "emergencies"]

STACK = "stack"
"""What stands for the workload where an alarm is the stack's own."""

ALARM = "alarm"
"""What stands for the workload in a reference to an alarm's ARN."""

_WHY = "no single service's failure takes down all: look at the account, the region, the network"


def alarm_ref(name: str) -> Ref:
    """The reference to an alarm's ARN, by the alarm's name."""
    return Ref(ALARM, name)


def emergencies(prefix: str, watched: Sequence[Watched], *, runbooks: str = "") -> tuple[CompositeAlarm, ...]:
    """The alarms of the tier above all: every service that users reach is unavailable.

    A composite has room for a hundred children. Beyond, the services are in parts, each with a composite that acts on
    nothing, and the emergency is that all parts are down.

    Args:
        prefix: What every name starts with.
        watched: All workloads.
        runbooks: The address or path under which the runbooks' pages stand.
    """
    outages = [
        (workload.subject.key, InAlarm(composite.name))
        for workload in watched
        if workload.kind.name == "ecs_service" and workload.subject.region is None
        for composite in workload.composites
        if composite.key == "unavailable"
    ]
    if not outages:
        return ()
    runbook = f"{runbooks.rstrip('/')}/stack.md#emergency" if runbooks else ""
    parts = {
        part: CompositeAlarm(
            name=f"{prefix}-emergency-part-{part}" if part else f"{prefix}-emergency",
            key=f"emergency-part-{part}" if part else "emergency",
            workload=STACK,
            title=f"Every service of part {part} is unavailable" if part else "Every service is unavailable",
            rule=AllOf(tuple(members)),
            severity="emergency",
            why=_WHY,
            acts=not part,
            runbook=runbook,
        )
        for part, members in parted(outages, _fits, None).items()
    }
    if list(parts) == [""]:
        return tuple(parts.values())
    whole = CompositeAlarm(
        name=f"{prefix}-emergency",
        key="emergency",
        workload=STACK,
        title="Every service is unavailable",
        rule=AllOf(tuple(InAlarm(part.name) for part in parts.values())),
        severity="emergency",
        why=_WHY,
        runbook=runbook,
    )
    return (*parts.values(), whole)


def _fits(members: list[InAlarm]) -> bool:
    return len(members) <= CHILDREN_PER_COMPOSITE and len(rules.render(AllOf(tuple(members)))) <= RULE_CHARACTERS
