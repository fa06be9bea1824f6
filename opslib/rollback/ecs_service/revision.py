"""Task definitions: a revision as it is, and an identical copy of it.

A revision that was deregistered (as infrastructure tools do on every deploy) is refused by UpdateService, and cannot be
registered again. What can be is a copy. RegisterTaskDefinition takes no client token, so a copy carries tags: the plan
that made it and the revision that it is a copy of. By these it is looked for before it is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opslib.procedure import Declined, Read

__all__ = ["COPY_OF", "MADE_BY", "Revision", "copy_parameters", "find_copy", "is_same", "see_revision"]

MADE_BY = "opslib:plan"
COPY_OF = "opslib:copy-of"

_NOT_ASKED_FOR = frozenset(
    {
        *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"),
        *("registeredAt", "deregisteredAt", "registeredBy", "deleteRequestedAt"),
    }
)
"""What DescribeTaskDefinition says and RegisterTaskDefinition does not take."""

_MOST_LOOKED_AT = 10
"""How many of a family's newest ACTIVE revisions are looked at for a copy: it is made right before it is looked for."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A task definition.

    Attributes:
        arn: Its ARN.
        status: ``ACTIVE``, ``INACTIVE`` or ``DELETE_IN_PROGRESS``.
        definition: What RegisterTaskDefinition would be asked for to make one like it, tags apart.
        tags: Its tags.
    """

    arn: str
    status: str
    definition: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its family and revision."""
        return self.arn.rpartition("/")[2]

    @property
    def family(self) -> str:
        """Its family."""
        return self.name.rpartition(":")[0]

    @property
    def containers(self) -> tuple[Mapping[str, Any], ...]:
        """Its containers."""
        return tuple(self.definition["containerDefinitions"])


def see_revision(read: Read, arn: str) -> Revision | None:
    """Look at a revision; None where there is none of that name."""
    try:
        found = read("ecs", "DescribeTaskDefinition", taskDefinition=arn, include=["TAGS"])
    except Declined as refused:
        if refused.code == "ClientException":  # AWS: "Unable to describe task definition."
            return None
        raise
    described = found["taskDefinition"]
    return Revision(
        arn=described["taskDefinitionArn"],
        status=described.get("status", "ACTIVE"),
        definition={name: value for name, value in described.items() if name not in _NOT_ASKED_FOR},
        tags={tag["key"]: tag["value"] for tag in found.get("tags") or ()},
    )


def copy_parameters(source: Revision, digests: Mapping[str, str]) -> dict[str, Any]:
    """What RegisterTaskDefinition is asked for to get an identical copy, the plan's tag apart.

    Args:
        source: The revision.
        digests: By container, the digest that its image is pinned to; others stay as they are.
    """
    containers = [
        {**container, "image": _pinned(container["image"], digests[container["name"]])}
        if container["name"] in digests
        else dict(container)
        for container in source.containers
    ]
    tags = {**{key: value for key, value in source.tags.items() if key != MADE_BY}, COPY_OF: source.name}
    return {
        **source.definition,
        "containerDefinitions": containers,
        "tags": [{"key": key, "value": value} for key, value in sorted(tags.items())],
    }


def is_same(revision: Revision, wanted: Mapping[str, Any]) -> bool:
    """Whether a revision is what some parameters of RegisterTaskDefinition would make, tags apart."""
    return _text(revision.definition) == _text({name: value for name, value in wanted.items() if name != "tags"})


def find_copy(read: Read, wanted: Mapping[str, Any], plan: str) -> Revision | None:
    """An ACTIVE revision that a plan has made, or that is the same as what it would make.

    Args:
        read: Reads the world.
        wanted: The parameters of RegisterTaskDefinition.
        plan: The plan's id.
    """
    listed = read(
        "ecs",
        "ListTaskDefinitions",
        familyPrefix=wanted["family"],
        status="ACTIVE",
        sort="DESC",
        maxResults=_MOST_LOOKED_AT,
    )["taskDefinitionArns"]
    seen = [found for arn in listed[:_MOST_LOOKED_AT] if (found := see_revision(read, arn)) is not None]
    made = (found for found in seen if found.tags.get(MADE_BY) == plan)
    return next(made, None) or next((found for found in seen if is_same(found, wanted)), None)


def _pinned(image: str, digest: str) -> str:
    """The same repository by the digest: a tag beside it would say what is no longer so."""
    repository = image.partition("@")[0]
    head, colon, tag = repository.rpartition(":")
    return f"{head if colon and '/' not in tag else repository}@{digest}"


def _text(value: Any) -> str:
    return json.dumps(_without_empty(value), sort_keys=True, default=str)


def _without_empty(value: Any) -> Any:
    """AWS fills in empty lists and defaults of what was not given; they make no difference."""
    if isinstance(value, Mapping):
        kept = {name: _without_empty(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, [], {}, "")}
    if isinstance(value, list | tuple):
        return [_without_empty(part) for part in value]
    return value
