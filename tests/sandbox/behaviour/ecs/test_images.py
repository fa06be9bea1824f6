"""What a tag means, and when: digests are found when a deployment's first task pulls, and hold for that deployment."""

from __future__ import annotations

import json

REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-api"


def push(shop, tag, content):
    """Push an image under a tag; returns its digest."""
    ecr = shop.sandbox.client("ecr")
    if not ecr.describe_repositories()["repositories"]:
        ecr.create_repository(repositoryName="shop-api")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {"digest": content}})
    image = ecr.put_image(repositoryName="shop-api", imageManifest=manifest, imageTag=tag)["image"]
    return image["imageId"]["imageDigest"]


def delete(shop, digest):
    shop.sandbox.client("ecr").batch_delete_image(repositoryName="shop-api", imageIds=[{"imageDigest": digest}])


def digests(shop):
    return {task["containers"][0].get("imageDigest") for task in shop.tasks()}


def revision_images(shop):
    arn = shop.rollouts()[0]["targetServiceRevisionArn"]
    return shop.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]["containerImages"]


def test_a_moved_tag_brings_another_image_with_the_next_deployment_only(shop):
    first = push(shop, "latest", "one")
    shop.update(taskDefinition=shop.register(image=f"{REPOSITORY}:latest"))
    shop.wait(400)
    assert digests(shop) == {first}
    second = push(shop, "latest", "two")
    assert second != first
    shop.update(desiredCount=4)
    shop.wait(60)
    assert digests(shop) == {first}, "the revision's digest holds for tasks that are started later"
    assert revision_images(shop)[0]["imageDigest"] == first
    shop.update(forceNewDeployment=True)
    shop.wait(400)
    assert digests(shop) == {second}, "the same revision of the task definition brings the other image"


def test_going_back_to_an_old_revision_does_not_bring_its_image_back(shop):
    push(shop, "latest", "good")
    old = shop.register(image=f"{REPOSITORY}:latest")
    shop.update(taskDefinition=old)
    shop.wait(400)
    bad = push(shop, "latest", "bad")
    shop.update(taskDefinition=shop.register(image=f"{REPOSITORY}:latest"))
    shop.wait(400)
    shop.update(taskDefinition=old)
    shop.wait(400)
    assert digests(shop) == {bad}


def test_an_image_that_was_deleted_cannot_be_pulled(shop):
    digest = push(shop, "1", "one")
    revision = shop.register(image=f"{REPOSITORY}:1")
    delete(shop, digest)
    shop.update(taskDefinition=revision)
    shop.wait(30)
    stopped = shop.tasks("STOPPED")[0]
    image = f"{REPOSITORY}:1"
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("CannotPullContainerError: pull image manifest has been retried")
    assert stopped["stoppedReason"].endswith(f"failed to resolve ref {image}: {image}: not found")
    assert "startedAt" not in stopped
    assert shop.service()["deployments"][0]["failedTasks"] == 3
    assert shop.states() == ["healthy"] * 3


def test_a_running_service_whose_image_is_gone_cannot_replace_a_task(shop):
    digest = push(shop, "1", "one")
    shop.update(taskDefinition=shop.register(image=f"{REPOSITORY}:1"))
    shop.wait(400)
    delete(shop, digest)
    push(shop, "1", "another")
    shop.ecs.stop_task(cluster="shop", task=shop.tasks()[0]["taskArn"])
    shop.wait(400)
    assert shop.service()["runningCount"] == 2
    assert f"{REPOSITORY}:1@{digest}" in shop.tasks("STOPPED")[-1]["stoppedReason"]


def test_an_image_by_its_digest_does_not_move(shop):
    first = push(shop, "latest", "one")
    push(shop, "latest", "two")
    shop.update(taskDefinition=shop.register(image=f"{REPOSITORY}@{first}"))
    shop.wait(400)
    assert digests(shop) == {first}


def test_without_version_consistency_every_task_finds_its_own(shop):
    first = push(shop, "latest", "one")
    shop.update(taskDefinition=shop.register(image=f"{REPOSITORY}:latest", versionConsistency="disabled"))
    shop.wait(400)
    second = push(shop, "latest", "two")
    shop.update(desiredCount=4)
    shop.wait(60)
    assert digests(shop) == {first, second}


def test_an_image_whose_tag_moved_on_stays_untagged(shop):
    first, second = push(shop, "latest", "one"), push(shop, "latest", "two")
    ecr = shop.sandbox.client("ecr")
    found = ecr.describe_images(repositoryName="shop-api")["imageDetails"]
    assert {image["imageDigest"]: image.get("imageTags") or [] for image in found} == {first: [], second: ["latest"]}
    listed = ecr.list_images(repositoryName="shop-api")["imageIds"]
    assert {"imageDigest": first} in listed
    assert push(shop, "previous", "one") == first
    assert ecr.describe_images(repositoryName="shop-api", imageIds=[{"imageTag": "previous"}])["imageDetails"]
