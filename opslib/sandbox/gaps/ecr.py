"""ECR: an image whose tag moves on stays, by its digest; and digests are those of the manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from moto.ecr.models import ecr_backends

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]


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


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecr", "PutImage"): put_image,
}
