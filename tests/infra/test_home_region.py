"""A stack whose own region is where global things are watched has nothing of its own twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from infra import program
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.infra.product import ACCOUNT
from tests.infra.shop import ALARM

pytestmark = pytest.mark.feature("M20")

TOPIC = "aws:sns/topic:Topic"
GLOBAL = {"opslib:distributions": {"site": {"distribution": "E2EXAMPLE1ABCD"}}}


def ran(region: str, provider: StandInProvider | None = None) -> Run:
    values: dict[str, Any] = {
        "aws:region": region,
        "aws:allowedAccountIds": [ACCOUNT],
        "opslib:product": "shop",
        "opslib:environment": "test",
        "opslib:alerting": {"critical": [{"protocol": "email", "endpoint": "ops@example.com"}]},
        **GLOBAL,
    }
    return run_program(program.main, project="opslib", stack="test", config=values, provider=provider)


def count(run: Run) -> Counter[str]:
    return Counter(resource.token for resource in run.resources)


def test_in_us_east_1_there_is_one_topic_a_tier_and_it_is_told_of_what_is_global() -> None:
    with Sandbox() as sandbox:
        home = ran("us-east-1", StandInProvider(endpoint_url=sandbox.url, region="us-east-1"))
    away = ran("eu-central-1")
    assert count(home)[ALARM] > 0
    assert count(home)[TOPIC] < count(away)[TOPIC]
    assert {resource.inputs.get("region") for resource in home.resources if resource.token == ALARM} == {None}
    assert "us-east-1" in {resource.inputs.get("region") for resource in away.resources if resource.token == ALARM}
    assert {alarm["region"] for alarm in home.outputs["alarms"]} == {"us-east-1"}
