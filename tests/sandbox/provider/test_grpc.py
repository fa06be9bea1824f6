"""The stand-in provider over gRPC, as the engine calls it: previews, secrets, errors, configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from opslib.errors import StandInRefusal
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.property_values import Secret, from_struct, to_struct
from opslib.sandbox.provider import ServedProvider, StandInProvider, serve
from tests.sandbox.provider.good import REGION
from tests.sandbox.provider.goods.iam import TRUST

TOPIC, PARAMETER, ROLE = "aws:sns/topic:Topic", "aws:ssm/parameter:Parameter", "aws:iam/role:Role"
HUSH = "hush-hush"


def urn(token: str, name: str = "it") -> str:
    return f"urn:pulumi:dev::shop::my:component:Thing${token}::{name}"


@pytest.fixture
def served(sandbox: Sandbox) -> Iterator[ServedProvider]:
    with serve(StandInProvider(endpoint_url=sandbox.url, region=REGION)) as served:
        yield served


@pytest.fixture
def engine(served: ServedProvider) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def check(engine: Any, token: str, news: dict[str, Any], name: str = "it") -> Any:
    request = provider_pb2.CheckRequest(urn=urn(token, name), news=to_struct(news), randomSeed=b"1")
    return engine.Check(request)


def create(engine: Any, token: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:
    return engine.Create(provider_pb2.CreateRequest(urn=urn(token), properties=to_struct(inputs), preview=preview))


def test_the_engine_learns_what_the_provider_can(engine: Any) -> None:
    assert engine.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    assert engine.GetPluginInfo(Empty()).version
    configured = engine.Configure(provider_pb2.ConfigureRequest(args=to_struct({"region": REGION})))
    assert configured.acceptSecrets
    assert configured.supportsPreview


def test_a_resource_over_the_wire(engine: Any, sandbox: Sandbox) -> None:
    checked = check(engine, TOPIC, {"displayName": "Shop"}, name="critical")
    assert not checked.failures
    inputs = from_struct(checked.inputs)
    assert inputs["name"].startswith("critical-")
    created = create(engine, TOPIC, inputs)
    assert created.id == f"arn:aws:sns:{REGION}:123456789012:{inputs['name']}"

    news = {**inputs, "displayName": "Web"}
    difference = engine.Diff(
        provider_pb2.DiffRequest(
            id=created.id,
            urn=urn(TOPIC),
            olds=created.properties,
            old_inputs=checked.inputs,
            news=to_struct(news),
        )
    )
    assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(difference.diffs), list(difference.replaces)) == (["displayName"], [])

    def update(*, preview: bool) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(
            id=created.id,
            urn=urn(TOPIC),
            olds=created.properties,
            old_inputs=checked.inputs,
            news=to_struct(news),
            preview=preview,
        )
        return from_struct(engine.Update(request).properties)

    def name_in_aws() -> str:
        topic = sandbox.client("sns", REGION).get_topic_attributes(TopicArn=created.id)
        return str(topic["Attributes"]["DisplayName"])

    assert update(preview=True)["displayName"] == "Web"
    assert update(preview=True)["arn"] == created.id
    assert name_in_aws() == "Shop"
    assert update(preview=False)["displayName"] == "Web"
    assert name_in_aws() == "Web"

    read = engine.Read(
        provider_pb2.ReadRequest(id=created.id, urn=urn(TOPIC), inputs=checked.inputs, properties=created.properties)
    )
    assert from_struct(read.inputs)["displayName"] == "Web"
    delete = provider_pb2.DeleteRequest(id=created.id, urn=urn(TOPIC), properties=read.properties)
    engine.Delete(delete)
    engine.Delete(delete)
    assert engine.Read(provider_pb2.ReadRequest(id=created.id, urn=urn(TOPIC))).id == ""


def test_a_preview_creates_nothing_and_passes_on_what_is_unknown(engine: Any, sandbox: Sandbox) -> None:
    checked = check(engine, TOPIC, {"name": "critical", "kmsMasterKeyId": rpc.UNKNOWN, "tags": {"key": rpc.UNKNOWN}})
    assert not checked.failures
    planned = create(engine, TOPIC, from_struct(checked.inputs), preview=True)
    outputs = from_struct(planned.properties)
    assert planned.id == ""
    assert outputs["arn"] == outputs["kmsMasterKeyId"] == outputs["tags"]["key"] == rpc.UNKNOWN
    assert outputs["name"] == "critical"
    assert not sandbox.client("sns", REGION).list_topics()["Topics"]


def test_what_is_secret_stays_secret(engine: Any, sandbox: Sandbox) -> None:
    given = {"name": "/shop/secret", "type": "String", "description": Secret(HUSH), "tags": {"a": Secret(HUSH)}}
    checked = check(engine, PARAMETER, {**given, "value": "open"})
    inputs = from_struct(checked.inputs)
    assert inputs["description"] == Secret(HUSH)
    assert inputs["tags"] == Secret({"a": HUSH})
    created = create(engine, PARAMETER, inputs)
    outputs = from_struct(created.properties)
    assert outputs["description"] == Secret(HUSH)
    assert outputs["tags"] == outputs["tagsAll"] == Secret({"a": HUSH})
    assert outputs["value"] == Secret("open")  # sensitive in the real provider's schema, whatever the program says
    assert outputs["name"] == "/shop/secret"
    told = sandbox.client("ssm", REGION).describe_parameters()["Parameters"][0]
    assert told["Description"] == HUSH

    read = engine.Read(
        provider_pb2.ReadRequest(
            id=created.id, urn=urn(PARAMETER), inputs=checked.inputs, properties=created.properties
        )
    )
    assert from_struct(read.properties)["description"] == Secret(HUSH)
    assert from_struct(read.inputs)["tags"] == Secret({"a": HUSH})


def test_no_secret_is_in_a_refusal(engine: Any) -> None:
    failures = check(engine, TOPIC, {"name": "a", "tracingConfig": Secret(HUSH)}).failures
    assert [one.property for one in failures] == ["tracingConfig"]
    assert HUSH not in failures[0].reason
    assert "[secret]" in failures[0].reason
    policies = [Secret(f"arn:aws:iam::1:policy/{HUSH}")]
    with pytest.raises(grpc.RpcError) as failed:
        create(engine, ROLE, {"name": "it", "assumeRolePolicy": TRUST, "managedPolicyArns": policies})
    assert HUSH not in failed.value.details()
    assert "[secret]" in failed.value.details()


def test_refusals_have_a_code_and_one_line(engine: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        check(engine, "aws:ec2/instance:Instance", {})
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.value.details().startswith("the stand-in provider has no resource type aws:ec2/instance:Instance")
    create(engine, TOPIC, {"name": "a"})
    with pytest.raises(grpc.RpcError) as refused:
        create(engine, TOPIC, {"name": "a"})
    assert "already exists" in refused.value.details()
    assert "\n" not in refused.value.details()


def test_what_was_half_created_is_told_to_the_engine(engine: Any) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        create(
            engine, ROLE, {"name": "it", "assumeRolePolicy": TRUST, "managedPolicyArns": ["arn:aws:iam::1:policy/x"]}
        )
    details = dict(failed.value.trailing_metadata())["grpc-status-details-bin"]
    half = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(details).details[0].Unpack(half)
    assert half.id == "it"
    assert "AttachRolePolicy" in half.reasons[0]
    assert from_struct(half.properties)["assumeRolePolicy"] == TRUST


def test_the_configuration_is_checked(engine: Any) -> None:
    request = provider_pb2.CheckRequest(news=to_struct({"region": REGION, "regoin": "x"}))
    assert [one.property for one in engine.CheckConfig(request).failures] == ["regoin"]
    for config in ({"allowedAccountIds": json.dumps(["1"])}, {"regoin": "x"}):
        with pytest.raises(grpc.RpcError) as refused:
            engine.Configure(provider_pb2.ConfigureRequest(args=to_struct(config)))
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_second_provider_with_another_region_is_refused(engine: Any) -> None:
    def configure(name: str, region: str, stack: str = "dev") -> None:
        provider = f"urn:pulumi:{stack}::shop::pulumi:providers:aws::{name}"
        engine.Configure(provider_pb2.ConfigureRequest(urn=provider, args=to_struct({"region": region})))

    configure("default_7_51_1", REGION)
    configure("same", REGION)
    configure("default_7_51_1", "eu-central-1")  # the stack's configuration was changed
    configure("default_7_51_1", "us-east-1", stack="prod")
    with pytest.raises(grpc.RpcError, match="two AWS providers with different configurations"):
        configure("american", "us-east-1")


def test_functions_over_the_wire(engine: Any) -> None:
    answer = engine.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity"))
    assert from_struct(getattr(answer, "return"))["accountId"] == "123456789012"


def test_a_port_that_is_taken_is_refused(served: ServedProvider, checker: StandInProvider) -> None:
    with pytest.raises(StandInRefusal, match=f"cannot listen on 127.0.0.1:{served.port}"):
        serve(checker, served.port)
