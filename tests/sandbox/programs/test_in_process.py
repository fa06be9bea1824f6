"""A Pulumi program run in this process: what is seen of it, and what reaches the provider."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from opslib.errors import DeploymentFailed
from opslib.sandbox.programs.in_process import Secret
from tests.sandbox.programs.recording_provider import TOPIC, Alerting, Recorder, alarm, run

PREFIX = "urn:pulumi:dev::shop::"
STACK_URN = f"{PREFIX}pulumi:pulumi:Stack::shop-dev"


def test_a_urn_holds_the_types_of_all_ancestors_but_the_stack():
    def program() -> None:
        outer = pulumi.ComponentResource("ops:index:Outer", "o")
        Alerting("a", pulumi.ResourceOptions(parent=outer))

    found = run(program)

    assert [r.urn for r in found.resources] == [
        f"{PREFIX}ops:index:Outer$ops:index:Alerting$aws:sns/topic:Topic::a-topic",
        f"{PREFIX}ops:index:Outer$ops:index:Alerting::a",
        f"{PREFIX}ops:index:Outer::o",
    ]
    assert [r.parent_urn for r in found.resources] == [found.resources[1].urn, found.resources[2].urn, STACK_URN]
    assert [r.custom for r in found.resources] == [True, False, False]


def test_aliases_are_those_the_engine_would_try_a_renamed_parents_included():
    def program() -> None:
        Alerting("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))
        aws.sns.Topic(
            "moved",
            opts=pulumi.ResourceOptions(
                aliases=[pulumi.Alias(name="m", parent="urn:pulumi:dev::shop::ops:index:X::x"), "urn:pulumi:a::b::c::d"]
            ),
        )

    found = {r.name: r.aliases for r in run(program).resources}

    assert found == {
        "new": (f"{PREFIX}ops:index:Alerting::old",),
        "new-topic": (f"{PREFIX}ops:index:Alerting$aws:sns/topic:Topic::old-topic",),
        "moved": (f"{PREFIX}ops:index:X$aws:sns/topic:Topic::m", "urn:pulumi:a::b::c::d"),
    }


def test_options_and_dependencies_are_kept():
    def program() -> None:
        topic = aws.sns.Topic("t", opts=pulumi.ResourceOptions(protect=True, ignore_changes=["tags"]))
        alarm("a", alarm_actions=[topic.arn])
        provider = aws.Provider("elsewhere", region="us-east-1")
        aws.sns.Topic("u", opts=pulumi.ResourceOptions(provider=provider, retain_on_delete=True))

    found = {r.name: r for r in run(program).resources}

    assert (found["t"].protect, found["t"].ignore_changes) == (True, ("tags",))
    assert found["a"].protect is None
    assert found["a"].dependencies == (found["t"].urn,)
    assert found["a"].property_dependencies["alarmActions"] == (found["t"].urn,)
    assert found["a"].property_dependencies["threshold"] == ()
    assert found["u"].provider_urn == found["elsewhere"].urn
    assert found["u"].retain_on_delete is True


def test_two_resources_of_one_urn_are_refused():
    def program() -> None:
        aws.sns.Topic("t")
        aws.sns.Topic("t")

    with pytest.raises(DeploymentFailed, match=r"two resources have the URN .*Topic::t"):
        run(program)


def test_real_identifiers_flow_through_the_provider():
    provider = Recorder()

    def program() -> None:
        topic = aws.sns.Topic("t", name="alerts")
        alarm("a", alarm_actions=[topic.arn], dimensions={"ServiceName": "api"})
        pulumi.export("topic", topic.arn)

    found = run(program, provider=provider)

    arn = "arn:aws:sns:eu-west-1:111122223333:alerts"
    assert found.outputs == {"topic": arn}
    assert provider.created[0] == (TOPIC, {"name": "alerts", "defaulted": True})
    token, inputs = provider.created[1]
    assert token == "aws:cloudwatch/metricAlarm:MetricAlarm"
    assert inputs["alarmActions"] == [arn]
    assert (inputs["period"], type(inputs["period"]), inputs["threshold"]) == (60, int, 80.5)
    assert {r.name: r.id for r in found.resources}["t"] == arn


def test_components_and_providers_are_not_created_by_the_provider():
    provider = Recorder()

    def program() -> None:
        Alerting("a")
        aws.Provider("p", region="us-east-1")

    found = run(program, provider=provider)

    assert [token for token, _ in provider.created] == [TOPIC]
    component = next(r for r in found.resources if r.token == "ops:index:Alerting")
    assert (component.id, component.outputs) == ("", {"topicArn": "arn:aws:sns:eu-west-1:111122223333:a-topic"})


def test_the_sandbox_serves_aws_alone():
    def program() -> None:
        pulumi.CustomResource("random:index/randomId:RandomId", "r", {})

    with pytest.raises(DeploymentFailed, match="'r' is of the package random, and the sandbox serves only aws"):
        run(program, provider=Recorder())


def test_functions_are_answered_by_the_provider():
    provider = Recorder()

    def program() -> None:
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("later", aws.get_caller_identity_output().account_id)

    assert run(program, provider=provider).outputs == {"account": "111122223333", "later": "111122223333"}
    assert [token for token, _ in provider.invoked] == ["aws:index/getCallerIdentity:getCallerIdentity"] * 2


def test_without_a_provider_identifiers_are_made_up_the_same_each_time():
    def program() -> None:
        topic = aws.sns.Topic("t")
        key = aws.kms.Key("k")
        pulumi.export(
            "outputs", [topic.arn, topic.name, key.key_id, aws.get_region_output().region, topic.kms_master_key_id]
        )

    first, second = (run(program, config={"aws:region": "eu-west-1"}).outputs["outputs"] for _ in range(2))

    assert first == second
    assert first[0].startswith("arn:aws:sns:eu-west-1:123456789012:topic/t-")
    assert first[1].startswith("t-")
    assert first[2].startswith("k-")
    assert first[3] == "eu-west-1"
    assert first[4] is None  # optional, and not given


def test_a_lookup_without_a_provider_says_what_is_missing():
    def program() -> None:
        aws.ec2.get_vpc(default=True)

    with pytest.raises(DeploymentFailed, match=r"calls aws:ec2/getVpc:getVpc, and a run without an account"):
        run(program)


def test_secrets_stay_marked_and_reach_the_provider_in_the_clear():
    provider = Recorder()

    def program() -> None:
        token = pulumi.Config().require_secret("token")
        topic = aws.sns.Topic("t", name="alerts", display_name=token, tags={"open": "x", "closed": token})
        pulumi.export("display", topic.display_name)
        pulumi.export("open", topic.name)

    found = run(program, provider=provider, config={"token": "s3cret"}, secret_keys=["token"])

    assert found.outputs == {"display": Secret("s3cret"), "open": "alerts"}
    assert found.resources[0].inputs["displayName"] == Secret("s3cret")
    assert found.resources[0].inputs["tags"] == {"open": "x", "closed": Secret("s3cret")}
    assert "s3cret" not in repr(found)
    assert provider.created[0][1]["displayName"] == "s3cret"
    assert provider.created[0][1]["tags"] == {"open": "x", "closed": "s3cret"}


def test_names_are_made_from_the_logical_name_and_the_same_suffix_each_time():
    providers = [Recorder(), Recorder()]
    for provider in providers:
        run(lambda: aws.sns.Topic("t") and None, provider=provider, config={"aws:region": "eu-west-1", "x": "y"})

    assert providers[0].names == providers[1].names
    assert [name for name, _ in providers[0].names] == ["t"]
    assert len(providers[0].names[0][1]) == 32
    assert providers[0].configured == {"region": "eu-west-1"}


def test_another_stacks_outputs_are_handed_in():
    def program() -> None:
        pulumi.export("cluster", pulumi.StackReference("org/base/dev").require_output("cluster"))

    assert run(program, stack_outputs={"org/base/dev": {"cluster": "main"}}).outputs == {"cluster": "main"}
    with pytest.raises(DeploymentFailed, match="refers to the stack 'org/base/dev'"):
        run(program)


def test_804_alarms_are_registered():
    """How long that takes is measured by `python -m benchmarks.registration`."""

    def program() -> None:
        topic = aws.sns.Topic("t")
        for number in range(804):
            alarm(f"a{number}", alarm_actions=[topic.arn], ok_actions=[topic.arn])

    assert len(run(program).resources) == 805
