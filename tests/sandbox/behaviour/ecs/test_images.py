"""What a tag means, and when: digests are found when a deployment's first task pulls, and hold for that deployment."""

from __future__ import annotations

import json

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORY = f"{REGISTRY}/images"


def push(shop, tag, content):
    """Push an image under a tag; returns its digest."""
    ecr = shop.sandbox.client("ecr")
    if all(found["repositoryName"] != "images" for found in ecr.describe_repositories()["repositories"]):
        ecr.create_repository(repositoryName="images")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {"digest": content}})
    image = ecr.put_image(repositoryName="images", imageManifest=manifest, imageTag=tag)["image"]
    return image["imageId"]["imageDigest"]


def delete(shop, digest):
    shop.sandbox.client("ecr").batch_delete_image(repositoryName="images", imageIds=[{"imageDigest": digest}])


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
    found = ecr.describe_images(repositoryName="images")["imageDetails"]
    assert {image["imageDigest"]: image.get("imageTags") or [] for image in found} == {first: [], second: ["latest"]}
    listed = ecr.list_images(repositoryName="images")["imageIds"]
    assert {"imageDigest": first} in listed
    assert push(shop, "previous", "one") == first
    assert ecr.describe_images(repositoryName="images", imageIds=[{"imageTag": "previous"}])["imageDetails"]


def seen(shop, repository, **image):
    """The digest by DescribeImages and by BatchGetImage, which have to agree; None when there is no such image."""
    ecr = shop.sandbox.client("ecr")
    got = ecr.batch_get_image(repositoryName=repository, imageIds=[image])
    try:
        [found] = ecr.describe_images(repositoryName=repository, imageIds=[image])["imageDetails"]
    except ecr.exceptions.ImageNotFoundException:
        assert (got["images"], got["failures"]) == (
            [],
            [{"imageId": image, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}],
        )
        return None
    assert [one["imageId"]["imageDigest"] for one in got["images"]] == [found["imageDigest"]]
    return found["imageDigest"]


def test_an_image_is_found_by_digest_and_by_tag(shop):
    first, second = push(shop, "latest", "one"), push(shop, "latest", "two")
    assert seen(shop, "images", imageTag="latest") == second
    assert seen(shop, "images", imageDigest=first) == first, "its tag moved on, and it stayed"
    assert seen(shop, "images", imageTag="latest", imageDigest=second) == second
    assert seen(shop, "images", imageTag="latest", imageDigest=first) is None
    assert seen(shop, "images", imageTag="other") is None
    delete(shop, first)
    assert seen(shop, "images", imageDigest=first) is None


def test_what_is_seeded_is_in_its_repository(shop):
    digest = revision_images(shop)[0]["imageDigest"]
    assert digests(shop) == {digest}
    assert seen(shop, "shop-api", imageTag="2.14.0") == seen(shop, "shop-api", imageDigest=digest) == digest
    assert seen(shop, "shop-api", imageTag="2.15.0") is None
    shop.update(taskDefinition=shop.register(image=f"{REGISTRY}/shop-api:2.15.0"))
    shop.wait(400)
    assert digests(shop) == {seen(shop, "shop-api", imageTag="2.15.0")} != {digest}


def test_a_seeded_image_that_was_deleted_stays_away_and_a_tag_that_moved_stays_moved(shop):
    ecr, image = shop.sandbox.client("ecr"), f"{REGISTRY}/shop-api:2.14.0"
    ecr.batch_delete_image(repositoryName="shop-api", imageIds=[{"imageTag": "2.14.0"}])
    shop.register(image=image)
    assert seen(shop, "shop-api", imageTag="2.14.0") is None
    shop.register(image=f"{REGISTRY}/shop-api:latest")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
    ecr.put_image(repositoryName="shop-api", imageManifest=manifest, imageTag="latest")
    moved = seen(shop, "shop-api", imageTag="latest")
    shop.register(image=f"{REGISTRY}/shop-api:latest")
    assert seen(shop, "shop-api", imageTag="latest") == moved
