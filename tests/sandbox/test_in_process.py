"""A Pulumi program run in this process: what is seen, what reaches the provider, and that nothing leaks."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from opslib.errors import DeploymentFailed
from opslib.sandbox.in_process import Run, Secret, run_program

PREFIX = "urn:pulumi:dev::shop::"
STACK_URN = f"{PREFIX}pulumi:pulumi:Stack::shop-dev"
TOPIC = "aws:sns/topic:Topic"


@dataclass(frozen=True)
class Failure:
    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    inputs: dict[str, Any]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Created:
    id: str
    outputs: dict[str, Any]


@dataclass
class Recorder:
    """A provider that remembers what it was asked, for what the run hands over."""

    refuses: str = ""
    breaks: str = ""
    configured: dict[str, Any] = field(default_factory=dict)
    names: list[tuple[str, bytes]] = field(default_factory=list)
    created: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def configure(self, config: dict[str, Any]) -> None:
        self.configured = config

    def check(self, token: str, news: dict[str, Any], *, logical_name: str, seed: bytes) -> Checked:
        self.names.append((logical_name, seed))
        if self.refuses and news.get("name") == self.refuses:
            return Checked(news, (Failure("name", "is not allowed"),))
        return Checked({**news, "defaulted": True} if token == TOPIC else news)

    def create(self, token: str, inputs: dict[str, Any]) -> Created:
        if self.breaks and inputs.get("name") == self.breaks:
            raise RuntimeError("the disk is full")
        self.created.append((token, inputs))
        arn = f"arn:aws:sns:eu-west-1:111122223333:{inputs.get('name')}"
        return Created(arn, {**inputs, "arn": arn})

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        self.invoked.append((token, args))
        return {"accountId": "111122223333", "arn": "arn", "id": "111122223333", "userId": "u"}


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:  # noqa: ARG002 - the SDK's signature
        return {}, None


class Alerting(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, *, token: str = "ops:index:Alerting"):
        super().__init__(token, name, None, opts)
        self.topic = aws.sns.Topic(f"{name}-topic", name=f"{name}-topic", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"topicArn": self.topic.arn})


def run(program: Any, **options: Any) -> Run:
    return run_program(program, **{"project": "shop", "stack": "dev", **options})


def alarm(name: str, **inputs: Any) -> aws.cloudwatch.MetricAlarm:
    return aws.cloudwatch.MetricAlarm(
        name,
        **{
            "name": name,
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 3,
            "metric_name": "CPUUtilization",
            "namespace": "AWS/ECS",
            "period": 60,
            "statistic": "Average",
            "threshold": 80.5,
            **inputs,
        },
    )


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


def test_what_the_provider_refuses_is_one_error_that_names_the_resource():
    def program() -> None:
        topic = aws.sns.Topic("t", name="bad")
        alarm("a", alarm_actions=[topic.arn])
        pulumi.export("topic", topic.arn)

    with pytest.raises(DeploymentFailed) as caught:
        run(program, provider=Recorder(refuses="bad"))

    assert str(caught.value) == (
        "aws:sns/topic:Topic 't' is not valid: name: is not allowed: correct these inputs in the program"
    )


def test_what_breaks_in_the_provider_names_the_resource():
    with pytest.raises(DeploymentFailed, match="aws:sns/topic:Topic 't' could not be created: the disk is full"):
        run(lambda: aws.sns.Topic("t", name="x") and None, provider=Recorder(breaks="x"))


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


def test_the_configuration_is_as_the_cli_hands_it_over():
    seen: dict[str, Any] = {}

    def program() -> None:
        config = pulumi.Config()
        seen.update(
            number=config.get("number"),
            flag=config.require_bool("flag"),
            nested=config.require_object("workloads"),
            other=pulumi.Config("aws").get("region"),
            everything=json.loads(os.environ["PULUMI_CONFIG"]),
            secret_keys=json.loads(os.environ["PULUMI_CONFIG_SECRET_KEYS"]),
            where=(pulumi.get_project(), pulumi.get_stack()),
        )

    before = dict(os.environ)
    config = {"number": 3, "shop:flag": True, "workloads": {"api": {"port": 80}}, "aws:region": "eu-west-1"}
    run(program, config=config, secret_keys=["number"])

    assert seen == {
        "number": "3",
        "flag": True,
        "nested": {"api": {"port": 80}},
        "other": "eu-west-1",
        "everything": {
            "shop:number": "3",
            "shop:flag": "true",
            "shop:workloads": '{"api":{"port":80}}',
            "aws:region": "eu-west-1",
        },
        "secret_keys": ["shop:number"],
        "where": ("shop", "dev"),
    }
    assert dict(os.environ) == before


def test_a_second_run_sees_nothing_of_the_first_even_of_one_that_failed():
    def fails() -> None:
        topic = aws.sns.Topic("t", name="bad")
        topic.arn.apply(lambda arn: arn)
        alarm("a", alarm_actions=[topic.arn])

    with pytest.raises(DeploymentFailed):
        run(fails, provider=Recorder(refuses="bad"), config={"only": "once"})

    def program() -> None:
        pulumi.export("config", pulumi.Config().get("only") or "none")

    second = run(program, stack="prod")

    assert (second.resources, second.outputs) == ((), {"config": "none"})


def test_a_run_sees_nothing_of_a_pulumi_runtime_that_its_caller_has_set_up():
    def caller() -> Run:
        pulumi.runtime.set_mocks(Mocks(), project="other", stack="else")
        pulumi.runtime.set_config("shop:only", "outside")
        found = run(lambda: pulumi.export("config", pulumi.Config().get("only") or "none"))
        assert (pulumi.get_project(), pulumi.get_stack()) == ("other", "else")
        return found

    def in_a_thread() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        seen.append(caller())
        asyncio.get_event_loop().close()

    seen: list[Run] = []
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()

    assert [found.outputs for found in seen] == [{"config": "none"}]


def test_of_several_errors_the_programs_own_comes_first_and_then_the_first_resources():
    def two_bad_topics() -> None:
        aws.sns.Topic("first", name="bad")
        aws.sns.Topic("second", name="bad")

    def raises_too() -> None:
        two_bad_topics()
        raise ValueError("no workloads")

    with pytest.raises(DeploymentFailed, match="'first' is not valid"):
        run(two_bad_topics, provider=Recorder(refuses="bad"))
    with pytest.raises(ValueError, match="no workloads"):
        run(raises_too, provider=Recorder(refuses="bad"))


def test_names_are_made_from_the_logical_name_and_the_same_suffix_each_time():
    providers = [Recorder(), Recorder()]
    for provider in providers:
        run(lambda: aws.sns.Topic("t") and None, provider=provider, config={"aws:region": "eu-west-1", "x": "y"})

    assert providers[0].names == providers[1].names
    assert [name for name, _ in providers[0].names] == ["t"]
    assert len(providers[0].names[0][1]) == 32
    assert providers[0].configured == {"region": "eu-west-1"}


def test_errors_of_the_program_come_out_as_they_are():
    class OfTheProgram(Exception):
        pass

    def raises() -> None:
        aws.sns.Topic("t")
        raise OfTheProgram("no workloads")

    def raises_in_apply() -> None:
        def refuse(_: str) -> None:
            raise OfTheProgram("inside apply")

        aws.sns.Topic("t").arn.apply(refuse)

    with pytest.raises(OfTheProgram, match="no workloads"):
        run(raises)
    with pytest.raises(OfTheProgram, match="inside apply"):
        run(raises_in_apply)


def test_it_leaves_the_callers_loop_and_collector_alone():
    def program() -> None:
        pulumi.export("arn", aws.sns.Topic("t").arn)

    collector = (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count())
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        assert run(program).outputs
        assert asyncio.get_event_loop() is loop

        async def inside() -> Run:
            return run(program)

        assert loop.run_until_complete(inside()).outputs
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == collector
    assert gc.get_freeze_count() == 0


def test_threads_may_run_programs_and_take_turns():
    results: dict[int, Any] = {}
    running: list[int] = []
    at_once: list[int] = []

    def in_thread(number: int) -> None:
        def program() -> None:
            running.append(number)
            aws.sns.Topic(f"t{number}")
            pulumi.export("n", pulumi.Config().require("n"))
            time.sleep(0.02)  # long enough for another to come in, if it could
            at_once.append(len(running))
            running.remove(number)

        found = run(program, config={"n": number})
        results[number] = ([r.name for r in found.resources], found.outputs)

    threads = [threading.Thread(target=in_thread, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert at_once == [1, 1, 1, 1]
    assert results == {number: ([f"t{number}"], {"n": str(number)}) for number in range(4)}


def test_another_stacks_outputs_are_handed_in():
    def program() -> None:
        pulumi.export("cluster", pulumi.StackReference("org/base/dev").require_output("cluster"))

    assert run(program, stack_outputs={"org/base/dev": {"cluster": "main"}}).outputs == {"cluster": "main"}
    with pytest.raises(DeploymentFailed, match="refers to the stack 'org/base/dev'"):
        run(program)


def test_a_coroutine_is_a_program_and_messages_are_kept():
    async def program() -> None:
        await asyncio.sleep(0)
        pulumi.log.warn("no one is on call")
        pulumi.export("done", value=True)

    found = run(program)

    assert found.outputs == {"done": True}
    assert found.messages == (("warning", "no one is on call"),)


def test_what_only_the_engine_can_do_is_refused_by_name():
    def program() -> None:
        aws.sns.Topic("t", opts=pulumi.ResourceOptions(transforms=[lambda _: None]))

    with pytest.raises(DeploymentFailed, match="which only the real engine"):
        run(program)


def test_804_alarms_take_a_small_part_of_what_they_did():
    """1.6 s is the promise on two idle cores; under a loaded test run only the order of magnitude can be asserted."""

    def program() -> None:
        topic = aws.sns.Topic("t")
        for number in range(804):
            alarm(f"a{number}", alarm_actions=[topic.arn], ok_actions=[topic.arn])

    started = time.process_time()
    found = run(program)

    assert len(found.resources) == 805
    assert time.process_time() - started < 6.0
