"""How a service rolls out, over time."""

from __future__ import annotations

import pytest


def test_the_story_of_a_rollout_minute_by_minute(shop):
    # Created :00, pull from :18 to :21, RUNNING at :24, first health check 30 s after; the old ones drain for 300 s.
    shop.update(taskDefinition="shop-api:2")
    seen = []
    for _ in range(13):
        running = shop.service()["runningCount"], shop.service()["pendingCount"]
        seen.append((running, shop.deployments(), shop.states()))
        shop.wait(30)
    rolling = [("PRIMARY", "IN_PROGRESS", "2", 3), ("ACTIVE", "COMPLETED", "3", 3)]
    drained = [("PRIMARY", "IN_PROGRESS", "2", 3), ("ACTIVE", "COMPLETED", "3", 0)]
    assert seen[0] == ((3, 3), [("PRIMARY", "IN_PROGRESS", "2", 0), ("ACTIVE", "COMPLETED", "3", 3)], ["healthy"] * 3)
    assert seen[1] == ((6, 0), rolling, ["healthy"] * 3 + ["initial"] * 3)
    assert seen[2:12] == [((3, 0), drained, ["draining"] * 3 + ["healthy"] * 3)] * 10
    assert seen[12] == ((3, 0), [("PRIMARY", "COMPLETED", "2", 3)], ["healthy"] * 3)
    assert [
        message.partition(":")[0].partition("(task")[0].partition("(target")[0] for message in shop.messages()[:8]
    ] == [
        "has reached a steady state.",
        f"(deployment {shop.service()['deployments'][0]['id']}) deployment completed.",
        "has stopped 3 running tasks",
        "deregistered 3 targets in ",
        "has begun draining connections on 3 tasks.",
        "registered 1 targets in ",
        "registered 1 targets in ",
        "registered 1 targets in ",
    ]


def test_update_service_answers_with_the_new_primary_deployment(shop):
    before = shop.service()["deployments"][0]["id"]
    answer = shop.update(taskDefinition="shop-api:2")
    assert [(d["status"], d["id"] == before) for d in answer["deployments"]] == [("PRIMARY", False), ("ACTIVE", True)]
    assert answer["taskDefinition"].endswith("shop-api:2")
    primary = answer["deployments"][0]
    assert primary["rolloutStateReason"] == f"ECS deployment {primary['id']} in progress."


def test_what_changes_nothing_deploys_nothing(shop):
    before = shop.service()["deployments"][0]["id"]
    shop.update(taskDefinition="shop-api:3", healthCheckGracePeriodSeconds=60, desiredCount=3)
    shop.configure(maximumPercent=150)
    assert [d["id"] for d in shop.service()["deployments"]] == [before]
    shop.update(forceNewDeployment=True)
    assert [d["id"] == before for d in shop.service()["deployments"]] == [False, True]


def test_scaling_needs_no_deployment(shop):
    before = shop.service()["deployments"][0]["id"]
    shop.update(desiredCount=5)
    assert (shop.service()["desiredCount"], shop.service()["pendingCount"]) == (5, 2)
    shop.wait(60)
    assert (shop.service()["runningCount"], shop.states()) == (5, ["healthy"] * 5)
    shop.update(desiredCount=1)
    assert (shop.service()["runningCount"], shop.states()) == (1, ["draining"] * 4 + ["healthy"])
    assert shop.tasks("STOPPED")[0]["stoppedReason"] == f"Scaling activity initiated by (deployment {before})"
    assert [d["id"] for d in shop.service()["deployments"]] == [before]
    assert shop.messages()[0].startswith("deregistered 4 targets")
    shop.wait(320)
    assert shop.messages()[0] == "has reached a steady state."


def test_with_half_healthy_and_no_room_above_old_tasks_go_first(shop):
    shop.update(desiredCount=4)
    shop.wait(60)
    shop.configure(minimumHealthyPercent=50, maximumPercent=100)
    shop.update(taskDefinition="shop-api:2")
    shop.service()
    assert (shop.states(), shop.service()["pendingCount"]) == (["draining"] * 2 + ["healthy"] * 2, 2)
    for _ in range(40):
        shop.wait(15)
        assert shop.states().count("healthy") >= 2
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "2", 4)]


@pytest.mark.parametrize(
    ("desired", "least", "most"),
    [(3, 100, 100), (1, 100, 150)],  # 150 % of one task, rounded down, is one
)
def test_what_may_neither_stop_nor_start_a_task_is_stuck(shop, desired, least, most):
    shop.update(desiredCount=desired)
    shop.wait(400)
    shop.configure(minimumHealthyPercent=least, maximumPercent=most)
    shop.update(taskDefinition="shop-api:2")
    shop.wait(3600)
    assert shop.deployments() == [("PRIMARY", "IN_PROGRESS", "2", 0), ("ACTIVE", "COMPLETED", "3", desired)]
    told = "was unable to stop or start tasks during a deployment because of the service deployment configuration."
    assert shop.said(told) == 1
    shop.configure(minimumHealthyPercent=100, maximumPercent=200)
    shop.wait(400)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "2", desired)]


def test_a_newer_deployment_supersedes_the_one_under_way(shop):
    shop.update(taskDefinition="shop-api:2")
    shop.wait(20)
    shop.update(taskDefinition="shop-api:1")
    assert [rollout["status"] for rollout in shop.rollouts()[:2]] == ["IN_PROGRESS", "STOPPED"]
    assert [d[2] for d in shop.deployments()] == ["1", "3"], "no task of 2 was running yet"
    shop.wait(400)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "1", 3)]
    assert {task["taskDefinitionArn"].rpartition(":")[2] for task in shop.tasks()} == {"1"}
    assert [rollout["status"] for rollout in shop.rollouts()[:3]] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_a_service_without_health_checks_counts_a_task_after_40_seconds(shop):
    worker = shop.register("worker", portMappings=[])
    shop.ecs.create_service(
        cluster="shop",
        serviceName="worker",
        taskDefinition=worker,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=shop.network(),
    )
    shop.wait(24 + 38)
    assert shop.service("worker")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    shop.wait(3)
    assert shop.service("worker")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_task_with_container_health_checks_counts_once_they_pass(shop):
    check = {"command": ["CMD-SHELL", "true"], "interval": 10, "retries": 2}
    worker = shop.register("worker", portMappings=[], healthCheck=check)
    shop.ecs.create_service(
        cluster="shop",
        serviceName="worker",
        taskDefinition=worker,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=shop.network(),
    )
    shop.wait(30)
    assert shop.tasks(serviceName="worker")[0]["healthStatus"] == "UNKNOWN"
    shop.wait(6)
    task = shop.tasks(serviceName="worker")[0]
    assert (task["healthStatus"], task["containers"][0]["healthStatus"]) == ("HEALTHY", "HEALTHY")
    assert shop.service("worker")["deployments"][0]["rolloutState"] == "COMPLETED"
    shop.conduct("worker", never_healthy=True)
    shop.wait(22)
    assert "has started 1 tasks" in shop.service("worker")["events"][0]["message"]
    assert "failed container health checks." in shop.service("worker")["events"][1]["message"]


def test_reads_may_be_stale_for_a_while_when_asked(shop):
    shop.set(stale_read_seconds=30)
    answer = shop.update(taskDefinition="shop-api:2")
    assert answer["taskDefinition"].endswith(":2")
    assert shop.service()["taskDefinition"].endswith(":3")
    shop.wait(30)
    assert shop.service()["taskDefinition"].endswith(":2")


def test_a_deleted_service_drains_and_is_then_inactive(shop, refused):
    code, message = refused(shop.ecs.delete_service, cluster="shop", service="api")
    assert (code, message) == (
        "InvalidParameterException",
        "The service cannot be stopped while it is scaled above 0.",
    )
    answer = shop.ecs.delete_service(cluster="shop", service="api", force=True)["service"]
    assert (answer["status"], answer["desiredCount"]) == ("DRAINING", 0)
    assert refused(shop.update, desiredCount=1)[0] == "ServiceNotActiveException"
    assert refused(shop.ecs.delete_cluster, cluster="shop")[0] == "ClusterContainsServicesException"
    shop.wait(400)
    assert (shop.service()["status"], shop.states()) == ("INACTIVE", [])
    assert shop.ecs.list_services(cluster="shop")["serviceArns"] == []
    assert shop.ecs.delete_cluster(cluster="shop")["cluster"]["status"] == "INACTIVE"
