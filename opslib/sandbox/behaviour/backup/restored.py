"""What a restore makes: a row for each type, with what is inferred of the source, what it becomes and how it goes.

Source: AWS Backup developer guide, "Restore testing inferred metadata"; the names are "Restore testing"'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.service_calls import ask

if TYPE_CHECKING:
    from opslib.sandbox.account import Account
    from opslib.sandbox.behaviour.backup.resources import Resource

__all__ = ["RESTORED", "Restored", "inferred"]

PREFIX = "awsbackup-restore-test-"

Make = Callable[["Account", str, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Restored:
    """How a type of resource is restored.

    Attributes:
        infer: The metadata of a restore, from the source as moto keeps it and a new name.
        make: Restores by metadata; the ARN of what it made.
        delete: Deletes that again.
    """

    infer: Callable[[Any, str], dict[str, str]]
    make: Make
    delete: Callable[[Account, str, Mapping[str, str]], None]


def _infer_instance(database: Any, name: str) -> dict[str, str]:
    return {
        "DBInstanceIdentifier": name,
        "Engine": str(database.engine),
        "EngineVersion": str(database.engine_version),
        "DBInstanceClass": str(database.db_instance_class),
        "AllocatedStorage": str(database.allocated_storage),
        "MultiAZ": "false",
    }


def _make_instance(account: Account, region: str, metadata: Mapping[str, str]) -> str:
    """An instance with the default groups, but for the subnet group that is named."""
    given = {name[0].upper() + name[1:]: value for name, value in metadata.items()}
    named = given.pop("DbSubnetGroupName", None) or given.get("DBSubnetGroupName")
    asked: dict[str, Any] = {
        name: given[name] for name in ("DBInstanceIdentifier", "Engine", "EngineVersion", "DBInstanceClass")
    }
    if named:
        ask(account, region, "rds", "DescribeDBSubnetGroups", {"DBSubnetGroupName": named})
        asked["DBSubnetGroupName"] = named
    asked |= {"AllocatedStorage": int(given["AllocatedStorage"]), "StorageEncrypted": True, "BackupRetentionPeriod": 0}
    asked |= {"MasterUsername": "restored", "MasterUserPassword": "not-a-secret"}  # nothing is behind it
    made = ask(account, region, "rds", "CreateDBInstance", asked)
    return str(made["DBInstance"]["DBInstanceArn"])


def _delete_instance(account: Account, region: str, metadata: Mapping[str, str]) -> None:
    asked = {"DBInstanceIdentifier": metadata["DBInstanceIdentifier"], "SkipFinalSnapshot": True}
    ask(account, region, "rds", "DeleteDBInstance", asked)


def _infer_table(table: Any, name: str) -> dict[str, str]:
    return {"TargetTableName": name, "OriginalTableName": str(table.name), "EncryptionType": "Default"}


def _make_table(account: Account, region: str, metadata: Mapping[str, str]) -> str:
    """A table with the keys of the original, without its items."""
    source = ask(account, region, "dynamodb", "DescribeTable", {"TableName": metadata["OriginalTableName"]})["Table"]
    keys = {one["AttributeName"] for one in source["KeySchema"]}
    asked = {
        "TableName": metadata["TargetTableName"],
        "KeySchema": source["KeySchema"],
        "AttributeDefinitions": [one for one in source["AttributeDefinitions"] if one["AttributeName"] in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return str(ask(account, region, "dynamodb", "CreateTable", asked)["TableDescription"]["TableArn"])


def _delete_table(account: Account, region: str, metadata: Mapping[str, str]) -> None:
    ask(account, region, "dynamodb", "DeleteTable", {"TableName": metadata["TargetTableName"]})


RESTORED: Mapping[str, Restored] = {
    "RDS": Restored(_infer_instance, _make_instance, _delete_instance),
    "DynamoDB": Restored(_infer_table, _make_table, _delete_table),
}
"""By type, as AWS Backup calls it."""


def inferred(resource: Resource | None, job: str) -> dict[str, str]:
    """The metadata that AWS Backup infers for a test; none where the source is gone or the type is not modelled.

    Args:
        resource: What was backed up.
        job: The id of the restore job, which the name ends in.
    """
    row = None if resource is None else RESTORED.get(resource.kind)
    return {} if row is None or resource is None else row.infer(resource.kept, f"{PREFIX}{job[:13]}")
