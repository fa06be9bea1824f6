"""ECS tasks: run on their own, stopped, described and listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs import task_definitions
from opslib.sandbox.behaviour.ecs.lookup import cluster_named, last_part, page, task_named
from opslib.sandbox.behaviour.ecs.model import Task
from opslib.sandbox.behaviour.ecs.rollout import reconsider
from opslib.sandbox.behaviour.ecs.shapes import task_shape
from opslib.sandbox.behaviour.ecs.task_life import Launch, launch, stop
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

PAGE = 100  # AWS, ListTasks: maxResults
MOST_DESCRIBED = 100  # AWS, DescribeTasks
MOST_RUN = 10  # AWS, RunTask: "up to 10 tasks for each call"
NO_ROOM = "You've reached the limit on the number of tasks you can run concurrently"


def run_task(call: GapCall) -> Mapping[str, Any]:
    """As many tasks as there is room for; the others are failures in an answer of 200."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster = cluster_named(world, asked.get("cluster"))
        definition = task_definitions.launchable(world, asked["taskDefinition"], "InvalidParameterException")
        count = asked.get("count") or 1
        if count > MOST_RUN:
            raise AwsError("InvalidParameterException", f"count cannot be greater than {MOST_RUN}.")
        if definition.network_mode == "awsvpc" and not asked.get("networkConfiguration"):
            message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            raise AwsError("InvalidParameterException", message)
        wanted = Launch(
            definition=definition,
            cluster=cluster.name,
            cluster_arn=cluster.arn,
            group=asked.get("group") or f"family:{definition.family}",
            launch_type=asked.get("launchType") or "EC2",
            network=asked.get("networkConfiguration") or {},
            started_by=asked.get("startedBy") or "",
            overrides=asked.get("overrides") or {},
            tags=tuple(asked.get("tags") or ()),
            enable_execute_command=bool(asked.get("enableExecuteCommand")),
        )
        room = world.room()
        fitting = count if room is None else min(count, room)
        tasks = [launch(world, wanted, world.now()) for _ in range(fitting)]
        return {
            "tasks": [task_shape(task) | {"tags": task.tags} for task in tasks],
            "failures": [{"arn": definition.arn, "reason": NO_ROOM}] * (count - fitting),
        }


def stop_task(call: GapCall) -> Mapping[str, Any]:
    """A service starts another one in its place."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        task = task_named(world, cluster_named(world, asked.get("cluster")).name, asked["task"])
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        stop(world, task, asked.get("reason") or "Task stopped by user", "UserInitiated", world.now())
        service = world.services.get(task.service) if task.service else None
        if service is not None:
            reconsider(world, service, world.now())
        return {"task": task_shape(task)}


def describe_tasks(call: GapCall) -> Mapping[str, Any]:
    """Those that there are, stopped ones for an hour; MISSING are the others."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster, names = cluster_named(world, asked.get("cluster")), asked.get("tasks") or []
        if not 0 < len(names) <= MOST_DESCRIBED:
            raise AwsError("InvalidParameterException", f"Tasks must be between 1 and {MOST_DESCRIBED}.")
        with_tags = "TAGS" in (asked.get("include") or [])
        found, failures = [], []
        for name in names:
            task = task_named(world, cluster.name, name)
            if task is None:
                arn = name if name.startswith("arn:") else world.arn(f"task/{cluster.name}/{name}")
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(task_shape(task) | ({"tags": task.tags} if with_tags else {}))
        return {"tasks": found, "failures": failures}


def list_tasks(call: GapCall) -> Mapping[str, Any]:
    """Of a cluster, by what they are to be (`desiredStatus`), RUNNING when not told (AWS, ListTasks)."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster = cluster_named(world, asked.get("cluster"))
        name = asked.get("serviceName")
        if name and (cluster.name, last_part(name)) not in world.services:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        arns = [
            task.arn for task in world.tasks.values() if task.cluster == cluster.name and _is_asked_for(task, asked)
        ]
        found, token = page(arns, asked.get("maxResults"), PAGE, asked.get("nextToken"))
        return {"taskArns": found} | ({"nextToken": token} if token else {})


def _is_asked_for(task: Task, asked: Mapping[str, Any]) -> bool:
    name = asked.get("serviceName")
    return (
        task.desired_status == asked.get("desiredStatus", "RUNNING")
        and asked.get("family") in (None, task.family)
        and asked.get("startedBy") in (None, task.started_by)
        and asked.get("launchType") in (None, task.launch_type)
        and (name is None or (task.service is not None and task.service[1] == last_part(name)))
        and not asked.get("containerInstance")
    )


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecs", "DescribeTasks"): describe_tasks,
    ("ecs", "ListTasks"): list_tasks,
    ("ecs", "RunTask"): run_task,
    ("ecs", "StopTask"): stop_task,
}
