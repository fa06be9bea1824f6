"""What automatic rollback would decide about a service now, and why. It looks, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opslib.errors import BadRequest, Overtaken, Refused
from opslib.guard.decision import CONDITIONS, Decision, Situation, decide
from opslib.guard.seeing import alarms_of, see_situation
from opslib.procedure import Declined, NotNow, Reader
from opslib.procedure.aws import regional
from opslib.rollback import DryRun, Workbench
from opslib.rollback.alarms import see_alarms
from opslib.rollback.ecs_service.observe import promised_service
from opslib.rollback.entry import plan_service

__all__ = ["Foresight", "foresee"]


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would be decided.

    Attributes:
        service: The service's key.
        alarm: The alarm that it is about.
        seen: All that was looked at.
        decision: What would be decided.
        plan: What the rollback would do, where one would be proposed or done.
        refused: Why that could not be planned; empty where it could.
    """

    service: str
    alarm: str
    seen: Situation
    decision: Decision
    plan: DryRun | None = None
    refused: str = ""

    def conditions(self) -> tuple[tuple[str, str, str], ...]:
        """Each condition: its id, what has to be so, and what speaks against it; empty where nothing does."""
        return tuple((one.id, one.says, one.against(self.seen)) for one in CONDITIONS)

    def document(self) -> dict[str, Any]:
        """In JSON types; the shape is stable."""
        return {
            "service": self.service,
            "alarm": self.alarm,
            "decision": self.decision.does,
            "why": self.decision.why,
            "refused": self.refused or None,
            "conditions": [
                {"id": name, "says": says, "met": not against, "against": against or None}
                for name, says, against in self.conditions()
            ],
            "plan": None if self.plan is None else self.plan.document(),
        }


def foresee(bench: Workbench, service: str, *, alarm: str = "") -> Foresight:
    """Say what would be decided about a service now.

    Args:
        bench: What to look with.
        service: The service's key.
        alarm: The alarm to decide about; unless given, the service's one that rings, or else its first.

    Raises:
        BadRequest: there is no such service, it has no such alarm, or none that may start automatic rollback.
        Refused: AWS or the journal does not answer.
    """
    outputs = bench.stack.outputs
    promised_service(outputs, service)
    names = [one.name for one in alarms_of(outputs, service)]
    if not names:
        raise BadRequest(
            f"{service} has no alarm that a deployment makes ring",
            "automatic rollback asks alarms alone; give the service a load balancer whose alarms page",
        )
    if alarm and alarm not in names:
        raise BadRequest(f"{alarm} starts no rollback of {service}", f"one of these does: {', '.join(names)}")
    try:
        return _foreseen(bench, service, alarm or _ringing(bench, service) or names[0])
    except (Declined, NotNow) as problem:
        raise Refused(problem.what, problem.next_step or "try again in a minute") from None


def _foreseen(bench: Workbench, service: str, alarm: str) -> Foresight:
    seen = see_situation(bench, alarm)
    decision = decide(seen)
    if decision.does not in ("propose", "act"):
        return Foresight(service, alarm, seen, decision)
    try:
        prepared = plan_service(
            bench.stack, service, actor=f"automatic: {alarm}", reason=decision.why, clock=bench.clock
        )
        return Foresight(service, alarm, seen, decision, plan=prepared.dry_run())
    except (Refused, Overtaken) as problem:
        return Foresight(service, alarm, seen, decision, refused=str(problem))


def _ringing(bench: Workbench, service: str) -> str:
    outputs, reader = bench.stack.outputs, Reader(bench.ports)
    by_port: dict[str, list[str]] = {}
    for one in alarms_of(outputs, service):
        by_port.setdefault(regional("cloudwatch", one.region, outputs.stack.region), []).append(one.name)
    found = see_alarms(reader, by_port)
    return next((name for name, record in sorted(found.items()) if record["StateValue"] == "ALARM"), "")
