"""The shop of these tests: the sample workload, with a story.

Of the API's task definition, revision 4 was good and ran for a day, revision 5 was registered and never ran, and
revision 6 runs now and is bad. Its target group is carried by a rule of one listener and by the default action of
another; beside it, at weight 0, stands the standby. Autoscaling keeps it between two and ten tasks.
"""

from __future__ import annotations

from typing import Any

from opslib.sandbox import Sandbox

REGION = "eu-west-1"
CLUSTER = "shop"
SERVICE = "api"
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
SCALABLE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/api",
    "ScalableDimension": "ecs:service:DesiredCount",
}
GOOD, NEVER_RAN, BAD = "shop-api:4", "shop-api:5", "shop-api:6"


class Shop:
    """The sandbox, and the clients that the procedures call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.ecs: Any = sandbox.client("ecs")
        self.kims_ecs: Any = sandbox.client("ecs", actor="kim")
        self.elbv2: Any = sandbox.client("elbv2")
        self.scaling: Any = sandbox.client("application-autoscaling")
        self.ssm: Any = sandbox.client("ssm")
        self.rds: Any = sandbox.client("rds")

    def arrange(self) -> None:
        """Make the story so far."""
        for version in ("2.15.0", "2.16.0", "2.17.0"):
            self.register(version)
        for revision in (GOOD, BAD):
            self.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=revision)
            self.wait(86400)
        groups = self.elbv2.describe_target_groups(Names=["shop-api", "shop-api-standby"])["TargetGroups"]
        self.group, self.standby = [group["TargetGroupArn"] for group in groups]
        balancer = self.elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        [public] = self.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        rules = self.elbv2.describe_rules(ListenerArn=public["ListenerArn"])["Rules"]
        self.rule = next(rule["RuleArn"] for rule in rules if rule["Priority"] == "10")
        self.listener = self.elbv2.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=8080, DefaultActions=self.forward(100, 0)
        )["Listeners"][0]["ListenerArn"]
        self.scaling.register_scalable_target(**SCALABLE, MinCapacity=2, MaxCapacity=10)
        self.sandbox.good(CLUSTER, SERVICE, GOOD)

    def register(self, version: str) -> str:
        """Register a revision of the API; its ARN."""
        container = {
            "name": "api",
            "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-api:{version}",
            "essential": True,
            "portMappings": [{"containerPort": 8000, "protocol": "tcp"}],
        }
        made = self.ecs.register_task_definition(family="shop-api", containerDefinitions=[container], **FARGATE)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def forward(self, live: int, standby: int) -> list[dict[str, Any]]:
        """An action that shares the traffic of the API by these weights."""
        weights = {self.group: live, self.standby: standby}
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]

    def start_standby(self) -> None:
        """Run the good revision behind the standby target group, as a service of its own."""
        network = self.read()["networkConfiguration"]
        self.ecs.create_service(
            cluster=CLUSTER,
            serviceName="api-standby",
            taskDefinition=GOOD,
            desiredCount=3,
            launchType="FARGATE",
            networkConfiguration=network,
            loadBalancers=[{"targetGroupArn": self.standby, "containerName": "api", "containerPort": 8000}],
        )

    def read(self) -> dict[str, Any]:
        """The service."""
        [found] = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        return dict(found)

    def wait(self, seconds: float = 1200) -> None:
        """Let time go by: the default is enough for a rollout and the deregistration delay."""
        self.sandbox.clock.advance(seconds)
