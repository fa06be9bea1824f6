"""Databases, parameters, commands, secrets, tables, keys, and who calls."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from moto.ssm.models import ssm_backends

from tests.sandbox.moto_as_found.found import ACCOUNT, REGION, Moto, Rows

ROWS = Rows()

RDS, KMS, DYNAMODB = "gaps/rds.py", "gaps/kms.py", "gaps/dynamodb.py"


@ROWS.add("rds:CreateDBInstance", file=RDS, aws="creating at first", found="available")
def _(moto: Moto) -> object:
    return moto.database()["DBInstanceStatus"]


@ROWS.add("rds:CreateDBInstance", file=RDS, aws="a resource id of its own", found=1)
def _(moto: Moto) -> object:
    return len({moto.database(name)["DbiResourceId"] for name in ("one", "two")})


@ROWS.add("rds:CreateDBInstance", file=RDS, aws="without backups there is none", found=1)
def _(moto: Moto) -> object:
    moto.database(BackupRetentionPeriod=0)
    return len(moto.rds.describe_db_snapshots(DBInstanceIdentifier="main")["DBSnapshots"])


@ROWS.add("rds:DescribeDBInstances", file=RDS, aws="LatestRestorableTime lags minutes behind", found=True)
def _(moto: Moto) -> object:
    moto.database()
    found = moto.rds.describe_db_instances()["DBInstances"][0]["LatestRestorableTime"]
    return datetime.now(UTC) - found < timedelta(seconds=30)


@ROWS.add("rds:ModifyDBInstance", file=RDS, aws="another class waits for the window", found="db.r6g.large")
def _(moto: Moto) -> object:
    moto.database()
    changed = moto.rds.modify_db_instance(DBInstanceIdentifier="main", DBInstanceClass="db.r6g.large")
    return changed["DBInstance"]["DBInstanceClass"]


@ROWS.add("rds:RestoreDBInstanceToPointInTime", file=RDS, aws="no deletion protection", found=True)
def _(moto: Moto) -> object:
    moto.database(DeletionProtection=True)
    restored = moto.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="main", TargetDBInstanceIdentifier="copy", UseLatestRestorableTime=True
    )
    return restored["DBInstance"]["DeletionProtection"]


@ROWS.add("rds:RestoreDBInstanceToPointInTime", file=RDS, aws="not to a moment in the future", found="taken")
def _(moto: Moto) -> object:
    moto.database()
    return moto.refused(
        moto.rds.restore_db_instance_to_point_in_time,
        SourceDBInstanceIdentifier="main",
        TargetDBInstanceIdentifier="copy",
        RestoreTime=datetime.now(UTC) + timedelta(days=1),
    )


@ROWS.add(
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:CreateDBSnapshot",
    file=RDS,
    aws="a snapshot is creating first",
    found="available",
)
def _(moto: Moto) -> object:
    moto.database()
    made = moto.rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="s")
    return made["DBSnapshot"]["Status"]


@ROWS.add(
    "rds:CreateDBInstanceReadReplica", "rds:PromoteReadReplica", file=RDS, aws="promoted it has no source", found="main"
)
def _(moto: Moto) -> object:
    moto.database()
    moto.rds.create_db_instance_read_replica(DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="main")
    promoted = moto.rds.promote_read_replica(DBInstanceIdentifier="copy")["DBInstance"]
    return promoted.get("ReadReplicaSourceDBInstanceIdentifier")


@ROWS.add("rds:RebootDBInstance", file=RDS, aws="rebooting", found="available")
def _(moto: Moto) -> object:
    moto.database()
    return moto.rds.reboot_db_instance(DBInstanceIdentifier="main")["DBInstance"]["DBInstanceStatus"]


@ROWS.add("rds:StartDBInstance", "rds:StopDBInstance", file=RDS, aws="stopping at first", found="stopped")
def _(moto: Moto) -> object:
    moto.database()
    return moto.rds.stop_db_instance(DBInstanceIdentifier="main")["DBInstance"]["DBInstanceStatus"]


@ROWS.add("rds:DeleteDBInstance", file=RDS, aws="a word on the final snapshot is wanted", found="taken")
def _(moto: Moto) -> object:
    moto.database()
    return moto.refused(moto.rds.delete_db_instance, DBInstanceIdentifier="main")


@ROWS.add(
    "rds:CreateDBCluster",
    "rds:DescribeDBClusters",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBClusterToPointInTime",
    file=RDS,
    aws="creating for minutes",
    found="available",
)
def _(moto: Moto) -> object:
    moto.rds.create_db_cluster(
        DBClusterIdentifier="c", Engine="aurora-postgresql", MasterUsername="p", MasterUserPassword="not-a-secret"
    )
    return moto.rds.describe_db_clusters()["DBClusters"][0]["Status"]


@ROWS.add("ssm:PutParameter", file="gaps/ssm.py", aws="a standard value has at most 4096 characters", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.ssm.put_parameter, Name="/a", Value="x" * 4097, Type="String", Tier="Standard")


@ROWS.add(
    "ssm:DescribeParameters",
    file="gaps/ssm.py",
    aws="parameters can be put while others are listed",
    found="breaks: RuntimeError",
)
def _(moto: Moto) -> object:
    moto.ssm.put_parameter(Name="/a", Value="1", Type="String")
    backend = ssm_backends[ACCOUNT][REGION]
    matches = backend._match_filters

    def matches_meanwhile(*args: Any) -> Any:
        moto.ssm.put_parameter(Name="/b", Value="1", Type="String")
        return matches(*args)

    with patch.object(backend, "_match_filters", matches_meanwhile):
        return moto.refused(moto.ssm.describe_parameters)


@ROWS.add("ssm:SendCommand", file="gaps/ssm.py", aws="an instance that is not there is refused", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.ssm.send_command, DocumentName="AWS-RunShellScript", InstanceIds=["i-0123456789abcdef0"])


@ROWS.add(
    "secretsmanager:GetSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
    "secretsmanager:DescribeSecret",
    file="gaps/secretsmanager.py",
    aws="the version with AWSCURRENT",
    found="new",
)
def _(moto: Moto) -> object:
    secrets = moto.secretsmanager
    old = secrets.create_secret(Name="s", SecretString="old")["VersionId"]
    new = secrets.put_secret_value(SecretId="s", SecretString="new")["VersionId"]
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=old, RemoveFromVersionId=new
    )
    return secrets.get_secret_value(SecretId="s")["SecretString"]


def _table(moto: Moto) -> None:
    moto.dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


ONE = {":one": {"N": "1"}}


@ROWS.add(
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    file=DYNAMODB,
    aws="a value that no expression uses is refused",
    found=("taken", "taken"),
)
def _(moto: Moto) -> object:
    _table(moto)
    put = moto.refused(
        moto.dynamodb.put_item,
        TableName="t",
        Item={"id": {"S": "1"}},
        ConditionExpression="attribute_not_exists(id)",
        ExpressionAttributeValues=ONE,
    )
    scanned = moto.refused(
        moto.dynamodb.scan, TableName="t", FilterExpression="attribute_exists(id)", ExpressionAttributeValues=ONE
    )
    return put, scanned


@ROWS.add("dynamodb:TransactWriteItems", file=DYNAMODB, aws="a token is carried out once", found="2")
def _(moto: Moto) -> object:
    _table(moto)
    add = {
        "TableName": "t",
        "Key": {"id": {"S": "1"}},
        "UpdateExpression": "ADD times :one",
        "ExpressionAttributeValues": ONE,
    }
    token = str(uuid.UUID(int=1))
    for _ in range(2):
        moto.dynamodb.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken=token)
    return moto.dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})["Item"]["times"]["N"]


@ROWS.add("dynamodb:UpdateTimeToLive", file=DYNAMODB, aws="what it is already is refused", found="taken")
def _(moto: Moto) -> object:
    _table(moto)
    on = {"TableName": "t", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"}}
    moto.dynamodb.update_time_to_live(**on)
    return moto.refused(moto.dynamodb.update_time_to_live, **on)


@ROWS.add("kms:CreateKey", "kms:PutKeyPolicy", file=KMS, aws="what is no policy is refused", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.kms.create_key, Policy="no policy")


@ROWS.add(
    "kms:CreateAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
    file=KMS,
    aws="a key that waits to be deleted is left alone",
    found=("taken", "taken"),
)
def _(moto: Moto) -> object:
    key = moto.kms.create_key()["KeyMetadata"]["KeyId"]
    moto.kms.schedule_key_deletion(KeyId=key)
    tag = [{"TagKey": "a", "TagValue": "b"}]
    return moto.refused(moto.kms.enable_key, KeyId=key), moto.refused(moto.kms.tag_resource, KeyId=key, Tags=tag)


@ROWS.add("kms:ScheduleKeyDeletion", file=KMS, aws="in 7 to 30 days", found="taken")
def _(moto: Moto) -> object:
    key = moto.kms.create_key()["KeyMetadata"]["KeyId"]
    return moto.refused(moto.kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=3)


@ROWS.add("kms:EnableKeyRotation", "kms:GetKeyRotationStatus", file=KMS, aws="the period is kept", found=None)
def _(moto: Moto) -> object:
    key = moto.kms.create_key()["KeyMetadata"]["KeyId"]
    moto.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    return moto.kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays")


@ROWS.add("kms:Verify", file=KMS, aws="a signature of something else is an error", found=False)
def _(moto: Moto) -> object:
    key = moto.kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    how = {"KeyId": key, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = moto.kms.sign(**how, Message=b"one")["Signature"]
    return moto.kms.verify(**how, Message=b"another", Signature=signature)["SignatureValid"]


@ROWS.add("sts:GetCallerIdentity", file="gaps/sts.py", aws="an ARN of IAM", found="arn:aws:sts::123456789012:user/moto")
def _(moto: Moto) -> object:
    return moto.sts.get_caller_identity()["Arn"]
