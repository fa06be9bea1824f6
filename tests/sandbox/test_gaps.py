"""The rest of what the monitoring program needs, as a provider uses it: create, read, update, delete, tags."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

ACCOUNT = "123456789012"
ECS_TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/api",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaling(aws):
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(family="api", containerDefinitions=[{"name": "api", "image": "i", "memory": 128}])
    ecs.create_service(cluster="shop", serviceName="api", taskDefinition="api", desiredCount=2)
    return aws("application-autoscaling")


def tracking(metric: str = "ECSServiceAverageCPUUtilization", **changes: Any) -> dict[str, Any]:
    specification = {"PredefinedMetricType": metric, **changes}
    return {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": specification,
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 60,
        },
    }


def test_scaling_policies_and_their_alarms_go_with_their_target(aws, scaling, refused):
    cloudwatch = aws("cloudwatch")
    code, _ = refused(scaling.put_scaling_policy, PolicyName="cpu", **ECS_TARGET, **tracking())
    assert code == "ObjectNotFoundException"
    scaling.register_scalable_target(**ECS_TARGET, MinCapacity=2, MaxCapacity=20)
    for name, metric in (("cpu", "ECSServiceAverageCPUUtilization"), ("memory", "ECSServiceAverageMemoryUtilization")):
        scaling.put_scaling_policy(PolicyName=name, **ECS_TARGET, **tracking(metric))
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    assert {alarm["StateValue"] for alarm in alarms} == {"INSUFFICIENT_DATA"}
    assert len(alarms) == 4
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["memory"])["ScalingPolicies"]
    assert [policy["PolicyName"] for policy in found] == ["memory"]
    scaling.deregister_scalable_target(**ECS_TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_scalable_targets_keep_their_tags_and_their_capacities_in_order(scaling, refused):
    missing = {**ECS_TARGET, "ResourceId": "service/shop/none"}
    code, message = refused(scaling.register_scalable_target, **missing, MinCapacity=1, MaxCapacity=2)
    assert (code, message) == ("ValidationException", "ECS service doesn't exist: service/shop/none")
    assert refused(scaling.register_scalable_target, **ECS_TARGET, MinCapacity=1)[0] == "ValidationException"
    made = scaling.register_scalable_target(**ECS_TARGET, MinCapacity=2, MaxCapacity=20, Tags={"a": "1"})
    arn = made["ScalableTargetARN"]
    assert scaling.register_scalable_target(**ECS_TARGET, MaxCapacity=30)["ScalableTargetARN"] == arn
    assert "cannot be less" in refused(scaling.register_scalable_target, **ECS_TARGET, MaxCapacity=1)[1]
    target = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 30)
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    assert refused(scaling.list_tags_for_resource, ResourceARN=arn + "x")[0] == "ResourceNotFoundException"


def test_requests_per_target_needs_to_say_of_which_target(scaling, refused):
    scaling.register_scalable_target(**ECS_TARGET, MinCapacity=2, MaxCapacity=20)
    policy = {"PolicyName": "requests", **ECS_TARGET}
    assert "ResourceLabel" in refused(scaling.put_scaling_policy, **policy, **tracking("ALBRequestCountPerTarget"))[1]
    label = "app/shop/1/targetgroup/api/2"
    scaling.put_scaling_policy(**policy, **tracking("ALBRequestCountPerTarget", ResourceLabel=label))


ACTUAL = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.0,
    "ThresholdType": "PERCENTAGE",
}
TOPIC = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:costs"}
MAIL = {"SubscriptionType": "EMAIL", "Address": "ops@example.com"}
BUDGET = {
    "BudgetName": "monthly",
    "BudgetLimit": {"Amount": "2000", "Unit": "USD"},
    "TimeUnit": "MONTHLY",
    "BudgetType": "COST",
}


@pytest.fixture
def budgets(aws):
    client = aws("budgets", "us-east-1")
    notifications = [{"Notification": ACTUAL, "Subscribers": [TOPIC]}]
    tags = [{"Key": "a", "Value": "1"}]
    client.create_budget(
        AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=notifications, ResourceTags=tags
    )
    return client


def test_budgets_change_and_keep_their_notifications(budgets, refused):
    named = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
    before = budgets.describe_budget(**named)["Budget"]
    assert before["CostTypes"]["IncludeTax"] is True
    budgets.update_budget(AccountId=ACCOUNT, NewBudget={**BUDGET, "BudgetLimit": {"Amount": "3000", "Unit": "USD"}})
    after = budgets.describe_budget(**named)["Budget"]
    assert after["BudgetLimit"]["Amount"] == "3000"
    assert after["TimePeriod"] == before["TimePeriod"]
    found = budgets.describe_notifications_for_budget(**named)["Notifications"]
    assert found == [{**ACTUAL, "NotificationState": "OK"}]
    assert refused(budgets.create_budget, AccountId=ACCOUNT, Budget=BUDGET)[0] == "DuplicateRecordException"
    budgets.delete_budget(**named)
    assert refused(budgets.describe_budget, **named)[0] == "NotFoundException"


def test_notifications_and_their_subscribers_change_one_by_one(budgets, refused):
    named = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
    assert budgets.describe_subscribers_for_notification(**named, Notification=ACTUAL)["Subscribers"] == [TOPIC]
    budgets.create_subscriber(**named, Notification=ACTUAL, Subscriber=MAIL)
    code, _ = refused(budgets.create_subscriber, **named, Notification=ACTUAL, Subscriber=MAIL)
    assert code == "DuplicateRecordException"
    other = {"SubscriptionType": "SNS", "Address": TOPIC["Address"] + "2"}
    code, _ = refused(budgets.create_subscriber, **named, Notification=ACTUAL, Subscriber=other)
    assert code == "CreationLimitExceededException"
    budgets.delete_subscriber(**named, Notification=ACTUAL, Subscriber=TOPIC)
    higher = {**ACTUAL, "Threshold": 90.0}
    budgets.update_notification(**named, OldNotification=ACTUAL, NewNotification=higher)
    assert budgets.describe_subscribers_for_notification(**named, Notification=higher)["Subscribers"] == [MAIL]
    budgets.create_notification(**named, Notification=ACTUAL, Subscribers=[TOPIC])
    budgets.delete_notification(**named, Notification=higher)
    assert refused(budgets.delete_notification, **named, Notification=higher)[0] == "NotFoundException"
    assert len(budgets.describe_notifications_for_budget(**named)["Notifications"]) == 1


def test_budgets_have_tags(budgets, refused):
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "b", "Value": "2"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "b", "Value": "2"}]
    assert refused(budgets.list_tags_for_resource, ResourceARN=arn + "x")[0] == "NotFoundException"


POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
    }
)


def test_keys_rotate_by_their_period(aws):
    kms = aws("kms")
    key = kms.create_key(Policy=POLICY, Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["RotationPeriodInDays"], status["KeyId"]) == (180, key)
    assert status["NextRotationDate"] - kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"] > timedelta(days=179)


def test_policies_that_are_none_are_refused(aws, refused):
    kms = aws("kms")
    assert refused(kms.create_key, Policy="{")[0] == "MalformedPolicyDocumentException"
    key = kms.create_key(Policy=POLICY)["KeyMetadata"]["KeyId"]
    code, _ = refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy="{}")
    assert code == "MalformedPolicyDocumentException"
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(POLICY)


def test_a_key_that_waits_to_be_deleted_takes_no_more(aws, refused):
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    assert refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)[0] == "ValidationException"
    assert kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    for operation, parameters in (
        (kms.enable_key, {"KeyId": key}),
        (kms.enable_key_rotation, {"KeyId": "alias/shop"}),
        (kms.schedule_key_deletion, {"KeyId": key}),
        (kms.create_alias, {"AliasName": "alias/other", "TargetKeyId": key}),
    ):
        assert refused(operation, **parameters)[0] == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


def test_time_to_live_cannot_be_set_to_what_it_is(aws, refused):
    dynamodb = aws("dynamodb")
    dynamodb.create_table(
        TableName="journal",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    on = {"Enabled": True, "AttributeName": "expires_at"}
    dynamodb.update_time_to_live(TableName="journal", TimeToLiveSpecification=on)
    code, message = refused(dynamodb.update_time_to_live, TableName="journal", TimeToLiveSpecification=on)
    assert (code, message) == ("ValidationException", "TimeToLive is already enabled")
    found = dynamodb.describe_time_to_live(TableName="journal")["TimeToLiveDescription"]
    assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert refused(dynamodb.delete_table, TableName="journal")[0] == "ValidationException"
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="journal", PointInTimeRecoverySpecification=recovery)
    backups = dynamodb.describe_continuous_backups(TableName="journal")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.parametrize(
    ("size", "tier", "expected"),
    [
        (4096, None, "Standard"),
        (4096, "Standard", "Standard"),
        (4097, None, None),
        (4097, "Standard", None),
        (4096, "Intelligent-Tiering", "Standard"),
        (4097, "Intelligent-Tiering", "Advanced"),
        (8192, "Advanced", "Advanced"),
        (8193, "Advanced", None),
        (8193, "Intelligent-Tiering", None),
    ],
)
def test_parameters_have_the_size_of_their_tier(aws, refused, size, tier, expected):
    ssm = aws("ssm")
    parameter = {"Name": "/opslib/outputs", "Type": "String", "Value": "x" * size} | ({"Tier": tier} if tier else {})
    if expected is None:
        assert refused(ssm.put_parameter, **parameter)[0] == "ValidationException"
    else:
        assert ssm.put_parameter(**parameter)["Tier"] == expected
        assert ssm.get_parameter(Name="/opslib/outputs")["Parameter"]["Value"] == "x" * size


def test_bytes_are_measured_not_characters(aws, refused):
    assert refused(aws("ssm").put_parameter, Name="p", Type="String", Value="ü" * 2049)[0] == "ValidationException"


def test_an_advanced_parameter_stays_advanced(aws, refused):
    ssm = aws("ssm")
    parameter = {"Name": "p", "Type": "String", "Value": "x"}
    ssm.put_parameter(**parameter, Tier="Advanced", Tags=[{"Key": "a", "Value": "1"}])
    assert "downgrade" in refused(ssm.put_parameter, **parameter, Tier="Standard", Overwrite=True)[1]
    assert ssm.put_parameter(**parameter, Overwrite=True)["Tier"] == "Advanced"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="p")["TagList"]
    assert tags == [{"Key": "a", "Value": "1"}]
