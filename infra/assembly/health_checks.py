"""Which addresses are checked from outside."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from infra.components.health_checks import HealthCheckArgs, HealthChecks, HealthChecksArgs
from infra.config import StackConfig
from infra.workloads import HealthCheck

__all__ = ["health_checks", "made_identifiers"]


def health_checks(config: StackConfig, tags: Mapping[str, str]) -> HealthChecksArgs | None:
    """What the health checks are made from; None where none is to be made."""
    checks = {key: _check(check) for key, check in config.health_checks.items() if check.url is not None}
    return {"prefix": config.prefix, "checks": checks, "tags": tags} if checks else None


def made_identifiers(made: HealthChecks | None) -> dict[str, dict[str, pulumi.Output[str]]]:
    """What Route 53 calls each check that was made, by the workload's key and the kind's identifier."""
    return {key: {"health_check": one} for key, one in made.identifiers.items()} if made else {}


def _check(check: HealthCheck) -> HealthCheckArgs:
    args: HealthCheckArgs = {
        "host": check.host,
        "port": check.port,
        "path": check.path,
        "encrypted": check.encrypted,
        "interval_seconds": check.interval_seconds,
        "failures": check.failures,
        "latency": check.latency,
        "regions": check.checker_regions,
    }
    return args if check.contains is None else {**args, "contains": check.contains}
