"""Recovery points of AWS Backup: listed by what they are of and when they were made."""

from __future__ import annotations

from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/backups"
DATABASE = "arn:aws:rds:eu-west-1:123456789012:db:shop-main"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop"


@pytest.mark.feature("O14")
def test_a_backup_is_in_its_vault_and_told_by_what_it_is_of_and_when(account: Any, aws: Any, refused: Any) -> None:
    backup = aws("backup")
    for vault in ("daily", "hourly"):
        backup.create_backup_vault(BackupVaultName=vault)

    def made(arn: str) -> str:
        job = backup.start_backup_job(BackupVaultName="daily", ResourceArn=arn, IamRoleArn=ROLE)["BackupJobId"]
        account.clock.advance(1200)
        return str(backup.describe_backup_job(BackupJobId=job)["RecoveryPointArn"])

    points = [made(DATABASE), made(TABLE)]
    account.clock.advance(3600)
    noon = account.clock.now()
    account.clock.advance(3600)
    points.append(made(DATABASE))

    def listed(vault: str = "daily", **asked: object) -> list[str]:
        pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault, **asked)
        return [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]

    assert listed() == points
    assert listed("hourly") == []
    assert listed(ByResourceArn=TABLE) == points[1:2]
    assert listed(ByResourceType="RDS") == [points[0], points[2]]
    assert listed(ByCreatedAfter=noon) == points[2:]
    assert listed(ByCreatedBefore=noon) == points[:2]
    assert listed(PaginationConfig={"PageSize": 1}) == points
    (newest,) = backup.list_recovery_points_by_backup_vault(BackupVaultName="daily", ByCreatedAfter=noon)[
        "RecoveryPoints"
    ]
    assert (newest["Status"], newest["ResourceType"], newest["ResourceArn"]) == ("COMPLETED", "RDS", DATABASE)
    assert backup.describe_backup_vault(BackupVaultName="daily")["NumberOfRecoveryPoints"] == 3

    assert refused(backup.list_recovery_points_by_backup_vault, BackupVaultName="gone")[0] == (
        "ResourceNotFoundException"
    )
    nothing = {"BackupVaultName": "daily", "IamRoleArn": ROLE, "ResourceArn": "shop-main"}
    assert refused(backup.start_backup_job, **nothing)[0] == "InvalidParameterValueException"
