"""Which revision a service goes back to: the one that was asked for, or the last good one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from opslib.errors import BadRequest, Refused
from opslib.rollback.ecs_service.seen import ServiceState
from opslib.rollback.history.point import RollbackPoint

__all__ = ["Choice", "choose", "refuse_unless_deployed_by_ecs"]

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What a service goes back to.

    Attributes:
        revision: The ARN of the revision.
        point: Its rollback point; None where nothing is known of it.
        why: Why this one.
    """

    revision: str
    point: RollbackPoint | None
    why: str


_CONTROLLERS = {
    "CODE_DEPLOY": (
        "is deployed by CodeDeploy: ECS refuses to change what it runs",
        "use the CodeDeploy API: StopDeployment with autoRollbackEnabled, or CreateDeployment of that revision",
    ),
    "EXTERNAL": (
        "is deployed by another controller (EXTERNAL), by task sets",
        "roll back with whatever manages these",
    ),
}
"""Whoever else deploys services: what that means, and who can roll them back."""


def refuse_unless_deployed_by_ecs(state: ServiceState, service: str) -> None:
    """Make sure that ECS itself deploys a service.

    Args:
        state: The service.
        service: What it is called, for the message.

    Raises:
        Refused: it is being deleted, or something else deploys it.
    """
    if state.status != "ACTIVE":
        raise Refused(f"{service} is {state.status}", "it is being deleted: nothing can be rolled back")
    if state.controller in _CONTROLLERS:
        what, next_step = _CONTROLLERS[state.controller]
        raise Refused(f"{service} {what}", next_step)


def choose(state: ServiceState, points: tuple[RollbackPoint, ...], to: str | None) -> Choice:
    """Choose.

    Args:
        state: The service.
        points: What it could go back to, the newest first.
        to: What was asked for: a revision's number, ``family:revision``, or its ARN; None: the last good one.

    Raises:
        BadRequest: what was asked for is no revision of the service.
        Refused: no earlier revision was good.
    """
    if to is not None:
        return _asked_for(state, points, to)
    older = list(_older(state, points))
    good = next((point for point in older if point.verdict == "good"), None)
    if good is None:
        seen = "; ".join(f"{point.name} is {point.verdict}: {point.why}" for point in older[:_SHOWN])
        raise Refused(
            f"nothing that ran before {_name(state.task_definition)} was good ({seen or 'nothing is known of it'})",
            "name a revision yourself (--to REVISION); `opslib points` lists them",
        )
    return Choice(good.task_definition, good, f"the last good one: {good.why}")


def _older(state: ServiceState, points: tuple[RollbackPoint, ...]) -> Iterator[RollbackPoint]:
    """The points before what runs now, other content only: a copy of what runs is no way back."""
    primary = state.primary
    sources = {point.source for point in points if point.task_definition == state.task_definition}
    left_behind = {state.task_definition, *sources}
    for point in points:
        same = point.task_definition in left_behind or point.source in left_behind
        if not same and (primary is None or point.deployed_at < primary.created_at):
            yield point


def _asked_for(state: ServiceState, points: tuple[RollbackPoint, ...], to: str) -> Choice:
    arn = _arn(state.task_definition, to.strip())
    copies = (point for point in points if point.source == arn and point.task_definition == state.task_definition)
    if next(copies, None) is not None:
        arn = state.task_definition  # a copy of it runs already
    point = next((point for point in points if arn in (point.task_definition, point.source)), None)
    return Choice(arn, point, "asked for")


_REVISION = re.compile(r"(?:(?P<family>[A-Za-z0-9_-]+):)?(?P<number>[1-9]\d{0,8})")


def _arn(running: str, to: str) -> str:
    """The ARN of what was asked for, of the same family, account and region as what runs."""
    prefix, _, name = running.rpartition("/")
    family = name.rpartition(":")[0]
    given = to.removeprefix(f"{prefix}/") if to.startswith("arn:") else to
    parts = _REVISION.fullmatch(given)
    if parts is None or (parts["family"] or family) != family:
        raise BadRequest(
            f"'{to}' is no revision of {family}",
            f"name one by its number, or as {family}:NUMBER; `opslib points` lists them",
        )
    return f"{prefix}/{family}:{parts['number']}"


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
