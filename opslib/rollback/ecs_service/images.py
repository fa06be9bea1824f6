"""Images: whether a revision would run again what it ran then.

A tag is resolved anew when tasks start. So a tag that has moved since brings another image, perhaps the very one that
is to be left behind: then a copy of the revision is run that names the digest. An image that is gone cannot be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from opslib.procedure import Declined, Read
from opslib.procedure.aws import regional
from opslib.procedure.step import MayCall
from opslib.rollback.history.point import Image

__all__ = ["IMAGE_CALLS", "ImageSeen", "see_images"]

IMAGE_CALLS = (MayCall("ecr", "DescribeImages"),)

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)

_GONE = frozenset({"ImageNotFoundException", "RepositoryNotFoundException"})

Standing = Literal["same", "moved", "gone", "unknown"]


@dataclass(frozen=True, slots=True)
class ImageSeen:
    """An image of a revision, then and now.

    Attributes:
        container: The container's name.
        image: As in the task definition.
        digest: The digest that it ran with, or is pinned to; empty where nobody knows.
        standing: ``same``: it is what it was; ``moved``: its tag means another image now, and the one that ran is still
            there; ``gone``: that is there no more; ``unknown``: nobody can say.
        says: Why, where it is not the same.
    """

    container: str
    image: str
    digest: str
    standing: Standing
    says: str = ""


def see_images(
    read: Read, containers: Iterable[Mapping[str, Any]], recorded: Iterable[Image], home: str
) -> tuple[ImageSeen, ...]:
    """Look whether each image of a revision is what it was.

    Args:
        read: Reads the world.
        containers: The revision's containers.
        recorded: The images that ran, with their digests.
        home: The stack's region.
    """
    digests = {image.container: image.digest for image in recorded if image.digest}
    return tuple(
        _see(read, container["name"], container["image"], digests.get(container["name"], ""), home)
        for container in containers
    )


def _see(read: Read, container: str, image: str, ran: str, home: str) -> ImageSeen:
    parts = _ECR.fullmatch(image)
    if parts is None:
        return ImageSeen(container, image, ran, "unknown", f"{image} is not in ECR, and was not looked for")
    ran = parts["digest"] or ran
    tagged = "" if parts["digest"] else parts["tag"] or "latest"
    try:
        now = _digest(read, parts, home, {"imageTag": tagged} if tagged else {"imageDigest": ran})
        if not ran:
            gone = now is None
            says = f"{image} is gone from ECR" if gone else f"nobody wrote down which {image} ran"
            return ImageSeen(container, image, "", "gone" if gone else "unknown", says)
        if now == ran:
            return ImageSeen(container, image, ran, "same")
        if tagged and _digest(read, parts, home, {"imageDigest": ran}) is not None:
            return ImageSeen(container, image, ran, "moved", f"{image} means another image now than the one that ran")
    except Declined as refused:
        return ImageSeen(container, image, ran, "unknown", f"{image} was not looked for: {refused.what}")
    return ImageSeen(container, image, ran, "gone", f"{image} ({ran[:19]}…) is gone from ECR")


def _digest(read: Read, parts: re.Match[str], home: str, name: dict[str, str]) -> str | None:
    try:
        found = read(
            regional("ecr", parts["region"], home),
            "DescribeImages",
            registryId=parts["account"],
            repositoryName=parts["repository"],
            imageIds=[name],
        )["imageDetails"]
    except Declined as refused:
        if refused.code in _GONE:
            return None
        raise
    return str(found[0]["imageDigest"]) if found else None
