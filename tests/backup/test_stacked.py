"""A database that a stack's outputs name: its address from RDS, its role from Secrets Manager, in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from opslib import Stack
from opslib.backup.config import PostgresSource, parse_config
from opslib.backup.stacked import postgres_conninfo
from opslib.errors import BadRequest, Refused
from opslib.sandbox import Sandbox

REGION = "eu-west-1"


@pytest.fixture
def stack(aws: Sandbox, document: dict[str, Any]) -> Stack:
    """shop/prod, with an instance and a secret whose password needs quoting."""
    aws.client("rds", REGION).create_db_instance(
        DBInstanceIdentifier="shop-orders",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="password-of-root",
        DBName="orders",
    )
    secret = json.dumps({"username": "backup", "password": "it's a \\secret"})
    arn = aws.client("secretsmanager", REGION).create_secret(Name="shop/orders", SecretString=secret)["ARN"]
    document["databases"]["orders"]["secrets"] = {"backup": arn}
    return Stack.open(outputs=document)


def resolved(stack: Stack, **source: Any) -> dict[str, Any]:
    document = {
        "environment": "prod",
        "stack": "shop/prod",
        "sources": {"orders": {"kind": "postgres"} | source},
    }
    config = parse_config(document, place=Path("/"), source="the test")
    orders = config.sources["orders"]
    assert isinstance(orders, PostgresSource)
    return conninfo_to_dict(postgres_conninfo(config, orders, open_stack=lambda _: stack))


@pytest.mark.feature("B3")
def test_a_key_of_the_stack_leads_to_the_database(stack: Stack, aws: Sandbox) -> None:
    with pytest.raises(Refused, match="has no address yet"):
        resolved(stack, database="orders")
    rds = aws.client("rds", REGION)
    while "Endpoint" not in rds.describe_db_instances()["DBInstances"][0]:
        aws.clock.advance(60)
    found = resolved(stack, database="orders")
    address = rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    assert (found["host"], found["dbname"], found["sslmode"]) == (address, "orders", "require")
    assert (found["user"], found["password"]) == ("backup", "it's a \\secret")


def test_a_stack_without_that_database_or_secret_is_a_bad_request(stack: Stack) -> None:
    for wrong, said in (({"database": "none"}, "has no database 'none'"), ({"consumer": "x"}, "set `consumer`")):
        with pytest.raises(BadRequest, match=said):
            resolved(stack, **({"database": "orders"} | wrong))


def test_a_secret_of_another_form_is_refused_without_telling_it(stack: Stack, aws: Sandbox) -> None:
    aws.client("secretsmanager", REGION).put_secret_value(SecretId="shop/orders", SecretString="hunter2")
    with pytest.raises(Refused, match="is not JSON with username and password") as caught:
        resolved(stack, database="orders")
    assert "hunter2" not in str(caught.value)


def test_without_a_stack_it_works_as_well(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_DSN", "host=h dbname=d")
    assert resolved(stack, dsn_variable="ORDERS_DSN") == {"host": "h", "dbname": "d"}
    assert resolved(stack, service="shop") == {"service": "shop"}
    assert resolved(stack, uri="postgresql://h/d")["dbname"] == "d"
    monkeypatch.delenv("ORDERS_DSN")
    with pytest.raises(BadRequest, match="the variable ORDERS_DSN is not set"):
        resolved(stack, dsn_variable="ORDERS_DSN")
