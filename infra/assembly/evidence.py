"""What the stack's bucket of evidence is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.components.evidence import EvidenceArgs
from infra.config import StackConfig
from infra.config.made import evidence_bucket
from infra.sections.evidence import Evidence
from infra.where import Where
from opslib.permissions import ROLES

__all__ = ["evidence"]


def evidence(config: StackConfig, written: Evidence, where: Where, tags: Mapping[str, str]) -> EvidenceArgs:
    """What the bucket is made from; who may do what with it follows from the activities of the roles.

    Args:
        config: The configuration.
        written: What it says of evidence.
        where: The account and region.
        tags: The tags of everything.
    """
    return {
        "bucket": evidence_bucket(config.prefix, written, account=where.account, region=where.region),
        "key_alias": f"{config.prefix}-evidence",
        "account": where.account,
        "partition": where.partition,
        "keep_days": written.keep_days,
        "mode": written.mode,
        "readers": (*_roles(config, where, "reading evidence"), *written.readers),
        "writers": (*_roles(config, where, "keeping evidence"), *written.writers),
        "enders": tuple(_roles(config, where, "ending evidence")),
        "protect": config.protect,
        "tags": tags,
    }


def _roles(config: StackConfig, where: Where, activity: str) -> Iterator[str]:
    """The ARNs of the stack's roles that there are and that have an activity."""
    there = {
        "viewer": config.roles.viewer,
        "operator": config.roles.operator,
        "break-glass": config.roles.break_glass,
        "ci": config.roles.ci,
        "automatic": config.auto_rollback.mode != "off",
    }
    named = {"automatic": "auto-rollback"}  # the function's name is its role's
    for key, exists in there.items():
        if exists and activity in ROLES[key].does:
            yield f"arn:{where.partition}:iam::{where.account}:role/{config.prefix}-{named.get(key, key)}"
