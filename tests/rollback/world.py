"""A stack in the sandbox whose API has just been given a bad release, and a clock that nobody has to wait for.

Of the API's task definition revisions 1 to 3 were good, the last for half a day; revision 4 runs now, and its alarm
rings. Images are in ECR, so that their digests are known; a scalable target keeps it between two and ten tasks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from opslib import Stack
from opslib.procedure import Journal, SqliteStore
from opslib.rollback.history import Record, Records
from opslib.sandbox import Sandbox, Workload

REGION, ACCOUNT = "eu-west-1", "123456789012"
CLUSTER, SERVICE, FAMILY = "shop", "api", "shop-api"
TARGET = f"ecs:{CLUSTER}/{SERVICE}"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
SYMPTOM, CAUSE = "shop-prod-api-errors", "shop-prod-api-cpu"
SCALABLE = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
QUICK = {
    "provisioning_seconds": 1,
    "pull_seconds": 1,
    "start_seconds": 1,
    "application_ready_seconds": 1,
    "shutdown_seconds": 1,
    "deprovisioning_seconds": 1,
}
"""ECS in a hurry: what takes minutes takes seconds, and happens in the same order."""


class TurningClock:
    """The sandbox's clock: whoever sleeps turns it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._slept = 0.0

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    def monotonic(self) -> float:
        return self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        self._sandbox.clock.advance(seconds)


class World:
    """The sandbox with the story in it."""

    def __init__(self, sandbox: Sandbox, state: Path) -> None:
        self.sandbox = sandbox
        self.state = state
        self.clock = TurningClock(sandbox)
        self.ecs: Any = sandbox.client("ecs", REGION, actor="deployer")
        self.ecr: Any = sandbox.client("ecr", REGION)
        self.elbv2: Any = sandbox.client("elbv2", REGION)
        self.scaling: Any = sandbox.client("application-autoscaling", REGION)
        self.cloudwatch: Any = sandbox.client("cloudwatch", REGION)

    # Arranging

    def arrange(self) -> None:
        """Everything up to the half day in which revision 3 was good."""
        self.sandbox.behaviour(ecs=QUICK)
        whole = Workload.sample()
        kept = {"services": (whole.services[1],), "databases": (), "caches": (), "functions": ()}
        self.sandbox.seed(whole.model_copy(update=kept))
        self.groups = whole.services[1].target_group_arns
        for group in self.groups:
            delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "2"}]
            self.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
        for name in (SYMPTOM, CAUSE):
            self.cloudwatch.put_metric_alarm(
                AlarmName=name,
                Namespace="Shop",
                MetricName=name,
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="ignore",
            )
            self.alarm("OK", name)
        self.scaling.register_scalable_target(**SCALABLE, MinCapacity=2, MaxCapacity=10)
        self.wait(3600)

    def break_it(self) -> None:
        """A bad release is out; from here on it is looked whether all goes well."""
        self.release()
        self.sandbox.reset_calls()
        self.sandbox.invariants("all")
        self.sandbox.good(CLUSTER, SERVICE, *(f"{FAMILY}:{number}" for number in (1, 2, 3)))

    def again(self) -> None:
        """The same story once more, in an empty account and with an empty journal."""
        self.sandbox.reset()
        self.state = self.state.with_name(f"{self.state.name}-again")
        self.arrange()
        self.break_it()

    def release(self, version: str = "2.15.0", *, rings: bool = True, wait: float = 900, **definition: Any) -> str:
        """Deploy a new version; its alarm rings five minutes later. Returns its revision's ARN."""
        self.push(version, version)
        arn = self.register(version, **definition)
        self.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=arn)
        if rings:
            self.wait(300)
            self.alarm("ALARM")
        self.wait(wait)
        return arn

    def register(self, version: str, **definition: Any) -> str:
        """Register a revision; its ARN."""
        container = {
            "name": "api",
            "image": f"{REGISTRY}/shop-api:{version}",
            "essential": True,
            "portMappings": [{"containerPort": 8000, "protocol": "tcp"}],
        }
        made = self.ecs.register_task_definition(
            **{
                "family": FAMILY,
                "requiresCompatibilities": ["FARGATE"],
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": [container],
            }
            | definition
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def push(self, tag: str, content: str) -> str:
        """Push an image; its digest."""
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        layer = {"mediaType": "application/octet-stream", "size": len(content), "digest": f"sha256:{content:0>64}"}
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": layer, "layers": [layer]}
        put = self.ecr.put_image(repositoryName="shop-api", imageManifest=json.dumps(manifest), imageTag=tag)
        return str(put["image"]["imageId"]["imageDigest"])

    def alarm(self, state: str, name: str = SYMPTOM) -> None:
        """Set an alarm's state."""
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="the story")

    def suspend(self, state: dict[str, bool]) -> None:
        """Suspend scaling, as a colleague would."""
        self.scaling.register_scalable_target(**SCALABLE, SuspendedState=state)

    def arn(self, number: int) -> str:
        """The ARN of a revision of the API."""
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{FAMILY}:{number}"

    def conduct(self, of: str, **conduct: Any) -> None:
        """Make a revision bad."""
        self.post("/conduct", {"of": of, "conduct": conduct})

    def post(self, path: str, message: Any) -> Any:
        """Use a control route that has no method."""
        import http.client
        from urllib.parse import urlsplit

        connection = http.client.HTTPConnection(urlsplit(self.sandbox.url).netloc, timeout=120)
        connection.request("POST", f"/_sandbox{path}", json.dumps(message))
        response = connection.getresponse()
        content = json.loads(response.read())
        assert response.status == 200, content
        return content

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.sandbox.clock.advance(seconds)

    # Looking

    def service(self) -> Mapping[str, Any]:
        """The service."""
        found: Mapping[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        return found

    def running(self) -> str:
        """The family and revision that the service is to run."""
        return str(self.service()["taskDefinition"]).rpartition("/")[2]

    def suspended(self) -> set[bool]:
        """What of its scaling is suspended."""
        [found] = self.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        return set(found["SuspendedState"].values())

    def revisions(self) -> list[str]:
        """The family's ACTIVE revisions."""
        arns = self.ecs.list_task_definitions(familyPrefix=FAMILY, status="ACTIVE")["taskDefinitionArns"]
        return [arn.rpartition("/")[2] for arn in arns]

    def operations(self, service: str = "", *, mutating: bool | None = None) -> list[str]:
        """The operations of the calls that were made, in order."""
        return [
            call.operation
            for call in self.sandbox.calls()
            if (not service or call.service == service) and (mutating is None or call.mutating == mutating)
        ]

    # What the library is given

    moment = timedelta(seconds=20)
    """For what is not to be waited for."""

    def outputs(self, **changes: Any) -> dict[str, Any]:
        """The stack's outputs."""
        return {
            "schemaVersion": 1,
            "stack": {"product": "shop", "environment": "prod", "account": ACCOUNT, "region": REGION},
            "services": {
                "api": {
                    "cluster": CLUSTER,
                    "name": SERVICE,
                    "scalableTarget": {"resourceId": SCALABLE["ResourceId"], "minimum": 2, "maximum": 10},
                },
                "ghost": {"cluster": CLUSTER, "name": "ghost"},
            },
            "alarms": [_alarm(SYMPTOM, "symptom", "critical"), _alarm(CAUSE, "cause", "warning")],
        } | changes

    def stack(self, **changes: Any) -> Stack:
        """The stack, opened."""
        return Stack.open(outputs=self.outputs(**changes))

    def stack_with_table(self, *, create: bool) -> Stack:
        """The stack with a journal table, which is there or not."""
        table = "shop-journal"
        if create:
            self.sandbox.client("dynamodb", REGION).create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            )
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
        return self.stack(journal={"table": table, "arn": arn, "region": REGION})

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the library: where its journal is."""
        return {"OPSLIB_STATE": str(self.state)}

    @property
    def options(self) -> dict[str, Any]:
        """What every function of the library is given."""
        return {"clock": self.clock, "environ": self.environ}

    def records(self) -> tuple[Record, ...]:
        """What was written down of the service."""
        return Records(self.journal().store).of(TARGET)

    def journal(self) -> Journal:
        """The journal, as it is now."""
        return Journal(SqliteStore(self.state / "shop-prod.db"))


def _alarm(name: str, role: str, severity: str) -> dict[str, str]:
    return {
        "name": name,
        "arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "type": "metric",
        "workload": "api",
        "severity": severity,
        "region": REGION,
        "role": role,
    }
