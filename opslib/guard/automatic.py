"""Automatic rollback: what the state machine calls, state by state.

    an alarm rings ─► EventBridge ─► Step Functions ─► decide ─► advance ─► wait ─► advance … ─► done, or failed

The state machine holds nothing but the plan's id: the plan, its claim and how far it is are in the stack's journal. A
state may be run twice, killed anywhere and throttled, as any runner of a plan may.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from opslib.errors import JournalUnreachable, Overtaken, Refused, Unreachable
from opslib.guard.calling_off import call_off
from opslib.guard.decision import Decision, Situation, decide
from opslib.guard.opening import EventClock, open_stack
from opslib.guard.pause import Pauses
from opslib.guard.proposals import Proposal, Proposals
from opslib.guard.seeing import see_situation
from opslib.notify import Message, tell
from opslib.procedure import Outcome, Paused, Plan
from opslib.rollback import Prepared, Workbench
from opslib.rollback.ecs_service.observe import target_of
from opslib.rollback.entry import plan_service

__all__ = ["handler", "plan_id_of"]

_DEPLOYMENT_SECONDS = 60
"""Between two looks at a deployment that is under way while the alarm rings."""

_LEAST_WAIT_SECONDS = 2
_MOST_WAIT_SECONDS = 15
"""Between two looks: a rollout shows something new every few seconds, and each look is a state that is paid for."""

_OTHERS_SECONDS = 30
"""Between two looks at a plan on which somebody else is at work: as long as a lease holds without a sign of life."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda handler.

    Args:
        event: `do`: ``decide`` or ``advance``; `at`: when the state was entered; `execution`: its name; `began`: when
            that was; `event`: CloudWatch's event of the alarm; `plan`: the id of the plan to advance.
        context: Lambda's.

    Returns:
        `state`: ``nothing``, ``proposed``, ``later`` (with `seconds`) or ``go`` (with `plan`); ``waiting`` (with
        `seconds`), ``ended`` (with `exitCode`), or ``nothing`` again, where a pause has called it off; and `why`.

    Raises:
        OpslibError: AWS or the journal does not answer now: the state machine tries again.
    """
    stack, clock = open_stack(), EventClock(event["at"])
    bench = Workbench.checked(stack, clock=clock)
    if event["do"] == "advance":
        return _advanced(bench, event["plan"], _runner(event["execution"], context))
    waited = clock.now() - EventClock(event["began"]).now()
    return _decided(bench, event["event"]["detail"]["alarmName"], event["execution"], waited)


def plan_id_of(execution: str) -> str:
    """The id of the plan that an execution makes, if it makes one.

    Args:
        execution: Its name.
    """
    return f"rollback-auto-{hashlib.sha256(execution.encode()).hexdigest()[:12]}"


def _runner(execution: str, context: object) -> str:
    """Who is at work: this invocation.

    One that was killed leaves its lease, and the next waits until that shows no more life; one whose answer Step
    Functions did not hear may still be at work, and must not be taken for the same.
    """
    return f"stepfunctions:{execution}:{getattr(context, 'aws_request_id', '') or secrets.token_hex(4)}"


def _advanced(bench: Workbench, plan_id: str, runner: str) -> dict[str, Any]:
    plan = bench.plan(plan_id)
    try:
        called_off = _called_off(bench, plan, runner)
        if called_off is not None and called_off.exit_code:
            return {"state": "nothing", "plan": plan_id, "why": called_off.ending.says}
        came = called_off or bench.advance(plan, runner)
    except Overtaken as problem:
        return _overtaken(bench, plan, problem)
    if isinstance(came, Outcome):
        return {"state": "ended", "plan": plan_id, "exitCode": came.exit_code, "why": came.ending.says}
    return {"state": "waiting", "plan": plan_id, "seconds": _seconds(came), "why": came.why}


def _called_off(bench: Workbench, plan: Plan, runner: str) -> Outcome | None:
    journal = bench.opened.journal
    pause = Pauses(journal.store).at(bench.clock.now())
    return None if pause is None else call_off(journal, plan, bench.clock, runner=runner, why=str(pause))


def _seconds(paused: Paused) -> int:
    wanted = max(paused.not_before_seconds, min(paused.look_again_seconds, _MOST_WAIT_SECONDS))
    return max(_LEAST_WAIT_SECONDS, math.ceil(wanted))


def _overtaken(bench: Workbench, plan: Plan, problem: Overtaken) -> dict[str, Any]:
    """Somebody else is at work. On this plan: what becomes of it is waited for. On another: that one was first."""
    claim = bench.opened.journal.store.get(f"target#{plan.target}", "claim")
    if claim is not None and claim.value["plan"] != plan.id:
        return {"state": "ended", "plan": plan.id, "exitCode": problem.exit_code, "why": str(problem)}
    return {"state": "waiting", "plan": plan.id, "seconds": _OTHERS_SECONDS, "why": str(problem)}


def _decided(bench: Workbench, alarm_name: str, execution: str, waited: timedelta) -> dict[str, Any]:
    plan_id, stack = plan_id_of(execution), bench.stack
    if bench.opened.journal.store.get(f"plan#{plan_id}", "plan") is not None:
        return {"state": "go", "plan": plan_id, "why": "it was planned before this state was run again"}
    seen = see_situation(bench, alarm_name)
    decision = decide(seen)
    if decision.does == "wait" and waited < seen.within:
        return {"state": "later", "seconds": _DEPLOYMENT_SECONDS, "why": decision.why}
    if decision.does in ("nothing", "wait") or seen.alarm is None:
        return {"state": "nothing", "why": decision.why}
    key = seen.alarm.workload
    try:
        prepared = plan_service(
            stack,
            key,
            actor=f"automatic: {alarm_name}",
            reason=decision.why,
            plan_id=plan_id,
            clock=bench.clock,
        )
        if decision.does == "act":
            bench.opened.journal.claim(prepared.plan)
            return {"state": "go", "plan": plan_id, "why": decision.why}
    except (JournalUnreachable, Unreachable):
        raise  # it may answer in a minute
    except (Refused, Overtaken) as problem:
        _tell(bench, f"{stack.name}: {key} was not rolled back", f"{decision.why}; but {problem}", alarm_name)
        return {"state": "nothing", "why": f"{decision.why}; but {problem}"}
    return _proposed(bench, seen, decision, prepared)


def _proposed(bench: Workbench, seen: Situation, decision: Decision, prepared: Prepared) -> dict[str, Any]:
    assert seen.alarm and seen.ran and seen.good and seen.until  # noqa: S101, PT018  else nothing is proposed
    stack, key, to = bench.stack, seen.alarm.workload, prepared.plan.context["to"]
    service, proposals = stack.outputs.services[key], Proposals(bench.opened.journal.store)
    kept = proposals.add(
        Proposal(
            at=bench.clock.now(),
            plan=prepared.plan.id,
            target=target_of(service.cluster, service.name),
            service=key,
            alarm=seen.alarm.name,
            of=seen.ran.task_definition,
            to=to,
            why=decision.why,
            until=seen.until,
            evidence={
                "runs": f"{seen.ran.name}, deployed {seen.ran.deployed_at:%Y-%m-%d %H:%M} UTC: {seen.ran.why}",
                "was good": f"{seen.good.name}, deployed {seen.good.deployed_at:%Y-%m-%d %H:%M} UTC: {seen.good.why}",
            },
        )
    )
    if not kept.told:  # whoever is killed in between tells it twice rather than never
        text = f"{decision.why}. Do it: {kept.command(stack.name)}"
        _tell(bench, f"{stack.name}: {key} could go back to {to.rpartition('/')[2]}", text, seen.alarm.name)
        proposals.mark_told(kept.plan)
    return {"state": "proposed", "why": decision.why}


def _tell(bench: Workbench, title: str, text: str, alarm: str) -> None:
    tell(Message(title=title, text=text, severity="critical", facts={"alarm": alarm}), bench.channels)
