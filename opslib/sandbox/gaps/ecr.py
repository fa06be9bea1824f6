"""ECR: an image whose tag moves on stays, by its digest; and digests are those of the manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from moto.ecr.models import ecr_backends

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_NOT_FOUND = "Requested image not found"


def put_image(call: GapCall) -> Mapping[str, Any]:
    """As AWS does; moto deletes the image that had the tag before, and makes up a digest for some manifests.

    AWS, "Image tag mutability" and PutImage: a mutable tag is overwritten, the image that had it becomes untagged.
    """
    asked = call.parameters
    digest = asked.get("imageDigest") or f"sha256:{hashlib.sha256(asked['imageManifest'].encode()).hexdigest()}"
    repository = ecr_backends[call.account_id][call.region].repositories.get(asked["repositoryName"])
    before = list(repository.images) if repository is not None else []
    answer = call.through({**asked, "imageDigest": digest})
    if repository is not None:
        untagged = [image for image in before if image not in repository.images]
        for image in untagged:
            image.image_tag, image.image_tags = None, []
        repository.images[:0] = untagged
    return answer


def _is(image: Any, asked: Mapping[str, str]) -> bool:
    tag, digest = asked.get("imageTag"), asked.get("imageDigest")
    has_tag = tag is None or tag in (image.image_tags or [])
    return has_tag and digest in (None, image.get_image_digest()) and bool(tag or digest)


def batch_get_image(call: GapCall) -> Mapping[str, Any] | None:
    """An image that is asked for by tag and digest has both; moto takes either, and forgets which it did not find."""
    asked = call.parameters
    repository = ecr_backends[call.account_id][call.region].repositories.get(asked["repositoryName"])
    if repository is None or not asked.get("imageIds"):
        return None
    wanted, failures = [], []
    for one in asked["imageIds"]:
        if any(_is(image, one) for image in repository.images):
            wanted.append({"imageTag": one["imageTag"]} if one.get("imageTag") else one)
        else:
            failures.append({"imageId": one, "failureCode": "ImageNotFound", "failureReason": _NOT_FOUND})
    images = call.through({**asked, "imageIds": wanted}).get("images", []) if wanted else []
    return {"images": images, "failures": failures}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecr", "BatchGetImage"): batch_get_image,
    ("ecr", "PutImage"): put_image,
}
