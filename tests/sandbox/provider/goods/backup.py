"""Good and bad ones of AWS Backup: vaults, locks, policies, plans, selections, tests of restores."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, Bad, Good

_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/backups"
_ELSEWHERE = f"arn:aws:backup:eu-central-1:{ACCOUNT}:backup-vault:copies"
_DAILY = {
    "ruleName": "daily",
    "targetVaultName": "there",
    "schedule": "cron(0 3 * * ? *)",
    "startWindow": 60.0,
    "completionWindow": 180.0,
    "lifecycle": {"deleteAfter": 35.0},
    "copyActions": [{"destinationVaultArn": _ELSEWHERE, "lifecycle": {"deleteAfter": 90.0}}],
}
_POINTS = {"algorithm": "LATEST_WITHIN_WINDOW", "includeVaults": ["*"], "recoveryPointTypes": ["SNAPSHOT"]}
_TAGGED = {"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}


def _policy(action: str) -> str:
    statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


GOODS = (
    Good(
        token="aws:backup/vault:Vault",
        inputs={"name": "shop", "kmsKeyArn": _KEY, "tags": TAGS},
        change={"tags": OTHER_TAGS},
        replacements={"name": "other", "kmsKeyArn": _KEY.replace("1234-", "4321-", 1)},
        outside=(
            "backup",
            "tag_resource",
            {"ResourceArn": f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:shop", "Tags": {"team": "by hand"}},
        ),
        drift=("tags",),
        bads=(
            Bad({"name": "a"}, "name", "2,50"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"kmsKeyArn": "12345678"}, "kmsKeyArn", "ARN"),
            Bad({"forceDestroy": "yes"}, "forceDestroy", "boolean"),
            Bad({"kmsKey": _KEY}, "kmsKey", "did you mean kmsKeyArn"),
        ),
    ),
    Good(
        token="aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        needs=("vault",),
        inputs={"backupVaultName": "there", "minRetentionDays": 7.0, "maxRetentionDays": 365.0},
        change={},
        replacements={"minRetentionDays": 14.0, "maxRetentionDays": 400.0, "backupVaultName": "other"},
        fixed=True,
        bads=(
            Bad({"minRetentionDays": 0.0}, "minRetentionDays", "1 day"),
            Bad({"maxRetentionDays": 40_000.0}, "maxRetentionDays", "36500"),
            Bad({"minRetentionDays": 366.0}, "minRetentionDays", "more than"),
            Bad({"changeableForDays": 2.0}, "changeableForDays", "3 days"),
            Bad({"backupVaultName": DROP}, "backupVaultName", "required"),
        ),
    ),
    Good(
        token="aws:backup/vaultPolicy:VaultPolicy",
        needs=("vault",),
        inputs={"backupVaultName": "there", "policy": _policy("backup:DeleteRecoveryPoint")},
        change={"policy": _policy("backup:DeleteBackupVault")},
        replacements={"backupVaultName": "other"},
        outside=(
            "backup",
            "put_backup_vault_access_policy",
            {"BackupVaultName": "{id}", "Policy": _policy("backup:StartCopyJob")},
        ),
        drift=("policy",),
        bads=(
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"backupVaultName": "with space"}, "backupVaultName", "pattern"),
        ),
    ),
    Good(
        token="aws:backup/plan:Plan",
        needs=("vault",),
        inputs={"name": "shop", "rules": [_DAILY], "tags": TAGS},
        change={"rules": [{**_DAILY, "schedule": "cron(0 4 * * ? *)"}], "tags": OTHER_TAGS},
        replacements={"name": "other"},
        outside=(
            "backup",
            "update_backup_plan",
            {
                "BackupPlanId": "{id}",
                "BackupPlan": {
                    "BackupPlanName": "shop",
                    "Rules": [{"RuleName": "by-hand", "TargetBackupVaultName": "there"}],
                },
            },
        ),
        drift=("rules",),
        bads=(
            Bad({"rules": DROP}, "rules", "required"),
            Bad({"rules": [{**_DAILY, "schedule": "rate(1 day)"}]}, "rules[0].schedule", "cron"),
            Bad({"rules": [{**_DAILY, "ruleName": "with space"}]}, "rules[0].ruleName", "pattern"),
            Bad(
                {"rules": [{**_DAILY, "lifecycle": {"deleteAfter": "soon"}}]},
                "rules[0].lifecycle.deleteAfter",
                "number",
            ),
            Bad({"name": "x" * 51}, "name", "1 to 50"),
            Bad({"rule": []}, "rule", "did you mean rules"),
        ),
    ),
    Good(
        token="aws:backup/selection:Selection",
        needs=("backup plan",),
        inputs={
            "name": "shop",
            "planId": "{plan}",
            "iamRoleArn": _ROLE,
            "selectionTags": [{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}],
            "resources": ["*"],
            "conditions": [{"stringNotLikes": [{"key": "aws:ResourceTag/test", "value": "*"}]}],
        },
        change={},
        replacements={"name": "other", "iamRoleArn": f"{_ROLE}-2", "planId": "other"},
        fixed=True,
        bads=(
            Bad({"resources": DROP, "selectionTags": DROP}, "resources", "selectionTags"),
            Bad({"iamRoleArn": "backups"}, "iamRoleArn", "ARN"),
            Bad(
                {"selectionTags": [{"type": "LIKE", "key": "backup", "value": "daily"}]},
                "selectionTags[0].type",
                "STRINGEQUALS",
            ),
            Bad({"planId": DROP}, "planId", "required"),
            Bad({"name": "with space"}, "name", "pattern"),
        ),
    ),
    Good(
        token="aws:backup/restoreTestingPlan:RestoreTestingPlan",
        inputs={
            "name": "shop_weekly",
            "recoveryPointSelection": _POINTS,
            "scheduleExpression": "cron(0 5 ? * 2 *)",
            "tags": TAGS,
        },
        change={"scheduleExpression": "cron(0 6 ? * 2 *)", "tags": OTHER_TAGS},
        replacements={"name": "other"},
        outside=(
            "backup",
            "update_restore_testing_plan",
            {"RestoreTestingPlanName": "{id}", "RestoreTestingPlan": {"ScheduleExpression": "cron(0 7 ? * 2 *)"}},
        ),
        drift=("scheduleExpression",),
        bads=(
            Bad({"name": "shop-weekly"}, "name", "letters, digits and _"),
            Bad({"scheduleExpression": DROP}, "scheduleExpression", "required"),
            Bad(
                {"recoveryPointSelection": {**_POINTS, "algorithm": "NEWEST"}},
                "recoveryPointSelection.algorithm",
                "LATEST_WITHIN_WINDOW",
            ),
            Bad(
                {"recoveryPointSelection": {**_POINTS, "recoveryPointTypes": ["TAPE"]}},
                "recoveryPointSelection.recoveryPointTypes[0]",
                "SNAPSHOT",
            ),
            Bad({"schedule": "x"}, "schedule", "did you mean scheduleExpression"),
        ),
    ),
    Good(
        token="aws:backup/restoreTestingSelection:RestoreTestingSelection",
        needs=("restore testing plan",),
        inputs={
            "name": "databases",
            "restoreTestingPlanName": "there",
            "iamRoleArn": _ROLE,
            "protectedResourceType": "RDS",
            "protectedResourceConditions": _TAGGED,
            "validationWindowHours": 4.0,
        },
        change={"validationWindowHours": 8.0},
        replacements={"name": "other", "restoreTestingPlanName": "other", "protectedResourceType": "DynamoDB"},
        outside=(
            "backup",
            "update_restore_testing_selection",
            {
                "RestoreTestingPlanName": "there",
                "RestoreTestingSelectionName": "databases",
                "RestoreTestingSelection": {"IamRoleArn": f"{_ROLE}-3"},
            },
        ),
        drift=("iamRoleArn",),
        bads=(
            Bad({"name": "a-b"}, "name", "letters, digits and _"),
            Bad({"iamRoleArn": "me"}, "iamRoleArn", "ARN"),
            Bad({"protectedResourceType": DROP}, "protectedResourceType", "required"),
            Bad({"protectedResource": "RDS"}, "protectedResource", "did you mean"),
        ),
    ),
)
