"""The recorder: whatever was deployed, by whomever, is written down as a rollback point; and that it was good.

AWS forgets deployments after 90 days and the states of alarms after 30. What is written down stays, and so does the
last good point however old it becomes.

It believes no event: one says where to look, and what is written down is what AWS then tells. So an event that comes
twice, late, out of order or not at all changes nothing; a schedule looks at every service once an hour all the same,
finishes what was too young to be judged before, and forgets what is too old.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from opslib.contract import StackOutputs
from opslib.errors import OpslibError
from opslib.guard.opening import EventClock, open_stack
from opslib.procedure import Declined, Reader
from opslib.procedure.aws import AwsPorts
from opslib.procedure.open_journal import open_journal
from opslib.rollback.ecs_service.observe import observe_points, target_of
from opslib.rollback.history import Record, Records, RollbackPoint, clean_up
from opslib.rollback.history.point import together
from opslib.rollback.history.recorded import KEPT
from opslib.stack import Stack

__all__ = ["NEWEST", "handler", "record_service", "services_of"]

NEWEST = 20
"""How many deployments are looked at: two calls, and more than anybody goes back by."""

_SERVICE_ARN = re.compile(r"arn:[^:]+:ecs:[^:]*:\d+:service/(?P<cluster>[^/]+)/(?P<name>[^/]+)")


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda handler: one service after a deployment, all of them by the schedule.

    Args:
        event: EventBridge's.
        context: Lambda's.

    Returns:
        What was written down and forgotten, by the keys of services.

    Raises:
        OpslibError: AWS or the journal does not answer: the event is tried again, then kept in the queue.
    """
    del context
    stack, now = open_stack(), EventClock(event["time"]).now()
    done: dict[str, Any] = {}
    unheard: list[OpslibError] = []
    for key in services_of(event, stack.outputs):
        try:
            done[key] = record_service(stack, key, now)
        except Declined as problem:  # a service that is gone, say: it will be so when it is asked again
            done[key] = {"refused": str(problem)}
        except OpslibError as problem:  # the others first
            unheard.append(problem)
    if unheard:
        raise unheard[0]
    return done


def services_of(event: Mapping[str, Any], outputs: StackOutputs) -> tuple[str, ...]:
    """The keys of the services that an event is about; all of them where it names none.

    Args:
        event: EventBridge's.
        outputs: The contract.
    """
    named = [_SERVICE_ARN.fullmatch(arn) for arn in event.get("resources", ()) if ":service/" in arn]
    if event.get("source") != "aws.ecs":
        return tuple(outputs.services)
    about = {(found["cluster"], found["name"]) for found in named if found}
    return tuple(key for key, service in outputs.services.items() if (service.cluster, service.name) in about)


def record_service(stack: Stack, key: str, now: datetime) -> dict[str, list[str]]:
    """Write down what AWS tells of a service's deployments.

    Args:
        stack: The stack.
        key: The service's key in the stack's outputs.
        now: The time.

    Returns:
        The revisions of which something new was written down, and those that were forgotten.
    """
    service = stack.outputs.services[key]
    target = target_of(service.cluster, service.name)
    records = Records(open_journal(stack).journal.store)
    reader = Reader(AwsPorts(stack.clients, {}))
    known = records.of(target)
    points = observe_points(reader, stack.outputs, key, known, now, most=NEWEST)
    last_good = next((point for point in points if point.verdict == "good"), None)
    kept = [point for point in points if point is last_good or point.deployed_at >= now - KEPT]
    there = {(record.task_definition, record.deployed_at): record for record in known}
    news = [
        point for point in kept if _says_more(_record(point), there.get((point.task_definition, point.deployed_at)))
    ]
    written = [point.name for point in news if records.add(target, _record(point))]
    forgotten = clean_up(records.of(target) if written else known, points, now)
    for record in forgotten:
        records.remove(target, record)
    return {"written": written, "forgotten": [record.task_definition.rpartition("/")[2] for record in forgotten]}


def _says_more(record: Record, known: Record | None) -> bool:
    return known is None or together((known, record)) != known


def _record(point: RollbackPoint) -> Record:
    return Record(
        task_definition=point.task_definition,
        deployed_at=point.deployed_at,
        images=point.images,
        source=point.source,
        schema_revision=point.schema_revision,
        proven=point.why if point.verdict == "good" else "",
    )
