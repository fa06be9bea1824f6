"""Logs, backups, and what an account has once."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.sandbox.moto_as_found.found import Moto, Rows

ROWS = Rows()

LOGS, BACKUP, TEXTS = "gaps/log_events.py", "gaps/backup.py", "gaps/sns_sms.py"
GROUP = {"logGroupName": "/shop/api"}
RULE = {"RuleName": "daily", "TargetBackupVaultName": "nowhere"}


def _filter(moto: Moto, pattern: str = "ERROR") -> str:
    metric = {"metricName": "Errors", "metricNamespace": "shop", "metricValue": "1"}
    return moto.refused(
        moto.logs.put_metric_filter, **GROUP, filterName="f", filterPattern=pattern, metricTransformations=[metric]
    )


def _plan(moto: Moto) -> str:
    made = moto.backup.create_backup_plan(BackupPlan={"BackupPlanName": "shop", "Rules": [RULE]})
    return str(made["BackupPlanId"])


@ROWS.add("logs:PutMetricFilter", file=LOGS, aws="putting it again changes it", found=("taken", "taken", 2))
def _(moto: Moto) -> object:
    return _filter(moto), _filter(moto, "WARN"), len(moto.logs.describe_metric_filters()["metricFilters"])


@ROWS.add("logs:PutLogEvents", file=LOGS, aws="its metric filters count a line", found=[])
def _(moto: Moto) -> object:
    moto.logs.create_log_group(**GROUP)
    moto.logs.create_log_stream(**GROUP, logStreamName="s")
    _filter(moto)
    now = int(datetime.now(UTC).timestamp() * 1000)
    moto.logs.put_log_events(**GROUP, logStreamName="s", logEvents=[{"timestamp": now, "message": "ERROR"}])
    return moto.cloudwatch.list_metrics()["Metrics"]


@ROWS.add("logs:DeleteLogGroup", file=LOGS, aws="its metric filters go with it", found=1)
def _(moto: Moto) -> object:
    moto.logs.create_log_group(**GROUP)
    _filter(moto)
    moto.logs.delete_log_group(**GROUP)
    return len(moto.logs.describe_metric_filters()["metricFilters"])


@ROWS.add("backup:CreateBackupPlan", file=BACKUP, aws="a rule's vault is there", found=36)
def _(moto: Moto) -> object:
    return len(_plan(moto))


@ROWS.add(
    "backup:GetBackupPlan",
    "backup:DeleteBackupPlan",
    file=BACKUP,
    aws="a deleted plan is not there",
    found="taken",
)
def _(moto: Moto) -> object:
    made = _plan(moto)
    moto.backup.delete_backup_plan(BackupPlanId=made)
    return moto.refused(moto.backup.get_backup_plan, BackupPlanId=made)


@ROWS.add("backup:DescribeBackupVault", file=BACKUP, aws="it tells how much is in it", found=False)
def _(moto: Moto) -> object:
    moto.backup.create_backup_vault(BackupVaultName="shop")
    return "NumberOfRecoveryPoints" in moto.backup.describe_backup_vault(BackupVaultName="shop")


@ROWS.add("backup:DeleteBackupVault", file=BACKUP, aws="one that is not there is refused", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.backup.delete_backup_vault, BackupVaultName="nowhere")


@ROWS.add("iam:AttachRolePolicy", file="gaps/iam_managed.py", aws="AWS's own policies are there", found="NoSuchEntity")
def _(moto: Moto) -> object:
    moto.role()
    return moto.refused(moto.iam.attach_role_policy, RoleName="run", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


@ROWS.add(
    "sns:SetSMSAttributes",
    "sns:GetSMSAttributes",
    file=TEXTS,
    aws="what makes no sense is refused, what is not set is not told",
    found={"MonthlySpendLimit": "much", "DefaultSMSType": ""},
)
def _(moto: Moto) -> object:
    moto.sns.set_sms_attributes(attributes={"MonthlySpendLimit": "much", "DefaultSMSType": ""})
    return moto.sns.get_sms_attributes()["attributes"]
