"""What a call to the sandbox costs: ``python -m benchmarks.sandbox`` prints a JSON list of measurements.

The peer is moto's own server, bare, in a process of its own, called in turns with the sandbox in the same run. The
requests are those that boto3 sends, sent again by plain HTTP: boto3's own work, which is the same for both, would hide
ours. Each time is the shortest of many, for what else runs on the machine only ever adds.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from opslib.sandbox import Sandbox

REGION = "eu-west-1"
ROUNDS = 100
TARGET = 1.5
TARGET_WITH_INVARIANTS = 3.0

# As quick on the wire as the sandbox's: without this, a header and a body in two packets may wait for each other.
BARE_MOTO = """
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app, MotoRequestHandler
from werkzeug.serving import make_server

class Quiet(MotoRequestHandler):
    disable_nagle_algorithm = True
    def log(self, *_): pass

moto = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, moto, threaded=True, request_handler=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Request:
    """A request as boto3 sent it."""

    host: str
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    def send(self) -> float:
        """Send it again.

        Returns:
            Seconds until it was answered.

        Raises:
            RuntimeError: It was refused.
        """
        started = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request(self.method, self.path, self.body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        taken = time.perf_counter() - started
        connection.close()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{self.method} {self.path} was answered {answer.status} {content[:200]!r}")
        return taken


@contextmanager
def bare_moto() -> Iterator[str]:
    """A server of moto without anything of ours."""
    process = subprocess.Popen([sys.executable, "-c", BARE_MOTO], stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


class Recorder:
    """boto3 clients of one server, and the request that any of them sent last."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._last: Request | None = None

    def client(self, service: str) -> Any:
        """A client that asks once."""
        made = boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self._url,
            aws_access_key_id="benchmark",
            aws_secret_access_key="benchmark",  # noqa: S106  # not a secret
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        made.meta.events.register("before-send", self._keep)
        return made

    def _keep(self, request: Any, **_: Any) -> None:
        url = urlsplit(request.url)
        body = request.body or b""
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        content = body.encode() if isinstance(body, str) else body
        self._last = Request(url.netloc, request.method, url.path or "/", content, headers)

    def requests(self) -> dict[str, Request]:
        """Build a small world and make each call once that is to be measured."""
        requests = {}
        for name, call in self._calls().items():
            call()
            if self._last is None:
                raise RuntimeError(f"{name} sent nothing")
            requests[name] = self._last
        return requests

    def _calls(self) -> dict[str, Callable[[], Any]]:
        ssm, dynamodb, sns = self.client("ssm"), self.client("dynamodb"), self.client("sns")
        ssm.put_parameter(Name="/shop/version", Value="1", Type="String")
        dynamodb.create_table(
            TableName="journal",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        topic = sns.create_topic(Name="shop")["TopicArn"]
        return self._workload() | {
            "ssm GetParameter": lambda: ssm.get_parameter(Name="/shop/version"),
            "ssm PutParameter": lambda: ssm.put_parameter(
                Name="/shop/version", Value="2", Type="String", Overwrite=True
            ),
            "dynamodb PutItem": lambda: dynamodb.put_item(TableName="journal", Item={"id": {"S": "1"}}),
            "sns GetTopicAttributes": lambda: sns.get_topic_attributes(TopicArn=topic),
        }

    def _workload(self) -> dict[str, Callable[[], Any]]:
        ec2, ecs, elbv2 = self.client("ec2"), self.client("ecs"), self.client("elbv2")
        subnets = ec2.describe_subnets()["Subnets"][:2]
        subnet_ids = [subnet["SubnetId"] for subnet in subnets]
        security_group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        balancer = elbv2.create_load_balancer(Name="shop", Subnets=subnet_ids)["LoadBalancers"][0]["LoadBalancerArn"]
        groups = [
            elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip")[
                "TargetGroups"
            ][0]["TargetGroupArn"]
            for name in ("api", "standby")
        ]
        weights = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(groups, (100, 0), strict=True)]
        actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}]
        listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=actions)[
            "Listeners"
        ][0]["ListenerArn"]
        paths = [{"Field": "path-pattern", "Values": ["/api/*"]}]
        rule = elbv2.create_rule(ListenerArn=listener, Priority=10, Conditions=paths, Actions=actions)
        rule_arn = rule["Rules"][0]["RuleArn"]
        ecs.create_cluster(clusterName="shop")
        ecs.register_task_definition(
            family="api",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "api", "image": "shop/api:1", "portMappings": [{"containerPort": 80}]}],
        )
        ecs.create_service(
            cluster="shop",
            serviceName="api",
            taskDefinition="api:1",
            desiredCount=3,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnet_ids, "securityGroups": [security_group]}},
            loadBalancers=[{"targetGroupArn": groups[0], "containerName": "api", "containerPort": 80}],
        )
        return {
            "ecs DescribeServices": lambda: ecs.describe_services(cluster="shop", services=["api"]),
            "ecs UpdateService": lambda: ecs.update_service(cluster="shop", service="api", desiredCount=3),
            "elbv2 DescribeRules": lambda: elbv2.describe_rules(ListenerArn=listener),
            "elbv2 ModifyRule": lambda: elbv2.modify_rule(RuleArn=rule_arn, Actions=actions),
        }


def shortest(*servers: dict[str, Request]) -> list[dict[str, float]]:
    """Each call's shortest time in seconds on each server; the servers take turns, so that other work weighs on all."""
    taken: list[dict[str, list[float]]] = [{name: [] for name in requests} for requests in servers]
    for _ in range(ROUNDS):
        for name in servers[0]:
            for requests, times in zip(servers, taken, strict=True):
                times[name].append(requests[name].send())
    return [{name: min(times) for name, times in of_server.items()} for of_server in taken]


def row(name: str, ours: float, peer: float, target: float) -> dict[str, Any]:
    """A measurement: seconds, and whether the ratio holds."""
    ratio = ours / peer
    return {
        "name": name,
        "ours": round(ours, 5),
        "peer": round(peer, 5),
        "ratio": round(ratio, 2),
        "target": target,
        "holds": ratio <= target,
    }


def measured() -> list[dict[str, Any]]:
    """Every measurement, in seconds."""
    rows = []
    with bare_moto() as moto, Sandbox() as sandbox, Sandbox() as watched:
        watched.invariants("all")
        servers = [Recorder(url).requests() for url in (sandbox.url, watched.url, moto)]
        # A schedule of tasks that start is no cost of a call: let them have started.
        for one in (sandbox, watched):
            one.clock.advance(3600)
        plain, checked, bare = shortest(*servers)
    for title, ours, target in (
        ("a call to the sandbox against bare moto", plain, TARGET),
        ("a call to the sandbox with all invariants on against bare moto", checked, TARGET_WITH_INVARIANTS),
    ):
        mean, peer = (sum(times.values()) / len(times) for times in (ours, bare))
        rows.append(row(f"{title}, mean of {len(ours)} operations", mean, peer, target))
        rows += [row(f"{title}: {name}", ours[name], bare[name], target) for name in ours]
    return rows


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
