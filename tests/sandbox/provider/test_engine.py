"""The stand-in provider under the real Pulumi engine: up, unchanged, drift, a move without alias, destroy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opslib.errors import OpslibError
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Engine, find_pulumi
from opslib.sandbox.provider import StandInProvider, serve
from tests.sandbox.provider.good import REGION

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_pulumi() is None, reason="no Pulumi CLI: `make pulumi` builds one"),
    pytest.mark.xdist_group("engine"),
]

PROGRAM = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
component = pulumi.ComponentResource("shop:index:Alerting", "alerting")
moved = pulumi.ResourceOptions(parent=component if config.get_bool("moved") else None)
topic = aws.sns.Topic("critical", name="shop-critical")
aws.cloudwatch.MetricAlarm(
    "cpu",
    name="shop-cpu",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=3,
    threshold=80,
    metric_name="CPUUtilization",
    namespace="AWS/ECS",
    period=config.get_int("period") or 60,
    statistic="Average",
    dimensions={"ServiceName": "api"},
    alarm_actions=[topic.arn],
    alarm_description=config.require_secret("description"),
    opts=moved,
)
pulumi.export("topic", topic.arn)
"""


@pytest.fixture
def engine(sandbox: Sandbox, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    with (
        serve(StandInProvider(endpoint_url=sandbox.url, region="us-east-1")) as served,
        Engine(
            project_dir=tmp_path,
            stack="dev",
            environment=sandbox.environment(),
            provider_port=served.port,
            config={"aws:region": REGION, "aws:allowedAccountIds": '["123456789012"]'},
            secrets={"shop:description": "hush-hush"},
        ) as engine,
    ):
        yield engine


def test_the_real_engine(engine: Engine, sandbox: Sandbox) -> None:
    cloudwatch = sandbox.client("cloudwatch", REGION)

    assert engine.up().counts["create"] == 4
    [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["AlarmActions"] == [engine.outputs()["topic"]]
    assert alarm["AlarmDescription"] == "hush-hush"
    assert "hush-hush" not in str(engine.export())
    assert engine.up().none

    cloudwatch.disable_alarm_actions(AlarmNames=["shop-cpu"])
    [drifted] = [step for step in engine.refresh().steps.values() if step.operation != "same"]
    assert (drifted.name, drifted.changed) == ("cpu", ("actionsEnabled",))
    assert engine.up().counts["update"] == 1
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is True

    engine.set_config("shop:period", "90")
    with pytest.raises(OpslibError, match="multiples of 60"):
        engine.preview()
    engine.set_config("shop:period", "60")

    engine.set_config("shop:moved", "true")  # without an alias: create, then delete, under one name
    with pytest.raises(OpslibError, match="already exists"):
        engine.up()
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["shop-cpu"]

    engine.destroy()
    assert not cloudwatch.describe_alarms()["MetricAlarms"]
    assert not sandbox.client("sns", REGION).list_topics()["Topics"]
