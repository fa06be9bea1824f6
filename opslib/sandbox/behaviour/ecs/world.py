"""One region's services and tasks, with what everything that moves them needs at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.ecs.conduct import Conduct, conduct_of
from opslib.sandbox.behaviour.ecs.model import Change, Service, ServiceKey, Status, Task
from opslib.sandbox.behaviour.ecs.settings import EcsSettings

__all__ = ["CONDUCTS", "World", "world_of", "worlds_of"]

CONDUCTS = "ecs conducts"
_WORLDS = "ecs worlds"

_ID_BITS = 128
_FIRST_HOST = 10  # AWS keeps the first four addresses of a subnet; the rest up to here is for whoever else is there


class World:
    """The services and tasks of one region.

    Attributes:
        account: The account.
        region: The region.
        services: By cluster and name; deleted ones stay, INACTIVE, until their name is used again.
        tasks: By ARN, in the order of their creation.
        conducts: What the control route said of task definitions, families, images and digests.
        tell: Told of every change of a task that its service has to know of.
    """

    def __init__(self, account: Account, region: str, tell: Callable[[World, Task, Change, datetime], None]) -> None:
        self.account = account
        self.region = region
        self.tell = tell
        self.services: dict[ServiceKey, Service] = {}
        self.tasks: dict[str, Task] = {}
        self.conducts: dict[str, Conduct] = account.record(CONDUCTS)
        self._hosts = 0

    @property
    def settings(self) -> EcsSettings:
        """The settings that hold now."""
        settings: EcsSettings = self.account.behaviour["ecs"]
        return settings

    @property
    def moto(self) -> Any:
        """The store of moto: clusters, task definitions, tags, task sets."""
        return ecs_backends[self.account.account_id][self.region]

    def now(self) -> datetime:
        """The sandbox's time."""
        return self.account.clock.now()

    def arn(self, resource: str) -> str:
        """An ECS ARN of this account and region."""
        return f"arn:aws:ecs:{self.region}:{self.account.account_id}:{resource}"

    def new_id(self) -> str:
        """32 hexadecimal digits, like those of a task."""
        return f"{self.account.random.getrandbits(_ID_BITS):032x}"

    def new_uuid(self) -> str:
        """An identifier in five groups, like that of an event or an attachment."""
        return str(UUID(int=self.account.random.getrandbits(_ID_BITS)))

    def new_number(self) -> str:
        """Nineteen digits, like those of a deployment or a service revision."""
        return f"{self.account.random.randrange(10**18, 10**19)}"

    def key(self, what: str) -> str:
        """A name on the schedule."""
        return f"ecs/{self.region}/{what}"

    def mirror(self, service: Service) -> None:
        """Keep moto's own record of a service, by which others find it and its tags, in line with ours."""
        shadow = self.moto.services.get(f"{service.cluster}:{service.name}")
        if shadow is not None:
            shadow.status, shadow.desired_count = service.status, service.desired_count
            shadow.task_definition, shadow.load_balancers = service.task_definition_arn, service.load_balancers

    def tasks_of(self, service: Service) -> list[Task]:
        """The tasks of a service that can be described, in the order of their creation."""
        return [task for task in self.tasks.values() if task.service == service.key]

    def count_unstopped(self) -> int:
        """How many tasks take up room."""
        return sum(task.last_status is not Status.STOPPED for task in self.tasks.values())

    def room(self) -> int | None:
        """For how many more tasks there is room, or None without a limit."""
        most = self.settings.most_tasks
        return None if most is None else max(0, most - self.count_unstopped())

    def conduct(self, task: Task) -> Conduct:
        """How a task conducts itself."""
        digests = [container.digest for container in task.containers if container.digest]
        images = [container.image for container in task.containers]
        definition = self.moto.describe_task_definition(task.task_definition_arn)
        names = [task.task_definition_arn, *digests, *images, task.family]
        return conduct_of(self.conducts, names, definition.container_definitions)

    def address(self, subnets: Iterable[str]) -> tuple[str, str]:
        """A subnet out of those given, in turns, and an address in it that no task has had."""
        self._hosts += 1
        known = [found for found in map(self._subnet, subnets) if found is not None]
        if not known:
            return "", str(ip_network("10.0.0.0/16")[_FIRST_HOST + self._hosts])
        subnet = known[self._hosts % len(known)]
        network = ip_network(subnet.cidr_block)
        host = (_FIRST_HOST + self._hosts) % (network.num_addresses - 1)
        return str(subnet.id), str(network[host])

    def _subnet(self, subnet_id: str) -> Any | None:
        try:
            return ec2_backends[self.account.account_id][self.region].get_subnet(subnet_id)
        except InvalidSubnetIdError:
            return None


def world_of(account: Account, region: str) -> World:
    """The world of a region, empty when it was not looked at since the start or the last reset."""
    worlds = account.record(_WORLDS)
    if region not in worlds:
        # Imported here: what follows a task's changes starts and stops tasks itself.
        from opslib.sandbox.behaviour.ecs.rollout import task_changed

        worlds[region] = World(account, region, task_changed)
    world: World = worlds[region]
    return world


def worlds_of(account: Account) -> list[World]:
    """The worlds of all regions that were looked at."""
    return list(account.record(_WORLDS).values())
