"""The status of an instance, a cluster or a snapshot: which it passes through, and what is refused meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from moto.rds.models import rds_backends

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.databases.serving import AVAILABLE
from opslib.sandbox.behaviour.databases.settings import DatabasesSettings

__all__ = [
    "NAME",
    "Stage",
    "cluster_status",
    "instance_named",
    "make_available",
    "pass_through",
    "pass_through_cluster",
    "require",
    "settings_of",
]

NAME = "databases"

Stage = tuple[str, float]
"""A status, and for how many seconds."""

_CLUSTERS = "clusters on their way"


def settings_of(account: Account) -> DatabasesSettings:
    """The times that hold now."""
    settings: DatabasesSettings = account.behaviour[NAME]
    return settings


def instance_named(account: Account, region: str, name: str) -> Any:
    """An instance as moto keeps it, by its identifier or ARN.

    Raises:
        AwsError: There is none.
    """
    found = rds_backends[account.account_id][region].databases.get(name.rpartition(":")[2].lower())
    if found is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
    return found


def require(database: Any, refusal: str, *, statuses: Iterable[str] = (AVAILABLE,)) -> None:
    """Refuse what can only be done in some statuses.

    Args:
        database: An instance, as moto keeps it.
        refusal: AWS's words; `{}` is the identifier.
        statuses: Those in which it can be done.

    Raises:
        AwsError: It is in another.
    """
    if database.status not in statuses:
        raise AwsError("InvalidDBInstanceState", refusal.format(database.db_instance_identifier))


def pass_through(  # what, where, and through what
    account: Account,
    region: str,
    thing: Any,
    stages: Iterable[Stage],
    then: Callable[[datetime], None] | None = None,
    *,
    ends_as: str = AVAILABLE,
) -> None:
    """Let an instance or a snapshot pass through stages. Hold `schedule.lock`.

    Args:
        account: The account.
        region: The region.
        thing: An instance or a snapshot, as moto keeps it; whatever it was passing through is over.
        stages: The statuses, each with its time.
        then: Called at the end, before the last status is set.
        ends_as: The status at the end.
    """
    left = list(stages)
    # An instance may be renamed meanwhile; what stays is its resource id, which its snapshots have, too.
    identity = thing.arn if hasattr(thing, "snapshot_type") else thing.dbi_resource_id
    key = f"{NAME}/{region}/{identity}"

    def step(at: datetime) -> None:
        if left:
            status, seconds = left.pop(0)
            thing.status = status
            account.schedule.at(at + timedelta(seconds=seconds), step, key=key)
            return
        if then is not None:
            then(at)
        thing.status = ends_as

    step(account.clock.now())


def make_available(account: Account, region: str, identifier: str, since: datetime) -> None:
    """Let an instance that was just created have been there for long.

    Args:
        account: The account.
        region: The region.
        identifier: The instance's.
        since: When it was created.
    """
    with account.schedule.lock:
        database = instance_named(account, region, identifier)
        pass_through(account, region, database, ())
        database.created = database.instance_create_time = since
        for snapshot in rds_backends[account.account_id][region].database_snapshots.values():
            if snapshot.dbi_resource_id == database.dbi_resource_id:
                pass_through(account, region, snapshot, ())


def pass_through_cluster(account: Account, region: str, identifier: str, stage: Stage) -> None:
    """Let a cluster be in a stage, then be available. Hold `schedule.lock`.

    moto's own status of a new cluster changes when it is read; ours is beside it.
    """
    status, seconds = stage
    on_their_way = account.record(_CLUSTERS, region)
    on_their_way[identifier] = status

    def arrived(_: datetime) -> None:
        on_their_way.pop(identifier, None)

    due = account.clock.now() + timedelta(seconds=seconds)
    account.schedule.at(due, arrived, key=f"{NAME}/{region}/cluster/{identifier}")


def cluster_status(account: Account, region: str, cluster: Any) -> str:
    """The status of a cluster, as moto keeps it."""
    # Its `status` is not only read: reading it makes a new cluster available.
    own = AVAILABLE if cluster._status == "creating" else str(cluster._status)  # noqa: SLF001
    return str(account.record(_CLUSTERS, region).get(cluster.db_cluster_identifier, own))
