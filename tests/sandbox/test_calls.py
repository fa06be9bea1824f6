from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from opslib.sandbox.calls import is_mutating

READING = [
    ("ecs", "DescribeServices"),
    ("ecs", "ListTasks"),
    ("cloudwatch", "GetMetricData"),
    ("s3", "HeadObject"),
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "Query"),
    ("dynamodb", "Scan"),
    ("iam", "SimulatePrincipalPolicy"),
    ("cloudtrail", "LookupEvents"),
    ("sts", "AssumeRole"),
    ("logs", "StartQuery"),
    ("logs", "FilterLogEvents"),
    ("kms", "Decrypt"),
    ("route53", "TestDNSAnswer"),
    ("unknown", "GET /v1/things"),
]
MUTATING = [
    ("ecs", "UpdateService"),
    ("cloudwatch", "PutMetricAlarm"),
    ("sqs", "ReceiveMessage"),
    ("sns", "Publish"),
    ("s3", "PutObject"),
    ("dynamodb", "TransactWriteItems"),
    ("ssm", "SendCommand"),
    ("quicksight", "SearchlightCampaign"),
    ("iam", "GenerateCredentialReport"),
    ("unknown", "POST /v1/things"),
    ("x", "Getaway"),
]


@pytest.mark.parametrize(("service", "operation"), READING)
def test_reading_operations(service, operation):
    assert not is_mutating(service, operation)


@pytest.mark.parametrize(("service", "operation"), MUTATING)
def test_mutating_operations(service, operation):
    assert is_mutating(service, operation)


def test_calls_are_kept_in_order_with_how_they_ended(account, aws):
    aws("sns").create_topic(Name="alerts")
    aws("ecs", "us-west-2").list_clusters()
    with pytest.raises(ClientError):
        aws("sns").get_topic_attributes(TopicArn="arn:aws:sns:eu-west-1:123456789012:none")
    seen = [(c.sequence, c.service, c.operation, c.region, c.mutating, c.status, c.error) for c in account.calls()]
    assert seen == [
        (1, "sns", "CreateTopic", "eu-west-1", True, 200, None),
        (2, "ecs", "ListClusters", "us-west-2", False, 200, None),
        (3, "sns", "GetTopicAttributes", "eu-west-1", False, 404, "NotFound"),
    ]
    counts = account.status().calls
    assert (counts.total, counts.mutating, counts.failed) == (3, 1, 1)


def test_forgetting_the_calls_counts_from_one_again_and_keeps_the_account(account, aws):
    aws("sns").create_topic(Name="alerts")
    account.reset_calls()
    assert account.calls() == []
    assert len(aws("sns").list_topics()["Topics"]) == 1
    assert [call.sequence for call in account.calls()] == [1]


def test_calls_at_once_are_each_counted_once(account, aws):
    sqs = aws("sqs")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: sqs.create_queue(QueueName=f"q{n}"), range(60)))
    assert [call.sequence for call in account.calls()] == list(range(1, 61))
    assert len(sqs.list_queues()["QueueUrls"]) == 60


def test_a_record_cannot_be_changed(account, aws):
    aws("sns").list_topics()
    with pytest.raises(ValueError, match="frozen"):
        account.calls()[0].status = 500
