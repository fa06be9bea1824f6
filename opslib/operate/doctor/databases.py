"""Databases: automated backups that are on and current, and the secrets that get one into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS"]

BEHIND: Final = timedelta(minutes=30)
"""How far the last moment that can be restored may lie back: RDS uploads its log every five minutes (RDS, user guide,
"Restoring to a specified time"); six of those missed is no accident."""

OVERDUE: Final = timedelta(days=1)
"""How long after its date a rotation may be (ours)."""

_NO_INSTANCE: Final = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})


@dataclass(frozen=True, slots=True)
class Backups:
    """The automated backups of an instance.

    Attributes:
        instance: Which one.
        status: The instance's status.
        retention_days: How long they are kept; 0: they are off.
        restorable_until: The last moment that can be restored; None: RDS names none.
    """

    instance: str
    status: str
    retention_days: int
    restorable_until: datetime | None


@dataclass(frozen=True, slots=True)
class SecretOf:
    """A secret of the contract, and who uses it."""

    database: str
    consumer: str
    arn: str

    def __str__(self) -> str:
        return f"{self.database}, {self.consumer}"


@dataclass(frozen=True, slots=True)
class SecretSeen:
    """A secret as Secrets Manager has it.

    Attributes:
        secret: Which one.
        exists: Whether there is one.
        deleted_at: When it is, or was, deleted; None: it is not.
        rotated_at: When it was last rotated.
        rotates_every: How often it is rotated; None: it is not.
    """

    secret: SecretOf
    exists: bool
    deleted_at: datetime | None = None
    rotated_at: datetime | None = None
    rotates_every: timedelta | None = None


def _instances(outputs: StackOutputs) -> Iterator[str]:
    return (database.instance for database in outputs.databases.values())


def _secrets(outputs: StackOutputs) -> Iterator[SecretOf]:
    for key, database in outputs.databases.items():
        for consumer, arn in database.secrets.items():
            yield SecretOf(key, consumer, arn)


def _see_backups(look: Look, instance: str) -> Backups | None:
    found = look.unless_gone(
        _NO_INSTANCE, lambda: look.read("rds", "DescribeDBInstances", DBInstanceIdentifier=instance)
    )
    if found is None:
        return None
    record = found["DBInstances"][0]
    return Backups(
        instance,
        record["DBInstanceStatus"],
        int(record.get("BackupRetentionPeriod", 0)),
        record.get("LatestRestorableTime"),
    )


def _see_secret(look: Look, secret: SecretOf) -> SecretSeen:
    found = look.unless_gone(
        frozenset({"ResourceNotFoundException"}),
        lambda: look.read(
            regional("secretsmanager", secret.arn.split(":")[3], look.home), "DescribeSecret", SecretId=secret.arn
        ),
    )
    if found is None:
        return SecretSeen(secret, exists=False)
    days = found.get("RotationRules", {}).get("AutomaticallyAfterDays")
    return SecretSeen(
        secret,
        exists=True,
        deleted_at=found.get("DeletedDate"),
        rotated_at=found.get("LastRotatedDate") or found.get("CreatedDate"),
        rotates_every=timedelta(days=days) if found.get("RotationEnabled") and days else None,
    )


def _off(seen: Backups, _: datetime) -> Iterator[Fault]:
    if not seen.retention_days:
        yield Fault(seen.instance, "its automated backups are off: it cannot be restored to a point in time")


def _late(seen: Backups, now: datetime) -> Iterator[Fault]:
    if seen.retention_days and seen.restorable_until is not None and now - seen.restorable_until > BEHIND:
        minutes = int((now - seen.restorable_until).total_seconds() // 60)
        yield Fault(seen.instance, f"the last moment that can be restored is {minutes} minutes back")


def _lost(seen: SecretSeen, _: datetime) -> Iterator[Fault]:
    name = seen.secret.arn.rpartition(":")[2]
    if not seen.exists:
        yield Fault(name, f"the secret of {seen.secret.consumer} for {seen.secret.database} is not there")
    elif seen.deleted_at is not None:
        yield Fault(
            name,
            f"the secret of {seen.secret.consumer} for {seen.secret.database} is being deleted",
            "aws secretsmanager restore-secret --secret-id {on}",
        )


def _stale(seen: SecretSeen, now: datetime) -> Iterator[Fault]:
    if seen.rotates_every is not None and seen.rotated_at is not None and seen.deleted_at is None:
        late = now - seen.rotated_at - seen.rotates_every
        if late > OVERDUE:
            name = seen.secret.arn.rpartition(":")[2]
            yield Fault(
                name,
                f"its rotation is {int(late.total_seconds() // 3600)} hours overdue: it fails, or its function is gone",
            )


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="backups-on",
        group="Backups",
        level="critical",
        looks_at="the automated backups of each database are on",
        why="a dropped table is gone since the last manual snapshot",
        next_step="aws rds modify-db-instance --db-instance-identifier {on} --backup-retention-period 7"
        " --apply-immediately",
        subjects=_instances,
        read=_see_backups,
        judge=_off,
    ),
    Check(
        id="backups-current",
        group="Backups",
        level="critical",
        looks_at=f"each database can be restored to within {int(BEHIND.total_seconds() // 60)} minutes",
        why="a restore loses more than anybody was told",
        next_step="look at the instance's events (aws rds describe-events): is its storage full, or its key disabled?",
        subjects=_instances,
        read=_see_backups,
        judge=_late,
    ),
    Check(
        id="secret-there",
        group="Backups",
        level="critical",
        looks_at="the secrets of each database's consumers are there",
        why="a restored database cannot be logged into, nor a pool restarted",
        next_step="create it again, or correct the stack's file, then `pulumi up`",
        subjects=_secrets,
        read=_see_secret,
        judge=_lost,
    ),
    Check(
        id="secret-rotated",
        group="Backups",
        level="warning",
        looks_at="secrets that are to be rotated are",
        why="the day it is rotated by hand is the day something cannot log in",
        next_step="look at the log of its rotation's function: aws secretsmanager describe-secret names it",
        subjects=_secrets,
        read=_see_secret,
        judge=_stale,
    ),
)
"""What is checked of databases."""
