"""Task definitions: which revision a service is to run, and that none is lost or made twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opslib.sandbox.behaviour.ecs.task_definitions import find
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.invariants.look import short
from opslib.sandbox.invariants.moment import Finding, Moment

__all__ = ["no_orphan_revision", "no_overwriting", "only_good_revisions", "rollback_target_kept"]

# What RegisterTaskDefinition is asked for, the family and the tags aside, under moto's names.
_CONTENT = (
    *("container_definitions", "volumes", "placement_constraints", "requires_compatibilities", "network_mode"),
    *("cpu", "memory", "task_role_arn", "execution_role_arn", "proxy_configuration", "inference_accelerators"),
    *("runtime_platform", "ipc_mode", "pid_mode", "ephemeral_storage"),
)


def rollback_target_kept(moment: Moment) -> Iterator[Finding]:
    """What a service runs, and what it would go back to, is not deregistered.

    What it would go back to: the revisions that a test said were good or, where none was told, what it ran before.
    """
    if not moment.is_call_of("ecs", "DeregisterTaskDefinition", "DeleteTaskDefinitions"):
        return
    gone = moment.result.get("taskDefinitions") or [moment.result.get("taskDefinition", {})]
    names = {short(definition["taskDefinitionArn"]) for definition in gone if "taskDefinitionArn" in definition}
    for name, service in moment.after.services.items():
        targets = moment.good.get(name) or {service.previous or service.task_definition}
        for lost in sorted(names & {service.task_definition, *targets}):
            what = "what it runs" if lost == service.task_definition else "what it would go back to"
            yield Finding(name, f"{lost} was deregistered: {what}, and UpdateService refuses an INACTIVE revision")


def no_orphan_revision(moment: Moment) -> Iterator[Finding]:
    """No revision is registered whose content an ACTIVE one of its family has already."""
    if not moment.is_call_of("ecs", "RegisterTaskDefinition"):
        return
    made = moment.result["taskDefinition"]
    revisions = world_of(moment.account, moment.region).moto.task_definitions.get(made["family"], {})
    new = revisions.get(made["revision"])
    twins = [
        found
        for found in revisions.values()
        if new is not None and found is not new and found.status == "ACTIVE" and _content(found) == _content(new)
    ]
    if twins:
        yield Finding(short(made["taskDefinitionArn"]), f"is the same as {short(twins[-1].arn)}, which is ACTIVE")


def only_good_revisions(moment: Moment) -> Iterator[Finding]:
    """A service is told to run only revisions that were good, or copies of such; of services with good ones told."""
    if not moment.is_call_of("ecs", "UpdateService", "CreateService"):
        return
    for name, service in moment.after.services.items():
        was, good = moment.before.services.get(name), moment.good.get(name)
        if not good or (was is not None and was.task_definition == service.task_definition):
            continue
        world = world_of(moment.account, moment.region)
        chosen = find(world, service.task_definition)
        known = [found for found in (find(world, revision) for revision in good) if found is not None]
        if service.task_definition not in good and (
            chosen is None or _content(chosen) not in [_content(found) for found in known]
        ):
            yield Finding(name, f"is to run {service.task_definition}; good were {', '.join(sorted(good))}")


def no_overwriting(moment: Moment) -> Iterator[Finding]:
    """Nobody sets the task definition of a service that somebody else changed since they last read it."""
    call = moment.call
    if call is None or not moment.is_call_of("ecs", "UpdateService") or "taskDefinition" not in moment.parameters:
        return
    told = moment.result["service"]
    name = f"{told['clusterArn'].rpartition('/')[2]}/{told['serviceName']}"
    was = moment.before.services.get(name)
    memory = moment.memory
    changed_by = memory.changed_by.get(name, call.actor)
    if was is not None and changed_by != call.actor and memory.seen.get((call.actor, name)) != was.task_definition:
        yield Finding(name, f"{call.actor} overwrote {was.task_definition}, set by {changed_by} and not read since")
    memory.changed_by[name] = call.actor


def _content(definition: Any) -> list[Any]:
    """What was asked for when a revision was registered."""
    return [getattr(definition, name, None) for name in _CONTENT]
