"""Where a source's server is: what the configuration says, the environment holds, or the stack's outputs name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from opslib.backup.config import BackupConfig, PostgresSource, RedisServer
from opslib.backup.redis.source import RedisSource
from opslib.clients import aws_call
from opslib.errors import BadRequest, Refused
from opslib.stack import Stack

__all__ = ["postgres_conninfo", "redis_source"]


def postgres_conninfo(config: BackupConfig, source: PostgresSource, *, open_stack: Callable[[str], Stack]) -> str:
    """Libpq's connection string of a database; it may hold a password, so it is for libpq alone.

    Args:
        config: Names the stack.
        source: The database.
        open_stack: Opens a stack by its name, if one is needed.

    Raises:
        BadRequest: a variable is not set, or the stack has no such database.
        Refused: AWS does not tell where the database is.
    """
    if source.uri:
        return source.uri
    if source.service:
        return f"service={source.service}"
    if source.dsn_variable:
        return _variable(source.dsn_variable)
    return _of_stack(open_stack(config.stack or ""), source)


def redis_source(source: RedisServer) -> RedisSource:
    """The server of a configuration.

    Raises:
        BadRequest: the variable that holds the password is not set.
    """
    return RedisSource(
        host=source.host,
        port=source.port,
        username=source.username,
        password=_variable(source.password_variable) if source.password_variable else "",
        tls=source.tls,
        socket=str(source.socket or ""),
    )


def _variable(name: str) -> str:
    if not os.environ.get(name):
        raise BadRequest(f"the variable {name} is not set", "set it, or name another one in the configuration")
    return os.environ[name]


def _of_stack(stack: Stack, source: PostgresSource) -> str:
    """Address by RDS, role and password by Secrets Manager: the outputs hold identifiers only."""
    key = source.database or ""
    database = stack.outputs.databases.get(key)
    if database is None:
        there = ", ".join(sorted(stack.outputs.databases)) or "none"
        raise BadRequest(f"the stack {stack.name} has no database {key!r}", f"it has {there}")
    consumer = source.consumer or (next(iter(database.secrets)) if len(database.secrets) == 1 else "")
    if consumer not in database.secrets:
        there = ", ".join(sorted(database.secrets)) or "none"
        raise BadRequest(f"which secret of {key} to use is not said", f"set `consumer`: there are {there}")
    stack.check_account()
    rds: Any = stack.clients.client("rds")  # type: ignore[call-overload]  # no stubs needed
    with aws_call(f"looking for the database {database.instance}"):
        instance = rds.describe_db_instances(DBInstanceIdentifier=database.instance)["DBInstances"][0]
    secrets: Any = stack.clients.client("secretsmanager")  # type: ignore[call-overload]  # no stubs needed
    with aws_call(f"reading the secret of {key} for {consumer}"):
        answer = secrets.get_secret_value(SecretId=database.secrets[consumer], VersionStage="AWSCURRENT")
    try:
        secret = json.loads(answer["SecretString"])
        login = {"user": secret["username"], "password": secret["password"]}
    except (ValueError, KeyError, TypeError):
        raise Refused(
            f"the secret of {key} for {consumer} is not JSON with username and password", "use RDS's own form of it"
        ) from None
    endpoint = instance.get("Endpoint") or {}
    if not endpoint.get("Address"):
        raise Refused(f"the database {database.instance} has no address yet", "wait until it is available")
    return _conninfo(
        host=endpoint["Address"],
        port=str(endpoint["Port"]),
        dbname=str(secret.get("dbname") or instance.get("DBName") or "postgres"),
        sslmode="require",
        **login,
    )


def _conninfo(**fields: str) -> str:
    """A connection string, quoted as libpq wants it."""
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in fields.items()}
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())
