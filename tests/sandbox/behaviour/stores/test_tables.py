"""DynamoDB, as a journal uses it: compare and swap, leases, transactions that are known by their token, expiry."""

from __future__ import annotations

import pytest

KEY = {"pk": {"S": "plan#1"}, "sk": {"S": "progress"}}


@pytest.fixture
def table(aws):
    client = aws("dynamodb")
    client.create_table(
        TableName="journal",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def number(value):
    return {"N": str(value)}


def item(key="plan#1", **numbers):
    return {"pk": {"S": key}, "sk": {"S": "progress"}} | {name: number(value) for name, value in numbers.items()}


def put(key="plan#1", condition=None, values=None, **numbers):
    made = {"TableName": "journal", "Item": item(key, **numbers)}
    made |= {"ConditionExpression": condition} if condition else {}
    return made | ({"ExpressionAttributeValues": values} if values else {})


def get(table, key="plan#1"):
    found = table.get_item(TableName="journal", Key=item(key), ConsistentRead=True).get("Item")
    return None if found is None else {n: int(v["N"]) for n, v in found.items() if "N" in v}


def test_what_is_not_there_is_made_once(table, refused):
    table.put_item(**put(condition="attribute_not_exists(pk)", revision=1))
    code, _ = refused(table.put_item, **put(condition="attribute_not_exists(pk)", revision=9))
    assert (code, get(table)) == ("ConditionalCheckFailedException", {"revision": 1})


def test_a_revision_is_swapped_once(table, refused):
    table.put_item(**put(revision=1))
    swap = put(condition="revision = :seen", values={":seen": number(1)}, revision=2)
    table.put_item(**swap)
    assert refused(table.put_item, **swap)[0] == "ConditionalCheckFailedException"
    assert get(table) == {"revision": 2}


@pytest.mark.parametrize(("now", "taken"), [(99, False), (100, False), (101, True)])
def test_a_lease_is_taken_when_it_is_over(table, refused, now, taken):
    table.put_item(**put(until=100))
    take = put(
        condition="attribute_not_exists(pk) OR #until < :now",
        values={":now": number(now)},
        until=200,
    ) | {"ExpressionAttributeNames": {"#until": "until"}}
    if taken:
        table.put_item(**take)
    else:
        assert refused(table.put_item, **take)[0] == "ConditionalCheckFailedException"
    assert get(table) == {"until": 200 if taken else 100}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("a = :one AND b = :two", True),
        ("a = :two OR b = :two", True),
        ("a = :two OR b = :two AND a = :two", False),
        ("(a = :one OR a = :two) AND NOT b = :one", True),
        ("a <> :two", True),
        ("c <> :two", True),
        ("c < :two", False),
        ("a < :two AND b >= :two", True),
        ("a IN (:one, :two)", True),
        ("attribute_exists(c)", False),
        ("attribute_not_exists(c) AND a = :one", True),
    ],
)
def test_conditions_hold_as_they_read(table, refused, condition, holds):
    table.put_item(**put(a=1, b=2))
    used = {name: value for name, value in {":one": number(1), ":two": number(2)}.items() if name in condition}
    asked = put(condition=condition, values=used, a=5)
    if holds:
        table.put_item(**asked)
    else:
        assert refused(table.put_item, **asked)[0] == "ConditionalCheckFailedException"


def test_a_transaction_is_done_whole_or_not_at_all(table, refused):
    table.put_item(**put("held", revision=1))
    fails = {"Put": put("held", condition="revision = :seen", values={":seen": number(7)}, revision=2)}
    code, message = refused(table.transact_write_items, TransactItems=[{"Put": put("other", a=1)}, fails])
    assert code == "TransactionCanceledException"
    assert "[None, ConditionalCheckFailed]" in message
    assert get(table, "other") is None
    assert get(table, "held") == {"revision": 1}


def test_a_transaction_repeated_by_its_token_is_done_once(account, table, refused):
    """What somebody does whose first answer was lost."""
    count = {
        "Update": {
            "TableName": "journal",
            "Key": KEY,
            "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }
    make = {"TransactItems": [{"Put": put("claim", condition="attribute_not_exists(pk)", a=1)}, count]}
    table.transact_write_items(**make, ClientRequestToken="t1")
    table.transact_write_items(**make, ClientRequestToken="t1")
    assert get(table) == {"times": 1}
    other = {"TransactItems": [count]}
    code, _ = refused(table.transact_write_items, **other, ClientRequestToken="t1")
    assert code == "IdempotentParameterMismatchException"
    account.clock.advance(601)
    table.transact_write_items(**other, ClientRequestToken="t1")
    assert get(table) == {"times": 2}


def test_a_failed_transactions_token_is_not_used_up(table, refused):
    table.put_item(**put("claim", a=1))
    make = {"TransactItems": [{"Put": put("claim", condition="attribute_not_exists(pk)", a=2)}]}
    code, _ = refused(table.transact_write_items, **make, ClientRequestToken="t1")
    assert code == "TransactionCanceledException"
    table.delete_item(TableName="journal", Key=item("claim"))
    table.transact_write_items(**make, ClientRequestToken="t1")
    assert get(table, "claim") == {"a": 2}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ConditionExpression": "a = :none"}, "attribute value: :none"),
        (
            {"ConditionExpression": "#none = :a", "ExpressionAttributeValues": {":a": number(1)}},
            "attribute name: #none",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeValues": {":a": number(1)}},
            "unused in expressions: keys: {:a}",
        ),
        ({"ExpressionAttributeValues": {":a": number(1)}}, "can only be specified when using expressions"),
    ],
)
def test_expressions_that_make_no_sense_are_refused(table, refused, options, says):
    code, message = refused(table.put_item, **put(), **options)
    assert code == "ValidationException"
    assert says in message
    code, _ = refused(table.transact_write_items, TransactItems=[{"Put": put() | options}])
    assert code == "ValidationException"


def test_what_has_expired_is_deleted_a_while_after(account, table):
    now = int(account.clock.now().timestamp())
    on = {"Enabled": True, "AttributeName": "expires_at"}
    table.update_time_to_live(TableName="journal", TimeToLiveSpecification=on)
    table.put_item(**put("soon", expires_at=now + 60))
    table.put_item(**put("later", expires_at=now + 10 * 86_400))
    table.put_item(**put("long ago", expires_at=now - 6 * 365 * 86_400))
    table.put_item(**put("never", a=1))
    account.clock.advance(3_600)
    assert get(table, "soon") is not None  # AWS: it is still read until it is deleted
    account.clock.advance(26 * 3_600)
    left = {key for key in ("soon", "later", "long ago", "never") if get(table, key) is not None}
    assert left == {"later", "long ago", "never"}
    table.update_time_to_live(TableName="journal", TimeToLiveSpecification=on | {"Enabled": False})
    account.clock.advance(20 * 86_400)
    assert get(table, "later") is not None
