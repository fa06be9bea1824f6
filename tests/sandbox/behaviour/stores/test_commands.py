"""Commands on instances: which are taken, how long they take, how they end."""

from __future__ import annotations

import json
import urllib.request

import pytest

SHELL = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["ls"]}}


@pytest.fixture
def instances(aws):
    made = aws("ec2").run_instances(ImageId="ami-12c6146b", MinCount=3, MaxCount=3)["Instances"]
    return [instance["InstanceId"] for instance in made]


def states(aws, command):
    found = aws("ssm").list_command_invocations(CommandId=command)["CommandInvocations"]
    return {invocation["InstanceId"]: invocation["Status"] for invocation in found}


def whole(aws, command):
    return aws("ssm").list_commands(CommandId=command)["Commands"][0]


def set_outcomes(sandbox, **outcomes):
    body = json.dumps({"stores": {"command_outcomes": outcomes}}).encode()
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/behaviour", body)
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()


def send(aws, **options):
    return aws("ssm").send_command(**SHELL, **options)["Command"]["CommandId"]


def test_a_command_takes_its_time(account, aws, instances):
    command = send(aws, InstanceIds=instances[:1])
    assert states(aws, command) == {instances[0]: "Pending"}  # the other instances are none of its business
    account.clock.advance(2)
    assert states(aws, command) == {instances[0]: "InProgress"}
    assert whole(aws, command)["Status"] == "InProgress"
    account.clock.advance(10)
    assert states(aws, command) == {instances[0]: "Success"}
    found = aws("ssm").get_command_invocation(CommandId=command, InstanceId=instances[0])
    assert (found["Status"], found["ResponseCode"]) == ("Success", 0)
    assert (whole(aws, command)["Status"], whole(aws, command)["CompletedCount"]) == ("Success", 1)


def test_each_instance_ends_as_it_was_told_to(account, aws, instances):
    good, bad, silent = instances
    set_outcomes(account, **{bad: "Failed", silent: "TimedOut"})
    command = send(aws, InstanceIds=instances, TimeoutSeconds=600)
    account.clock.advance(20)
    assert states(aws, command) == {good: "Success", bad: "Failed", silent: "Pending"}
    assert whole(aws, command)["Status"] == "InProgress"
    account.clock.advance(600)
    assert states(aws, command)[silent] == "TimedOut"
    assert (whole(aws, command)["Status"], whole(aws, command)["ErrorCount"]) == ("Failed", 2)


def test_unknown_and_stopped_instances_are_refused(aws, instances, refused):
    ssm = aws("ssm")
    for asked in (["i-0123456789abcdef0"], [instances[0], "i-0123456789abcdef0"]):
        assert refused(ssm.send_command, **SHELL, InstanceIds=asked)[0] == "InvalidInstanceId"
    aws("ec2").stop_instances(InstanceIds=instances[:1])
    assert refused(ssm.send_command, **SHELL, InstanceIds=instances[:1])[0] == "InvalidInstanceId"
    assert ssm.list_commands()["Commands"] == []


def test_unknown_documents_are_refused(aws, instances, refused):
    assert refused(aws("ssm").send_command, DocumentName="mine", InstanceIds=instances)[0] == "InvalidDocument"


def test_targets_choose_instances(account, aws, instances):
    aws("ec2").create_tags(Resources=instances[1:], Tags=[{"Key": "role", "Value": "web"}])
    command = send(aws, Targets=[{"Key": "tag:role", "Values": ["web"]}])
    account.clock.advance(20)
    assert states(aws, command) == dict.fromkeys(instances[1:], "Success")
    chosen = send(aws, Targets=[{"Key": "InstanceIds", "Values": instances[:1]}])
    account.clock.advance(20)
    assert states(aws, chosen) == {instances[0]: "Success"}


def test_agents_answer_on_instances_that_run(aws, instances):
    aws("ec2").stop_instances(InstanceIds=instances[:1])
    found = aws("ssm").describe_instance_information()["InstanceInformationList"]
    assert {each["InstanceId"]: each["PingStatus"] for each in found} == dict.fromkeys(instances[1:], "Online")
