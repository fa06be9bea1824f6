"""A good instance of every resource type, a change that can be made in place, and what is wrong with bad ones.

Every test of every type reads this one table.
"""

from __future__ import annotations

from tests.sandbox.provider.good import Good
from tests.sandbox.provider.goods import (
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

__all__ = ["GOODS"]

GOODS: tuple[Good, ...] = (
    *appautoscaling.GOODS,
    *backup.GOODS,
    *budgets.GOODS,
    *chatbot.GOODS,
    *cloudtrail.GOODS,
    *cloudwatch.GOODS,
    *cloudwatch_mutes.GOODS,
    *cost_explorer.GOODS,
    *dynamodb.GOODS,
    *events.GOODS,
    *functions.GOODS,
    *iam.GOODS,
    *kms.GOODS,
    *logs.GOODS,
    *route53.GOODS,
    *s3.GOODS,
    *s3_objects.GOODS,
    *scheduler.GOODS,
    *secretsmanager.GOODS,
    *sns.GOODS,
    *sns_sms.GOODS,
    *sqs.GOODS,
    *ssm.GOODS,
    *stepfunctions.GOODS,
    *synthetics.GOODS,
)
