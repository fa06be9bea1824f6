"""Which addresses canaries ask."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from infra.components.canaries import Canaries, CanariesArgs, CanaryArgs
from infra.config import StackConfig
from infra.names import fitting
from infra.where import Where
from infra.workloads import Canary

__all__ = ["canaries", "canary_names"]

_BUCKET_NAME = 63
_ROLE_NAME = 64


def canaries(config: StackConfig, where: Where, tags: Mapping[str, str]) -> CanariesArgs | None:
    """What the canaries are made from; None where none is to be made."""
    made = {key: _canary(canary) for key, canary in config.canaries.items() if canary.urls}
    if not made:
        return None
    return {
        "prefix": config.prefix,
        "bucket": fitting(f"{config.prefix}-canaries-{where.account}-{where.region}", _BUCKET_NAME),
        "role_name": fitting(f"{config.prefix}-canaries-{where.region}", _ROLE_NAME),
        "account": where.account,
        "partition": where.partition,
        "region": where.region,
        "canaries": made,
        "tags": tags,
    }


def canary_names(made: Canaries | None) -> dict[str, dict[str, pulumi.Output[str]]]:
    """What each canary that was made is called, by the workload's key and the kind's identifier."""
    return {key: {"canary": one} for key, one in made.names.items()} if made else {}


def _canary(canary: Canary) -> CanaryArgs:
    args: CanaryArgs = {
        "urls": canary.urls,
        "every_minutes": canary.every_minutes,
        "time_out_seconds": canary.time_out_seconds,
        "runtime": canary.runtime or "",
    }
    return args if canary.contains is None else {**args, "contains": canary.contains}
