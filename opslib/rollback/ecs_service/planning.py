"""Decides how an ECS service is rolled back. Pure: from what was seen to a plan, or to why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from opslib.calendar import HoldSet
from opslib.errors import BadRequest, Refused
from opslib.notify import SEVERITIES, Told
from opslib.procedure import Plan, Step
from opslib.procedure.aws import regional
from opslib.rollback.alarms import AlarmsQuiet
from opslib.rollback.ecs_service.observe import ServiceObservation
from opslib.rollback.ecs_service.revision import Revision
from opslib.rollback.ecs_service.revision_steps import RevisionReady
from opslib.rollback.ecs_service.service_steps import (
    RevisionDeployed,
    RevisionServes,
    RolloutStopped,
    ServiceAsPlanned,
)
from opslib.rollback.history import Image, PointRecorded
from opslib.rollback.scaling import ALL, SuspensionIs

__all__ = ["Request", "plan_service_rollback"]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        plan_id: The plan's id.
        actor: Who asks.
        reason: Why.
        at: When.
        across_migration: Whether the schema may have changed in between.
        hold: Whether deployments are held afterwards.
        deadline_seconds: How long the plan may take in all.
        rollout_seconds: How long the revision may take until it serves.
        quiet_seconds: How long the alarms may take until they are quiet.
        context: What else the plan's reports say.
    """

    plan_id: str
    actor: str
    reason: str
    at: datetime
    across_migration: bool = False
    hold: bool = True
    deadline_seconds: float = 3600
    rollout_seconds: float = 1800
    quiet_seconds: float = 900
    context: Mapping[str, str] = field(default_factory=dict)


def plan_service_rollback(seen: ServiceObservation, request: Request) -> Plan:
    """Plan the rollback of an ECS service.

    Raises:
        BadRequest: there is no such revision.
        Refused: it cannot be done, or must not; the message says which and what to do.
    """
    revision = _revision(seen)
    if seen.state.task_definition == revision.arn:
        return _plan(seen, request, revision, (_serves(seen, request, "", revision.arn, final=False),), ())
    _refuse(seen, revision, request)
    notes = tuple(_notes(seen, request))
    return _plan(seen, request, revision, tuple(_steps(seen, revision, request)), notes)


def _revision(seen: ServiceObservation) -> Revision:
    revision = seen.revision
    name = seen.choice.revision.rpartition("/")[2]
    if revision is None:
        raise BadRequest(f"there is no revision {name}", f"`opslib points {seen.key}` lists what there is")
    if revision.status == "DELETE_IN_PROGRESS":
        raise Refused(f"{name} was deleted and cannot be run again", f"`opslib points {seen.key}` lists others")
    return revision


def _refuse(seen: ServiceObservation, revision: Revision, request: Request) -> None:
    """Whatever speaks against it, before anything is changed."""
    state, service = seen.state, f"{seen.cluster}/{seen.name}"
    if state.cannot_roll:
        raise Refused(
            f"{service} cannot roll: with {state.desired} tasks, minimumHealthyPercent {state.least_percent} and"
            f" maximumPercent {state.most_percent} it may neither stop a task nor start one",
            "raise maximumPercent (200 is usual), or lower minimumHealthyPercent",
        )
    gone = [image.says for image in seen.images if image.standing == "gone"]
    if gone:
        raise Refused(f"{revision.name} cannot be run again: {'; '.join(gone)}", "choose another revision (--to)")
    then, now = _schemas(seen)
    if then is not None and now is not None and then != now and not request.across_migration:
        raise Refused(
            f"the database's schema is at {now}, and was at {then} when {revision.name} ran",
            "roll the schema back too, or say that the revision can live with it: --across-migration",
        )


def _schemas(seen: ServiceObservation) -> tuple[str | None, str | None]:
    """The schema's revision then, and now; None where nobody wrote it down."""
    runs = next((point for point in seen.points if point.task_definition == seen.state.task_definition), None)
    return (seen.choice.point.schema_revision if seen.choice.point else None), (runs.schema_revision if runs else None)


def _notes(seen: ServiceObservation, request: Request) -> Iterator[str]:
    """What a person should know, and nothing has to be done about."""
    point, (then, now) = seen.choice.point, _schemas(seen)
    if point is None:
        yield "nothing is known of how good that revision was"
    elif point.verdict != "good":
        yield f"that revision is {point.verdict}: {point.why}"
    if then is None or now is None:
        yield "the schema's revision then or now is unknown: nobody wrote it down"
    elif then != now:
        yield f"the schema is at {now}, and was at {then}: said to be all right"
    yield from (image.says for image in seen.images if image.says)
    if seen.scalable is not None and seen.scalable.suspension == ALL:
        yield "autoscaling is suspended already, by somebody else: it is left so"
    if not seen.state.desired:
        yield "the service wants no tasks: that nothing runs afterwards proves nothing"
    if not seen.alarms:
        yield "no alarm of the stack tells whether this service is well"
    if not request.hold:
        yield "deployments are not held afterwards"


def _steps(seen: ServiceObservation, revision: Revision, request: Request) -> Iterator[Step]:
    running = seen.state.task_definition
    here = {"cluster": seen.cluster, "service": seen.name, "arn": seen.state.arn}
    was, goes = running.rpartition("/")[2], revision.name
    facts = {"service": f"{seen.cluster}/{seen.name}", "by": request.actor, "plan": request.plan_id}
    yield ServiceAsPlanned(
        id="found",
        title=f"{seen.name} is to run {was}, as when this was planned",
        part="identify",
        running=running,
        **here,
    )
    yield RevisionReady(
        id="revision",
        title=f"a revision that runs what {goes} ran is there",
        part="prepare",
        source=revision.arn,
        digests={image.container: image.digest for image in seen.images if image.standing == "moved"},
        plan=request.plan_id,
        roles=_roles(revision),
        makes_copy=revision.status != "ACTIVE" or any(image.standing == "moved" for image in seen.images),
    )
    yield Told(
        id="announced",
        title="people know that it begins",
        part="prepare",
        severity="warning",
        message_title=f"{seen.environment}: rolling back {seen.key} from {was} to {goes}",
        text=request.reason,
        facts=facts,
    )
    scaling = _borrowed(seen)
    if scaling is not None:
        yield scaling
    yield from _execute(seen, revision, here)
    yield from _afterwards(seen, request, revision, facts, scaling)


def _execute(seen: ServiceObservation, revision: Revision, here: dict[str, str]) -> Iterator[Step]:
    state, primary = seen.state, seen.state.primary
    stops = state.strategy != "ROLLING" and bool(state.ongoing)
    if stops:
        yield RolloutStopped(
            id="stopped",
            title=f"ECS has rolled back the {state.strategy.lower().replace('_', '-')} deployment under way",
            rollout=state.ongoing,
            **here,
        )
    if revision.arn not in seen.returns_to:
        yield RevisionDeployed(
            id="deployed",
            title=f"{seen.name} is to run {revision.name}",
            from_step="revision",
            running=(state.task_definition, *seen.returns_to),
            had_served=primary is not None
            and (primary.state == "COMPLETED" or primary.running >= max(1, state.desired)),
            **here,
        )


def _borrowed(seen: ServiceObservation) -> SuspensionIs | None:
    if seen.scalable is None or seen.scalable.suspension == ALL:
        return None
    return SuspensionIs(
        id="suspended",
        title=f"autoscaling of {seen.name} is suspended",
        part="prepare",
        loan=True,
        cluster=seen.cluster,
        service=seen.name,
        wanted=ALL,
        was=seen.scalable.suspension,
    )


def _serves(
    seen: ServiceObservation, request: Request, from_step: str, revision: str = "", *, final: bool = True
) -> RevisionServes:
    return RevisionServes(
        id="serves",
        title=f"{seen.name} serves {seen.choice.revision.rpartition('/')[2]}, healthy",
        part="validate",
        final=final,
        timeout_seconds=request.rollout_seconds,
        cluster=seen.cluster,
        service=seen.name,
        arn=seen.state.arn,
        revision=revision,
        from_step=from_step,
    )


def _afterwards(
    seen: ServiceObservation, request: Request, revision: Revision, facts: dict[str, str], scaling: SuspensionIs | None
) -> Iterator[Step]:
    returned = revision.arn in seen.returns_to
    yield _serves(seen, request, "stopped" if returned else "deployed", revision.arn if returned else "")
    if scaling is not None:
        yield SuspensionIs(
            id="restored",
            title=f"autoscaling of {seen.name} is what it was",
            part="validate",
            cluster=seen.cluster,
            service=seen.name,
            wanted=scaling.was,
            was=scaling.wanted,
            after=scaling.id,
        )
    if seen.alarms:
        names: dict[str, tuple[str, ...]] = {}
        for alarm in seen.alarms:
            port = regional("cloudwatch", alarm.region, seen.region)
            names[port] = (*names.get(port, ()), alarm.name)
        yield AlarmsQuiet(
            id="quiet",
            title=f"the alarms of {seen.key} are quiet ({len(seen.alarms)})",
            part="validate",
            timeout_seconds=request.quiet_seconds,
            alarms=names,
            ringing=tuple(sorted(_ringing(seen))),
            after="serves",
        )
    if request.hold:
        yield HoldSet(
            id="held",
            title=f"deployments of {seen.key} are held until a person lifts it",
            part="document",
            target=seen.target,
            scope="deploys",
            reason=f"rolled back to {revision.name}: {request.reason or 'no reason given'}",
            actor=request.actor,
            plan=request.plan_id,
        )
    yield PointRecorded(
        id="recorded",
        title=f"{revision.name} is written down as what serves",
        part="document",
        target=seen.target,
        plan=request.plan_id,
        actor=request.actor,
        from_step="serves",
        source=seen.choice.point.source if seen.choice.point else revision.arn,
        images=tuple(Image(image.container, image.image, image.digest) for image in seen.images),
        schema_revision=_schemas(seen)[1],
    )
    yield Told(
        id="told",
        title="people know how it went",
        part="document",
        message_title=f"{seen.environment}: {seen.key} serves {{serves.name}} again",
        text="{serves.running} tasks run." + (" Deployments are held." if request.hold else ""),
        facts=facts,
    )


def _ringing(seen: ServiceObservation) -> dict[str, datetime]:
    """The alarms that ring, and since when."""
    return {alarm.name: alarm.rings_since for alarm in seen.timelines if alarm.rings_since is not None}


def _evidence(seen: ServiceObservation) -> dict[str, Any]:
    """What speaks for a rollback: what rings, since when, and how bad that is (see `opslib.record`)."""
    ringing = _ringing(seen)
    worst = max((SEVERITIES.index(alarm.severity) for alarm in seen.alarms if alarm.name in ringing), default=None)
    return {
        "environment": seen.environment,
        "alarms": [{"name": name, "alarm_at": at.isoformat()} for name, at in sorted(ringing.items())],
        **({} if worst is None else {"severity": SEVERITIES[worst]}),
    }


def _roles(revision: Revision) -> tuple[str, ...]:
    roles = (revision.definition.get("taskRoleArn"), revision.definition.get("executionRoleArn"))
    return tuple(sorted({role for role in roles if role}))


def _plan(
    seen: ServiceObservation, request: Request, revision: Revision, steps: tuple[Step, ...], notes: tuple[str, ...]
) -> Plan:
    point = seen.choice.point
    return Plan(
        id=request.plan_id,
        procedure="rollback.service",
        target=seen.target,
        actor=request.actor,
        reason=request.reason,
        created_at=request.at,
        expires_at=request.at + timedelta(seconds=request.deadline_seconds),
        steps=steps,
        context={
            "stack": seen.environment,
            "service": seen.key,
            "from": seen.state.task_definition,
            "to": revision.arn,
            "why": seen.choice.why,
            "point": point.document() if point else None,
            "notes": list(notes),
            **_evidence(seen),
            **request.context,
        },
    )
