"""The table of resource types: a file per AWS service, a row per type. A new type is a row, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from opslib.sandbox.provider.row import ResourceType
from opslib.sandbox.provider.rows import appautoscaling, budgets, cloudwatch, dynamodb, iam, kms, logs, sns, ssm

__all__ = ["RESOURCE_TYPES"]

RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = MappingProxyType(
    {
        row.token: row
        for service in (appautoscaling, budgets, cloudwatch, dynamodb, iam, kms, logs, sns, ssm)
        for row in service.ROWS
    }
)
