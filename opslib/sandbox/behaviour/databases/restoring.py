"""Restored instances: to which moment they can be, and what they do not take over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.databases.statuses import instance_named, settings_of

__all__ = ["check_moment", "forget_what_is_not_restored", "latest_restorable", "source_of"]

_NO_BACKUP_YET = ("creating",)


def latest_restorable(account: Account, database: Any) -> datetime | None:
    """LatestRestorableTime of an instance; None while there is no backup of it."""
    if not database.backup_retention_period or database.status in _NO_BACKUP_YET:
        return None
    lag = timedelta(seconds=settings_of(account).restorable_lag_seconds)
    return max(account.clock.now() - lag, _aware(database.created))


def source_of(account: Account, region: str, asked: Mapping[str, Any]) -> Any:
    """The instance that RestoreDBInstanceToPointInTime names, by identifier or resource id.

    Raises:
        AwsError: There is none.
    """
    if name := asked.get("SourceDBInstanceIdentifier"):
        return instance_named(account, region, name)
    wanted = asked.get("SourceDbiResourceId")
    for database in rds_backends[account.account_id][region].databases.values():
        if database.dbi_resource_id == wanted:
            return database
    raise AwsError("DBInstanceNotFound", f"DBInstance {wanted} not found.", 404)


def check_moment(account: Account, database: Any, asked: Mapping[str, Any]) -> None:
    """Refuse a moment to which an instance cannot be restored (AWS, RestoreDBInstanceToPointInTime).

    Raises:
        AwsError: It cannot.
    """
    moment = asked.get("RestoreTime")
    if (moment is None) == (not asked.get("UseLatestRestorableTime")):
        raise AwsError(  # text ours
            "InvalidParameterCombination", "Specify either RestoreTime or UseLatestRestorableTime, and not both."
        )
    if not database.backup_retention_period:
        raise AwsError(  # text ours
            "PointInTimeRestoreNotEnabled",
            f"Automated backups are not enabled for the DB instance {database.db_instance_identifier}.",
        )
    latest = latest_restorable(account, database)
    kept = timedelta(days=int(database.backup_retention_period))
    earliest = max(_aware(database.created), account.clock.now() - kept)
    wanted = latest if moment is None else _aware(moment)
    if latest is None or wanted is None or not earliest <= wanted <= latest:
        raise AwsError(  # text ours
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time later than {latest} or earlier than {earliest}.",
        )


def forget_what_is_not_restored(account: Account, region: str, database: Any, asked: Mapping[str, Any]) -> None:
    """Take off a restored instance what it has from its source and AWS does not take over.

    AWS, RestoreDBInstanceFromDBSnapshot and RestoreDBInstanceToPointInTime: the default security group, subnet group
    and parameter group, one availability zone, no deletion protection, unless the call says otherwise.
    """
    ec2 = ec2_backends[account.account_id][region]
    if not asked.get("VpcSecurityGroupIds"):
        database.vpc_security_group_ids = [ec2.get_default_security_group(ec2.default_vpc.id).id]
    if not asked.get("DBSubnetGroupName"):
        database.db_subnet_group_name = None
        vars(database).pop("db_subnet_group", None)
    database.db_parameter_group_name = asked.get("DBParameterGroupName")
    database.multi_az = bool(asked.get("MultiAZ"))
    database.deletion_protection = bool(asked.get("DeletionProtection"))
    database.source_db_instance_identifier = None


def _aware(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
