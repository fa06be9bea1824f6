"""What is broken, and what breaking things takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opslib.contract import StackOutputs
from opslib.procedure.dynamodb import DynamoDbStore
from tests.operate.doctor.product import Product, mirror, promised

__all__ = [
    "SCALED",
    "Broken",
    "breaker",
    "changed",
    "insights",
    "key",
    "policy_for",
    "publish",
    "put_again",
    "scaling",
    "store",
    "topic",
    "weights",
    "with_role",
]


@dataclass(frozen=True)
class Broken:
    """Something broken on purpose.

    Attributes:
        name: What is broken.
        check: The id of the check that finds it.
        on: What the finding is on; a part of it.
        act: Breaks it; gives what is to be looked at where the contract changed too.
    """

    name: str
    check: str
    on: str
    act: Callable[[Product], Any]


def topic(p: Product, tier: str) -> str:
    return p.outputs.topics[tier][p.outputs.stack.region]


def key(p: Product) -> str:
    found = p.aws("sns").get_topic_attributes(TopicArn=topic(p, "critical"))
    return str(found["Attributes"]["KmsMasterKeyId"]).rpartition("/")[2]


def policy_for(service: str, action: str, resource: str | None) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action}
    if resource is not None:
        statement["Resource"] = resource
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def publish(p: Product, namespace: str, name: str, value: float) -> None:
    p.sandbox.control("/metrics", {"samples": [{"namespace": namespace, "name": name, "value": value}]})
    p.sandbox.clock.advance(60)


def put_again(p: Product, name: str, **changes: Any) -> None:
    """Put an alarm as it is, but for some of it."""
    client = p.aws("cloudwatch")
    (found,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    known = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    client.put_metric_alarm(**{**{field: value for field, value in found.items() if field in known}, **changes})


def insights(p: Product, value: str) -> None:
    p.aws("ecs").update_cluster_settings(
        cluster="parcel-staging", settings=[{"name": "containerInsights", "value": value}]
    )


def breaker(p: Product, **settings: bool) -> None:
    web = p.outputs.services["web"]
    p.aws("ecs").update_service(
        cluster=web.cluster, service=web.name, deploymentConfiguration={"deploymentCircuitBreaker": settings}
    )


SCALED = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/parcel-staging/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def scaling(p: Product, **settings: Any) -> None:
    p.aws("application-autoscaling").register_scalable_target(**SCALED, **settings)


def weights(p: Product, by_group: dict[str, int]) -> None:
    """Give the rule of `api` other weights."""
    elbv2, groups = p.aws("elbv2"), p.outputs.load_balancers["public"].target_groups
    forward = [{"TargetGroupArn": groups[name].arn, "Weight": weight} for name, weight in by_group.items()]
    elbv2.modify_rule(
        RuleArn=p.outputs.services["api"].listener_rules[0],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}],
    )
    p.sandbox.clock.advance(600)


def store(p: Product) -> DynamoDbStore:
    return DynamoDbStore(p.stack.clients, table="parcel-staging-journal", region=p.outputs.stack.region)


def changed(p: Product, **fields: Any) -> Product:
    """The contract says something else, and so does its mirror."""
    outputs: StackOutputs = p.outputs.model_copy(update=fields)
    mirror(p, outputs)
    return promised(p, outputs)


def with_role(p: Product, purpose: str, arn: str) -> Product:
    return changed(p, stack=p.outputs.stack.model_copy(update={"roles": {purpose: arn}}))
