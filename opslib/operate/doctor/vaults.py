"""Vaults of AWS Backup: there, locked as promised, with a backup that is not too old, and one that was restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import StackOutputs, Vault
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS"]

DUE: Final = timedelta(hours=36)
"""How old the newest backup may be (ours): one a day, with half a day for a job that is late or slow."""

TESTED: Final = timedelta(days=8)
"""How long ago a test may have restored from a vault (ours): there is one a week, with a day for one that is slow."""

_GONE: Final = frozenset({"ResourceNotFoundException"})
"""AWS Backup may answer AccessDenied for a vault that is not there: then it is not checked, which is no less true."""


@dataclass(frozen=True, slots=True)
class VaultOf:
    """A vault of the contract."""

    key: str
    promised: Vault

    def __str__(self) -> str:
        return f"{self.promised.name} in {self.promised.region}"


@dataclass(frozen=True, slots=True)
class VaultSeen:
    """A vault as AWS Backup has it.

    Attributes:
        vault: Which one.
        exists: Whether there is one.
        locked: Whether it is locked.
    """

    vault: VaultOf
    exists: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest backup in a vault.

    Attributes:
        vault: Which one.
        created_at: When the vault was made: before that there was nothing due.
        completed_at: When its newest backup was complete; None: there is none.
    """

    vault: VaultOf
    created_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tested:
    """The tests of restores from a vault.

    Attributes:
        vault: Which one.
        gone: The plans that are not there.
        planned_at: Since when there is one.
        restored_at: When a test last restored from it, of the last days; None: none did.
    """

    vault: VaultOf
    gone: tuple[str, ...]
    planned_at: datetime | None
    restored_at: datetime | None


def vaults_of(outputs: StackOutputs) -> Iterator[VaultOf]:
    """Every vault of the contract."""
    return (VaultOf(key, vault) for key, vault in outputs.vaults.items())


def _see_vault(look: Look, vault: VaultOf) -> VaultSeen:
    port = regional("backup", vault.promised.region, look.home)
    found = look.unless_gone(_GONE, lambda: look.read(port, "DescribeBackupVault", BackupVaultName=vault.promised.name))
    return VaultSeen(vault, found is not None, bool((found or {}).get("Locked")))


def _there(look: Look, vault: VaultOf) -> VaultSeen | None:
    seen = _see_vault(look, vault)
    return seen if seen.exists else None


def _see_newest(look: Look, vault: VaultOf) -> Newest | None:
    if not _see_vault(look, vault).exists:
        return None
    port, name = regional("backup", vault.promised.region, look.home), vault.promised.name
    made = look.read(port, "DescribeBackupVault", BackupVaultName=name).get("CreationDate")
    # Those of the time in which one is due: a year of hourly backups would be many pages.
    points = look.pages(
        port, "ListRecoveryPointsByBackupVault", "RecoveryPoints", BackupVaultName=name, ByCreatedAfter=look.now - DUE
    )
    done = [one.get("CompletionDate") or one["CreationDate"] for one in points if one.get("Status") == "COMPLETED"]
    return Newest(vault, made, max(done, default=None))


def _see_tests(look: Look, vault: VaultOf) -> Tested:
    port, names = regional("backup", vault.promised.region, look.home), vault.promised.restore_tests
    found = look.pages(port, "ListRestoreTestingPlans", "RestoreTestingPlans")
    plans = [plan for plan in found if plan["RestoreTestingPlanName"] in names]
    arns = {plan["RestoreTestingPlanArn"] for plan in plans}
    since = look.now - TESTED
    jobs = look.pages(port, "ListRestoreJobs", "RestoreJobs", ByStatus="COMPLETED", ByCreatedAfter=since)
    restored = [one["CompletionDate"] for one in jobs if one.get("CreatedBy", {}).get("RestoreTestingPlanArn") in arns]
    return Tested(
        vault,
        tuple(name for name in names if name not in {plan["RestoreTestingPlanName"] for plan in plans}),
        min((plan["CreationTime"] for plan in plans), default=None),
        max(restored, default=None),
    )


def _gone(seen: VaultSeen, _: datetime) -> Iterator[Fault]:
    if not seen.exists:
        yield Fault(str(seen.vault), "the vault is not there")


def _open(seen: VaultSeen, _: datetime) -> Iterator[Fault]:
    lock = seen.vault.promised.lock
    if lock is not None and not seen.locked:
        yield Fault(str(seen.vault), f"it is not locked; a lock for {lock} was deployed")


def _overdue(seen: Newest, now: datetime) -> Iterator[Fault]:
    if seen.completed_at is None and (seen.created_at is None or now - seen.created_at > DUE):
        hours = int(DUE.total_seconds() // 3600)
        yield Fault(str(seen.vault), f"no backup was completed in the last {hours} hours")


def _untried(seen: Tested, now: datetime) -> Iterator[Fault]:
    for name in seen.gone:
        yield Fault(str(seen.vault), f"the restore-testing plan {name} is not there")
    if seen.restored_at is None and seen.planned_at is not None and now - seen.planned_at > TESTED:
        yield Fault(str(seen.vault), f"no test has restored from it in the last {TESTED.days} days")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="vault-there",
        group="Backups",
        level="critical",
        looks_at="each vault of the contract is there",
        why="there is nothing to restore from",
        next_step="`pulumi refresh`, then `pulumi up`; what was in it is gone",
        subjects=vaults_of,
        read=_see_vault,
        judge=_gone,
    ),
    Check(
        id="vault-locked",
        group="Backups",
        level="critical",
        looks_at="each vault is locked as it was deployed",
        why="whoever takes over the account can delete the backups as well",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=vaults_of,
        read=_there,
        judge=_open,
    ),
    Check(
        id="backup-due",
        group="Backups",
        level="critical",
        looks_at=f"each vault has a backup of the last {int(DUE.total_seconds() // 3600)} hours",
        why="the newest backup is older than anybody was told",
        next_step="`aws backup list-backup-jobs --by-state FAILED` says why; do resources still have the plan's tag?",
        subjects=vaults_of,
        read=_see_newest,
        judge=_overdue,
    ),
    Check(
        id="restore-tested",
        group="Backups",
        level="warning",
        looks_at=f"a test has restored from each vault that is tested, in the last {TESTED.days} days",
        why="whether the backup can be restored is found out when it has to be",
        next_step="`aws backup list-restore-jobs --by-status FAILED` says why; a plan that is gone: `pulumi up`",
        subjects=lambda outputs: (vault for vault in vaults_of(outputs) if vault.promised.restore_tests),
        read=_see_tests,
        judge=_untried,
    ),
)
"""What is checked of vaults."""
