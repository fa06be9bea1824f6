"""Which image a tag means now, and whether it is still there: as ECR says, which is moto's.

A repository that nobody created in ECR, or one elsewhere, is taken to have every image that is asked for, and every tag
to mean the same image for ever. A repository that was created has what was put into it, and nothing else. Into one that
was seeded somebody also puts, once, what a task definition names by a tag: who registers a revision has built it.
"""

from __future__ import annotations

import hashlib
import json
import re

from moto.ecr.models import ecr_backends

from opslib.sandbox.account import Account

__all__ = ["CannotPull", "digest_of", "named_by_a_task_definition", "pinned", "repository_of", "seed_repository"]

_ECR = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>.+)$"
)
DEFAULT_TAG = "latest"
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_SEEDED = "seeded repositories"


class CannotPull(Exception):
    """An image is not there; the message is AWS's."""


def digest_of(account: Account, image: str) -> str:
    """The digest of an image.

    Args:
        account: The account whose registry is asked.
        image: As in a container definition: with a tag, a digest, both or neither.

    Raises:
        CannotPull: It is not in its repository.
    """
    name, _, digest = image.partition("@")
    repository, tag = _split_tag(name)
    found = _ECR.match(repository)
    if found is None or found["account"] != account.account_id:
        return digest or _made_up(name)
    repositories = ecr_backends[found["account"]][found["region"]].repositories
    if found["repository"] not in repositories:
        return digest or _made_up(name)
    for stored in repositories[found["repository"]].images:
        stored_digest = str(stored.get_image_digest())
        if stored_digest == digest or (not digest and tag in (stored.image_tags or [])):
            return stored_digest
    raise CannotPull(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {image}: {image}: not found"
    )


def repository_of(account: Account, image: str) -> tuple[str, str] | None:
    """The region and name of the account's repository that an image is in; None for images elsewhere."""
    found = _ECR.match(_split_tag(image.partition("@")[0])[0])
    if found is None or found["account"] != account.account_id:
        return None
    return found["region"], found["repository"]


def seed_repository(account: Account, region: str, name: str) -> None:
    """Say that a repository was seeded: from now on it gets what task definitions name. Hold `schedule.lock`."""
    account.record(_SEEDED, region)[name] = set()


def named_by_a_task_definition(account: Account, image: str) -> None:
    """Put an image into its repository, if that was seeded and never had its tag. Hold `schedule.lock`.

    Args:
        account: The account.
        image: As in a container definition; one that is named by its digest is there, or is not.
    """
    where = repository_of(account, image)
    if where is None or "@" in image:
        return
    (region, name), (_, tag) = where, _split_tag(image)
    backend, had = ecr_backends[account.account_id][region], account.record(_SEEDED, region).get(name)
    repository = backend.repositories.get(name)
    if repository is None or had is None or tag in had:
        return
    had.add(tag)
    if any(tag in (stored.image_tags or []) for stored in repository.images):
        return
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "config": {"digest": _made_up(image)}})
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    backend.put_image(name, manifest, tag, MEDIA_TYPE, digest)


def pinned(image: str, digest: str) -> str:
    """The same image by its digest."""
    return f"{image.partition('@')[0]}@{digest}"


def _split_tag(name: str) -> tuple[str, str]:
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, DEFAULT_TAG)


def _made_up(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
