"""ECS services and how they would be rolled back: circuit breaker, a good point, its images, autoscaling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.contract import Service, StackOutputs
from opslib.errors import Refused
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.rollback.ecs_service.choice import Choice, choose
from opslib.rollback.ecs_service.images import see_images
from opslib.rollback.ecs_service.observe import observe_points, target_of
from opslib.rollback.ecs_service.revision import see_revision
from opslib.rollback.ecs_service.seen import see_service
from opslib.rollback.history import Records
from opslib.rollback.scaling import ScalableTarget, see_scalable_target

__all__ = ["CHECKS", "ServiceOf", "services_of"]

_ECS: Final = "ECS"
_DEPLOYMENTS_READ: Final = 20
"""How many deployments are looked back on for a good one: two calls of ECS."""


@dataclass(frozen=True, slots=True)
class ServiceOf:
    """A service of the contract."""

    key: str
    promised: Service

    @property
    def name(self) -> str:
        """``CLUSTER/NAME``."""
        return f"{self.promised.cluster}/{self.promised.name}"

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Breaker:
    """The circuit breaker of a service's deployments."""

    service: ServiceOf
    enabled: bool
    rolls_back: bool


@dataclass(frozen=True, slots=True)
class WayBack:
    """What a service would be rolled back to; None, and why not."""

    service: ServiceOf
    choice: Choice | None
    why: str


@dataclass(frozen=True, slots=True)
class Images:
    """The images of what a service would be rolled back to that are gone, in words."""

    service: ServiceOf
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scaled:
    """What scales a service, as promised and as it is."""

    service: ServiceOf
    minimum: int
    maximum: int
    target: ScalableTarget | None


def services_of(outputs: StackOutputs) -> Iterator[ServiceOf]:
    """Every service of the contract."""
    return (ServiceOf(key, promised) for key, promised in outputs.services.items())


def _deployed_by_ecs(outputs: StackOutputs) -> Iterator[ServiceOf]:
    return (one for one in services_of(outputs) if one.promised.deployment_controller == _ECS)


def _scaled(outputs: StackOutputs) -> Iterator[ServiceOf]:
    return (one for one in services_of(outputs) if one.promised.scalable_target is not None)


_GONE: Final = frozenset({"ClusterNotFoundException", "ServiceNotFoundException"})


def record_of(look: Look, service: Service) -> Mapping[str, Any] | None:
    """What ECS has of a service; None where it has none."""
    found = look.unless_gone(
        _GONE, lambda: look.read("ecs", "DescribeServices", cluster=service.cluster, services=[service.name])
    )
    active = [one for one in (found or {}).get("services", ()) if one["status"] == "ACTIVE"]
    return active[0] if active else None


def _see_breaker(look: Look, service: ServiceOf) -> Breaker | None:
    found = record_of(look, service.promised)
    if found is None:
        return None
    breaker = found.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    return Breaker(service, bool(breaker.get("enable")), bool(breaker.get("rollback")))


def _see_way_back(look: Look, service: ServiceOf) -> WayBack | None:
    promised = service.promised
    if record_of(look, promised) is None:
        return None
    state = see_service(look.read, promised.cluster, promised.name)
    if state is None:
        return None
    records = Records(look.store).of(target_of(promised.cluster, promised.name))
    points = observe_points(look.read, look.outputs, service.key, records, look.now, most=_DEPLOYMENTS_READ)
    try:
        return WayBack(service, choose(state, points, None), "")
    except Refused as refused:
        return WayBack(service, None, refused.what)


def _see_images(look: Look, service: ServiceOf) -> Images | None:
    way = look.once(f"the way back of {service.key}", lambda: _see_way_back(look, service))
    if way is None or way.choice is None:
        return None  # that there is no point is another check's matter
    revision = see_revision(look.read, way.choice.revision)
    if revision is None:
        return None
    ran = way.choice.point.images if way.choice.point else ()
    seen = see_images(look.read, revision.containers, ran, look.home)
    return Images(service, tuple(image.says for image in seen if image.standing == "gone"))


def _see_scaling(look: Look, service: ServiceOf) -> Scaled | None:
    promised = service.promised.scalable_target
    if promised is None or record_of(look, service.promised) is None:
        return None
    target = see_scalable_target(look.read, service.promised.cluster, service.promised.name)
    return Scaled(service, promised.minimum, promised.maximum, target)


def _unbroken(seen: Breaker, _: datetime) -> Iterator[Fault]:
    if not seen.enabled:
        yield Fault(seen.service.name, "its deployments have no circuit breaker: a bad one is tried for hours")
    elif not seen.rolls_back:
        yield Fault(seen.service.name, "its circuit breaker stops a bad deployment and does not roll it back")


def _no_way_back(seen: WayBack, _: datetime) -> Iterator[Fault]:
    if seen.choice is None:
        yield Fault(seen.service.name, seen.why)


def _gone(seen: Images, _: datetime) -> Iterator[Fault]:
    for says in seen.gone:
        yield Fault(seen.service.name, f"of what it would be rolled back to, {says}")


def _other_limits(seen: Scaled, _: datetime) -> Iterator[Fault]:
    promised = f"{seen.minimum} to {seen.maximum} tasks"
    if seen.target is None:
        yield Fault(seen.service.name, f"nothing scales it; {promised} were deployed")
    elif (seen.target.minimum, seen.target.maximum) != (seen.minimum, seen.maximum):
        there = f"{seen.target.minimum} to {seen.target.maximum}"
        yield Fault(seen.service.name, f"it scales from {there} tasks; {promised} were deployed")


def _suspended(seen: Scaled, _: datetime) -> Iterator[Fault]:
    if seen.target is not None:
        flags = seen.target.suspension.parameters()
        still = [name.removesuffix("Suspended") for name, is_suspended in flags.items() if is_suspended]
        if still:
            yield Fault(seen.service.name, f"its autoscaling is suspended: {', '.join(still)}")


_RESUME: Final = (
    "aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/{on}"
    " --scalable-dimension ecs:service:DesiredCount --suspended-state DynamicScalingInSuspended=false,"
    "DynamicScalingOutSuspended=false,ScheduledScalingSuspended=false"
)

CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="circuit-breaker",
        group="Rolling back",
        level="warning",
        looks_at="the deployment circuit breaker of each service is on, and rolls back",
        why="a bad release that never starts is yours to notice",
        next_step="switch deploymentCircuitBreaker on, with rollback, where the service is defined",
        subjects=_deployed_by_ecs,
        read=_see_breaker,
        judge=_unbroken,
    ),
    Check(
        id="rollback-point",
        group="Rolling back",
        level="critical",
        looks_at="each service has an earlier revision that is known to be good",
        why="`opslib rollback` would refuse, and you would have to guess a revision",
        next_step="`opslib points` shows why; the next deployment that is quiet for 30 minutes becomes one",
        subjects=_deployed_by_ecs,
        read=lambda look, service: look.once(f"the way back of {service.key}", lambda: _see_way_back(look, service)),
        judge=_no_way_back,
    ),
    Check(
        id="rollback-image",
        group="Rolling back",
        level="critical",
        looks_at="the images of that revision are still in ECR",
        why="there is a way back on paper, and nothing to run",
        next_step="push the image again by its digest, and let the repository's lifecycle policy keep more",
        subjects=_deployed_by_ecs,
        read=_see_images,
        judge=_gone,
    ),
    Check(
        id="scaling-limits",
        group="Rolling back",
        level="warning",
        looks_at="autoscaling goes from the minimum to the maximum that were deployed",
        why="the service cannot grow as far as you think, or grows past what you pay for",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=_scaled,
        read=_see_scaling,
        judge=_other_limits,
    ),
    Check(
        id="scaling-runs",
        group="Rolling back",
        level="critical",
        looks_at="no service's autoscaling is suspended",
        why="the next peak meets the tasks of today",
        next_step=_RESUME,
        subjects=_scaled,
        read=_see_scaling,
        judge=_suspended,
    ),
)
"""What is checked of services."""
