"""Autoscaling and budgets."""

from __future__ import annotations

from typing import Any

from tests.sandbox.moto_as_found.found import ACCOUNT, Moto, Rows

ROWS = Rows()

SCALING = "gaps/application_autoscaling.py"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/api",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def _register(moto: Moto, **more: Any) -> Any:
    moto.service()
    return moto.application_autoscaling.register_scalable_target(**TARGET | {"MinCapacity": 1, "MaxCapacity": 4} | more)


@ROWS.add(
    "application-autoscaling:RegisterScalableTarget", file=SCALING, aws="not minimum above maximum", found="taken"
)
def _(moto: Moto) -> object:
    moto.service()
    register = moto.application_autoscaling.register_scalable_target
    return moto.refused(register, **TARGET, MinCapacity=5, MaxCapacity=4)


@ROWS.add("application-autoscaling:DescribeScalableTargets", file=SCALING, aws="always has SuspendedState", found=False)
def _(moto: Moto) -> object:
    _register(moto)
    found = moto.application_autoscaling.describe_scalable_targets(ServiceNamespace="ecs")
    return "SuspendedState" in found["ScalableTargets"][0]


def _track(moto: Moto, name: str = "cpu") -> str:
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    policy: str = moto.application_autoscaling.put_scaling_policy(
        **TARGET,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 70.0, "PredefinedMetricSpecification": metric},
    )["PolicyARN"]
    return policy


@ROWS.add("application-autoscaling:PutScalingPolicy", file=SCALING, aws="put again it keeps its ARN", found=False)
def _(moto: Moto) -> object:
    _register(moto)
    return _track(moto) == _track(moto)


@ROWS.add("application-autoscaling:DescribeScalingPolicies", file=SCALING, aws="those that are named", found=2)
def _(moto: Moto) -> object:
    _register(moto)
    _track(moto), _track(moto, "other")
    found = moto.application_autoscaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["cpu"])
    return len(found["ScalingPolicies"])


@ROWS.add("application-autoscaling:DeregisterScalableTarget", file=SCALING, aws="its policies go with it", found=1)
def _(moto: Moto) -> object:
    _register(moto)
    _track(moto)
    moto.application_autoscaling.deregister_scalable_target(**TARGET)
    return len(moto.application_autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"])


@ROWS.add(
    "application-autoscaling:PutScheduledAction", file=SCALING, aws="a schedule that is none is refused", found="taken"
)
def _(moto: Moto) -> object:
    _register(moto)
    put = moto.application_autoscaling.put_scheduled_action
    return moto.refused(put, **TARGET, ScheduledActionName="a", Schedule="at(noon)")


BUDGET = {
    "BudgetName": "b",
    "BudgetLimit": {"Amount": "1", "Unit": "USD"},
    "TimeUnit": "MONTHLY",
    "BudgetType": "COST",
}
NOTICE = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}


@ROWS.add(
    "budgets:CreateBudget",
    "budgets:DeleteBudget",
    file="gaps/budgets.py",
    aws="at most 10 e-mail addresses",
    found="taken",
)
def _(moto: Moto) -> object:
    hearing = [{"SubscriptionType": "EMAIL", "Address": f"a{number}@b.example"} for number in range(11)]
    notices = [{"Notification": NOTICE, "Subscribers": hearing}]
    create = moto.budgets.create_budget
    return moto.refused(create, AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=notices)


@ROWS.add("budgets:CreateNotification", file="gaps/budgets.py", aws="the same again is a duplicate", found="taken")
def _(moto: Moto) -> object:
    moto.budgets.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    one = {
        "AccountId": ACCOUNT,
        "BudgetName": "b",
        "Notification": NOTICE,
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@b.example"}],
    }
    moto.budgets.create_notification(**one)
    return moto.refused(moto.budgets.create_notification, **one)


@ROWS.add(
    "budgets:DeleteNotification",
    "budgets:DescribeNotificationsForBudget",
    file="gaps/budgets.py",
    aws="one that is not there is not found",
    found="taken",
)
def _(moto: Moto) -> object:
    moto.budgets.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    named = {"AccountId": ACCOUNT, "BudgetName": "b", "Notification": NOTICE}
    return moto.refused(moto.budgets.delete_notification, **named)
