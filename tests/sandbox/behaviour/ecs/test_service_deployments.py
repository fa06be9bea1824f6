"""Service deployments and revisions: the history of a service, and stopping what is under way."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise


def test_a_seeded_service_has_a_history_of_deployments_that_went_well(shop):
    rollouts = shop.rollouts()
    assert [rollout["status"] for rollout in rollouts] == ["SUCCESSFUL"] * 3
    arns = [rollout["targetServiceRevisionArn"] for rollout in rollouts]
    revisions = shop.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    assert [r["taskDefinition"].rpartition(":")[2] for r in revisions] == ["3", "2", "1"]
    assert all(r["containerImages"][0]["imageDigest"].startswith("sha256:") for r in revisions)
    assert rollouts[0]["finishedAt"] < shop.now() - timedelta(hours=1)
    for newer, older in pairwise(rollouts):
        assert older["finishedAt"] + timedelta(hours=1) < newer["createdAt"]
    assert all(rollout["createdAt"] < rollout["finishedAt"] for rollout in rollouts)


def test_a_service_deployment_is_described_while_it_goes_on_and_after(shop):
    shop.update(taskDefinition="shop-api:2", desiredCount=4)
    shop.wait(25)
    rollout = shop.rollout()
    assert (rollout["status"], rollout["deploymentCircuitBreaker"]["status"]) == ("IN_PROGRESS", "DISABLED")
    assert rollout["sourceServiceRevisions"][0]["runningTaskCount"] == 3
    target = rollout["targetServiceRevision"]
    assert (target["requestedTaskCount"], target["runningTaskCount"]) == (4, 4)
    assert shop.service()["currentServiceDeployment"] == rollout["serviceDeploymentArn"]
    shop.wait(400)
    assert shop.rollout()["status"] == "SUCCESSFUL"
    assert "currentServiceDeployment" not in shop.service()
    shop.update(desiredCount=1)
    assert shop.rollout()["targetServiceRevision"]["runningTaskCount"] == 4, "as it was at its end"


def test_lists_are_filtered_and_come_in_pages(shop):
    shop.update(taskDefinition="shop-api:2")
    ask = shop.ecs.list_service_deployments
    found = ask(cluster="shop", service="api", status=["IN_PROGRESS"])["serviceDeployments"]
    assert [rollout["status"] for rollout in found] == ["IN_PROGRESS"]
    since = shop.now() - timedelta(hours=1)
    assert len(ask(cluster="shop", service="api", createdAt={"after": since})["serviceDeployments"]) == 1
    first = ask(cluster="shop", service="api", maxResults=3)
    rest = ask(cluster="shop", service="api", nextToken=first["nextToken"])
    assert (len(first["serviceDeployments"]), len(rest["serviceDeployments"])) == (3, 1)
    shop.wait(91 * 24 * 3600)
    assert ask(cluster="shop", service="api")["serviceDeployments"] == []


def test_stopping_a_service_deployment_rolls_back(shop, refused):
    before = shop.service()["deployments"][0]["id"]
    shop.update(taskDefinition="shop-api:2")
    shop.wait(30)
    arn = shop.rollouts()[0]["serviceDeploymentArn"]
    assert shop.ecs.stop_service_deployment(serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn
    assert shop.rollout()["status"] in ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL")
    assert shop.service()["deployments"][0]["id"] == before
    shop.ecs.stop_service_deployment(serviceDeploymentArn=arn)  # it goes on rolling back
    shop.wait(400)
    assert (shop.rollout()["status"], shop.deployments()) == (
        "ROLLBACK_SUCCESSFUL",
        [("PRIMARY", "COMPLETED", "3", 3)],
    )
    assert refused(shop.ecs.stop_service_deployment, serviceDeploymentArn=arn)[0] == "ConflictException"


def test_what_has_ended_cannot_be_stopped(shop, refused):
    arn = shop.rollouts()[0]["serviceDeploymentArn"]
    assert refused(shop.ecs.stop_service_deployment, serviceDeploymentArn=arn)[0] == "ConflictException"
    missing = refused(shop.ecs.stop_service_deployment, serviceDeploymentArn=arn + "x")[0]
    assert missing == "ServiceDeploymentNotFoundException"
    shop.update(taskDefinition="shop-api:2")
    arn = shop.rollouts()[0]["serviceDeploymentArn"]
    code = refused(shop.ecs.stop_service_deployment, serviceDeploymentArn=arn, stopType="ABORT")[0]
    assert code == "InvalidParameterException"
