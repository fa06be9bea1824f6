"""Recovery points of AWS Backup: started, listed by what they are of and when they were made."""

from __future__ import annotations

import pytest

ROLE = "arn:aws:iam::123456789012:role/backups"
DATABASE = "arn:aws:rds:eu-west-1:123456789012:db:shop-main"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop"


@pytest.mark.feature("O14")
def test_a_backup_is_in_its_vault_and_told_by_what_it_is_of_and_when(account, aws, refused):
    backup = aws("backup")
    for vault in ("daily", "hourly"):
        backup.create_backup_vault(BackupVaultName=vault)
    made = [
        backup.start_backup_job(BackupVaultName="daily", ResourceArn=arn, IamRoleArn=ROLE)["RecoveryPointArn"]
        for arn in (DATABASE, TABLE)
    ]
    account.clock.advance(3600)
    noon = account.clock.now()
    account.clock.advance(3600)
    made.append(
        backup.start_backup_job(BackupVaultName="daily", ResourceArn=DATABASE, IamRoleArn=ROLE)["RecoveryPointArn"]
    )

    def listed(vault: str = "daily", **asked: object) -> list[str]:
        pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault, **asked)
        return [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]

    assert listed() == made
    assert listed("hourly") == []
    assert listed(ByResourceArn=TABLE) == made[1:2]
    assert listed(ByResourceType="RDS") == [made[0], made[2]]
    assert listed(ByCreatedAfter=noon) == made[2:]
    assert listed(ByCreatedBefore=noon) == made[:2]
    assert listed(PaginationConfig={"PageSize": 1}) == made
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
