"""Which calls a fault befalls, how a script is told, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from opslib.errors import SandboxError
from opslib.sandbox import Fault, Sandbox
from opslib.sandbox.faults import Colleague, Match, Script


def throttled(calls: list[Callable[[], Any]]) -> str:
    """Which of the calls were refused: x for refused, . for answered."""
    seen = ""
    for call in calls:
        try:
            call()
            seen += "."
        except ClientError as error:
            seen += "x" if error.response["Error"]["Code"] == "ThrottlingException" else str(error)
    return seen


@pytest.fixture
def ssm(account: Sandbox) -> Any:
    return account.client("ssm", "eu-west-1")


def puts(ssm: Any, *names: str) -> list[Callable[[], Any]]:
    return [lambda name=name: ssm.put_parameter(Name=name, Value="1", Type="String", Overwrite=True) for name in names]


@pytest.mark.parametrize(
    ("choice", "seen"),
    [
        ({}, "xxxxxx"),
        ({"nth": 2}, ".x...."),
        ({"nth": 2, "times": 3}, ".xxx.."),
        ({"times": 2}, "xx...."),
        ({"sequences": (3, 4)}, "..xx.."),
        ({"sequences": (3, 6), "times": 1}, "..x..."),
        ({"probability": 0}, "......"),
        ({"probability": 1, "times": 3}, "xxx..."),
        ({"parameters": {"Name": "/b"}}, ".x...x"),
        ({"parameters": {"Name": "/b"}, "nth": 2}, ".....x"),
        ({"parameters": {"Name": "/b", "Overwrite": False}}, "......"),
        ({"parameters": {"Tier": "Advanced"}}, "......"),
    ],
)
def test_the_chosen_ones_of_those_that_fit(account, ssm, choice, seen):
    account.faults(Fault.throttle("ssm", "PutParameter", **choice))
    assert throttled(puts(ssm, "/a", "/b", "/c", "/d", "/e", "/b")) == seen
    assert len(account.fired()) == seen.count("x")


def test_the_service_the_operation_and_whether_it_changes_anything(account, ssm):
    describe = account.client("ecs", "eu-west-1").list_clusters
    calls = [*puts(ssm, "/a"), ssm.describe_parameters, describe]
    for fault, seen in [
        (Fault.throttle(), "xxx"),
        (Fault.throttle("ssm"), "xx."),
        (Fault.throttle("ecs"), "..x"),
        (Fault.throttle("ecs", "DescribeServices"), "..."),
        (Fault.throttle(mutating_only=True), "x.."),
        (Fault.throttle(actor="somebody"), "..."),
        (Fault.throttle(actor="sandbox"), "xxx"),
    ]:
        account.clear_faults()
        account.faults(fault)
        assert throttled(calls) == seen, fault


def test_an_actor_is_an_access_key_or_an_application(account, monkeypatch):
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "deployer")
    by_application = account.client("ssm", "eu-west-1", actor="key")
    monkeypatch.delenv("AWS_SDK_UA_APP_ID")
    by_key = account.client("ssm", "eu-west-1", actor="kim")
    account.faults(Fault.throttle(actor="deployer"))
    assert throttled([*puts(by_application, "/a"), *puts(by_key, "/a")]) == "x."
    assert [call.actor for call in account.calls()] == ["deployer", "kim"]


def test_chance_follows_from_the_seed(account, ssm):
    def seen(seed: int) -> str:
        account.clear_faults()
        account.seed_random(seed)
        account.faults(Fault.throttle("ssm", probability=0.5))
        return throttled(puts(ssm, *["/a"] * 20))

    first = seen(7)
    assert account.status().seed == 7
    assert set(first) == {"x", "."}
    assert seen(8) != first
    assert seen(7) == first


def test_a_service_that_speaks_another_protocol_is_refused_in_it(account):
    account.faults(Fault.throttle("elbv2"), Fault.throttle("ec2"), Fault.throttle("s3"), Fault.throttle("lambda"))
    for service, operation, code in [
        ("elbv2", "describe_load_balancers", "Throttling"),
        ("ec2", "describe_subnets", "RequestLimitExceeded"),
        ("s3", "list_buckets", "SlowDown"),
        ("lambda", "list_functions", "TooManyRequestsException"),
    ]:
        with pytest.raises(ClientError) as caught:
            getattr(account.client(service, "eu-west-1"), operation)()
        assert caught.value.response["Error"]["Code"] == code


def test_seeding_and_the_sandbox_itself_are_spared(account):
    from opslib.sandbox import Workload

    account.faults(Fault.internal_error())
    account.seed(Workload.sample())
    assert account.fired() == []


def test_a_reset_disarms_and_forgets(account, ssm):
    account.faults(Fault.throttle("ssm", nth=1), Fault.throttle("ssm"))
    assert throttled(puts(ssm, "/a", "/b")) == "xx"
    assert [fired.number for fired in account.fired()] == [1, 2], "the second fault is not reached by the first call"
    account.reset()
    assert account.fired() == []
    assert throttled(puts(ssm, "/a")) == "."


def test_the_script_tells_what_fitted_and_what_fired(account, ssm):
    account.faults(Fault.throttle("ssm", nth=2))
    account.faults(Fault.throttle("ecs"))
    throttled(puts(ssm, "/a", "/b", "/c"))
    script = account._ask("GET", "/faults", Script)
    assert [(armed.number, armed.fitting, armed.fired) for armed in script.faults] == [(1, 3, 1), (2, 0, 0)]
    assert [(fired.number, fired.sequence, fired.actor) for fired in script.fired] == [(1, 2, "sandbox")]


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("throttle", {"seconds": 3}, "throttle takes no seconds"),
        ("slow", {"seconds": 61}, "slow takes at most 60 seconds"),
        ("timeout", {"seconds": 0}, "greater than 0"),
        ("dropped", {"status": 500}, "dropped cannot answer 500"),
        ("internal_error", {"status": 502}, "internal_error cannot answer 502: 500, 503"),
        ("interfere", {}, "interfere needs colleague's call"),
        ("slow", {"colleague": Colleague(service="ecs", operation="X")}, "slow takes no colleague's call"),
        ("slow", {"nth": 1, "probability": 0.5}, "three ways"),
        ("slow", {"sequences": (5, 4)}, "ends before it begins"),
        ("slow", {"nth": 0}, "greater than or equal to 1"),
        ("slow", {"every": True}, "unexpected keyword|Extra inputs"),
    ],
)
def test_a_fault_that_makes_no_sense_is_not_made(kind, words, said):
    with pytest.raises((ValidationError, TypeError), match=said):
        getattr(Fault, kind)("ecs", **words)


def test_one_wrong_fault_arms_none(account, ssm):
    wrong = Fault.model_construct(kind="slow", match=Match(), seconds=9999)
    with pytest.raises(SandboxError, match=r"1: Value error, slow takes at most 60 seconds"):
        account.faults(Fault.throttle("ssm"), wrong)
    assert throttled(puts(ssm, "/a")) == "."
