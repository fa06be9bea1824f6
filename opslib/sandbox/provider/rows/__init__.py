"""The table of resource types: a file per AWS service, a row per type. A new type is a row, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from opslib.sandbox.provider.row import ResourceType
from opslib.sandbox.provider.rows import (
    appautoscaling,
    backup,
    budgets,
    chatbot,
    cloudtrail,
    cloudwatch,
    cloudwatch_mutes,
    cost_explorer,
    dynamodb,
    events,
    functions,
    iam,
    kms,
    logs,
    route53,
    s3,
    s3_objects,
    scheduler,
    secretsmanager,
    sns,
    sns_sms,
    sqs,
    ssm,
    stepfunctions,
    synthetics,
)

__all__ = ["RESOURCE_TYPES"]

RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = MappingProxyType(
    {
        row.token: row
        for service in (
            appautoscaling,
            backup,
            budgets,
            chatbot,
            cloudtrail,
            cloudwatch,
            cloudwatch_mutes,
            cost_explorer,
            dynamodb,
            events,
            functions,
            iam,
            kms,
            logs,
            route53,
            s3,
            s3_objects,
            scheduler,
            secretsmanager,
            sns,
            sns_sms,
            sqs,
            ssm,
            stepfunctions,
            synthetics,
        )
        for row in service.ROWS
    }
)
