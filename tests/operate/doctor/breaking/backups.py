"""Backups that are off or late, secrets that are gone."""

from __future__ import annotations

from datetime import timedelta

from tests.operate.doctor.breaking.means import Broken, changed
from tests.operate.doctor.product import Product, back_up

__all__ = ["BROKEN"]


def backups_off(p: Product) -> None:
    p.aws("rds").modify_db_instance(
        DBInstanceIdentifier=p.outputs.databases["orders"].instance, BackupRetentionPeriod=0, ApplyImmediately=True
    )
    p.sandbox.clock.advance(1800)


def backups_late(p: Product) -> None:
    p.sandbox.behaviour(databases={"restorable_lag_seconds": 7200})


def secret_deleted(p: Product) -> None:
    secret = p.outputs.databases["orders"].secrets["api"]
    p.aws("secretsmanager").delete_secret(SecretId=secret, RecoveryWindowInDays=7)


def secret_gone(p: Product) -> None:
    secret = p.outputs.databases["orders"].secrets["api"]
    p.aws("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def rotation_stopped(p: Product) -> None:
    """It was to be rotated every day, and nothing does it: two days go by, with their backups."""
    p.aws("secretsmanager").rotate_secret(
        SecretId=p.outputs.databases["orders"].secrets["api"], RotationRules={"AutomaticallyAfterDays": 1}
    )
    p.sandbox.clock.advance(timedelta(days=2, hours=1).total_seconds())
    back_up(p)


def vault_deleted(p: Product) -> Product:
    """AWS keeps a vault with backups in it: the contract names one that was empty."""
    vault = p.outputs.vaults["backups"].model_copy(update={"name": "parcel-staging-gone"})
    return changed(p, vaults={**p.outputs.vaults, "gone": vault})


def vault_unlocked(p: Product) -> None:
    p.aws("backup").delete_backup_vault_lock_configuration(BackupVaultName=p.outputs.vaults["backups"].name)


def backup_overdue(p: Product) -> None:
    """For a day and a half no job has run."""
    p.sandbox.clock.advance(timedelta(hours=37).total_seconds())


def restore_test_deleted(p: Product) -> None:
    """Somebody has deleted the weekly test of restores; the monthly one is there."""
    backup, name = p.aws("backup"), "parcel_staging_weekly"
    selections = backup.list_restore_testing_selections(RestoreTestingPlanName=name)["RestoreTestingSelections"]
    for one in selections:
        backup.delete_restore_testing_selection(
            RestoreTestingPlanName=name, RestoreTestingSelectionName=one["RestoreTestingSelectionName"]
        )
    backup.delete_restore_testing_plan(RestoreTestingPlanName=name)


BROKEN = (
    Broken("backups are off", "backups-on", "parcel-staging-orders", backups_off),
    Broken("backups are late", "backups-current", "parcel-staging-orders", backups_late),
    Broken("a secret is being deleted", "secret-there", "orders/api", secret_deleted),
    Broken("a secret is gone", "secret-there", "orders/api", secret_gone),
    Broken("a secret is not rotated", "secret-rotated", "orders/api", rotation_stopped),
    Broken("a vault was deleted", "vault-there", "parcel-staging-gone", vault_deleted),
    Broken("a vault is not locked", "vault-locked", "parcel-staging-backups", vault_unlocked),
    Broken("a test of restores was deleted", "restore-tested", "parcel-staging-backups", restore_test_deleted),
    Broken("no backup was taken", "backup-due", "parcel-staging-backups", backup_overdue),
)
