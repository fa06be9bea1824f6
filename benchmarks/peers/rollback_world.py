"""The account in which both tools roll back: one service whose newest release is bad; and how an end is judged."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from opslib.sandbox import Sandbox, Workload

__all__ = ["OUTPUTS", "Judgement", "judge", "lay_out"]

ACCOUNT, REGION = "123456789012", "eu-west-1"
CLUSTER, SERVICE, FAMILY = "shop", "worker", "shop-worker"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{FAMILY}"

OUTPUTS = {
    "schemaVersion": 1,
    "stack": {"product": "shop", "environment": "prod", "account": ACCOUNT, "region": REGION},
    "services": {SERVICE: {"cluster": CLUSTER, "name": SERVICE}},
}

_AT_ONCE = dict.fromkeys(
    (
        "provisioning_seconds",
        "pull_seconds",
        "start_seconds",
        "application_ready_seconds",
        "no_health_check_seconds",
        "shutdown_seconds",
        "deprovisioning_seconds",
    ),
    0,
)

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_SETTLED_SECONDS = 15


def lay_out(sandbox: Sandbox, *, revisions: int = 2, rollout_seconds: float = 0) -> None:
    """Begin anew: a worker without target groups whose newest revision runs, each with an image of its own.

    Who calls is an IAM user who may do everything, so that permissions can be asked for, and are.

    Args:
        sandbox: The sandbox.
        revisions: How many revisions there are.
        rollout_seconds: How long a new task takes to start.
    """
    sandbox.reset()
    sandbox.behaviour(ecs=_AT_ONCE | {"pull_seconds": rollout_seconds})
    worker = next(service for service in Workload.sample().services if service.name == SERVICE)
    images = {"image": f"{IMAGE}:{revisions}", "earlier_images": tuple(f"{IMAGE}:{n}" for n in range(1, revisions))}
    seeded = worker.model_copy(update={"revisions": revisions, **images})
    sandbox.seed(Workload(region=REGION, account=ACCOUNT, services=(seeded,)))
    iam = sandbox.client("iam")
    iam.create_user(UserName="sandbox")
    iam.put_user_policy(UserName="sandbox", PolicyName="everything", PolicyDocument=json.dumps(_EVERYTHING))
    sandbox.reset_calls()


@dataclass(frozen=True)
class Judgement:
    """What is bad about an end; nothing where it is good.

    Attributes:
        faults: In the words of `FAULTS`.
    """

    faults: tuple[str, ...] = field(default=())


SERVES_ANOTHER = "what was asked for does not serve"
ORPHAN = "a revision is left over that nothing runs"
DEREGISTERED = "the revision that was asked for is deregistered"
UNTRUE = "the exit code does not tell the truth"
FAULTS = (SERVES_ANOTHER, ORPHAN, DEREGISTERED, UNTRUE)


def judge(sandbox: Sandbox, ended: dict[int, list[int]], revisions: int = 2) -> Judgement:
    """Look at the account after all is over.

    Args:
        sandbox: The sandbox.
        ended: By the number of the revision that was asked for, the exit codes of those who asked for it, after their
            last try. Of several revisions one can serve.
        revisions: How many there were before.
    """
    ecs = sandbox.client("ecs")
    service = _settled(ecs)
    runs = service["taskDefinition"]
    content = _definition(ecs, runs)["containerDefinitions"][0]["image"]
    healthy = service["runningCount"] == service["desiredCount"] and len(service["deployments"]) == 1
    serves = next((number for number in ended if healthy and content == f"{IMAGE}:{number}"), None)
    active = ecs.list_task_definitions(familyPrefix=FAMILY, status="ACTIVE")["taskDefinitionArns"]
    extra = [arn for arn in active if int(arn.rpartition(":")[2]) > revisions and arn != runs]
    gone = [number for number in ended if not any(arn.endswith(f":{number}") for arn in active)]
    untrue = [
        code
        for number, codes in ended.items()
        for code in codes
        if (code == 0) != (number == serves) and not (code and len(ended) > 1)
    ]
    found = zip(FAULTS, (serves is None, bool(extra), bool(gone), bool(untrue)), strict=True)
    return Judgement(tuple(fault for fault, is_so in found if is_so))


def _settled(ecs: Any) -> dict[str, Any]:
    """The service once its rollout is over."""
    until = time.monotonic() + _SETTLED_SECONDS
    while True:
        service: dict[str, Any] = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        over = all(found.get("rolloutState") != "IN_PROGRESS" for found in service["deployments"])
        if over or time.monotonic() > until:
            return service
        time.sleep(0.2)


def _definition(ecs: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found
