"""What the reads say agrees, at every minute of any rollout."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

SEEDS = range(4)


def consistent(shop):
    """Read everything, again if something moved between the reads."""
    for _ in range(5):
        before = shop.service()
        wanted, unwanted, rollouts = shop.tasks(), shop.tasks("STOPPED"), shop.rollouts()
        newest = shop.rollout()
        if shop.service() == before:
            return before, wanted, unwanted, rollouts, newest
    raise AssertionError("the service never held still")


def check(shop):
    service, wanted, unwanted, rollouts, newest = consistent(shop)
    running = [task for task in wanted if task["lastStatus"] == "RUNNING"]
    assert service["runningCount"] == len(running)
    assert service["pendingCount"] == len(wanted) - len(running)
    assert {task["desiredStatus"] for task in wanted} <= {"RUNNING"}
    assert {task["desiredStatus"] for task in unwanted} <= {"STOPPED"}
    assert all(task["lastStatus"] not in ("PENDING", "RUNNING", "PROVISIONING") for task in unwanted)
    assert len([d for d in service["deployments"] if d["status"] == "PRIMARY"]) == 1
    assert service["deployments"][0]["status"] == "PRIMARY"
    for deployment in service["deployments"]:
        mine = [task for task in running if task["startedBy"] == deployment["id"]]
        assert deployment["runningCount"] == len(mine)
        assert {task["taskDefinitionArn"] for task in mine} <= {deployment["taskDefinition"]}
    assert sum(d["runningCount"] for d in service["deployments"]) == service["runningCount"]
    assert sum(d["pendingCount"] for d in service["deployments"]) == service["pendingCount"]
    primary = service["deployments"][0]
    assert primary["taskDefinition"] == service["taskDefinition"]
    ongoing = [rollout for rollout in rollouts if "finishedAt" not in rollout]
    assert (primary["rolloutState"] == "IN_PROGRESS") == (len(ongoing) == 1)
    assert service.get("currentServiceDeployment") == (ongoing[0]["serviceDeploymentArn"] if ongoing else None)
    assert newest["status"] == rollouts[0]["status"]
    if primary["rolloutState"] == "COMPLETED" and service["desiredCount"] == service["runningCount"]:
        assert len(service["deployments"]) == 1
    created = [rollout["createdAt"] for rollout in rollouts]
    assert created == sorted(created, reverse=True)
    times = [event["createdAt"] for event in service["events"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_services_tasks_and_deployments_agree_at_every_step(shop, seed):
    chance = random.Random(seed)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it when the test fails
    bad = shop.register(dockerLabels={"sandbox.never_healthy": "true"})
    crashing = shop.register(dockerLabels={"sandbox.crashes_after_seconds": "20"})
    revisions = ["shop-api:1", "shop-api:2", "shop-api:3", bad, crashing]
    for _ in range(40):
        match chance.randrange(8):
            case 0 | 1:
                shop.update(taskDefinition=chance.choice(revisions))
            case 2:
                shop.update(desiredCount=chance.randrange(6))
            case 3:
                enabled = chance.random() < 0.7
                least, most = chance.choice([(100, 200), (50, 100), (0, 100), (100, 150), (66, 133)])
                shop.configure(
                    minimumHealthyPercent=least,
                    maximumPercent=most,
                    deploymentCircuitBreaker={"enable": enabled, "rollback": chance.random() < 0.7},
                )
            case 4:
                tasks = shop.tasks()
                if tasks:
                    shop.ecs.stop_task(cluster="shop", task=chance.choice(tasks)["taskArn"])
            case 5:
                ongoing = [r for r in shop.rollouts() if r["status"] == "IN_PROGRESS"]
                if ongoing and shop.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS":
                    with suppress(shop.ecs.exceptions.InvalidParameterException):  # nothing to go back to
                        shop.ecs.stop_service_deployment(serviceDeploymentArn=ongoing[0]["serviceDeploymentArn"])
            case _:
                pass
        check(shop)
        shop.wait(chance.choice([1, 7, 30, 60, 60, 300]))
        check(shop)
