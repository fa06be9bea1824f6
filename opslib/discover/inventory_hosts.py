"""Hosts, fleets and ways out of the network, as records with AWS's own names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fleet", "Host", "NatGateway"]


@dataclass(frozen=True, slots=True)
class Host:
    """An EC2 instance that no Auto Scaling group has.

    Attributes:
        arn: Its ARN.
        id: Its id.
        name: Its tag `Name`; empty where it has none.
        state: EC2's word: `running`, `stopped` …
        is_spot: Whether EC2 may take it back.
    """

    arn: str
    id: str
    name: str
    state: str
    is_spot: bool


@dataclass(frozen=True, slots=True)
class Fleet:
    """An Auto Scaling group.

    Attributes:
        arn: Its ARN.
        name: Its name.
        minimum: The fewest instances.
        desired: How many instances it should have.
        metrics: The group metrics that are collected, by AWS's names.
        tags: Its tags: alone of all it is unknown to GetResources.
    """

    arn: str
    name: str
    minimum: int
    desired: int
    metrics: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway that is not deleted.

    Attributes:
        arn: Its ARN.
        id: Its id.
        name: Its tag `Name`; empty where it has none.
        state: EC2's word: `available`, `pending`, `failed` …
    """

    arn: str
    id: str
    name: str
    state: str
