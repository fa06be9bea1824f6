"""The contract's mirror in SSM: what is written, and what a reader makes of whole and half-written ones."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import Any

import pytest

from opslib.contract import StackOutputs
from opslib.errors import BadOutputs, BadRequest, ContractVersion
from opslib.mirror import LARGEST_VALUE_BYTES, from_parameters, parameter_names, parameter_path, to_parameters

pytestmark = pytest.mark.feature("M26")

STACK = "/opslib/shop/prod/stack"
API = "/opslib/shop/prod/workloads/api"


@pytest.fixture
def outputs(document: dict[str, Any]) -> StackOutputs:
    return StackOutputs.parse(document, source="here")


def in_order(outputs: StackOutputs) -> StackOutputs:
    """Alarms are a set to every reader; the mirror groups them by workload."""
    return outputs.model_copy(update={"alarms": tuple(sorted(outputs.alarms, key=lambda alarm: alarm.arn))})


def test_the_mirror_gives_back_what_was_put_in(outputs: StackOutputs) -> None:
    assert in_order(from_parameters(to_parameters(outputs), source="SSM")) == in_order(outputs)


def test_each_workload_has_a_parameter_with_its_alarms(outputs: StackOutputs) -> None:
    parameters = to_parameters(outputs)
    assert set(parameters) == {
        STACK,
        *(f"/opslib/shop/prod/workloads/{key}" for key in ("api", "edge", "orders", "sessions", "thumbnails")),
    }
    api = json.loads(parameters[API])
    assert (api["section"], api["key"], api["record"]["taskFamily"]) == ("services", "api", "shop-api")
    assert {alarm["name"] for alarm in api["alarms"]} == {
        "shop-prod-api-cpu",
        "shop-prod-api-5xx",
        "shop-prod-api-down",
    }
    stack = json.loads(parameters[STACK])
    assert [alarm["name"] for alarm in stack["alarms"]] == ["shop-prod-site-down"]
    assert stack["workloads"] == ["api", "edge", "orders", "sessions", "thumbnails"]
    assert "services" not in stack


def test_names_are_known_before_anything_is_created(outputs: StackOutputs) -> None:
    names = parameter_names("shop", "prod", outputs.workloads())
    assert set(names.values()) == set(to_parameters(outputs))
    assert names["stack"] == STACK
    assert names["api"] == API


def test_the_same_outputs_give_the_same_text(document: dict[str, Any]) -> None:
    other_way_round = dict(reversed(document.items()))
    assert to_parameters(StackOutputs.parse(document, source="")) == to_parameters(
        StackOutputs.parse(other_way_round, source="")
    )


@pytest.mark.parametrize("name", ["a b", "a/b", "", "ü"])
def test_a_name_that_ssm_refuses_is_a_bad_request(name: str) -> None:
    with pytest.raises(BadRequest, match="cannot be mirrored"):
        parameter_path(name, "prod")
    with pytest.raises(BadRequest, match="cannot be mirrored"):
        parameter_path("shop", name)
    with pytest.raises(BadRequest, match="cannot be mirrored"):
        parameter_names("shop", "prod", [name])


def test_two_workloads_cannot_share_a_parameter() -> None:
    with pytest.raises(BadRequest, match="two workloads"):
        parameter_names("shop", "prod", ["api", "api"])


def test_no_value_looks_like_a_reference_to_another_parameter(document: dict[str, Any]) -> None:
    document["alarms"][0]["title"] = "{{ssm:/other}}"
    outputs = StackOutputs.parse(document, source="here")
    parameters = to_parameters(outputs)
    assert not [name for name, value in parameters.items() if "{{" in value]
    assert in_order(from_parameters(parameters, source="SSM")) == in_order(outputs)


def with_services(document: dict[str, Any], count: int) -> StackOutputs:
    service = document["services"]["api"]
    document["services"] = {f"service-{number:04}": service | {"name": f"s{number}"} for number in range(count)}
    document["alarms"] = [
        alarm | {"name": f"{key}-{alarm['name']}", "workload": key}
        for key in document["services"]
        for alarm in document["alarms"]
    ]
    return StackOutputs.parse(document, source="here")


def test_a_thousand_workloads_fit(document: dict[str, Any]) -> None:
    outputs = with_services(document, 1000)
    parameters = to_parameters(outputs)
    assert len(parameters) == 1000 + 4 + 1
    assert max(len(value.encode()) for value in parameters.values()) <= LARGEST_VALUE_BYTES
    assert in_order(from_parameters(parameters, source="SSM")) == in_order(outputs)


def test_a_long_value_is_packed_so_that_a_shell_can_unpack_it(document: dict[str, Any]) -> None:
    packed = to_parameters(with_services(document, 1000))[STACK]
    assert packed.startswith("gzip:")
    text = gzip.decompress(base64.b64decode(packed.removeprefix("gzip:")))
    assert len(text) > LARGEST_VALUE_BYTES
    assert len(json.loads(text)["workloads"]) == 1004


def test_what_cannot_fit_is_told_with_its_size(document: dict[str, Any]) -> None:
    noise = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(400))
    document["alarms"][0]["title"] = noise
    with pytest.raises(BadRequest, match=rf"{API} would take \d+ bytes, and SSM takes 8192"):
        to_parameters(StackOutputs.parse(document, source="here"))


def test_a_missing_workload_is_told(outputs: StackOutputs) -> None:
    parameters = to_parameters(outputs)
    del parameters[API]
    with pytest.raises(BadOutputs, match=f"half written: {API} is missing"):
        from_parameters(parameters, source="SSM")


def test_a_workload_of_another_update_is_told(outputs: StackOutputs, document: dict[str, Any]) -> None:
    document["services"]["api"]["cluster"] = "moved"
    newer = to_parameters(StackOutputs.parse(document, source="here"))
    with pytest.raises(BadOutputs, match="half written: its parameters are of two updates"):
        from_parameters(to_parameters(outputs) | {API: newer[API]}, source="SSM")
    with pytest.raises(BadOutputs, match="half written: its parameters are of two updates"):
        from_parameters(to_parameters(outputs) | {STACK: newer[STACK]}, source="SSM")


def test_a_workload_that_is_no_longer_in_the_stack_is_left_out(outputs: StackOutputs, document: dict[str, Any]) -> None:
    left_over = to_parameters(outputs)
    del document["functions"]["thumbnails"]
    smaller = StackOutputs.parse(document, source="here")
    assert in_order(from_parameters(left_over | to_parameters(smaller), source="SSM")) == in_order(smaller)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (STACK, None, "0 parameters called 'stack'"),
        (STACK, "{", "is not JSON"),
        (STACK, "[]", "is not a JSON object"),
        (STACK, "gzip:AAAA", "cannot be unpacked"),
        (STACK, "gzip:!", "cannot be unpacked"),
        (STACK, '{"schemaVersion":1,"workloads":{}}', "has no list of workloads"),
        (STACK, '{"schemaVersion":1,"workloads":["nix"]}', "workloads/nix is missing"),
        (STACK, '{"schemaVersion":1,"workloads":[]}', "half written"),
    ],
)
def test_a_broken_mirror_is_bad_outputs(outputs: StackOutputs, name: str, value: str | None, said: str) -> None:
    parameters = to_parameters(outputs)
    del parameters[name]
    if value is not None:
        parameters[name] = value
    with pytest.raises(BadOutputs, match=said):
        from_parameters(parameters, source="SSM")


def test_a_mirror_of_another_version_is_told(outputs: StackOutputs) -> None:
    parameters = to_parameters(outputs)
    parameters[STACK] = json.dumps(json.loads(parameters[STACK]) | {"schemaVersion": 99})
    with pytest.raises(ContractVersion, match="too new"):
        from_parameters(parameters, source="SSM")
