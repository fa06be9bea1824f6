"""A dry run: what every step says of the world now. It makes no call that changes anything."""

from __future__ import annotations

from dataclasses import dataclass

from opslib.procedure.observation import Facts, Impossible, Observation, Satisfied, Waiting
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Declined, NotNow, Ports, Reader
from opslib.procedure.step import Step

__all__ = ["Foreseen", "dry_run"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A step, and what it says now."""

    step: Step
    seen: Observation


def dry_run(plan: Plan, ports: Ports) -> tuple[Foreseen, ...]:
    """Ask every step of a plan how the world is, in order, and do nothing about it.

    A step whose call depends on an earlier one says so (`KnownAfter`), with the call as far as it is known.

    Args:
        plan: The plan.
        ports: What its reads ask.
    """
    reader = Reader(ports)
    known: dict[str, Facts] = {}
    foreseen = []
    for step in plan.steps:
        seen: Observation
        try:
            seen = step.observe(reader, known, None)
        except NotNow as busy:
            seen = Waiting(str(busy), busy.again_seconds)
        except Declined as refused:
            seen = Impossible(str(refused))
        if isinstance(seen, Satisfied):
            known[step.id] = seen.facts
        foreseen.append(Foreseen(step, seen))
    return tuple(foreseen)
