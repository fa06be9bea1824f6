"""What the tests of the run without the engine share: a provider that remembers, and something to deploy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from opslib.sandbox.programs.in_process import Run, run_program

TOPIC = "aws:sns/topic:Topic"


@dataclass(frozen=True)
class Failure:
    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    inputs: dict[str, Any]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Created:
    id: str
    outputs: dict[str, Any]


@dataclass
class Recorder:
    """A provider that remembers what it was asked, for what the run hands over."""

    refuses: str = ""
    breaks: str = ""
    configured: dict[str, Any] = field(default_factory=dict)
    names: list[tuple[str, bytes]] = field(default_factory=list)
    created: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def configure(self, config: dict[str, Any]) -> None:
        self.configured = config

    def check(self, token: str, news: dict[str, Any], *, logical_name: str, seed: bytes) -> Checked:
        self.names.append((logical_name, seed))
        if self.refuses and news.get("name") == self.refuses:
            return Checked(news, (Failure("name", "is not allowed"),))
        return Checked({**news, "defaulted": True} if token == TOPIC else news)

    def create(self, token: str, inputs: dict[str, Any]) -> Created:
        if self.breaks and inputs.get("name") == self.breaks:
            raise RuntimeError("the disk is full")
        self.created.append((token, inputs))
        arn = f"arn:aws:sns:eu-west-1:111122223333:{inputs.get('name')}"
        return Created(arn, {**inputs, "arn": arn})

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        self.invoked.append((token, args))
        return {"accountId": "111122223333", "arn": "arn", "id": "111122223333", "userId": "u"}


class Alerting(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, *, token: str = "ops:index:Alerting"):
        super().__init__(token, name, None, opts)
        self.topic = aws.sns.Topic(f"{name}-topic", name=f"{name}-topic", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"topicArn": self.topic.arn})


def run(program: Any, **options: Any) -> Run:
    return run_program(program, **{"project": "shop", "stack": "dev", **options})


def alarm(name: str, **inputs: Any) -> aws.cloudwatch.MetricAlarm:
    return aws.cloudwatch.MetricAlarm(
        name,
        **{
            "name": name,
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 3,
            "metric_name": "CPUUtilization",
            "namespace": "AWS/ECS",
            "period": 60,
            "statistic": "Average",
            "threshold": 80.5,
            **inputs,
        },
    )
