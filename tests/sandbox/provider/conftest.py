"""What tests of the stand-in provider share: a provider in front of an empty sandbox, and what its instances need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opslib.sandbox import Sandbox
from opslib.sandbox.provider import Checked, StandInProvider
from tests.sandbox.provider.goods import REGION, SCALED, TOPIC_ARN, TRUST, Good, role_policy


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def provider(sandbox: Sandbox) -> StandInProvider:
    return StandInProvider(endpoint_url=sandbox.url, region=REGION)


@pytest.fixture
def checked(provider: StandInProvider) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Inputs as the provider completes them; what it refuses fails the test."""

    def check(token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        found: Checked = provider.check(token, inputs)
        assert not found.failures
        return found.inputs

    return check


@pytest.fixture
def prepared(sandbox: Sandbox) -> Callable[[Good], Good]:
    """Creates what an instance needs, and gives the instance with the identifiers that came out."""

    def kms_key() -> str:
        return str(sandbox.client("kms", REGION).create_key()["KeyMetadata"]["KeyId"])

    def two_keys() -> dict[str, str]:
        return {"key": kms_key(), "other_key": kms_key()}

    def topic() -> dict[str, str]:
        sandbox.client("sns", REGION).create_topic(Name=TOPIC_ARN.rpartition(":")[2])
        return {}

    def alarms() -> dict[str, str]:
        for number in (1, 2):
            sandbox.client("cloudwatch", REGION).put_metric_alarm(
                AlarmName=f"there-{number}",
                MetricName="Errors",
                Namespace="Shop",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
        return {}

    def scalable_target() -> dict[str, str]:
        sandbox.client("application-autoscaling", REGION).register_scalable_target(
            **{f"{name[0].upper()}{name[1:]}": value for name, value in SCALED.items()}, MinCapacity=1, MaxCapacity=9
        )
        return {}

    def role() -> dict[str, str]:
        sandbox.client("iam", REGION).create_role(RoleName="there", AssumeRolePolicyDocument=role_policy("sns:Publish"))
        return {}

    def managed_policy() -> dict[str, str]:
        sandbox.client("iam", REGION).create_policy(PolicyName="there", PolicyDocument=role_policy("sns:Publish"))
        return {}

    makers: dict[str, Callable[[], dict[str, str]]] = {
        "key": two_keys,
        "topic": topic,
        "alarms": alarms,
        "scalable target": scalable_target,
        "role": role,
        "managed policy": managed_policy,
    }

    def prepare(good: Good) -> Good:
        made: dict[str, str] = {}
        for need in good.needs:
            made |= makers[need]()
        return good.where(made)

    return prepare
