"""A Pulumi program run in this process: what goes in, what goes wrong, and that nothing leaks."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
import time
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from opslib.errors import DeploymentFailed
from opslib.sandbox.programs.in_process import Run
from tests.sandbox.programs.recording_provider import Recorder, alarm, run


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:  # noqa: ARG002 - the SDK's signature
        return {}, None


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
