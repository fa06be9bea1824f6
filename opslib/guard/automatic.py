"""Automatic rollback: what the state machine calls, state by state.

    an alarm rings ─► EventBridge ─► Step Functions ─► decide ─► advance ─► wait ─► advance … ─► done, or failed

The state machine holds nothing but the plan's id: the plan, its claim and how far it is are in the stack's journal. A
state may be run twice, killed anywhere and throttled, as any runner of a plan may.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from opslib.calendar import Holds
from opslib.errors import JournalUnreachable, Overtaken, Refused, Unreachable
from opslib.guard.decision import Decision, Mode, Situation, decide
from opslib.guard.opening import EventClock, open_stack
from opslib.guard.proposals import Proposal, Proposals
from opslib.notify import Message, tell
from opslib.procedure import Outcome, Reader
from opslib.procedure.aws import regional
from opslib.rollback.alarms import see_alarms
from opslib.rollback.before import calendar_of
from opslib.rollback.ecs_service.observe import observe_points, target_of
from opslib.rollback.ecs_service.seen import see_service
from opslib.rollback.entry import plan_service
from opslib.rollback.history import Records
from opslib.rollback.history.reading import read_deployments
from opslib.rollback.workbench import Workbench
from opslib.stack import Stack

__all__ = ["handler"]

_DEPLOYMENT_SECONDS = 60
"""Between two looks at a deployment that is under way while the alarm rings."""

_LEAST_WAIT_SECONDS = 2
_MOST_WAIT_SECONDS = 15
"""Between two looks: a rollout shows something new every few seconds, and each look is a state that is paid for."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda handler.

    Args:
        event: `do`: ``decide`` or ``advance``; `at`: when the state was entered; `execution`: its name; `began`: when
            that was; `event`: CloudWatch's event of the alarm; `plan`: the id of the plan to advance.
        context: Lambda's.

    Returns:
        `state`: ``nothing``, ``proposed``, ``later`` (with `seconds`) or ``go`` (with `plan`); ``waiting`` (with
        `seconds`) or ``ended`` (with `exitCode`); and `why`.

    Raises:
        OpslibError: AWS or the journal does not answer now: the state machine tries again.
    """
    del context
    stack, clock = open_stack(), EventClock(event["at"])
    bench = Workbench.checked(stack, clock=clock)
    if event["do"] == "advance":
        return _advanced(bench, event["plan"], event["execution"])
    waited = clock.now() - EventClock(event["began"]).now()
    return _decided(stack, bench, event["event"]["detail"]["alarmName"], event["execution"], waited)


def _advanced(bench: Workbench, plan_id: str, execution: str) -> dict[str, Any]:
    came = bench.advance(bench.plan(plan_id), f"stepfunctions:{execution}")
    if isinstance(came, Outcome):
        return {"state": "ended", "plan": plan_id, "exitCode": came.exit_code, "why": came.ending.says}
    wanted = max(came.not_before_seconds, min(came.look_again_seconds, _MOST_WAIT_SECONDS))
    return {
        "state": "waiting",
        "plan": plan_id,
        "seconds": max(_LEAST_WAIT_SECONDS, math.ceil(wanted)),
        "why": came.why,
    }


def _decided(stack: Stack, bench: Workbench, alarm_name: str, execution: str, waited: timedelta) -> dict[str, Any]:
    plan_id = f"rollback-auto-{hashlib.sha256(execution.encode()).hexdigest()[:12]}"
    if bench.opened.journal.store.get(f"plan#{plan_id}", "plan") is not None:
        return {"state": "go", "plan": plan_id, "why": "it was planned before this state was run again"}
    seen = _situation(stack, bench, alarm_name)
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
    return _proposed(stack, bench, decision, alarm_name, prepared.plan.context["to"], plan_id, key)


def _proposed(  # noqa: PLR0917  all that a proposal says
    stack: Stack, bench: Workbench, decision: Decision, alarm: str, to: str, plan_id: str, key: str
) -> dict[str, Any]:
    service, name = stack.outputs.services[key], to.rpartition("/")[2]
    proposal = Proposal(
        at=bench.clock.now(),
        plan=plan_id,
        target=target_of(service.cluster, service.name),
        service=key,
        alarm=alarm,
        to=to,
        why=decision.why,
    )
    if Proposals(bench.opened.journal.store).add(proposal):
        command = f"opslib rollback service {key} --to {name} --stack {stack.name}"
        _tell(bench, f"{stack.name}: {key} could go back to {name}", f"{decision.why}. Do it: {command}", alarm)
    return {"state": "proposed", "why": decision.why}


def _tell(bench: Workbench, title: str, text: str, alarm: str) -> None:
    tell(Message(title=title, text=text, severity="critical", facts={"alarm": alarm}), bench.channels)


def _situation(stack: Stack, bench: Workbench, alarm_name: str) -> Situation:
    outputs, now = stack.outputs, bench.clock.now()
    promised = outputs.auto_rollback
    mode: Mode = "off" if promised is None else promised.mode
    alarm = next((alarm for alarm in outputs.alarms if alarm.name == alarm_name), None)
    if alarm is None or alarm.workload not in outputs.services or promised is None:
        return Situation(mode=mode, now=now, alarm=alarm, of_service=False)
    key, home = alarm.workload, outputs.stack.region
    service = outputs.services[key]
    target, store = target_of(service.cluster, service.name), bench.opened.journal.store
    reader = Reader(bench.ports)
    state = see_service(reader, service.cluster, service.name)
    found = see_alarms(reader, {regional("cloudwatch", alarm.region, home): [alarm.name]})
    calendar = calendar_of(stack, None)
    verdict = calendar.verdict(now) if calendar is not None else None
    return Situation(
        mode=mode,
        now=now,
        alarm=alarm,
        state=str(found.get(alarm.name, {}).get("StateValue", "missing")),
        newest=next(read_deployments(reader, service.cluster, service.name, most=1), None),
        under_way=state is not None and bool(state.ongoing),
        points=observe_points(reader, outputs, key, Records(store).of(target), now),
        hold=Holds(store).get(target),
        calendar=str(verdict) if verdict is not None and verdict.kind != "open" else "",
        within=timedelta(minutes=promised.within_minutes),
    )
