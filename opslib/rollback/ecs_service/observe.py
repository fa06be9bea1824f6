"""Looks at all that a rollback of an ECS service is decided from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opslib.contract import Alarm, StackOutputs
from opslib.contract import Service as Promised
from opslib.errors import BadRequest, Refused
from opslib.procedure import Read
from opslib.rollback.ecs_service.choice import Choice, choose, refuse_unless_deployed_by_ecs
from opslib.rollback.ecs_service.images import ImageSeen, see_images
from opslib.rollback.ecs_service.revision import Revision, see_revision
from opslib.rollback.ecs_service.seen import ServiceState, see_service
from opslib.rollback.history.point import AlarmTimeline, HistoryObservation, Record, RollbackPoint, points_of
from opslib.rollback.history.reading import read_deployments, read_timelines, telling
from opslib.rollback.scaling import ScalableTarget, see_scalable_target

__all__ = ["ServiceObservation", "observe_points", "observe_service", "promised_service", "target_of"]

_FIRST, _MOST = 20, 200
"""Of how many deployments the past is read: two calls; and if none of those was good, some more."""


@dataclass(frozen=True, slots=True)
class ServiceObservation:
    """All that a rollback of an ECS service is decided from.

    Attributes:
        key: Its key in the contract.
        cluster: Its cluster.
        name: Its name in ECS.
        environment: The stack that it is of: ``PRODUCT/ENVIRONMENT``.
        region: The stack's region.
        state: As ECS shows it.
        points: What it could go back to, the newest first.
        choice: What it is to go back to.
        revision: That revision; None where there is none of that name.
        images: That revision's images, then and now; empty where it runs already.
        scalable: What scales it.
        alarms: The alarms that say whether it is well.
        timelines: How these were.
        returns_to: Of a blue-green, canary or linear deployment that is under way: the revisions that ECS returns to.
    """

    key: str
    cluster: str
    name: str
    environment: str
    region: str
    state: ServiceState
    points: tuple[RollbackPoint, ...]
    choice: Choice
    revision: Revision | None
    images: tuple[ImageSeen, ...] = ()
    scalable: ScalableTarget | None = None
    alarms: tuple[Alarm, ...] = ()
    timelines: tuple[AlarmTimeline, ...] = ()
    returns_to: tuple[str, ...] = field(default=())

    @property
    def target(self) -> str:
        """What a plan about it claims."""
        return target_of(self.cluster, self.name)


def target_of(cluster: str, service: str) -> str:
    """What a plan about an ECS service claims."""
    return f"ecs:{cluster}/{service}"


def promised_service(outputs: StackOutputs, key: str) -> Promised:
    """A service of the contract by its key.

    Raises:
        BadRequest: there is none.
    """
    if key not in outputs.services:
        stack = f"{outputs.stack.product}/{outputs.stack.environment}"
        there = ", ".join(sorted(outputs.services)) or "none"
        raise BadRequest(f"{stack} has no service '{key}'", f"there is: {there}")
    return outputs.services[key]


def observe_points(
    read: Read, outputs: StackOutputs, key: str, records: tuple[Record, ...], now: datetime, *, most: int = _MOST
) -> tuple[RollbackPoint, ...]:
    """A service's rollback points, the newest first.

    Args:
        read: Reads the world.
        outputs: The contract.
        key: The service's key in it.
        records: What opslib wrote down of it.
        now: The time.
        most: How many deployments to read at most.
    """
    return points_of(_observe_past(read, outputs, key, records, now, most))


def _observe_past(  # noqa: PLR0917  as above
    read: Read, outputs: StackOutputs, key: str, records: tuple[Record, ...], now: datetime, most: int
) -> HistoryObservation:
    service = promised_service(outputs, key)
    deployments = tuple(read_deployments(read, service.cluster, service.name, most=most))
    since = min((deployed.started_at for deployed in deployments), default=now)
    alarms = telling(outputs.alarms, key) if deployments or records else ()
    timelines = read_timelines(read, alarms, since, now, outputs.stack.region)
    return HistoryObservation(now, deployments, timelines, records)


def observe_service(
    read: Read, outputs: StackOutputs, key: str, records: tuple[Record, ...], now: datetime, *, to: str | None
) -> ServiceObservation:
    """Look at a service, and at what it is to go back to.

    Args:
        read: Reads the world.
        outputs: The contract.
        key: The service's key in it.
        records: What opslib wrote down of it.
        now: The time.
        to: The revision that was asked for; None: the last good one.

    Raises:
        BadRequest: the contract has no such service, or the revision makes no sense.
        Refused: AWS has no such service, something else deploys it, or there is no good revision.
    """
    promised = promised_service(outputs, key)
    state = see_service(read, promised.cluster, promised.name)
    if state is None or state.status == "INACTIVE":
        raise Refused(
            f"ECS has no service {promised.cluster}/{promised.name} in {outputs.stack.region}",
            f"the outputs name it as '{key}': run `pulumi up`, or correct them",
        )
    where = (outputs.stack.region, outputs.stack.account)
    if tuple(state.arn.split(":")[3:5]) != where:
        raise Refused(f"{state.arn} is not in {' of '.join(where)}", "correct AWS_ENDPOINT_URL or the outputs")
    refuse_unless_deployed_by_ecs(state, f"{promised.cluster}/{promised.name}")
    past, points, choice = _past_and_choice(read, outputs, key, records, now, to, state)
    revision = see_revision(read, choice.revision)
    runs = choice.revision == state.task_definition
    images: tuple[ImageSeen, ...] = ()
    if revision is not None and not runs:
        images = see_images(
            read, revision.containers, choice.point.images if choice.point else (), outputs.stack.region
        )
    return ServiceObservation(
        key=key,
        cluster=promised.cluster,
        name=promised.name,
        environment=f"{outputs.stack.product}/{outputs.stack.environment}",
        region=outputs.stack.region,
        state=state,
        points=points,
        choice=choice,
        revision=revision,
        images=images,
        scalable=None if runs else see_scalable_target(read, promised.cluster, promised.name),
        alarms=telling(outputs.alarms, key),
        timelines=past.alarms,
        returns_to=_returns_to(read, state),
    )


def _past_and_choice(  # noqa: PLR0917  what is looked at, and what was asked
    read: Read,
    outputs: StackOutputs,
    key: str,
    records: tuple[Record, ...],
    now: datetime,
    to: str | None,
    state: ServiceState,
) -> tuple[HistoryObservation, tuple[RollbackPoint, ...], Choice]:
    past = _observe_past(read, outputs, key, records, now, _FIRST)
    points = points_of(past)
    try:
        return past, points, choose(state, points, to)
    except Refused:
        if len(points) < _FIRST:
            raise
    past = _observe_past(read, outputs, key, records, now, _MOST)
    points = points_of(past)
    return past, points, choose(state, points, to)


def _returns_to(read: Read, state: ServiceState) -> tuple[str, ...]:
    """What ECS itself returns to when a deployment that it shifts traffic for is stopped."""
    if state.strategy == "ROLLING" or not state.ongoing:
        return ()
    found = read("ecs", "DescribeServiceDeployments", serviceDeploymentArns=[state.ongoing])["serviceDeployments"]
    sources: list[Mapping[str, Any]] = found[0].get("sourceServiceRevisions", []) if found else []
    arns = [source["arn"] for source in sources]
    if not arns:
        return ()
    revisions = read("ecs", "DescribeServiceRevisions", serviceRevisionArns=arns)["serviceRevisions"]
    return tuple(revision["taskDefinition"] for revision in revisions)
