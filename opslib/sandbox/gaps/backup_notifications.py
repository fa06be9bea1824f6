"""AWS Backup: which topic is told of which of a vault's events; moto lacks it.

Rules: AWS Backup API, PutBackupVaultNotifications and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.world import world_of
from opslib.sandbox.gaps.backup_recovery_points import INVALID, called_vault
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]


def put_backup_vault_notifications(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that is there; a topic each."""
    check_constraints(call, INVALID)
    asked, name = call.parameters, called_vault(call).backup_vault_name
    told = (asked["SNSTopicArn"], frozenset(asked["BackupVaultEvents"]))
    world_of(call.account, call.region).notifications[name] = told
    return {}


def get_backup_vault_notifications(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that has some."""
    vault = called_vault(call)
    found = world_of(call.account, call.region).notifications.get(vault.backup_vault_name)
    if found is None:
        message = f"Failed reading notifications from database for Backup vault {vault.backup_vault_name}"
        raise AwsError("ResourceNotFoundException", message)
    return {
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "SNSTopicArn": found[0],
        "BackupVaultEvents": sorted(found[1]),
    }


def delete_backup_vault_notifications(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that is there, whether or not it has some."""
    world_of(call.account, call.region).notifications.pop(called_vault(call).backup_vault_name, None)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("backup", "DeleteBackupVaultNotifications"): delete_backup_vault_notifications,
    ("backup", "GetBackupVaultNotifications"): get_backup_vault_notifications,
    ("backup", "PutBackupVaultNotifications"): put_backup_vault_notifications,
}
