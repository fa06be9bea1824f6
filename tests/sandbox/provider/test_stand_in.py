"""The stand-in provider as a class: types, configuration, names, tags, regions, functions, threads, failures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from opslib.errors import StandInFailed, StandInRefusal
from opslib.sandbox import Sandbox
from opslib.sandbox.provider import RESOURCE_TYPES, UNKNOWN, StandInProvider
from tests.sandbox.provider.good import REGION, TAGS, TOPIC_ARN
from tests.sandbox.provider.goods import GOODS

TOPIC, ALARM = "aws:sns/topic:Topic", "aws:cloudwatch/metricAlarm:MetricAlarm"
TABLE = "aws:dynamodb/table:Table"
Check = Callable[[str, dict[str, Any]], dict[str, Any]]


def good(token: str) -> dict[str, Any]:
    return next(one.inputs for one in GOODS if one.token == token)


@pytest.fixture
def fresh(sandbox: Sandbox) -> StandInProvider:
    return StandInProvider(endpoint_url=sandbox.url, region=REGION)


def test_an_unknown_type_is_named_with_the_known_ones(checker: StandInProvider) -> None:
    with pytest.raises(StandInRefusal, match=r"aws:sns/topik:Topic; did you mean aws:sns/topic:Topic") as refused:
        checker.check("aws:sns/topik:Topic", {})
    assert all(token in str(refused.value) for token in RESOURCE_TYPES)


@pytest.mark.parametrize("url", ["https://sns.eu-west-1.amazonaws.com", "https://x.amazonaws.com.cn"])
def test_it_never_talks_to_aws_itself(url: str) -> None:
    with pytest.raises(StandInRefusal, match="does not talk to"):
        StandInProvider(endpoint_url=url, region=REGION)


def test_importing_it_makes_no_client_and_loads_no_sdk() -> None:
    program = (
        "import sys, opslib.sandbox.provider as p; print([m for m in sys.modules if m in"
        " ('pulumi', 'pulumi_aws', 'grpc') or m.startswith('botocore.data')], len(p.RESOURCE_TYPES))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == f"[] {len(RESOURCE_TYPES)}\n"


@pytest.mark.parametrize("allowed", [["123456789012"], '["123456789012"]', [123456789012]])
def test_the_allowed_account_is_accepted(fresh: StandInProvider, allowed: Any) -> None:
    fresh.configure({"allowedAccountIds": allowed})


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"allowedAccountIds": ["210987654321"]}, "the account is 123456789012.*210987654321"),
        ({"allowedAccountIds": '["210987654321"]'}, "the account is 123456789012"),
        ({"forbiddenAccountIds": ["123456789012"]}, "the account is 123456789012"),
        ({"allowedAccountIds": "[1"}, "allowedAccountIds"),
        ({"defaultTags": "[]"}, "defaultTags"),
        ({"alowedAccountIds": []}, "did you mean allowedAccountIds"),
    ],
)
def test_a_bad_configuration_is_refused(fresh: StandInProvider, config: dict[str, Any], says: str) -> None:
    with pytest.raises(StandInRefusal, match=says):
        fresh.configure(config)


def test_the_configured_region_and_tags_are_those_of_every_resource(fresh: StandInProvider, sandbox: Sandbox) -> None:
    fresh.configure({"region": "us-west-2", "defaultTags": json.dumps({"tags": {"stack": "prod", "team": "none"}})})
    inputs = fresh.check(TOPIC, {"name": "here", "tags": TAGS}).inputs
    assert inputs["tags"] == {"stack": "prod", "team": "shop"}
    created = fresh.create(TOPIC, inputs)
    assert created.id == "arn:aws:sns:us-west-2:123456789012:here"
    assert created.outputs["tagsAll"] == {"stack": "prod", "team": "shop"}
    told = sandbox.client("sns", "us-west-2").list_tags_for_resource(ResourceArn=created.id)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in told} == inputs["tags"]


def test_a_resource_may_be_in_another_region(provider: StandInProvider, checked: Check, sandbox: Sandbox) -> None:
    inputs = checked(TOPIC, {"name": "here", "region": "us-east-1"})
    created = provider.create(TOPIC, inputs)
    assert created.id == "arn:aws:sns:us-east-1:123456789012:here"
    assert created.outputs["region"] == "us-east-1"
    assert sandbox.client("sns", "us-east-1").list_topics()["Topics"]
    assert not sandbox.client("sns", REGION).list_topics()["Topics"]
    assert provider.read(TOPIC, created.id, {}, {"region": "us-east-1"}) is not None

    elsewhere = provider.diff(TOPIC, created.id, inputs, created.outputs, checked(TOPIC, {"name": "here"}))
    assert (elsewhere.replaces, elsewhere.delete_before_replace) == (("region",), False)
    named = provider.diff(TOPIC, created.id, {"name": "a"}, {}, {"name": "a", "region": REGION})
    assert named.changed == ()
    provider.delete(TOPIC, created.id, created.outputs)
    assert not sandbox.client("sns", "us-east-1").list_topics()["Topics"]


def test_a_name_is_made_up_once(checker: StandInProvider) -> None:
    first = checker.check(TOPIC, {}, logical_name="critical", seed=b"1").inputs
    assert first["name"].startswith("critical-")
    assert checker.check(TOPIC, {}, logical_name="critical", seed=b"1").inputs == first
    assert checker.check(TOPIC, {}, logical_name="critical", seed=b"2").inputs != first
    assert checker.check(TOPIC, {}, first, logical_name="critical", seed=b"2").inputs == first
    alias = checker.check("aws:kms/alias:Alias", {"targetKeyId": "x"}, logical_name="shop")
    assert alias.failures == ()
    assert alias.inputs["name"].startswith("alias/shop-")


def test_whole_numbers_may_be_floats_and_nothing_else(checker: StandInProvider) -> None:
    for number in (60, 60.0):
        assert checker.check(ALARM, good(ALARM) | {"period": number}).failures == ()
    for wrong in (60.5, "60", True):
        assert [one.property for one in checker.check(ALARM, good(ALARM) | {"period": wrong}).failures] == ["period"]


def test_all_that_is_wrong_is_told_at_once(checker: StandInProvider) -> None:
    failures = checker.check(ALARM, good(ALARM) | {"period": 90.0, "treatMissingData": "x", "datapointsToAlarm": 9.0})
    assert {one.property for one in failures.failures} == {"period", "treatMissingData", "datapointsToAlarm"}


def test_an_unknown_value_changes_and_a_nested_one_too(checker: StandInProvider) -> None:
    inputs = checker.check(ALARM, good(ALARM)).inputs
    for name in ("threshold", "dimensions", "alarmActions"):
        assert checker.diff(ALARM, "x", inputs, {}, {**inputs, name: UNKNOWN}).changed == (name,)
    nested = {**inputs, "alarmActions": [UNKNOWN, TOPIC_ARN], "dimensions": {"ClusterName": UNKNOWN}}
    assert checker.check(ALARM, nested).failures == ()
    assert checker.diff(ALARM, "x", inputs, {}, nested).changed == ("alarmActions", "dimensions")


def test_a_preview_knows_what_stays_and_not_what_comes(checker: StandInProvider) -> None:
    planned = checker.planned(ALARM, good(ALARM))
    assert planned["arn"] is UNKNOWN
    assert planned["threshold"] == 80.0
    assert planned["tagsAll"] == TAGS
    assert planned["region"] == REGION
    assert checker.planned(ALARM, good(ALARM), {"arn": "as before"})["arn"] == "as before"


@pytest.mark.parametrize(
    ("token", "name", "old", "new"),
    [
        (ALARM, "alarmActions", [TOPIC_ARN, "arn:aws:sns:x:1:b"], ["arn:aws:sns:x:1:b", TOPIC_ARN]),
        (ALARM, "threshold", 80, 80.0),
        (ALARM, "metricQueries", [{"id": "a"}, {"id": "b", "returnData": False}], [{"id": "b"}, {"id": "a"}]),
        (TOPIC, "policy", '{"Action": ["a"], "B": [1, 2]}', '{"B":[2,1],"Action":"a"}'),
        ("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", '{"a": 1, "b": 2}', '{"b":2,"a":1}'),
        ("aws:budgets/budget:Budget", "limitAmount", "2000", "2000.00"),
        ("aws:kms/alias:Alias", "targetKeyId", "1-2", "arn:aws:kms:eu-west-1:123456789012:key/1-2"),
        (TABLE, "attributes", [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}],
         [{"name": "b", "type": "S"}, {"name": "a", "type": "S"}]),
    ],
)  # fmt: skip
def test_what_means_the_same_is_no_change(checker: StandInProvider, token: str, name: str, old: Any, new: Any) -> None:
    assert checker.diff(token, "x", {name: old}, {}, {name: new}).changed == ()


@pytest.mark.parametrize(
    ("token", "name", "old", "new"),
    [
        ("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", "[1, 2]", "[2, 1]"),
        (ALARM, "actionsEnabled", True, False),
        (ALARM, "threshold", 1.0, True),
        (ALARM, "alarmActions", [TOPIC_ARN], [TOPIC_ARN, TOPIC_ARN]),
        (ALARM, "tags", {"a": "b"}, None),
    ],
)
def test_what_means_another_thing_is_a_change(
    checker: StandInProvider, token: str, name: str, old: Any, new: Any
) -> None:
    assert checker.diff(token, "x", {name: old}, {}, {name: new}).changed == (name,)


def test_what_aws_fills_in_may_be_left_out(checker: StandInProvider) -> None:
    olds = {"name": "/a", "type": "String", "value": "x", "tier": "Standard", "dataType": "text"}
    news = {"name": "/a", "type": "String", "value": "x"}
    assert checker.diff("aws:ssm/parameter:Parameter", "/a", olds, {}, news).changed == ()


def test_the_old_one_goes_first_only_when_the_new_one_has_its_identity(checker: StandInProvider) -> None:
    inputs = checker.check(TABLE, good(TABLE)).inputs
    same_name = checker.diff(TABLE, "shop-journal", inputs, {}, {**inputs, "hashKey": "id"})
    other_name = checker.diff(TABLE, "shop-journal", inputs, {}, {**inputs, "name": "other"})
    assert (same_name.replaces, same_name.delete_before_replace) == (("hashKey",), True)
    assert (other_name.replaces, other_name.delete_before_replace) == (("name",), False)


def test_an_advanced_parameter_is_replaced_to_become_a_standard_one(checker: StandInProvider) -> None:
    token, inputs = "aws:ssm/parameter:Parameter", good("aws:ssm/parameter:Parameter")
    down = checker.diff(token, "x", inputs | {"tier": "Advanced"}, {}, inputs | {"tier": "Standard"})
    up = checker.diff(token, "x", inputs | {"tier": "Standard"}, {}, inputs | {"tier": "Advanced"})
    assert (down.replaces, up.replaces) == (("tier",), ())


def test_a_program_may_say_that_it_overwrites_a_parameter(provider: StandInProvider, checked: Check) -> None:
    token, inputs = "aws:ssm/parameter:Parameter", {"name": "/a", "type": "String", "value": "x"}
    provider.create(token, checked(token, inputs))
    with pytest.raises(StandInRefusal, match="already exists"):
        provider.create(token, checked(token, inputs))
    again = provider.create(token, checked(token, inputs | {"value": "y", "overwrite": True}))
    assert again.outputs["version"] == 2


def test_of_two_at_once_one_is_refused(provider: StandInProvider, checked: Check, sandbox: Sandbox) -> None:
    inputs = [checked(ALARM, good(ALARM) | {"threshold": float(number)}) for number in range(8)]

    def create(one: dict[str, Any]) -> bool:
        try:
            provider.create(ALARM, one)
        except StandInRefusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, inputs)) == 1
    assert len(sandbox.client("cloudwatch", REGION).describe_alarms()["MetricAlarms"]) == 1


def test_many_threads_create_many_resources(fresh: StandInProvider, sandbox: Sandbox) -> None:
    def create(number: int) -> str:
        return fresh.create(TOPIC, fresh.check(TOPIC, {"name": f"t{number}", "tags": TAGS}).inputs).id

    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(create, range(40)))
    assert {topic["TopicArn"] for topic in sandbox.client("sns", REGION).list_topics()["Topics"]} == made


def test_a_subscription_that_waits_for_its_confirmation_comes_and_goes(
    provider: StandInProvider, checked: Check
) -> None:
    token = "aws:sns/topicSubscription:TopicSubscription"
    provider.create(TOPIC, checked(TOPIC, {"name": "there"}))
    inputs = checked(token, {"topic": TOPIC_ARN, "protocol": "email", "endpoint": "ops@example.com"})
    created = provider.create(token, inputs)
    assert created.outputs["pendingConfirmation"] is True
    provider.delete(token, created.id, created.outputs)
    assert provider.create(token, inputs).outputs["pendingConfirmation"] is True


def test_a_deleted_key_is_scheduled_for_its_window(provider: StandInProvider, checked: Check, sandbox: Sandbox) -> None:
    token = "aws:kms/key:Key"
    created = provider.create(token, checked(token, {"deletionWindowInDays": 9.0}))
    provider.delete(token, created.id, created.outputs)
    key = sandbox.client("kms", REGION).describe_key(KeyId=created.id)["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
    assert 8 <= (key["DeletionDate"] - key["CreationDate"]).total_seconds() / 86_400 <= 10


def test_a_protected_table_stays(provider: StandInProvider, checked: Check) -> None:
    created = provider.create(TABLE, checked(TABLE, good(TABLE)))
    with pytest.raises(StandInFailed, match=r"dynamodb:DeleteTable on aws:dynamodb/table:Table 'shop-journal' failed"):
        provider.delete(TABLE, created.id, created.outputs)
    assert provider.read(TABLE, created.id, {}, {}) is not None


def test_a_failure_says_what_on_what_and_awss_code(provider: StandInProvider, checked: Check) -> None:
    token = "aws:iam/rolePolicy:RolePolicy"
    with pytest.raises(StandInFailed) as failed:
        provider.create(token, checked(token, good(token)))
    assert str(failed.value).startswith(f"iam:PutRolePolicy on {token} 'publish' failed with NoSuchEntity: ")
    assert "\n" not in str(failed.value)
    assert failed.value.code == "NoSuchEntity"
    assert failed.value.created == ""


def test_what_was_created_before_a_failure_is_told(provider: StandInProvider, checked: Check) -> None:
    token = "aws:iam/role:Role"
    with pytest.raises(StandInFailed, match="AttachRolePolicy") as failed:
        provider.create(token, checked(token, good(token)))  # its managed policy does not exist
    assert failed.value.created == "shop-operator"
    assert failed.value.outputs["description"] == "acts"


def test_a_table_that_cannot_be_reached_is_one_line() -> None:
    nowhere = StandInProvider(endpoint_url="http://127.0.0.1:9", region=REGION)
    with pytest.raises(StandInFailed, match="sts:GetCallerIdentity on the account failed: Could not connect"):
        nowhere.create(TABLE, {})


def test_a_policy_document_of_the_sdk_becomes_text(checker: StandInProvider) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}]}
    given = {"arn": TOPIC_ARN, "policy": document}
    checked = checker.check("aws:sns/topicPolicy:TopicPolicy", given)
    assert checked.failures == ()
    assert json.loads(checked.inputs["policy"]) == document
    document["Statement"] = [{"Effect": "Perhaps"}]
    failures = checker.check("aws:sns/topicPolicy:TopicPolicy", given).failures
    assert [one.property for one in failures] == ["policy.Statement[0].Effect"]
    document["Statement"] = UNKNOWN
    assert checker.check("aws:sns/topicPolicy:TopicPolicy", given).inputs["policy"] is UNKNOWN


def test_functions(checker: StandInProvider) -> None:
    assert checker.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "123456789012"
    assert checker.invoke("aws:index/getRegion:getRegion", {})["region"] == REGION
    assert checker.invoke("aws:index/getRegion:getRegion", {"region": "us-east-1"})["region"] == "us-east-1"
    assert checker.invoke("aws:index/getPartition", {})["partition"] == "aws"
    with pytest.raises(StandInRefusal, match=r"no function aws:ec2/getAmi:getAmi: it has .*getRegion"):
        checker.invoke("aws:ec2/getAmi:getAmi", {})
