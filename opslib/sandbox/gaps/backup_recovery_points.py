"""AWS Backup: recovery points, which moto lacks; jobs make them, see `opslib.sandbox.behaviour.backup`.

Rules: AWS Backup API; the messages are ours but for that of the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.backup.models import Vault

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.points import delete_point, points_of
from opslib.sandbox.behaviour.backup.world import Job, vault_named, world_of
from opslib.sandbox.behaviour.metrics.times import naive
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["INVALID", "OPERATIONS", "called_vault", "filtered", "page_of", "point_called"]

MOST_ON_A_PAGE = 1000  # AWS, MaxResults of the list operations

INVALID = "InvalidParameterValueException"


def called_vault(call: GapCall) -> Vault:
    """The vault that is called.

    Raises:
        AwsError: It is not there.
    """
    name = call.parameters["BackupVaultName"]
    vault = vault_named(call.account, call.region, name)
    if vault is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not exist")
    return vault


def point_called(call: GapCall, vault: str | None = None) -> Job:
    """The recovery point that is called.

    Args:
        call: The call.
        vault: In which vault it has to be; None: in any.

    Raises:
        AwsError: It is not there.
    """
    arn = call.parameters["RecoveryPointArn"]
    for name, points in world_of(call.account, call.region).points.items():
        for point in points if vault in (None, name) else ():
            if point["RecoveryPointArn"] == arn:
                return point
    raise AwsError("ResourceNotFoundException", f"Recovery point {arn} does not exist")


# What a list is asked for by, what of a record that is about, and whether it fits.
_FITS: Mapping[str, Callable[[Any, Any], bool]] = {
    "After": lambda found, asked: found is not None and naive(found) > asked,
    "Before": lambda found, asked: found is not None and naive(found) < asked,
    "": lambda found, asked: found == asked,
}


def filtered(found: list[Job], asked: Mapping[str, Any], about: Mapping[str, str]) -> list[Job]:
    """The records that fit what a list is asked for.

    Args:
        found: Jobs or recovery points.
        asked: The call's parameters.
        about: By parameter, which of a record's fields it is about.
    """
    wanted = [
        (field, _FITS[next(ending for ending in _FITS if name.endswith(ending))], asked[name])
        for name, field in about.items()
        if asked.get(name) is not None
    ]
    return [one for one in found if all(fits(one.get(field), value) for field, fits, value in wanted)]


def page_of(found: list[Job], asked: Mapping[str, Any], member: str) -> dict[str, Any]:
    """A page of a list, with the token of the next."""
    start, most = int(asked.get("NextToken") or 0), asked.get("MaxResults") or MOST_ON_A_PAGE
    more = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {member: found[start : start + most], **more}


_POINTS_ABOUT = {
    "ByResourceArn": "ResourceArn",
    "ByResourceType": "ResourceType",
    "ByCreatedAfter": "CreationDate",
    "ByCreatedBefore": "CreationDate",
}


def list_recovery_points_by_backup_vault(call: GapCall) -> Mapping[str, Any]:
    """Those that fit, in pages."""
    check_constraints(call, INVALID)
    points = points_of(call.account, call.region, called_vault(call).backup_vault_name)
    return page_of(filtered(points, call.parameters, _POINTS_ABOUT), call.parameters, "RecoveryPoints")


def list_recovery_points_by_resource(call: GapCall) -> Mapping[str, Any]:
    """Those of a resource in all of the region's vaults, in pages."""
    found = [point for points in world_of(call.account, call.region).points.values() for point in points]
    of_resource = filtered(found, call.parameters, {"ResourceArn": "ResourceArn"})
    return page_of(of_resource, call.parameters, "RecoveryPoints")


def describe_recovery_point(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    return {**point_called(call, called_vault(call).backup_vault_name), "StorageClass": "WARM"}


def delete_recovery_point(call: GapCall) -> Mapping[str, Any]:
    """One whose vault is not locked: a lock keeps it until its lifecycle ends it."""
    vault = called_vault(call)
    with call.account.schedule.lock:
        point = point_called(call, vault.backup_vault_name)
        if vault.locked:
            message = "Recovery point cannot be deleted (Backup vault configured with Lock)"
            raise AwsError("InvalidRequestException", message)
        delete_point(call.account, point)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("backup", "DeleteRecoveryPoint"): delete_recovery_point,
    ("backup", "DescribeRecoveryPoint"): describe_recovery_point,
    ("backup", "ListRecoveryPointsByBackupVault"): list_recovery_points_by_backup_vault,
    ("backup", "ListRecoveryPointsByResource"): list_recovery_points_by_resource,
}
