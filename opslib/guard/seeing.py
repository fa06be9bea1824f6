"""Looks at what a decision is made from: the alarm, its service, holds, the calendar, a pause. Changes nothing."""

from __future__ import annotations

from datetime import timedelta

from opslib.calendar import Holds
from opslib.contract import Alarm, StackOutputs
from opslib.guard.decision import TRIGGER, WITHIN, Mode, Situation
from opslib.guard.pause import Pauses
from opslib.procedure import Reader
from opslib.procedure.aws import regional
from opslib.rollback import Workbench
from opslib.rollback.alarms import see_alarms
from opslib.rollback.before import calendar_of
from opslib.rollback.ecs_service.observe import observe_points, target_of
from opslib.rollback.ecs_service.seen import see_service
from opslib.rollback.history import Records
from opslib.rollback.history.reading import read_deployments

__all__ = ["alarms_of", "see_situation"]


def alarms_of(outputs: StackOutputs, service: str) -> tuple[Alarm, ...]:
    """The alarms of a service that may start automatic rollback.

    Args:
        outputs: The contract.
        service: The service's key.
    """
    return tuple(alarm for alarm in outputs.alarms if alarm.workload == service and alarm.trigger == TRIGGER)


def see_situation(bench: Workbench, alarm_name: str) -> Situation:
    """Look at all that a decision about an alarm is made from.

    Args:
        bench: What to look with; its clock tells the time.
        alarm_name: The alarm.

    Raises:
        JournalUnreachable: the journal does not answer.
        NotNow, Declined: AWS does not.
    """
    stack, outputs, now = bench.stack, bench.stack.outputs, bench.clock.now()
    promised = outputs.auto_rollback
    mode: Mode = "off" if promised is None else promised.mode
    store = bench.opened.journal.store
    alarm = next((alarm for alarm in outputs.alarms if alarm.name == alarm_name), None)
    if alarm is None or alarm.workload not in outputs.services:
        return Situation(mode=mode, now=now, alarm=alarm, of_service=False, pause=Pauses(store).at(now))
    service = outputs.services[alarm.workload]
    target = target_of(service.cluster, service.name)
    reader = Reader(bench.ports)
    state = see_service(reader, service.cluster, service.name)
    found = see_alarms(reader, {regional("cloudwatch", alarm.region, outputs.stack.region): [alarm.name]})
    calendar = calendar_of(stack, None)
    verdict = calendar.verdict(now) if calendar is not None else None
    return Situation(
        mode=mode,
        now=now,
        alarm=alarm,
        state=str(found.get(alarm.name, {}).get("StateValue", "missing")),
        newest=next(read_deployments(reader, service.cluster, service.name, most=1), None),
        under_way=state is not None and bool(state.ongoing),
        points=observe_points(reader, outputs, alarm.workload, Records(store).of(target), now),
        hold=Holds(store).get(target),
        pause=Pauses(store).at(now),
        calendar=str(verdict) if verdict is not None and verdict.kind != "open" else "",
        within=timedelta(minutes=promised.within_minutes) if promised is not None else WITHIN,
    )
