"""The program is the same with the engine and without: one test compares what the two registered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from demo.deployment import engine_for, provider_for, run_in_process
from demo.stack_file import StackFile
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Resource
from opslib.sandbox.programs.property_values import Secret, holds_secret, revealed
from opslib.sandbox.provider import StandInProvider

GENERATED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What AWS makes up anew each time: the ids of keys and subscriptions; of secrets, the end of their ARN."""

SECRET_ARN = re.compile(r"(:secret:[\w/+=.@-]*-)[A-Za-z0-9]{6}\b")

SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""How the engine marks a secret in its state."""


def comparable(value: Any) -> Any:
    match value:
        case Secret():
            return "[secret]"
        case Mapping():
            secret = SECRET_SIGNATURE in value
            # What the provider's check filled in is marked by the engine; the values are compared all the same.
            plain = {key: comparable(part) for key, part in value.items() if key != "__defaults"}
            return "[secret]" if secret else plain
        case list() | tuple():
            return [comparable(part) for part in value]
        case str():
            return SECRET_ARN.sub(r"\1generated", GENERATED.sub("generated", value))
        case float() if value.is_integer():
            return int(value)
    return value


def as_checked(provider: StandInProvider, resource: Resource) -> dict[str, Any]:
    """A resource's inputs as the engine keeps them: completed by the provider, with what is secret still secret."""
    if not resource.custom:
        return resource.inputs
    checked = provider.check(resource.token, revealed(resource.inputs), logical_name=resource.name)
    assert checked.failures == ()
    return {**checked.inputs, **{key: value for key, value in resource.inputs.items() if holds_secret(value)}}


@pytest.mark.feature("M26")
@pytest.mark.xdist_group("engine-staging")
def test_engine_and_in_process_register_the_same(account: tuple[StackFile, Sandbox]) -> None:
    shipped, sandbox = account
    with engine_for(shipped, sandbox) as engine:
        engine.up()
        exported = engine.export()["deployment"]["resources"]
        outputs = engine.outputs()
        engine.destroy()
    by_engine = {
        resource["urn"]: (resource["type"], comparable(resource.get("inputs", {})))
        for resource in exported
        if not resource["type"].startswith("pulumi:")
    }

    run = run_in_process(shipped, sandbox)
    provider = provider_for(shipped, sandbox)
    in_process = {
        resource.urn: (resource.token, comparable(as_checked(provider, resource))) for resource in run.resources
    }

    assert sorted(in_process) == sorted(by_engine), "the same resources, under the same names"
    for urn, registered in by_engine.items():
        assert in_process[urn] == registered, urn
    assert comparable(run.outputs) == comparable(outputs)
