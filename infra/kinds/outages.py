"""Alarms over many workloads: the page of what fails together, and the emergency that everything has failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.kinds.parts import parted
from infra.kinds.stack import STACK
from infra.kinds.watch import Watched, outage_name
from opslib.contract import Severity
from opslib.monitoring import AllOf, AnyOf, CompositeAlarm, InAlarm
from opslib.monitoring import rule as rules
from opslib.monitoring.limits_composites import CHILDREN_PER_COMPOSITE, RULE_CHARACTERS

__all__ = ["emergencies", "outages"]


@dataclass(frozen=True, slots=True)
class _Whole:
    """An alarm over many workloads, which may need parts.

    Attributes:
        key: Its key; part of its name.
        runbook: The section of its runbook.
        title: What is the matter.
        of_part: What is the matter with a part, before the part's name.
        why: Why it is worth waking somebody.
        severity: The tier that it acts on.
        joint: Whether it is in ALARM while any of its children is, or only while all are.
    """

    key: str
    runbook: str
    title: str
    of_part: str
    why: str
    severity: Severity
    joint: type[AllOf | AnyOf]


_EMERGENCY = _Whole(
    key="emergency",
    runbook="emergency",
    title="Every service is unavailable",
    of_part="Every service is unavailable of part",
    why="no single service's failure takes down all: look at the account, the region, the network",
    severity="emergency",
    joint=AllOf,
)


def emergencies(prefix: str, watched: Sequence[Watched], *, runbooks: str = "") -> tuple[CompositeAlarm, ...]:
    """The alarms of the tier above all: every service that users reach is unavailable.

    A composite has room for a hundred children. Beyond, the services are in parts, each with a composite that acts on
    nothing, and the emergency is that all parts are down.

    Args:
        prefix: What every name starts with.
        watched: All workloads.
        runbooks: The address or path under which the runbooks' pages stand.
    """
    down = [
        (workload.subject.key, InAlarm(composite.name))
        for workload in watched
        if workload.kind.name == "ecs_service" and workload.subject.region is None
        for composite in workload.composites
        if composite.key == "unavailable"
    ]
    return tuple(_in_parts(prefix, _EMERGENCY, down, runbooks))


def outages(prefix: str, watched: Sequence[Watched], *, runbooks: str = "") -> tuple[CompositeAlarm, ...]:
    """The pages of what fails together: one for each outage, however much of it fails and in whatever order.

    A database that stops shows in the services that ask it, in the load balancer before them and in its objective,
    one after the other. The first of them pages. Each is still told to the tier of warnings, for one that comes later
    may be what explains the first; an emergency is a tier of its own, which no outage holds back.

    Args:
        prefix: What every name starts with.
        watched: All workloads; `Subject.together` says what fails together.
        runbooks: The address or path under which the runbooks' pages stand.
    """
    failing: dict[str, list[tuple[str, InAlarm]]] = {}
    for workload in watched:
        for composite in workload.composites:
            if composite.tier != composite.severity:
                one = (workload.subject.key, InAlarm(composite.name))
                failing.setdefault(workload.subject.together, []).append(one)
    return tuple(
        alarm
        for together, members in sorted(failing.items())
        for alarm in _in_parts(prefix, _outage(prefix, together), members, runbooks)
    )


def _outage(prefix: str, together: str) -> _Whole:
    return _Whole(
        key=outage_name(prefix, together).removeprefix(f"{prefix}-"),
        runbook="outage",
        title=f"An outage of {together}",
        of_part=f"An outage of {together}, part",
        why="what fails together is one outage; the reason of its state names what failed first",
        severity="critical",
        joint=AnyOf,
    )


def _in_parts(
    prefix: str, whole: _Whole, members: Sequence[tuple[str, InAlarm]], runbooks: str
) -> Iterator[CompositeAlarm]:
    """One composite over all members; or as many as it takes, and one over those, which comes last."""
    if not members:
        return
    runbook = f"{runbooks.rstrip('/')}/stack.md#{whole.runbook}" if runbooks else ""

    def composite(part: str, children: Sequence[InAlarm]) -> CompositeAlarm:
        key = f"{whole.key}-part-{part}" if part else whole.key
        return CompositeAlarm(
            name=f"{prefix}-{key}",
            key=key,
            workload=STACK,
            title=f"{whole.of_part} {part}" if part else whole.title,
            rule=whole.joint(tuple(children)),
            severity=whole.severity,
            why=whole.why,
            acts=not part,
            runbook=runbook,
        )

    def fits(part: list[InAlarm]) -> bool:
        rule = whole.joint(tuple(part))
        return len(part) <= CHILDREN_PER_COMPOSITE and len(rules.render(rule)) <= RULE_CHARACTERS

    parts = parted(members, fits, None)
    if list(parts) == [""]:
        yield composite("", parts[""])
        return
    made = [composite(part, children) for part, children in parts.items()]
    yield from made
    yield composite("", [InAlarm(part.name) for part in made])
