"""Every kind of step and where it lives; it is loaded when a plan names it. So plans come back from JSON anywhere.

The engine knows no procedure, and this table knows them only by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from opslib.contract import describe
from opslib.errors import BadRequest, ContractVersion
from opslib.procedure.plan import PLAN_SCHEMA_VERSION, Plan
from opslib.procedure.step import Step

__all__ = ["KINDS", "parse_plan", "step_class"]

KINDS: Mapping[str, str] = {
    "autoscaling.suspension": "opslib.rollback.scaling:SuspensionIs",
    "calendar.hold": "opslib.calendar.hold_steps:HoldSet",
    "calendar.hold_lifted": "opslib.calendar.hold_steps:HoldLifted",
    "cloudwatch.alarms_quiet": "opslib.rollback.alarms:AlarmsQuiet",
    "ecs.copy_gone": "opslib.rollback.ecs_service.revision_steps:CopyGone",
    "ecs.revision_deployed": "opslib.rollback.ecs_service.service_steps:RevisionDeployed",
    "ecs.revision_ready": "opslib.rollback.ecs_service.revision_steps:RevisionReady",
    "ecs.revision_serves": "opslib.rollback.ecs_service.service_steps:RevisionServes",
    "ecs.rollout_stopped": "opslib.rollback.ecs_service.service_steps:RolloutStopped",
    "ecs.service_as_planned": "opslib.rollback.ecs_service.service_steps:ServiceAsPlanned",
    "notify.told": "opslib.notify.told:Told",
    "rollback.point": "opslib.rollback.history.recorded:PointRecorded",
}
"""``MODULE:CLASS`` by kind."""

_OLDEST_READ = max(1, PLAN_SCHEMA_VERSION - 1)


def step_class(kind: str) -> type[Step]:
    """The class of a kind of step.

    Raises:
        BadRequest: the kind is unknown here.
    """
    if kind not in KINDS:
        raise BadRequest(f"this opslib knows no step of kind '{kind}'", "resume with the version that made the plan")
    module, _, name = KINDS[kind].partition(":")
    found: type[Step] = getattr(import_module(module), name)
    return found


def parse_plan(document: Mapping[str, Any]) -> Plan:
    """A plan from JSON types, every step with all of its own fields.

    Fields that are unknown here are left out: a newer version that only adds some never stops a resume.

    Raises:
        BadRequest: it is no plan, or holds a step of a kind or version that is unknown here.
        ContractVersion: it follows a schema version that is not read here.
    """
    name = document.get("id", "?")
    version = document.get("schema_version")
    if not isinstance(version, int) or not _OLDEST_READ <= version <= PLAN_SCHEMA_VERSION:
        raise ContractVersion(
            f"plan {name} follows plan version {version}; this opslib reads {_OLDEST_READ} to {PLAN_SCHEMA_VERSION}",
            "resume it with the version that made it",
        )
    try:
        steps = tuple(_step(name, step) for step in document["steps"])
        return Plan.model_validate({**_known(Plan, document), "steps": steps})
    except (KeyError, TypeError, AttributeError) as problem:
        raise BadRequest(f"plan {name} cannot be read: {problem!r}", "its journal may be damaged") from None
    except ValidationError as problem:
        raise BadRequest(f"plan {name} cannot be read: {describe(problem)}", "its journal may be damaged") from None


def _step(plan: str, document: Mapping[str, Any]) -> Step:
    kind = step_class(str(document.get("kind")))
    newest = kind.model_fields["version"].default
    version = document.get("version", 1)
    if not isinstance(version, int) or not max(1, newest - 1) <= version <= newest:
        raise BadRequest(
            f"plan {plan} has a step of kind '{document['kind']}' in version {version}, and this opslib knows {newest}",
            "resume with the version that made the plan",
        )
    return kind.model_validate(_known(kind, document))


def _known(model: type[Plan | Step], document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name in model.model_fields}
