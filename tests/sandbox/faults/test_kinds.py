"""Every kind of fault, as boto3 sees it, and what it leaves of the world."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from opslib.sandbox import Fault, Sandbox
from opslib.sandbox.faults import KINDS, Colleague

NAME = "/shop/version"


@pytest.fixture
def ssm(account: Sandbox) -> Any:
    return account.client("ssm", "eu-west-1")


@pytest.fixture
def value(account: Sandbox) -> Callable[[], str | None]:
    """What the parameter really is."""

    def read() -> str | None:
        account.clear_faults()
        found = account.client("ssm", "eu-west-1").get_parameters(Names=[NAME])["Parameters"]
        return found[0]["Value"] if found else None

    return read


def put(ssm: Any, text: str = "1") -> None:
    ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)


def refused(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def impatient(sandbox: Sandbox, service: str, seconds: float) -> Any:
    """A client that waits so long for an answer, once."""
    patience = Config(read_timeout=seconds, retries={"total_max_attempts": 1}, proxies={})
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=sandbox.url,
        aws_access_key_id="impatient",
        aws_secret_access_key="x",
        config=patience,
    )


def test_throttled_once_then_never_again(account, ssm, value):
    account.faults(Fault.throttle("ssm", "PutParameter", nth=1))
    assert refused(lambda: put(ssm)) == ("ThrottlingException", 400)
    put(ssm, "2")
    assert [(fired.sequence, fired.kind, fired.operation) for fired in account.fired()] == [
        (1, "throttle", "PutParameter")
    ]
    assert value() == "2"


@pytest.mark.parametrize(("status", "code"), [(None, "InternalServerError"), (503, "ServiceUnavailable")])
def test_an_internal_error_applies_nothing(account, ssm, value, status, code):
    account.faults(Fault.internal_error("ssm", "PutParameter", status=status))
    assert refused(lambda: put(ssm)) == (code, status or 500)
    assert value() is None


def test_a_dropped_connection_is_one_and_nothing_is_applied(account, ssm, value):
    account.faults(Fault.dropped("ssm"))
    with pytest.raises(ConnectionClosedError):
        put(ssm)
    assert value() is None


def test_a_lost_response_was_applied(account, ssm, value):
    account.faults(Fault.lost_response("ssm", "PutParameter"))
    with pytest.raises(ConnectionClosedError):
        put(ssm, "7")
    assert account.fired()[0].detail == "applied with 200, connection closed"
    assert value() == "7"


def test_a_lost_response_may_be_a_5xx(account, ssm, value):
    account.faults(Fault.lost_response("ssm", "PutParameter", status=500))
    assert refused(lambda: put(ssm, "7")) == ("InternalServerError", 500)
    assert value() == "7"


def test_a_call_that_was_not_answered_is_in_the_record(account, ssm):
    account.faults(Fault.lost_response("ssm", "PutParameter"))
    with pytest.raises(ConnectionClosedError):
        put(ssm)
    assert [(call.operation, call.status, call.error) for call in account.calls()] == [
        ("PutParameter", 0, "lost_response")
    ]


def test_a_time_out_lasts_until_the_client_gives_up_and_applies_nothing(account, value):
    account.faults(Fault.timeout("ssm", "PutParameter"))
    began = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        put(impatient(account, "ssm", 0.3))
    assert 0.3 <= time.monotonic() - began < 3
    eventually(lambda: [fired.detail for fired in account.fired()] == ["the client gave up"])
    assert value() is None


def test_a_time_out_ends_at_last(account, ssm, value):
    account.faults(Fault.timeout("ssm", "PutParameter", seconds=0.2))
    with pytest.raises(ConnectionClosedError):
        put(ssm)
    assert account.fired()[0].detail == "closed after 0.2 s"
    assert value() is None


def test_slow_is_late_and_applied_at_once(account, ssm, value):
    account.faults(Fault.slow("ssm", "PutParameter", seconds=0.5))
    began = time.monotonic()
    put(ssm, "3")
    assert time.monotonic() - began >= 0.5
    account.faults(Fault.slow("ssm", "PutParameter", seconds=0.5))
    with pytest.raises(ReadTimeoutError):
        put(impatient(account, "ssm", 0.1), "4")
    assert value() == "4"


def test_what_fires_late_is_of_the_script_that_is_over(account):
    account.faults(Fault.slow("ssm", "PutParameter", seconds=0.4))
    with pytest.raises(ReadTimeoutError):
        put(impatient(account, "ssm", 0.1))
    account.clear_faults()
    account.faults(Fault.slow("ecs"))
    time.sleep(0.5)  # until the answer that nobody waits for was given
    assert account.fired() == []


def test_a_call_that_is_answered_after_a_reset_is_none_of_the_new_record(account):
    account.faults(Fault.slow("ssm", "PutParameter", seconds=0.4))
    with pytest.raises(ReadTimeoutError):
        put(impatient(account, "ssm", 0.1))
    account.reset()
    time.sleep(0.5)
    assert account.calls() == []


def test_a_colleague_comes_before(account, ssm, value):
    theirs = Colleague(
        service="ssm",
        operation="PutParameter",
        actor="kim",
        parameters={"Name": NAME, "Value": "theirs", "Type": "String", "Overwrite": True},
    )
    account.faults(Fault.interfere("ssm", "PutParameter", nth=1, colleague=theirs))
    put(ssm, "ours")
    assert [call.actor for call in account.calls()] == ["sandbox"]
    assert account.fired()[0].detail == "kim: PutParameter done"
    history = ssm.get_parameter_history(Name=NAME)["Parameters"]
    assert [version["Value"] for version in history] == ["theirs", "ours"]
    assert value() == "ours"


def test_a_colleague_comes_after(account, ssm, value):
    theirs = Colleague(
        service="ssm", operation="DeleteParameter", parameters={"Name": NAME}, when="after", region="eu-west-1"
    )
    account.faults(Fault.interfere("ssm", "PutParameter", colleague=theirs))
    put(ssm, "ours")
    assert account.fired()[0].detail == "colleague: DeleteParameter done"
    assert value() is None


@pytest.mark.parametrize(
    ("operation", "parameters", "said"),
    [
        ("DeleteParameter", {"Name": "/never/there"}, "colleague: DeleteParameter refused with ParameterNotFound"),
        ("DeleteParameter", {"Nome": "x"}, "could not be made: Parameter validation failed"),
        ("NoSuchOperation", {}, "could not be made: 'SSM' object has no attribute 'no_such_operation'"),
    ],
)
def test_a_colleague_who_fails_is_taken_down_and_disturbs_nobody(account, value, operation, parameters, said):
    colleague = Colleague(service="ssm", operation=operation, parameters=parameters)
    account.faults(Fault.interfere("ssm", "PutParameter", colleague=colleague))
    put(account.client("ssm", "eu-west-1"), "ours")
    assert said in account.fired()[0].detail
    assert value() == "ours"


def test_faults_of_one_call_nest_in_the_order_of_the_script(account, ssm, value):
    theirs = Colleague(
        service="ssm", operation="PutParameter", parameters={"Name": NAME, "Value": "theirs", "Type": "String"}
    )
    account.faults(
        Fault.lost_response("ssm", "PutParameter", nth=1),
        Fault.interfere("ssm", "PutParameter", nth=1, colleague=theirs),
    )
    with pytest.raises(ConnectionClosedError):
        put(ssm, "ours")
    assert {fired.kind for fired in account.fired()} == {"lost_response", "interfere"}
    assert value() == "ours"
    account.faults(
        Fault.throttle("ssm", "PutParameter", nth=1),
        Fault.interfere("ssm", "PutParameter", nth=1, colleague=theirs),
    )
    assert refused(lambda: put(ssm, "again"))[0] == "ThrottlingException"
    assert {fired.kind for fired in account.fired()} == {"throttle"}, "what is inside a refusal is never reached"


def test_every_kind_has_an_act_and_a_constructor():
    from opslib.sandbox.faults.act import ACTS

    assert set(KINDS) == set(ACTS)
    colleague = Colleague(service="ssm", operation="DeleteParameter")
    for kind, row in KINDS.items():
        made = getattr(Fault, kind)("ssm", nth=2, colleague=colleague if row.colleague else None)
        assert (made.kind, made.match.service, made.match.nth) == (kind, "ssm", 2)


def eventually(holds: Callable[[], bool]) -> None:
    """For what another thread does right after the client has gone."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
