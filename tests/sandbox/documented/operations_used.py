"""Which operations of AWS the project calls: read off its source, and off the rows of the stand-in provider.

Three ways to call are known: by names (`read("ecs", "DescribeServices")`, `Call("ecs", "UpdateService", …)`), by the
methods of a client that the same file makes (`clients.client("ssm").get_parameter(…)`), and by the provider's rows.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

from opslib.sandbox.provider import RESOURCE_TYPES
from opslib.sandbox.provider.row import Call

__all__ = ["HOME", "Operation", "in_file", "operations_of", "used"]

HOME = Path(__file__).parents[3]
PACKAGES = ("opslib", "infra", "demo")
NOT_USERS = (
    "opslib/sandbox",
    "infra/kinds/trail_events.py",  # names what others call
)
_CLIENT_MAKERS = ("client", "regional")

Operation = tuple[str, str]
"""botocore's name of the service, and the operation's."""


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def _services() -> frozenset[str]:
    return frozenset(_session().get_available_services())


@cache
def operations_of(service: str) -> dict[str, str]:
    """The operations of a service, by the names of boto3's methods; none of what is no service."""
    if service not in _services():
        return {}
    return {xform_name(name): name for name in _session().get_service_model(service).operation_names}


def used() -> dict[Operation, str]:
    """Every operation that is called, and one place where it is."""
    found: dict[Operation, str] = {}
    for package in PACKAGES:
        for path in sorted((HOME / package).rglob("*.py")):
            place = str(path.relative_to(HOME))
            if not place.startswith(NOT_USERS):
                for operation in in_file(ast.parse(path.read_text(encoding="utf-8"))):
                    found.setdefault(operation, place)
    for token, row in RESOURCE_TYPES.items():
        for call in _calls_of(row):
            operation = operations_of(row.service)[call.operation]
            found.setdefault((row.service, operation), f"the stand-in provider's {token}")
    return found


def in_file(tree: ast.AST) -> Iterator[Operation]:
    """The operations that a file calls."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    services = {
        text.partition("@")[0] for call in calls for text in _texts(call)[:1] if operations_of(text.partition("@")[0])
    }
    clients = {text for call in calls if _name(call) in _CLIENT_MAKERS for text in _texts(call)[:1]}
    for call in calls:
        texts = [*_port(call), *_texts(call)]
        named = [text.partition("@")[0] for text in texts if operations_of(text.partition("@")[0])]
        for text in texts:
            for service in named or sorted(services):
                if text in operations_of(service).values():
                    yield service, text
        for service in sorted(clients):
            if isinstance(call.func, ast.Attribute) and call.func.attr in operations_of(service):
                yield service, operations_of(service)[call.func.attr]


def _texts(call: ast.Call) -> list[str]:
    """The texts that a call is given, those within calls that it is given too."""
    found: list[str] = []
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.append(argument.value)
        elif isinstance(argument, ast.Call):
            found += _texts(argument)
    return found


def _port(call: ast.Call) -> list[str]:
    """The service of `ports["iam"].read(…)`."""
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    key = of.slice if isinstance(of, ast.Subscript) else None
    return [key.value] if isinstance(key, ast.Constant) and isinstance(key.value, str) else []


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _calls_of(part: Any) -> Iterator[Call]:
    """The calls within a row."""
    if isinstance(part, Call):
        yield part
    elif dataclasses.is_dataclass(part):
        for each in dataclasses.fields(part):
            yield from _calls_of(getattr(part, each.name))
    elif isinstance(part, (tuple, list)):
        for each in part:
            yield from _calls_of(each)
