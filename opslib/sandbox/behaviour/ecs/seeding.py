"""Services that have been there for long: in a steady state at once, with a history of deployments that went well."""

from __future__ import annotations

from datetime import timedelta

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.ecs import deployments
from opslib.sandbox.behaviour.ecs.model import ServiceRevision
from opslib.sandbox.behaviour.ecs.staffing import start_now
from opslib.sandbox.behaviour.ecs.task_life import hurry
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.behaviour.load_balancer.targets import refresh

__all__ = ["make_steady"]

BETWEEN_DEPLOYMENTS = timedelta(days=1)
AGE = timedelta(hours=12)  # of the newest deployment: done and watched when somebody looks first


def make_steady(account: Account, region: str, cluster: str, name: str) -> None:
    """Bring a service that was just created into a steady state, as if its deployment had ended half a day ago.

    Its family's earlier revisions have been deployed before, a day apart, and each of them went well.

    Args:
        account: The account.
        region: The region.
        cluster: The cluster's name.
        name: The service's name.
    """
    with account.schedule.lock:
        world = world_of(account, region)
        service, now = world.services[cluster, name], world.now()
        primary = service.primary
        if primary is None:
            return
        refresh(account, region, now)
        for task in start_now(world, service, primary, service.desired_count, now):
            hurry(world, task, now)
        deployments.complete(world, service, primary, now)
        service.is_steady = True
        then = now - AGE
        record = service.service_deployments[0]
        for made in (service, primary, primary.revision, record):
            made.created_at = then - deployments.TOOK
        record.started_at = then - deployments.TOOK
        record.finished_at = record.updated_at = primary.updated_at = then
        family, _, newest = service.task_definition_arn.rpartition(":")
        for age, number in enumerate(range(int(newest) - 1, 0, -1), start=1):
            when = then - age * BETWEEN_DEPLOYMENTS
            revision = ServiceRevision(
                arn=world.arn(f"service-revision/{cluster}/{name}/{world.new_number()}"),
                created_at=when,
                task_definition_arn=f"{family}:{number}",
                launch_type=service.launch_type,
                platform_version=service.platform_version,
                network=service.network,
                load_balancers=service.load_balancers,
            )
            deployments.remember(world, service, revision, when)
