"""Whether what a configuration names is of the stack's account, and where it has to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.sections.account import Account
from infra.sections.backups import Backups

__all__ = ["elsewhere", "misplaced"]

GLOBAL_EVENTS = "us-east-1"
"""Where EventBridge has the events of what has no region: the root user's, IAM's, sign-ins."""


def elsewhere(written: Any, regions: Mapping[str, str], *, account: str, region: str) -> Iterator[str]:
    """Every ARN that is of another account or region than it should be, as a clause.

    Args:
        written: The configuration, as a person writes it.
        regions: Regions of workloads that are not where the stack is, by section and key.
        account: The stack's account.
        region: The stack's region.
    """
    for where, arn in _arns(written):
        of_region, of_account = arn.split(":")[3:5]
        expected = regions.get(".".join(where.split(".")[:2]), region)
        if of_account != account or of_region not in {"", expected}:
            yield f"{where} is in {of_account} {of_region}, and the stack in {account} {expected}"


def misplaced(backups: Backups | None, account: Account | None, region: str) -> Iterator[str]:
    """What cannot be where the stack is, as a clause.

    Args:
        backups: What is said of backups.
        account: What is said of the account.
        region: The stack's region.
    """
    second = backups and backups.second_region
    if second and second.region == region:
        yield f"backups.secondRegion.region is {region}, where the stack itself is: name another"
    if account is not None and account.trail is not None and region != GLOBAL_EVENTS:
        yield f"account.trail is in {region}, and what the root user does is told in {GLOBAL_EVENTS} alone"


def _arns(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every ARN in a configuration, with its path."""
    if isinstance(value, str) and value.startswith("arn:"):
        yield where, value
    elif isinstance(value, Mapping | list | tuple):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _arns(inner, f"{where}.{key}".lstrip("."))
