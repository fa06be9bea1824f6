"""AWS Backup: plans that change and run, selections, vaults' policies and notifications, which moto lacks.

Rules: AWS Backup API; the messages are AWS's where they are known from reports, else ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from moto.backup.models import Plan, Vault, backup_backends

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.timetable import SELECTIONS, plan_rules
from opslib.sandbox.behaviour.schedule_expression import next_after
from opslib.sandbox.gaps.backup_jobs import OPERATIONS as JOBS
from opslib.sandbox.gaps.backup_notifications import OPERATIONS as NOTIFICATIONS
from opslib.sandbox.gaps.backup_recovery_points import OPERATIONS as RECOVERY_POINTS
from opslib.sandbox.gaps.backup_restore_testing import OPERATIONS as RESTORE_TESTING
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

_INVALID = "InvalidParameterValueException"
_DEFAULT_SCHEDULE = "cron(0 5 ? * * *)"  # AWS, BackupRuleInput


def _backend(call: GapCall) -> Any:
    return backup_backends[call.account_id][call.region]


def _plan(call: GapCall) -> Plan:
    """The plan that is called, unless it was deleted; moto tells of it for ever."""
    identity = call.parameters["BackupPlanId"]
    plan: Plan | None = _backend(call).plans.get(identity)
    if plan is None or plan.deletion_date is not None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup plan with ID {identity}")
    return plan


def _vault(call: GapCall, name: str = "") -> Vault:
    wanted = name or call.parameters["BackupVaultName"]
    vault: Vault | None = _backend(call).vaults.get(wanted)
    if vault is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {wanted} does not exist")
    return vault


def _check_rules(call: GapCall) -> None:
    """What every rule has to be: its vault is there, and what it keeps is kept as its vault's lock wants it."""
    check_constraints(call, _INVALID)
    for rule in call.parameters["BackupPlan"]["Rules"]:
        vault, name = _vault(call, rule["TargetBackupVaultName"]), rule["RuleName"]
        _check_schedule(rule)
        lifecycle = rule.get("Lifecycle") or {}
        days, cold = lifecycle.get("DeleteAfterDays"), lifecycle.get("MoveToColdStorageAfterDays")
        if cold is not None and days is not None and days < cold + 90:
            raise AwsError(_INVALID, f"{name}: DeleteAfterDays has to be 90 days after MoveToColdStorageAfterDays")
        if rule.get("EnableContinuousBackup") and not 1 <= (days or 0) <= 35:  # noqa: PLR2004 - days, of AWS's
            raise AwsError(_INVALID, f"{name}: continuous backups are kept 1 to 35 days")
        least, most = vault.min_retention_days, vault.max_retention_days
        if vault.locked and ((least and (days or most or least) < least) or (most and (days is None or days > most))):
            raise AwsError(
                _INVALID, f"{name}: the lock of vault {vault.backup_vault_name} keeps {least} to {most} days"
            )


def _check_schedule(rule: Mapping[str, Any]) -> None:
    now = datetime.now(UTC)
    expression, zone = rule.get("ScheduleExpression"), rule.get("ScheduleExpressionTimezone") or "UTC"
    try:
        next_after(expression or _DEFAULT_SCHEDULE, now, began=now, zone=zone)
    except BadRequest as error:
        raise AwsError(_INVALID, f"{rule['RuleName']}: Invalid schedule expression {expression}") from error


def create_backup_plan(call: GapCall) -> Mapping[str, Any]:
    """With rules that make sense, which run from then on; a deleted plan's name is free again, which moto forgets."""
    _check_rules(call)
    wanted = call.parameters["BackupPlan"]["BackupPlanName"]
    for identity, plan in list(_backend(call).plans.items()):
        if plan.deletion_date is not None and plan.backup_plan["BackupPlanName"] == wanted:
            del _backend(call).plans[identity]
    with call.account.schedule.lock:
        answer = call.through()
        plan_rules(call.account, call.region, answer["BackupPlanId"], call.account.clock.now())
    return answer


def get_backup_plan(call: GapCall) -> Mapping[str, Any] | None:
    """One that was not deleted."""
    _plan(call)
    return None


def update_backup_plan(call: GapCall) -> Mapping[str, Any]:
    """All of it, as a new version; moto lacks it."""
    plan = _plan(call)
    _check_rules(call)
    fresh = Plan(call.parameters["BackupPlan"], plan.creator_request_id, _backend(call))
    plan.backup_plan, plan.version_id = fresh.backup_plan, fresh.version_id
    plan.advanced_backup_settings = fresh.advanced_backup_settings
    with call.account.schedule.lock:
        plan_rules(call.account, call.region, plan.backup_plan_id, call.account.clock.now())
    return {
        "BackupPlanId": plan.backup_plan_id,
        "BackupPlanArn": plan.backup_plan_arn,
        "CreationDate": plan.creation_date,
        "VersionId": plan.version_id,
    }


def delete_backup_plan(call: GapCall) -> Mapping[str, Any] | None:
    """Once it has no selections."""
    plan = _plan(call)
    if any(one["BackupPlanId"] == plan.backup_plan_id for one in _selections(call).values()):
        message = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise AwsError("InvalidRequestException", message)
    return None


def _selections(call: GapCall) -> dict[str, dict[str, Any]]:
    """Those of the region, by id."""
    return call.record(SELECTIONS)


def create_backup_selection(call: GapCall) -> Mapping[str, Any]:
    """Of a plan that is there; with a name that no other selection of the plan has."""
    check_constraints(call, _INVALID)
    plan, given = _plan(call), call.parameters["BackupSelection"]
    for one in _selections(call).values():
        named = one["BackupSelection"]["SelectionName"] == given["SelectionName"]
        if named and one["BackupPlanId"] == plan.backup_plan_id:
            raise AwsError("AlreadyExistsException", f"Backup selection {given['SelectionName']} already exists")
    if not any(given.get(name) for name in ("Resources", "ListOfTags")):
        raise AwsError(_INVALID, "Either Resources or ListOfTags section must be included.")
    identity = str(UUID(bytes=call.account.random.randbytes(16), version=4))
    made = {"SelectionId": identity, "BackupPlanId": plan.backup_plan_id, "CreationDate": call.account.clock.now()}
    _selections(call)[identity] = {**made, "BackupSelection": given}
    return made


def _selection(call: GapCall) -> dict[str, Any]:
    identity = call.parameters["SelectionId"]
    found = _selections(call).get(identity)
    if found is None or found["BackupPlanId"] != call.parameters["BackupPlanId"]:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup selection with ID {identity}")
    return found


def get_backup_selection(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    return _selection(call)


def list_backup_selections(call: GapCall) -> Mapping[str, Any]:
    """Those of a plan, on one page."""
    plan = _plan(call)
    return {
        "BackupSelectionsList": [
            {
                **{name: one[name] for name in ("SelectionId", "BackupPlanId", "CreationDate")},
                **{name: one["BackupSelection"][name] for name in ("SelectionName", "IamRoleArn")},
            }
            for one in _selections(call).values()
            if one["BackupPlanId"] == plan.backup_plan_id
        ]
    }


def delete_backup_selection(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    del _selections(call)[_selection(call)["SelectionId"]]
    return {}


def _policies(call: GapCall) -> dict[str, str]:
    """The policies of the region's vaults, by the vaults' names."""
    return call.record("backup vault policies")


def put_backup_vault_access_policy(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that is there; a policy is JSON with statements."""
    vault, policy = _vault(call), call.parameters.get("Policy", "")
    try:
        has_statements = bool(json.loads(policy)["Statement"])
    except (ValueError, KeyError, TypeError):
        has_statements = False
    if not has_statements:
        raise AwsError(_INVALID, "The policy is not a valid policy document.")
    _policies(call)[vault.backup_vault_name] = policy
    return {}


def get_backup_vault_access_policy(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that has one."""
    vault = _vault(call)
    policy = _policies(call).get(vault.backup_vault_name)
    if policy is None:
        raise AwsError("ResourceNotFoundException", f"Vault {vault.backup_vault_name} has no access policy")
    arn = vault.backup_vault_arn
    return {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": arn, "Policy": policy}


def delete_backup_vault_access_policy(call: GapCall) -> Mapping[str, Any]:
    """Of a vault that is there, whether or not it has one."""
    _policies(call).pop(_vault(call).backup_vault_name, None)
    return {}


def describe_backup_vault(call: GapCall) -> Mapping[str, Any]:
    """With what is in it and its lock, which moto leaves out where there is none."""
    vault = _vault(call)
    told = {**vault.to_list_dict(), "VaultType": "BACKUP_VAULT", "VaultState": "AVAILABLE"}
    moments = {name: datetime.fromtimestamp(told[name], UTC) for name in ("CreationDate", "LockDate") if name in told}
    return {**told, **moments}


def delete_backup_vault(call: GapCall) -> Mapping[str, Any] | None:
    """One that is there, with its policy; the name is free then."""
    vault = _vault(call)
    if vault.num_of_recovery_points:
        message = "Backup vault cannot be deleted because it contains recovery points."
        raise AwsError("InvalidRequestException", message)
    _policies(call).pop(vault.backup_vault_name, None)
    return None


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **JOBS,
    **NOTIFICATIONS,
    **RECOVERY_POINTS,
    **RESTORE_TESTING,
    ("backup", "CreateBackupPlan"): create_backup_plan,
    ("backup", "CreateBackupSelection"): create_backup_selection,
    ("backup", "DeleteBackupPlan"): delete_backup_plan,
    ("backup", "DeleteBackupSelection"): delete_backup_selection,
    ("backup", "DeleteBackupVault"): delete_backup_vault,
    ("backup", "DeleteBackupVaultAccessPolicy"): delete_backup_vault_access_policy,
    ("backup", "DescribeBackupVault"): describe_backup_vault,
    ("backup", "GetBackupPlan"): get_backup_plan,
    ("backup", "GetBackupSelection"): get_backup_selection,
    ("backup", "GetBackupVaultAccessPolicy"): get_backup_vault_access_policy,
    ("backup", "ListBackupSelections"): list_backup_selections,
    ("backup", "PutBackupVaultAccessPolicy"): put_backup_vault_access_policy,
    ("backup", "UpdateBackupPlan"): update_backup_plan,
}
