"""Every service's own words for "too many requests" are words that SDKs retry, and reach boto3 as they are."""

from __future__ import annotations

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.standard import ThrottledRetryableChecker

from opslib.sandbox import Fault
from opslib.sandbox.faults.codes import INTERNAL, THROTTLING, internal_error_of, throttling_of

# A read without parameters of every service in the tables that has one.
READS = {
    "apigateway": ("get_rest_apis", {}),
    "application-autoscaling": ("describe_scalable_targets", {"ServiceNamespace": "ecs"}),
    "autoscaling": ("describe_auto_scaling_groups", {}),
    "budgets": ("describe_budgets", {"AccountId": "123456789012"}),
    "ce": ("list_cost_category_definitions", {}),
    "cloudformation": ("describe_stacks", {}),
    "cloudwatch": ("describe_alarms", {}),
    "dynamodb": ("list_tables", {}),
    "ec2": ("describe_vpcs", {}),
    "ecr": ("describe_repositories", {}),
    "ecs": ("list_clusters", {}),
    "efs": ("describe_file_systems", {}),
    "elasticache": ("describe_replication_groups", {}),
    "elb": ("describe_load_balancers", {}),
    "elbv2": ("describe_target_groups", {}),
    "events": ("list_rules", {}),
    "iam": ("list_roles", {}),
    "kms": ("list_keys", {}),
    "lambda": ("list_functions", {}),
    "logs": ("describe_log_groups", {}),
    "rds": ("describe_db_instances", {}),
    "resourcegroupstaggingapi": ("get_resources", {}),
    "route53": ("list_health_checks", {}),
    "s3": ("list_buckets", {}),
    "scheduler": ("list_schedules", {}),
    "secretsmanager": ("list_secrets", {}),
    "sns": ("list_topics", {}),
    "sqs": ("list_queues", {}),
    "ssm": ("describe_parameters", {}),
    "stepfunctions": ("list_state_machines", {}),
    "sts": ("get_caller_identity", {}),
    "synthetics": ("describe_canaries", {}),
}


def test_every_row_is_tried_below():
    assert {*THROTTLING, *INTERNAL} <= set(READS)


@pytest.mark.parametrize("service", READS)
def test_throttling_reaches_boto3_and_is_retried(account, service):
    operation, parameters = READS[service]
    account.faults(Fault.throttle(service, nth=1, times=2))
    client = account.client(service, "eu-west-1")
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**parameters)
    answer = caught.value.response
    wanted = throttling_of(service, client.meta.method_to_api_mapping[operation])
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == wanted[:2]
    assert answer["Error"]["Message"] == wanted.message
    assert wanted.code in ThrottledRetryableChecker._THROTTLED_ERROR_CODES


@pytest.mark.parametrize("service", READS)
@pytest.mark.parametrize("status", [500, 503])
def test_internal_errors_reach_boto3(account, service, status):
    operation, parameters = READS[service]
    account.faults(Fault.internal_error(service, status=status))
    with pytest.raises(ClientError) as caught:
        getattr(account.client(service, "eu-west-1"), operation)(**parameters)
    answer = caught.value.response
    wanted = internal_error_of(service, status)
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (wanted.code, status)


@pytest.mark.parametrize("service", sorted(INTERNAL))
def test_an_internal_error_of_its_own_is_one_that_the_service_models(service):
    if service == "s3":  # its errors stand in prose: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        return
    model = botocore.session.get_session().get_service_model(service)
    assert INTERNAL[service] in {shape.error_code for shape in model.error_shapes}


def test_a_patient_client_gets_through(account):
    account.faults(Fault.throttle("ecs", nth=1, times=2))
    retries = Config(retries={"mode": "standard", "total_max_attempts": 3}, proxies={})
    ecs = boto3.client(
        "ecs",
        region_name="eu-west-1",
        endpoint_url=account.url,
        aws_access_key_id="patient",
        aws_secret_access_key="x",
        config=retries,
    )
    assert ecs.list_clusters()["clusterArns"] == []
    assert [call.status for call in account.calls()] == [400, 400, 200]


def test_the_throughput_of_a_table_is_a_table_s_own_matter(account):
    dynamodb = account.client("dynamodb", "eu-west-1")
    account.faults(Fault.throttle("dynamodb"))
    for call, code in [
        (lambda: dynamodb.get_item(TableName="t", Key={"k": {"S": "1"}}), "ProvisionedThroughputExceededException"),
        (lambda: dynamodb.describe_table(TableName="t"), "ThrottlingException"),
    ]:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
