"""AWS Backup: recovery points, which moto lacks. One is there as soon as its job is started.

Rules: AWS Backup API, StartBackupJob and ListRecoveryPointsByBackupVault; the messages are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from moto.backup.models import Vault, backup_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.times import naive
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

MOST_ON_A_PAGE = 1000  # AWS, ListRecoveryPointsByBackupVault: MaxResults

_INVALID = "InvalidParameterValueException"
_RESOURCE_TYPES = {"rds": "RDS", "dynamodb": "DynamoDB", "s3": "S3", "ec2": "EC2", "elasticfilesystem": "EFS"}


def _vault(call: GapCall) -> Vault:
    name = call.parameters["BackupVaultName"]
    vault: Vault | None = backup_backends[call.account_id][call.region].vaults.get(name)
    if vault is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not exist")
    return vault


def _points(call: GapCall, vault: str) -> list[dict[str, Any]]:
    """Those in a vault, the oldest first."""
    points: list[dict[str, Any]] = call.record("recovery-points").setdefault(vault, [])
    return points


def start_backup_job(call: GapCall) -> Mapping[str, Any]:
    """A backup of anything that has an ARN, complete at once."""
    check_constraints(call, _INVALID)
    vault, resource = _vault(call), call.parameters["ResourceArn"]
    service = resource.split(":")[2] if resource.count(":") >= 5 else ""  # noqa: PLR2004  an ARN has six parts
    if service not in _RESOURCE_TYPES:
        raise AwsError(_INVALID, f"Invalid ARN: {resource}")
    now, identity = call.account.clock.now(), UUID(bytes=call.account.random.randbytes(16), version=4)
    point = {
        "RecoveryPointArn": f"arn:aws:backup:{call.region}:{call.account_id}:recovery-point:{identity}",
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": resource,
        "ResourceType": _RESOURCE_TYPES[service],
        "IamRoleArn": call.parameters["IamRoleArn"],
        "Status": "COMPLETED",
        "CreationDate": now,
        "CompletionDate": now,
    }
    _points(call, vault.backup_vault_name).append(point)
    vault.num_of_recovery_points += 1
    return {"BackupJobId": str(identity), "RecoveryPointArn": point["RecoveryPointArn"], "CreationDate": now}


def list_recovery_points_by_backup_vault(call: GapCall) -> Mapping[str, Any]:
    """Those that fit, in pages."""
    check_constraints(call, _INVALID)
    asked, vault = call.parameters, _vault(call)
    fitting = [
        point
        for point in _points(call, vault.backup_vault_name)
        if asked.get("ByResourceArn") in (None, point["ResourceArn"])
        and asked.get("ByResourceType") in (None, point["ResourceType"])
        and ("ByCreatedAfter" not in asked or naive(point["CreationDate"]) > asked["ByCreatedAfter"])
        and ("ByCreatedBefore" not in asked or naive(point["CreationDate"]) < asked["ByCreatedBefore"])
    ]
    start, most = int(asked.get("NextToken") or 0), asked.get("MaxResults") or MOST_ON_A_PAGE
    more = {"NextToken": str(start + most)} if start + most < len(fitting) else {}
    return {"RecoveryPoints": fitting[start : start + most], **more}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("backup", "ListRecoveryPointsByBackupVault"): list_recovery_points_by_backup_vault,
    ("backup", "StartBackupJob"): start_backup_job,
}
