"""What is known of AWS Backup beside moto: jobs, recovery points, and who is told, region by region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from moto.backup.models import Vault, backup_backends

from opslib.sandbox.behaviour.backup.settings import BackupSettings

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = [
    "NAME",
    "Job",
    "World",
    "new_id",
    "region_of_vault",
    "settings_of",
    "vault_named",
    "vault_with_arn",
    "world_of",
]

NAME = "backup"

Job = dict[str, Any]
"""A job or a recovery point under AWS's names, as Describe tells it."""


@dataclass(slots=True)
class World:
    """AWS Backup in a region.

    Attributes:
        backups: Backup jobs by id, the oldest first.
        under_way: Those that have not ended.
        copies: Copy jobs out of the region's vaults.
        restores: Restore jobs.
        metadata: What each restore job was told, and inferred.
        points: The recovery points of each vault by its name, the oldest first.
        notifications: The topic and the events of each vault that tells one.
    """

    backups: dict[str, Job] = field(default_factory=dict)
    under_way: dict[str, Job] = field(default_factory=dict)
    copies: dict[str, Job] = field(default_factory=dict)
    restores: dict[str, Job] = field(default_factory=dict)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    points: dict[str, list[Job]] = field(default_factory=dict)
    notifications: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)


def world_of(account: Account, region: str) -> World:
    """A region's jobs and recovery points."""
    record = account.record(NAME, region)
    found: World | None = record.get("world")
    if found is None:
        found = record["world"] = World()
    return found


def settings_of(account: Account) -> BackupSettings:
    """The times that hold now."""
    settings: BackupSettings = account.behaviour[NAME]
    return settings


def new_id(account: Account) -> str:
    """A new identifier. Hold `schedule.lock`."""
    return str(UUID(int=account.random.getrandbits(128), version=4))


def vault_named(account: Account, region: str, name: str) -> Vault | None:
    """A vault as moto keeps it, or None."""
    found: Vault | None = backup_backends[account.account_id][region].vaults.get(name)
    return found


def vault_with_arn(account: Account, arn: str) -> Vault | None:
    """The same by its ARN, in any region of the account."""
    return vault_named(account, region_of_vault(arn), arn.rpartition(":")[2])


def region_of_vault(arn: str) -> str:
    """The region of a vault, or of anything else that has an ARN."""
    return arn.split(":")[3]
