"""A service behind a load balancer, in a steady state, and what tests of it do again and again."""

from __future__ import annotations

import http.client
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from opslib.sandbox import Sandbox, Workload

CLUSTER, NAME, FAMILY = "shop", "api", "shop-api"


class Shop:
    """The seeded service `api`: three tasks of revision 3, behind a load balancer, with a standby group at weight 0."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.ecs = sandbox.client("ecs")
        self.elbv2 = sandbox.client("elbv2")
        self.workload = Workload.sample()

    def wait(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    def service(self, name: str = NAME) -> dict[str, Any]:
        return self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]

    def update(self, **parameters: Any) -> dict[str, Any]:
        return self.ecs.update_service(cluster=CLUSTER, service=NAME, **parameters)["service"]

    def deployments(self) -> list[tuple[str, str, str, int]]:
        """Status, rollout state, revision and running tasks of each deployment."""
        return [
            (d["status"], d["rolloutState"], d["taskDefinition"].rpartition(":")[2], d["runningCount"])
            for d in self.service()["deployments"]
        ]

    def rollouts(self) -> list[dict[str, Any]]:
        return self.ecs.list_service_deployments(cluster=CLUSTER, service=NAME)["serviceDeployments"]

    def rollout(self) -> dict[str, Any]:
        """The newest service deployment, described."""
        arn = self.rollouts()[0]["serviceDeploymentArn"]
        return self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]

    def messages(self) -> list[str]:
        return [event["message"].removeprefix("(service api) ") for event in self.service()["events"]]

    def said(self, part: str) -> int:
        return sum(part in message for message in self.messages())

    def tasks(self, status: str = "RUNNING", **filters: Any) -> list[dict[str, Any]]:
        filters = filters or {"serviceName": NAME}
        arns = self.ecs.list_tasks(cluster=CLUSTER, desiredStatus=status, **filters)["taskArns"]
        return self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []

    def register(self, family: str = FAMILY, **container: Any) -> str:
        """Register a revision; returns its ARN."""
        definition = self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "api", "image": "shop-api:3.0.0", "portMappings": [{"containerPort": 8000}], **container}
            ],
        )
        return definition["taskDefinition"]["taskDefinitionArn"]

    def configure(self, **configuration: Any) -> None:
        self.update(deploymentConfiguration=configuration)

    def post(self, path: str, message: Any) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.sandbox.url).netloc, timeout=120)
        connection.request("POST", f"/_sandbox{path}", json.dumps(message))
        response = connection.getresponse()
        content = json.loads(response.read())
        assert response.status == 200, content
        return content

    def set(self, **settings: Any) -> None:
        self.post("/behaviour", {"ecs": settings})

    def conduct(self, of: str, **conduct: Any) -> None:
        self.post("/conduct", {"of": of, "conduct": conduct})

    def network(self) -> dict[str, Any]:
        return self.service()["networkConfiguration"]

    def states(self) -> list[str]:
        """The states of the targets of the group that serves."""
        group = self.workload.services[1].target_group_arns[0]
        health = self.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(target["TargetHealth"]["State"] for target in health)

    def now(self) -> datetime:
        return self.sandbox.clock.now()


@pytest.fixture
def shop(account: Sandbox) -> Shop:
    whole = Workload.sample()
    account.seed(
        whole.model_copy(update={"services": (whole.services[1],), "databases": (), "caches": (), "functions": ()})
    )
    return Shop(account)
