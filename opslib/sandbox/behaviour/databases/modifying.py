"""Changes of an instance: which take their time, which wait for the maintenance window, and what is told meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore import xform_name

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.databases.serving import AVAILABLE
from opslib.sandbox.behaviour.databases.statuses import NAME, pass_through, settings_of

__all__ = ["begin", "held_back", "pending"]

Apply = Callable[[Mapping[str, Any]], Any]
"""Lets moto modify the instance: takes the parameters of ModifyDBInstance without its identifier."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A parameter of ModifyDBInstance that does not hold at once.

    Attributes:
        shown: Under which name PendingModifiedValues has it; empty: it does not.
        status: The instance's meanwhile (AWS, "Viewing Amazon RDS DB instance status").
        seconds: The setting that says how long.
        waits: Whether it waits for the maintenance window unless ApplyImmediately is given.
    """

    shown: str = ""
    status: str = "modifying"
    seconds: str = "modifying_seconds"
    waits: bool = True


# AWS, ModifyDBInstance and "Settings for DB instances". When several change, the first of these gives the status.
_CHANGES: Mapping[str, _Change] = {
    "NewDBInstanceIdentifier": _Change("DBInstanceIdentifier", "renaming", "renaming_seconds"),
    "EngineVersion": _Change("EngineVersion", "upgrading", "upgrading_seconds"),
    "DBInstanceClass": _Change("DBInstanceClass"),
    "AllocatedStorage": _Change("AllocatedStorage"),
    "StorageType": _Change("StorageType"),
    "Iops": _Change("Iops"),
    "MultiAZ": _Change("MultiAZ"),
    "DBSubnetGroupName": _Change("DBSubnetGroupName", "moving-to-vpc"),
    "BackupRetentionPeriod": _Change("BackupRetentionPeriod"),
    "EnableIAMDatabaseAuthentication": _Change("IAMDatabaseAuthenticationEnabled", "configuring-iam-database-auth"),
    "MonitoringInterval": _Change("", "configuring-enhanced-monitoring", waits=False),
    "CloudwatchLogsExportConfiguration": _Change("", "configuring-log-exports", waits=False),
    "MasterUserPassword": _Change(
        "MasterUserPassword", "resetting-master-credentials", "credentials_seconds", waits=False
    ),
}
_NEVER_SHOWN = "****"
_PENDING = "pending changes"
_WINDOW = re.compile(r"(?P<day>[a-z]{3}):(?P<hour>\d\d):(?P<minute>\d\d)-")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def held_back(database: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What of the parameters of ModifyDBInstance changes something that does not hold at once.

    Args:
        database: The instance, as moto keeps it.
        asked: The parameters.
    """
    return {
        name: asked[name]
        for name in _CHANGES
        if asked.get(name) is not None and (name == "MasterUserPassword" or _now(database, name) != asked[name])
    }


def begin(
    account: Account, region: str, database: Any, held: Mapping[str, Any], apply: Apply, *, immediately: bool
) -> None:
    """Begin with what was held back, or let it wait for the maintenance window. Hold `schedule.lock`.

    Args:
        account: The account.
        region: The region.
        database: The instance, as moto keeps it.
        held: From `held_back`.
        apply: Lets moto do it.
        immediately: ApplyImmediately: with everything that waits already.
    """
    waiting: dict[str, Any] = account.record(_PENDING, region).setdefault(database.dbi_resource_id, {})
    waiting |= held
    at_once = {name: value for name, value in waiting.items() if immediately or not _waits(database, name, value)}
    if at_once:
        _change(account, region, database, at_once, apply)
    elif waiting:
        due = _next_window(database, account.clock.now())
        account.schedule.at(
            due,
            lambda _: _change(account, region, database, dict(waiting), apply),
            key=f"{NAME}/{region}/window/{database.dbi_resource_id}",
        )


def pending(account: Account, region: str, database: Any) -> dict[str, Any]:
    """PendingModifiedValues of an instance."""
    waiting: dict[str, Any] = account.record(_PENDING, region).get(database.dbi_resource_id, {})
    return {
        _CHANGES[name].shown: _NEVER_SHOWN if name == "MasterUserPassword" else value
        for name, value in waiting.items()
        if _CHANGES[name].shown
    }


def _change(account: Account, region: str, database: Any, changes: Mapping[str, Any], apply: Apply) -> None:
    rows = [row for name, row in _CHANGES.items() if name in changes]
    if not rows or database.status != AVAILABLE:  # in the window: it is stopped, or being deleted
        return
    settings = settings_of(account)

    def done(_: datetime) -> None:
        waiting = account.record(_PENDING, region).get(database.dbi_resource_id, {})
        for name in changes:
            waiting.pop(name, None)
        with suppress(AwsError):  # it made sense when it was asked for; AWS tells of a failure in an event
            apply(changes)

    longest = max(getattr(settings, row.seconds) for row in rows)
    pass_through(account, region, database, [(rows[0].status, longest)], done)


def _now(database: Any, name: str) -> Any:
    attribute = {"NewDBInstanceIdentifier": "db_instance_identifier"}.get(name, xform_name(name))
    try:
        return getattr(database, attribute, None)
    except NotImplementedError:  # moto's subnet group can only be written
        return None


def _waits(database: Any, name: str, value: Any) -> bool:
    if name == "BackupRetentionPeriod":  # AWS: from one non-zero value to another as soon as possible
        return not (value and database.backup_retention_period)
    return _CHANGES[name].waits


def _next_window(database: Any, now: datetime) -> datetime:
    found = _WINDOW.match(str(database.preferred_maintenance_window))
    if found is None:
        return now + timedelta(days=7)
    begins = now.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
    begins += timedelta(days=(_DAYS.index(found["day"]) - now.weekday()) % 7)
    return begins if begins > now else begins + timedelta(days=7)
