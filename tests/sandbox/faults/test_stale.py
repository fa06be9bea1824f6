"""Reads that lag behind writes, as AWS's may."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.sandbox import Fault, Sandbox

NAME = "/shop/version"


@pytest.fixture
def ssm(account: Sandbox) -> Any:
    return account.client("ssm", "eu-west-1")


def put(ssm: Any, text: str) -> None:
    ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)


def get(ssm: Any) -> str:
    return str(ssm.get_parameter(Name=NAME)["Parameter"]["Value"])


def test_a_read_right_after_a_write_answers_as_before_it(account, ssm):
    put(ssm, "old")
    account.faults(Fault.stale("ssm", "GetParameter", nth=2, seconds=5))
    assert get(ssm) == "old"
    put(ssm, "new")
    assert get(ssm) == "old", "the second read lags"
    assert get(ssm) == "new"
    [fired] = account.fired()
    assert (fired.kind, fired.sequence) == ("stale", 4)


def test_it_lags_by_so_many_seconds_of_the_sandbox_s_clock_and_no_more(account, ssm):
    account.faults(Fault.stale("ssm", "GetParameter", seconds=60))
    put(ssm, "1")
    assert get(ssm) == "1"
    account.clock.advance(3600)
    put(ssm, "2")
    account.clock.advance(40)
    put(ssm, "3")
    assert get(ssm) == "1", "as it was right before the second write, 40 s ago"
    account.clock.advance(30)
    assert get(ssm) == "2"
    account.clock.advance(31)
    assert get(ssm) == "3"


def test_a_read_that_was_never_made_before_has_no_past(account, ssm):
    account.faults(Fault.stale("ssm", "GetParameter"))
    put(ssm, "new")
    assert get(ssm) == "new"
    assert account.fired() == []


def test_an_error_lags_like_any_answer(account, ssm):
    account.faults(Fault.stale("ssm", "GetParameter", nth=2))
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        get(ssm)
    put(ssm, "new")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        get(ssm)
    assert get(ssm) == "new"


def test_a_colleague_s_write_may_lag_too(account, ssm):
    kim = account.client("ssm", "eu-west-1", actor="kim")
    account.faults(Fault.stale("ssm", "GetParameter", actor="sandbox"))
    put(ssm, "old")
    get(ssm)
    put(kim, "kim's")
    assert get(ssm) == "old"
    assert get(kim) == "kim's", "only one of them reads late"


def test_consistent_reads_never_lag(account):
    dynamodb = account.client("dynamodb", "eu-west-1")
    dynamodb.create_table(
        TableName="journal",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.faults(Fault.stale("dynamodb"))

    def there(*, consistent: bool) -> bool:
        return "Item" in dynamodb.get_item(TableName="journal", Key={"id": {"S": "1"}}, ConsistentRead=consistent)

    assert not there(consistent=True)
    assert not there(consistent=False)
    dynamodb.put_item(TableName="journal", Item={"id": {"S": "1"}})
    assert there(consistent=True)
    assert not there(consistent=False)
