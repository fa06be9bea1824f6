"""The times and limits of the ECS behaviour, with where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

__all__ = ["EcsSettings"]

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class EcsSettings:
    """How long things take, and how much there is room for.

    The first three are read off the example of a Fargate task in "Amazon ECS task state change events": created
    17:57:34, pull from :52 to :55, started :58.

    Attributes:
        provisioning_seconds: From the creation of a task to the start of its pull.
        pull_seconds: How long images are pulled.
        start_seconds: From the end of the pull to RUNNING.
        application_ready_seconds: From RUNNING until the application passes health checks. Ours: applications differ.
        no_health_check_seconds: After how long in RUNNING a task counts as healthy that has neither load balancer nor
            container health check. AWS, DeploymentConfiguration: 40.
        shutdown_seconds: From SIGTERM to the end of the application; the task definition's stopTimeout limits it. Ours.
        deprovisioning_seconds: From the end of the containers to STOPPED. Ours.
        one_off_seconds: How long a task of RunTask runs before it exits, when nothing says otherwise. Ours.
        stopped_kept_seconds: How long a stopped task can be described. AWS, "Viewing Amazon ECS stopped task errors":
            at least an hour.
        stale_read_seconds: After UpdateService, DescribeServices may answer what was true before it, for a seeded
            random time up to this. Off by default: AWS says that it is eventually consistent, and gives no number.
        alarm_poll_seconds: How often deployment alarms are looked at. Ours: AWS says that it polls, not how often.
        most_tasks: How many tasks there is room for in the region, or no limit.
        placement_retry_seconds: How often a task is tried again that found no room. Ours.
        impaired_after_failures: After how many tasks in a row that did not reach RUNNING the next ones are delayed.
            AWS, "Amazon ECS service throttle logic", gives no number.
        first_restart_delay_seconds: The first such delay; it doubles. Ours.
        longest_restart_delay_seconds: AWS, the same page: 27 minutes.
        same_event_again_seconds: How long the same trouble is not told again in the service's events. AWS,
            "Viewing Amazon ECS service event messages": six hours.
        shift_stage_seconds: How long a stage of a deployment lasts that shifts traffic, where neither its tasks nor the
            service's configuration decide. Ours.
    """

    provisioning_seconds: Seconds = 18
    pull_seconds: Seconds = 3
    start_seconds: Seconds = 3
    application_ready_seconds: Seconds = 5
    no_health_check_seconds: Seconds = 40
    shutdown_seconds: Seconds = 2
    deprovisioning_seconds: Seconds = 10
    one_off_seconds: Seconds = 60
    stopped_kept_seconds: Seconds = 3600
    stale_read_seconds: Seconds = 0
    alarm_poll_seconds: Annotated[float, Field(gt=0)] = 30
    most_tasks: Annotated[int, Field(ge=0)] | None = None
    placement_retry_seconds: Annotated[float, Field(gt=0)] = 60
    impaired_after_failures: Annotated[int, Field(ge=1)] = 3
    first_restart_delay_seconds: Seconds = 10
    longest_restart_delay_seconds: Seconds = 27 * 60
    same_event_again_seconds: Seconds = 6 * 3600
    shift_stage_seconds: Seconds = 10
