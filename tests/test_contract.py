"""The contract: what validates into it, what does not, and what is then said."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opslib.contract import SCHEMA_VERSION, StackOutputs, json_schema
from opslib.errors import BadOutputs, ContractVersion

pytestmark = pytest.mark.feature("M26")

PUBLISHED = Path(__file__).parents[1] / "docs" / "contract.schema.json"
Document = dict[str, Any]


def put(*path_and_value: Any) -> Callable[[Document], None]:
    *path, last, value = path_and_value

    def change(document: Document) -> None:
        place: Any = document
        for key in path:
            place = place[key]
        place[last] = value

    return change


def drop(*path: Any) -> Callable[[Document], None]:
    *above, last = path

    def change(document: Document) -> None:
        place: Any = document
        for key in above:
            place = place[key]
        del place[last]

    return change


# What is wrong, how it came about, and a piece of what the message says about it.
BAD = [
    ("no stack", drop("stack"), "stack: is missing"),
    ("account with dashes", put("stack", "account", "1234-5678-9012"), "stack.account: "),
    ("region of a person", put("stack", "region", "Ireland"), "stack.region: "),
    ("role that is no ARN", put("stack", "roles", "viewer", "viewer"), "stack.roles.viewer: is not an ARN"),
    ("service without a cluster", drop("services", "api", "cluster"), "services.api.cluster: is missing"),
    ("empty name", put("services", "api", "name", ""), "services.api.name: "),
    ("port out of range", put("services", "api", "containers", 0, "port", 70000), "services.api.containers.0.port: "),
    ("unknown controller", put("services", "api", "deploymentController", "HAND"), "deploymentController: "),
    ("no scaling bounds", put("services", "api", "scalableTarget", {"resourceId": "x"}), "scalableTarget.minimum: "),
    ("cache without members", put("caches", "sessions", "members", []), "caches.sessions.members: "),
    ("unknown severity", put("alarms", 0, "severity", "fatal"), "alarms.0.severity: "),
    ("alarm without a region", drop("alarms", 1, "region"), "alarms.1.region: is missing"),
    ("topic that is no ARN", put("topics", "critical", "eu-west-1", "topic"), "topics.critical.eu-west-1: is not an"),
    ("a list for a map", put("databases", []), "databases: "),
    ("a masked secret", put("databases", "[secret]"), "databases: "),
]


def test_a_document_comes_back_as_it_was(document: Document) -> None:
    assert StackOutputs.parse(document, source="here").document() == document
    assert StackOutputs.parse(json.dumps(document), source="here").document() == document


def test_keys_are_camel_case_outside_and_snake_case_inside(document: Document) -> None:
    outputs = StackOutputs.parse(document, source="here")
    assert outputs.load_balancers["edge"].target_groups["api"].dimension == "targetgroup/api/2"
    snakes = [key for key in keys_of(outputs.document()) if "_" in key]
    assert snakes == []


def keys_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys_of(inner))]
    if isinstance(value, list):
        return [key for inner in value for key in keys_of(inner)]
    return []


@pytest.mark.parametrize(("change", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_document_is_told_by_place_on_one_line(
    document: Document, change: Callable[[Document], None], said: str
) -> None:
    StackOutputs.parse(document, source="out.json")
    change(document)
    with pytest.raises(BadOutputs) as caught:
        StackOutputs.parse(document, source="out.json")
    assert "out.json" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"outputs"', "{}", b"\xff", '{"schemaVersion": true}'])
def test_what_is_not_a_document_is_bad_outputs(text: str | bytes) -> None:
    with pytest.raises(BadOutputs, match=r"out\.json"):
        StackOutputs.parse(text, source="out.json")


@pytest.mark.parametrize(
    ("version", "said"), [(0, "too old"), (-1, "too old"), (SCHEMA_VERSION + 1, "too new"), ("99", "too new")]
)
def test_another_version_is_told_with_both_versions(document: Document, version: int | str, said: str) -> None:
    document["schemaVersion"] = version
    with pytest.raises(ContractVersion, match=rf"version {version}, {said}: this opslib reads .*{SCHEMA_VERSION}"):
        StackOutputs.parse(document, source="out.json")


@pytest.mark.parametrize("version", ["1", 1.0])
def test_a_version_that_a_back_end_printed_otherwise_is_read(document: Document, version: object) -> None:
    document["schemaVersion"] = version
    assert StackOutputs.parse(document, source="here").schema_version == 1


def test_fields_of_a_newer_program_are_accepted(document: Document) -> None:
    newer = copy.deepcopy(document)
    newer["fleets"] = {"workers": {"group": "asg"}}
    newer["services"]["api"]["spotShare"] = 0.5
    newer["alarms"][0]["owner"] = "team"
    assert StackOutputs.parse(newer, source="here") == StackOutputs.parse(document, source="here")


def test_a_key_names_one_workload(document: Document) -> None:
    document["databases"]["api"] = document["databases"]["orders"]
    with pytest.raises(BadOutputs, match=r"services\.api and databases\.api"):
        StackOutputs.parse(document, source="here")
    document["databases"] = {"stack": document["databases"]["orders"]}
    with pytest.raises(BadOutputs, match=r"databases\.stack"):
        StackOutputs.parse(document, source="here")


def test_the_schema_accepts_the_good_document(document: Document) -> None:
    jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("change", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_the_schema_refuses_a_bad_document(document: Document, change: Callable[[Document], None]) -> None:
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)


def test_the_schema_refuses_another_version(document: Document) -> None:
    document["schemaVersion"] = SCHEMA_VERSION + 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)


def test_the_published_schema_is_the_contract() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(PUBLISHED.read_text()) == json_schema(), (
        "write it anew: opslib stack schema > docs/contract.schema.json"
    )
