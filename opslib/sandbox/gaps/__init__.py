"""Operations that moto lacks or is too kind about: a table from service and operation to what answers instead.

A handler takes a `GapCall` and returns the result under AWS's names, or None to let moto answer; it raises `AwsError`
for what AWS refuses. One file holds the handlers of one service's one subject, and the table of its operations.

The tables are read when the first call of a service arrives: importing all of moto's models would take seconds.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["GapCall", "Handler", "gap_of"]

_HOMES = {
    "application-autoscaling": "application_autoscaling",
    "backup": "backup",
    "budgets": "budgets",
    "chatbot": "chatbot",
    "ce": "cost_explorer",
    "cloudtrail": "cloudtrail",
    "cloudfront": "cloudfront",
    "cloudwatch": "cloudwatch",
    "dynamodb": "dynamodb",
    "ecr": "ecr",
    "ecs": "ecs",
    "elasticache": "elasticache",
    "elbv2": "elbv2",
    "events": "events",
    "iam": "iam",
    "kms": "kms",
    "lambda": "functions",
    "logs": "logs",
    "rds": "rds",
    "s3": "s3",
    "resourcegroupstaggingapi": "tagging",
    "route53": "route53",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "ssm": "ssm",
    "synthetics": "synthetics",
    "stepfunctions": "stepfunctions",
    "sts": "sts",
    "wafv2": "wafv2",
}


@cache
def gap_of(service: str, operation: str) -> Handler | None:
    """What answers an operation instead of moto, or None.

    Args:
        service: botocore's name of the service.
        operation: The operation's name.
    """
    home = _HOMES.get(service)
    if home is None:
        return None
    handler: Handler | None = import_module(f"opslib.sandbox.gaps.{home}").OPERATIONS.get((service, operation))
    return handler
