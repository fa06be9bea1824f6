"""What `opslib doctor` relies on of plain moto: what is there is told, what is not is refused by AWS's code."""

from __future__ import annotations

import pytest

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"


@pytest.mark.feature("O14")
def test_what_is_not_there_is_refused_by_awss_code(aws, refused):
    balancer = "11111111/2222222222222222"
    asked = {
        "LoadBalancerNotFound": refused(
            aws("elbv2").describe_load_balancers,
            LoadBalancerArns=[ARN.format("elasticloadbalancing", f"loadbalancer/app/{balancer}")],
        ),
        "ListenerNotFound": refused(
            aws("elbv2").describe_listeners,
            ListenerArns=[ARN.format("elasticloadbalancing", f"listener/app/{balancer}/3333333333333333")],
        ),
        "ReplicationGroupNotFoundFault": refused(
            aws("elasticache").describe_replication_groups, ReplicationGroupId="nothing"
        ),
    }
    assert {code: told[0] for code, told in asked.items()} == {code: code for code in asked}
    certificate = ARN.format("acm", "certificate/11111111-1111-1111-1111-111111111111")
    for operation, asked_for in (
        (aws("acm").describe_certificate, {"CertificateArn": certificate}),
        (aws("events").describe_rule, {"Name": "nothing"}),
        (aws("events").list_targets_by_rule, {"Rule": "nothing"}),
        (aws("lambda").get_function_configuration, {"FunctionName": "nothing"}),
        (aws("lambda").get_alias, {"FunctionName": "nothing", "Name": "live"}),
    ):
        assert refused(operation, **asked_for)[0] == "ResourceNotFoundException", operation
    assert (
        refused(aws("ec2").describe_instances, InstanceIds=["i-0123456789abcdef0"])[0] == "InvalidInstanceID.NotFound"
    )
    assert aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["nothing"])["AutoScalingGroups"] == []
    assert aws("logs").describe_log_groups(logGroupNamePrefix="nothing")["logGroups"] == []
    assert aws("budgets").describe_budgets(AccountId="123456789012")["Budgets"] == []


@pytest.mark.feature("O14")
def test_rules_log_groups_and_certificates_are_told_as_they_are(aws):
    events, logs, acm = aws("events"), aws("logs"), aws("acm")
    events.put_rule(Name="changes", EventPattern='{"source": ["aws.ecs"]}', State="DISABLED")
    assert events.describe_rule(Name="changes")["State"] == "DISABLED"
    events.put_targets(Rule="changes", Targets=[{"Id": "one", "Arn": ARN.format("sqs", "queue")}])
    assert [one["Id"] for one in events.list_targets_by_rule(Rule="changes")["Targets"]] == ["one"]
    logs.create_log_group(logGroupName="/ecs/a")
    logs.create_log_group(logGroupName="/ecs/ab")
    logs.put_retention_policy(logGroupName="/ecs/ab", retentionInDays=30)
    found = logs.describe_log_groups(logGroupNamePrefix="/ecs/a")["logGroups"]
    assert [(one["logGroupName"], one.get("retentionInDays")) for one in found] == [("/ecs/a", None), ("/ecs/ab", 30)]
    made = acm.request_certificate(DomainName="shop.example", ValidationMethod="DNS")["CertificateArn"]
    described = acm.describe_certificate(CertificateArn=made)["Certificate"]
    assert described["DomainName"] == "shop.example"
    assert described["NotAfter"] > described["NotBefore"]


@pytest.mark.feature("O14")
def test_phones_have_a_limit_and_can_opt_out(aws):
    sns = aws("sns")
    assert sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"] == {}
    sns.set_sms_attributes(attributes={"MonthlySpendLimit": "50"})
    assert sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"] == {"MonthlySpendLimit": "50"}
    # Numbers that end in 99 have opted out: moto's own.
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+15005550199")["isOptedOut"] is True
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+4915112345678")["isOptedOut"] is False
