"""Tasks: their states one after the other, those that run on their own, and how they are found."""

from __future__ import annotations

import pytest


def run(shop, **parameters):
    parameters = {"taskDefinition": "shop-api", "count": 1} | parameters
    return shop.ecs.run_task(cluster="shop", launchType="FARGATE", networkConfiguration=shop.network(), **parameters)


def test_a_task_passes_through_its_states(shop):
    shop.set(deprovisioning_seconds=10, shutdown_seconds=5)
    arn = run(shop)["tasks"][0]["taskArn"]
    seen = []

    def status():
        task = shop.ecs.describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]
        seen.append((task["lastStatus"], task["desiredStatus"]))
        return task

    status()
    for seconds in (19, 3, 3):
        shop.wait(seconds)
        status()
    shop.ecs.stop_task(cluster="shop", task=arn, reason="enough")
    status()
    for seconds in (6, 10):
        shop.wait(seconds)
        task = status()
    assert seen == [
        ("PROVISIONING", "RUNNING"),
        ("PENDING", "RUNNING"),
        ("ACTIVATING", "RUNNING"),
        ("RUNNING", "RUNNING"),
        ("STOPPING", "STOPPED"),
        ("DEPROVISIONING", "STOPPED"),
        ("STOPPED", "STOPPED"),
    ]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    times = (
        "createdAt",
        "pullStartedAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    )
    assert sorted(times, key=lambda name: task[name]) == list(times)


def test_a_task_behind_a_load_balancer_leaves_it_before_it_stops(shop):
    task = shop.tasks()[0]["taskArn"]
    shop.ecs.stop_task(cluster="shop", task=task)

    def status():
        return shop.ecs.describe_tasks(cluster="shop", tasks=[task])["tasks"][0]["lastStatus"]

    shop.wait(299)
    assert (status(), shop.states()) == ("DEACTIVATING", ["draining"] + ["healthy"] * 3)
    shop.wait(2)
    assert (status(), shop.states()) == ("STOPPING", ["healthy"] * 3)


@pytest.mark.parametrize(("said", "code"), [({}, 0), ({"exit_code": 7}, 7), ({"crashes_after_seconds": 1}, 1)])
def test_a_task_on_its_own_ends_with_an_exit_code(shop, said, code):
    shop.conduct("shop-api", **said)
    shop.conduct("shop-api", runs_seconds=20, **said)
    answer = run(shop, startedBy="migration")
    task = answer["tasks"][0]
    assert (answer["failures"], task["group"], task["startedBy"]) == ([], "family:shop-api", "migration")
    assert task["taskDefinitionArn"].endswith("shop-api:3")
    shop.wait(60)
    task = shop.ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["tasks"][0]
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", code)
    assert task["stopCode"] == "EssentialContainerExited"


def test_stopped_tasks_are_kept_for_an_hour(shop):
    arn = run(shop)["tasks"][0]["taskArn"]
    shop.wait(120)
    assert [task["taskArn"] for task in shop.tasks("STOPPED", family="shop-api")] == [arn]
    shop.wait(3600)
    assert shop.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"] == []
    assert shop.ecs.describe_tasks(cluster="shop", tasks=[arn])["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_tasks_are_found_by_what_they_are(shop, refused):
    other = shop.register("migrate", portMappings=[])
    run(shop, taskDefinition=other, count=2, startedBy="me")

    def count(**filters):
        return len(shop.ecs.list_tasks(cluster="shop", **filters)["taskArns"])

    deployment = shop.service()["deployments"][0]["id"]
    assert (count(), count(serviceName="api"), count(family="migrate")) == (5, 3, 2)
    assert (count(startedBy="me"), count(startedBy=deployment)) == (2, 3)
    assert (count(launchType="EC2"), count(desiredStatus="STOPPED"), count(family="shop")) == (0, 0, 0)
    first = shop.ecs.list_tasks(cluster="shop", maxResults=3)
    rest = shop.ecs.list_tasks(cluster="shop", nextToken=first["nextToken"])
    assert (len(first["taskArns"]), len(rest["taskArns"]), "nextToken" in rest) == (3, 2, False)
    assert refused(shop.ecs.list_tasks, cluster="shop", serviceName="none")[0] == "ServiceNotFoundException"


def test_without_room_a_service_waits_and_says_so_and_a_task_on_its_own_fails(shop):
    shop.set(most_tasks=4, placement_retry_seconds=60)
    shop.update(taskDefinition="shop-api:2")
    shop.wait(1800)
    reason = "You've reached the limit on the number of tasks you can run concurrently"
    assert shop.said(f"was unable to place a task. Reason: {reason}.") == 1
    assert shop.deployments() == [("PRIMARY", "IN_PROGRESS", "2", 3)] or shop.service()["runningCount"] >= 3
    answer = run(shop, count=3)
    assert len(answer["tasks"]) + len(answer["failures"]) == 3
    assert answer["failures"][-1]["reason"] == reason
    shop.set(most_tasks=100)
    shop.wait(1200)
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "2", 3)]


def test_with_no_room_at_all_nothing_moves(shop):
    shop.set(most_tasks=3)
    shop.update(taskDefinition="shop-api:2")
    shop.wait(3600)
    assert shop.deployments() == [("PRIMARY", "IN_PROGRESS", "2", 0), ("ACTIVE", "COMPLETED", "3", 3)]
    assert shop.states() == ["healthy"] * 3


def test_clusters_count_what_runs_in_them(shop):
    run(shop)
    cluster = shop.ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    counted = ("runningTasksCount", "pendingTasksCount", "activeServicesCount")
    assert [cluster[name] for name in counted] == [3, 1, 1]


def test_a_clusters_settings_are_changed(shop, refused):
    def insights():
        [found] = shop.ecs.describe_clusters(clusters=["shop"], include=["SETTINGS"])["clusters"]
        return found["settings"]

    assert insights() == [{"name": "containerInsights", "value": "enabled"}]
    change = shop.ecs.update_cluster_settings
    enhanced = [{"name": "containerInsights", "value": "enhanced"}]
    assert change(cluster="shop", settings=enhanced)["cluster"]["settings"] == enhanced == insights()
    for settings in ([{"name": "containerInsights", "value": "on"}],):
        assert refused(change, cluster="shop", settings=settings)[0] == "InvalidParameterException"
    assert refused(change, cluster="other", settings=enhanced)[0] == "ClusterNotFoundException"


def test_task_definitions_are_listed_as_asked(shop, refused):
    ask = shop.ecs.list_task_definitions
    shop.register("shop-api-worker", portMappings=[])

    def revisions(**parameters):
        return [arn.rpartition("/")[2] for arn in ask(**parameters)["taskDefinitionArns"]]

    assert revisions(familyPrefix="shop-api") == ["shop-api:1", "shop-api:2", "shop-api:3"]
    assert revisions(familyPrefix="shop-api", sort="DESC", maxResults=2) == ["shop-api:3", "shop-api:2"]
    token = ask(familyPrefix="shop-api", maxResults=2)["nextToken"]
    assert revisions(familyPrefix="shop-api", nextToken=token) == ["shop-api:3"]
    shop.ecs.deregister_task_definition(taskDefinition="shop-api:3")
    assert revisions(familyPrefix="shop-api", status="INACTIVE") == ["shop-api:3"]
    assert revisions(familyPrefix="shop-api") == ["shop-api:1", "shop-api:2"]
    assert shop.ecs.describe_task_definition(taskDefinition="shop-api")["taskDefinition"]["revision"] == 2
    assert shop.ecs.describe_task_definition(taskDefinition="shop-api:3")["taskDefinition"]["status"] == "INACTIVE"
    code, message = refused(shop.ecs.describe_task_definition, taskDefinition="none")
    assert (code, message) == ("ClientException", "Unable to describe task definition.")
