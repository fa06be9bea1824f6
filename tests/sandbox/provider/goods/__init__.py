"""A good instance of every resource type, a change that can be made in place, and what is wrong with bad ones.

Every test of every type reads this one table.
"""

from __future__ import annotations

from tests.sandbox.provider.good import Good
from tests.sandbox.provider.goods import appautoscaling, budgets, cloudwatch, dynamodb, iam, kms, logs, sns, ssm

__all__ = ["GOODS"]

GOODS: tuple[Good, ...] = (
    *appautoscaling.GOODS,
    *budgets.GOODS,
    *cloudwatch.GOODS,
    *dynamodb.GOODS,
    *iam.GOODS,
    *kms.GOODS,
    *logs.GOODS,
    *sns.GOODS,
    *ssm.GOODS,
)
