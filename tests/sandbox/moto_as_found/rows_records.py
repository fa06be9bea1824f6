"""Logs, backups, and what an account has once."""

from __future__ import annotations

import base64
import json
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


def _trail(moto: Moto) -> str:
    moto.s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return str(moto.cloudtrail.create_trail(Name="all", S3BucketName="trail")["TrailARN"])


@ROWS.add(
    "cloudtrail:StartLogging",
    "cloudtrail:StopLogging",
    file="gaps/cloudtrail.py",
    aws="what is called meanwhile is recorded",
    found=0,
)
def _(moto: Moto) -> object:
    moto.cloudtrail.start_logging(Name=_trail(moto))
    moto.cloudtrail.stop_logging(Name="all")
    return moto.s3.list_objects_v2(Bucket="trail")["KeyCount"]


@ROWS.add("cloudtrail:GetTrailStatus", file="gaps/cloudtrail.py", aws="a trail was delivered, or was not", found=True)
def _(moto: Moto) -> object:
    moto.cloudtrail.start_logging(Name=_trail(moto))
    return "LatestDeliveryTime" in moto.cloudtrail.get_trail_status(Name="all")


@ROWS.add("cloudtrail:DeleteTrail", file="gaps/cloudtrail.py", aws="by its ARN, too", found=1)
def _(moto: Moto) -> object:
    moto.cloudtrail.delete_trail(Name=_trail(moto))
    return len(moto.cloudtrail.list_trails()["Trails"])


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


@ROWS.add(
    "s3:PutObject",
    "s3:CopyObject",
    "s3:CompleteMultipartUpload",
    "s3:GetBucketEncryption",
    file="gaps/s3.py",
    aws="every object is encrypted",
    found=None,
)
def _(moto: Moto) -> object:
    moto.elsewhere("s3").create_bucket(Bucket="of-objects")
    moto.elsewhere("s3").put_object(Bucket="of-objects", Key="it", Body=b"it")
    return moto.elsewhere("s3").head_object(Bucket="of-objects", Key="it").get("ServerSideEncryption")


@ROWS.add("s3:PutObject", file="gaps/s3.py", aws="BadDigest: it is not what its checksum says", found="taken")
def _(moto: Moto) -> object:
    moto.elsewhere("s3").create_bucket(Bucket="of-objects")
    digest = base64.b64encode(bytes(32)).decode()
    put = moto.elsewhere("s3").put_object
    return moto.refused(put, Bucket="of-objects", Key="it", Body=b"it", ChecksumSHA256=digest)


@ROWS.add(
    "s3:GetObject",
    "s3:HeadObject",
    "s3:DeleteObject",
    file="gaps/s3_policies.py",
    aws="a policy's conditions spare who is named",
    found="403",
)
def _(moto: Moto) -> object:
    s3 = moto.elsewhere("s3")
    s3.create_bucket(Bucket="of-objects")
    s3.put_object(Bucket="of-objects", Key="it", Body=b"it")
    others = {"ArnNotLike": {"aws:PrincipalArn": ["*"]}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::of-objects/*"}
    s3.put_bucket_policy(
        Bucket="of-objects", Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied | {"Condition": others}]})
    )
    return moto.refused(s3.get_object, Bucket="of-objects", Key="it")


@ROWS.add("s3:GetObjectLockConfiguration", file="gaps/s3.py", aws="days or years", found={"Days": 9, "Years": 0})
def _(moto: Moto) -> object:
    s3 = moto.elsewhere("s3")
    s3.create_bucket(Bucket="of-objects", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 9}}
    s3.put_object_lock_configuration(
        Bucket="of-objects", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    found = s3.get_object_lock_configuration(Bucket="of-objects")["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    return {unit: found[unit] for unit in ("Days", "Years")}


@ROWS.add("s3:PutObjectLockConfiguration", file="gaps/s3.py", aws="with objects in it, too", found="InvalidBucket")
def _(moto: Moto) -> object:
    moto.elsewhere("s3").create_bucket(Bucket="of-objects", ObjectLockEnabledForBucket=True)
    moto.elsewhere("s3").put_object(Bucket="of-objects", Key="it", Body=b"it", ChecksumAlgorithm="SHA256")
    put = moto.elsewhere("s3").put_object_lock_configuration
    return moto.refused(put, Bucket="of-objects", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})


@ROWS.add("s3:PutBucketVersioning", file="gaps/s3.py", aws="InvalidBucketState: it has Object Lock", found="taken")
def _(moto: Moto) -> object:
    moto.elsewhere("s3").create_bucket(Bucket="of-objects", ObjectLockEnabledForBucket=True)
    suspended = {"Status": "Suspended"}
    return moto.refused(
        moto.elsewhere("s3").put_bucket_versioning, Bucket="of-objects", VersioningConfiguration=suspended
    )


@ROWS.add("route53:UpdateHealthCheck", file="gaps/route53.py", aws="what is not given stays", found=None)
def _(moto: Moto) -> object:
    wanted = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": "a.example",
        "Regions": ["us-east-1", "eu-west-1", "us-west-1"],
    }
    made = moto.route53.create_health_check(CallerReference="it", HealthCheckConfig=wanted)["HealthCheck"]["Id"]
    moto.route53.update_health_check(HealthCheckId=made, FailureThreshold=2)
    return moto.route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"].get("Regions")


@ROWS.add(
    "ce:ListTagsForResource",
    "ce:TagResource",
    "ce:UntagResource",
    file="gaps/cost_explorer.py",
    aws="only what is there has tags",
    found="taken",
)
def _(moto: Moto) -> object:
    arn = "arn:aws:ce::123456789012:anomalymonitor/none"
    return moto.refused(moto.ce.tag_resource, ResourceArn=arn, ResourceTags=[{"Key": "a", "Value": "b"}])


@ROWS.add(
    "synthetics:CreateCanary",
    "synthetics:GetCanary",
    "synthetics:ListTagsForResource",
    file="gaps/synthetics.py",
    aws="one that is not there is not found",
    found="breaks: KeyError",
)
def _(moto: Moto) -> object:
    return moto.refused(moto.synthetics.get_canary, Name="none")
