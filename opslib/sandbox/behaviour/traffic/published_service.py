"""What an ECS service publishes: `AWS/ECS`, and `ECS/ContainerInsights` where its cluster has that on.

AWS, "Amazon ECS CloudWatch metrics": a sample of CPUUtilization and MemoryUtilization a minute for each running task;
none without tasks. "Amazon ECS Container Insights metrics" and "… with enhanced observability": counts of tasks always,
the rest only while tasks run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from opslib.sandbox.behaviour.traffic.chance import around
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.sample import Dimensions, Sample, dimensions
from opslib.sandbox.behaviour.traffic.script import ServiceLoad
from opslib.sandbox.behaviour.traffic.seen import SeenService, SeenTasks
from opslib.sandbox.behaviour.traffic.serve import Minute, Work

__all__ = ["service_samples"]

ECS = "AWS/ECS"
INSIGHTS = "ECS/ContainerInsights"
OFF = "disabled"
ENHANCED = "enhanced"

PERCENT = 100.0
MINUTE_SECONDS = 60
UNITS_PER_VCPU = 1024

_NOISE_PERCENT = 4.0
_IDLE_BYTES_PER_SECOND = 300.0  # health checks, agents; ours
_SENT_SHARE = 0.8  # of what a request moves, the answer; ours
_STORAGE_GIB = 20.0  # AWS, Fargate: the ephemeral storage of a task unless it asks for more
_STORAGE_USED_GIB = 1.5  # ours


def service_samples(services: tuple[SeenService, ...], minute: Minute, occasion: Occasion) -> Iterator[Sample]:
    """All samples of ECS services.

    Args:
        services: The services.
        minute: What was asked of their tasks.
        occasion: The minute.
    """
    for service in services:
        where = dimensions(ClusterName=service.cluster, ServiceName=service.name)
        load = occasion.script.service(f"{service.cluster}/{service.name}")
        cpu: dict[float, float] = {}
        memory: dict[float, float] = {}
        for tasks in service.tasks:
            work = minute.work.get(tasks.key, Work())
            cpu_percent, memory_percent = _use(tasks, work, load, occasion.random)
            cpu[cpu_percent] = cpu.get(cpu_percent, 0.0) + tasks.count
            memory[memory_percent] = memory.get(memory_percent, 0.0) + tasks.count
        if cpu:
            yield Sample(ECS, "CPUUtilization", where, cpu, "Percent")
            yield Sample(ECS, "MemoryUtilization", where, memory, "Percent")
        if service.insights != OFF:
            yield from _counts(service, where)
            yield from _insights(service, minute.work, cpu, memory, where)


def _use(tasks: SeenTasks, work: Work, load: ServiceLoad, random: Random) -> tuple[float, float]:
    """CPU and memory of each of the tasks in percent; work that meets some of them is told as the average of all."""
    done = min(work.busy, 1.0) * min(work.count, tasks.count) / tasks.count
    cpu = min(PERCENT, around(load.cpu_percent + PERCENT * done, _NOISE_PERCENT, random))
    memory = load.memory_percent + PERCENT * work.memory_mib / (tasks.count * tasks.memory_mib)
    return round(cpu, 3), round(min(PERCENT, memory), 3)


def _counts(service: SeenService, where: Dimensions) -> Iterator[Sample]:
    counts = {
        "DesiredTaskCount": service.desired,
        "RunningTaskCount": service.running,
        "PendingTaskCount": service.pending,
        "DeploymentCount": service.deployments,
        "TaskSetCount": 0,
    }
    for name, count in counts.items():
        yield Sample(INSIGHTS, name, where, {float(count): 1.0}, "Count")


def _insights(
    service: SeenService,
    work: Mapping[str, Work],
    cpu: Mapping[float, float],
    memory: Mapping[float, float],
    where: Dimensions,
) -> Iterator[Sample]:
    if not service.tasks:
        return
    if service.restarts is not None:
        yield Sample(INSIGHTS, "RestartCount", where, {float(service.restarts): 1.0}, "Count")
    tasks = service.tasks[0]
    count = sum(alike.count for alike in service.tasks)
    moved = sum(work[alike.key].bytes for alike in service.tasks if alike.key in work)
    per_task = moved / MINUTE_SECONDS / count
    received = _IDLE_BYTES_PER_SECOND + per_task * (1 - _SENT_SHARE)
    sent = _IDLE_BYTES_PER_SECOND + per_task * _SENT_SHARE
    yield Sample(INSIGHTS, "NetworkRxBytes", where, {round(received, 1): count}, "Bytes/Second")
    yield Sample(INSIGHTS, "NetworkTxBytes", where, {round(sent, 1): count}, "Bytes/Second")
    units = tasks.vcpus * UNITS_PER_VCPU
    yield Sample(INSIGHTS, "CpuReserved", where, {units: count}, "None")
    yield Sample(INSIGHTS, "CpuUtilized", where, _scaled(cpu, units / PERCENT), "None")
    yield Sample(INSIGHTS, "MemoryReserved", where, {tasks.memory_mib: count}, "Megabytes")
    yield Sample(INSIGHTS, "MemoryUtilized", where, _scaled(memory, tasks.memory_mib / PERCENT), "Megabytes")
    yield Sample(INSIGHTS, "EphemeralStorageReserved", where, {_STORAGE_GIB: count}, "Gigabytes")
    yield Sample(INSIGHTS, "EphemeralStorageUtilized", where, {_STORAGE_USED_GIB: count}, "Gigabytes")
    if service.insights == ENHANCED:
        yield Sample(INSIGHTS, "TaskCpuUtilization", where, cpu, "Percent")
        yield Sample(INSIGHTS, "TaskMemoryUtilization", where, memory, "Percent")
        used = PERCENT * _STORAGE_USED_GIB / _STORAGE_GIB
        yield Sample(INSIGHTS, "TaskEphemeralStorageUtilization", where, {used: count}, "Percent")
        for name, unhealthy, others in service.containers:
            of_container = tuple(sorted((*where, ("ContainerName", name))))
            values = {value: float(number) for value, number in ((1.0, unhealthy), (0.0, others)) if number}
            yield Sample(INSIGHTS, "UnHealthyContainerHealthStatus", of_container, values, "Count")


def _scaled(values: Mapping[float, float], by: float) -> dict[float, float]:
    return {round(value * by, 3): count for value, count in values.items()}
