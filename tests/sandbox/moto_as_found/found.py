"""What plain moto does where the sandbox does otherwise: a row for each departure from AWS that we correct."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

__all__ = ["ACCOUNT", "REGION", "Moto", "Row", "Rows", "code"]

ACCOUNT, REGION = "123456789012", "eu-west-1"


class Moto:
    """moto without anything of ours: clients, and what rows create again and again."""

    def __init__(self) -> None:
        self._session = boto3.session.Session(region_name=REGION)
        self._clients: dict[str, Any] = {}

    def __getattr__(self, service: str) -> Any:
        """A client: `moto.ecs`, `moto.application_autoscaling`; `moto.functions` is Lambda's."""
        name = {"functions": "lambda"}.get(service, service.replace("_", "-"))
        if name not in self._clients:
            config = Config(retries={"total_max_attempts": 1})
            self._clients[name] = self._session.client(name, config=config)
        return self._clients[name]

    def elsewhere(self, service: str) -> Any:
        """A client of another region."""
        return self._session.client(service, region_name="us-east-1")

    def unchecked(self, service: str) -> Any:
        """A client that sends whatever it is given."""
        name = f"unchecked {service}"
        if name not in self._clients:
            self._clients[name] = self._session.client(service, config=Config(parameter_validation=False))
        return self._clients[name]

    def refused(self, call: Callable[..., Any], **parameters: Any) -> str:
        """The error code of a call, or `taken`; `breaks` where moto's own code raises."""
        try:
            call(**parameters)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except Exception as error:  # noqa: BLE001  # whatever moto raises
            return f"breaks: {type(error).__name__}"
        return "taken"

    def role(self) -> str:
        trust = '{"Version": "2012-10-17", "Statement": []}'
        arn: str = self.iam.create_role(RoleName="run", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        return arn

    def function(self, **more: Any) -> str:
        arn: str = self.functions.create_function(
            FunctionName="f", Runtime="python3.12", Role=self.role(), Handler="h.h", Code={"ZipFile": code()}, **more
        )["FunctionArn"]
        return arn

    def service(self, **more: Any) -> None:
        """The ECS service `api` of the cluster `shop`, with two revisions of `api`."""
        self.ecs.create_cluster(clusterName="shop")
        container = {"name": "api", "image": "i", "memory": 128}
        for _ in range(2):
            self.ecs.register_task_definition(family="api", containerDefinitions=[container])
        given = {"cluster": "shop", "serviceName": "api", "taskDefinition": "api:1", "desiredCount": 2} | more
        self.ecs.create_service(**given)

    def described(self) -> dict[str, Any]:
        """That service."""
        return dict(self.ecs.describe_services(cluster="shop", services=["api"])["services"][0])

    def balancer(self) -> tuple[str, str, str]:
        """A listener whose rule 10 forwards to a target group: listener, rule and group."""
        subnets = self.ec2.describe_subnets()["Subnets"][:2]
        group = self.elbv2.create_target_group(
            Name="api", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        made = self.elbv2.create_load_balancer(Name="shop", Subnets=[subnet["SubnetId"] for subnet in subnets])
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        listener = self.elbv2.create_listener(
            LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=forward,
        )["Listeners"][0]["ListenerArn"]
        paths = [{"Field": "path-pattern", "Values": ["/*"]}]
        rule = self.elbv2.create_rule(ListenerArn=listener, Priority=10, Conditions=paths, Actions=forward)
        return listener, rule["Rules"][0]["RuleArn"], group

    def database(self, name: str = "main", **more: Any) -> dict[str, Any]:
        given = {
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "postgres",
            "MasterUserPassword": "not-a-secret",
        }
        return dict(self.rds.create_db_instance(DBInstanceIdentifier=name, **given, **more)["DBInstance"])

    def alarm(self, **more: Any) -> None:
        given = {
            "AlarmName": "cpu",
            "Namespace": "Shop",
            "MetricName": "CPU",
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 50.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        self.cloudwatch.put_metric_alarm(**given | more)


@dataclass(frozen=True)
class Row:
    """A departure.

    Attributes:
        operations: Those of ours that correct it, as `service:Operation`.
        file: The file to look at, and perhaps to delete something in, when moto does otherwise; under opslib/sandbox.
        aws: What AWS does.
        ask: Tries it.
        found: What plain moto does.
    """

    operations: tuple[str, ...]
    file: str
    aws: str
    ask: Callable[[Moto], Any]
    found: Any


@dataclass
class Rows:
    """The rows of a subject."""

    all: list[Row] = field(default_factory=list)

    def add(self, *operations: str, file: str, aws: str, found: Any) -> Callable[[Callable[[Moto], Any]], None]:
        """Add a row; decorates what tries it."""

        def decorated(ask: Callable[[Moto], Any]) -> None:
            self.all.append(Row(operations, file, aws, ask, found))

        return decorated


def code() -> bytes:
    """A function's code."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("h.py", "def h(event, context): return event\n")
    return archive.getvalue()
