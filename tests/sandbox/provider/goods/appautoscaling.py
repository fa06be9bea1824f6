"""Good and bad ones of appautoscaling: scalable targets, their policies and scheduled actions."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good

SCALED = {
    "serviceNamespace": "dynamodb",
    "resourceId": "table/orders",
    "scalableDimension": "dynamodb:table:ReadCapacityUnits",
}
_TRACKING: dict[str, Any] = {
    "targetValue": 70.0,
    "scaleInCooldown": 300.0,
    "predefinedMetricSpecification": {"predefinedMetricType": "DynamoDBReadCapacityUtilization"},
}


GOODS = (
    Good(
        token="aws:appautoscaling/target:Target",
        inputs=SCALED | {"minCapacity": 2.0, "maxCapacity": 20.0, "tags": TAGS},
        change={"maxCapacity": 10.0, "tags": OTHER_TAGS},
        replacements={"resourceId": "table/other", "scalableDimension": "dynamodb:table:WriteCapacityUnits"},
        outside=(
            "application-autoscaling",
            "register_scalable_target",
            {
                "ServiceNamespace": "dynamodb",
                "ResourceId": "{id}",
                "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
                "MinCapacity": 1,
            },
        ),
        drift=("minCapacity",),
        bads=(
            *(Bad({name: DROP}, name, "required") for name in (*SCALED, "minCapacity", "maxCapacity")),
            Bad({"minCapacity": 2.5}, "minCapacity", "fraction"),
            Bad({"minCapacity": 21.0}, "minCapacity", "maxCapacity"),
            Bad({"minCapacity": -1.0}, "minCapacity", "0 and more"),
            Bad({"serviceNamespace": "bakery"}, "serviceNamespace", "ecs"),
            Bad({"scalableDimension": "dynamodb:table:Loaves"}, "scalableDimension", "AWS takes"),
            Bad({"serviceNamespace": "ecs"}, "scalableDimension", "ecs"),
            Bad(
                {"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "shop/api"},
                "resourceId",
                "service/",
            ),
            Bad({"resourceId": "x" * 1601}, "resourceId", "1600"),
            Bad({"suspendedState": {"scheduledScalingSuspended": "no"}}, "suspendedState.scheduledScalingSuspended"),
            Bad({"maximumCapacity": 5.0}, "maximumCapacity", "did you mean maxCapacity"),
        ),
    ),
    Good(
        token="aws:appautoscaling/policy:Policy",
        needs=("scalable target",),
        inputs=SCALED
        | {
            "name": "cpu",
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": _TRACKING,
        },
        change={
            "targetTrackingScalingPolicyConfiguration": _TRACKING | {"targetValue": 60.0, "scaleOutCooldown": 60.0}
        },
        replacements={"name": "memory", "resourceId": "table/other"},
        outside=(
            "application-autoscaling",
            "put_scaling_policy",
            {
                "PolicyName": "{id}",
                "ServiceNamespace": "dynamodb",
                "ResourceId": "table/orders",
                "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 50.0,
                    "ScaleInCooldown": 300,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
                },
            },
        ),
        drift=("targetTrackingScalingPolicyConfiguration",),
        bads=(
            *(Bad({name: DROP}, name, "required") for name in SCALED),
            Bad({"policyType": DROP}, "policyType", "TargetTrackingScaling"),
            Bad({"policyType": "Guessing"}, "policyType", "AWS takes"),
            Bad(
                {"targetTrackingScalingPolicyConfiguration": DROP},
                "targetTrackingScalingPolicyConfiguration",
                "required",
            ),
            Bad(
                {"targetTrackingScalingPolicyConfiguration": _TRACKING | {"targetValue": None}},
                "targetTrackingScalingPolicyConfiguration.targetValue",
                "required",
            ),
            Bad(
                {"targetTrackingScalingPolicyConfiguration": _TRACKING | {"targetValue": "70"}},
                "targetTrackingScalingPolicyConfiguration.targetValue",
                "number",
            ),
            Bad(
                {"targetTrackingScalingPolicyConfiguration": _TRACKING | {"predefinedMetricSpecification": None}},
                "targetTrackingScalingPolicyConfiguration",
                "exactly one",
            ),
            Bad(
                {
                    "targetTrackingScalingPolicyConfiguration": _TRACKING
                    | {"predefinedMetricSpecification": {"predefinedMetricType": "Mood"}}
                },
                "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType",
                "AWS takes",
            ),
            Bad(
                {
                    "targetTrackingScalingPolicyConfiguration": _TRACKING
                    | {"predefinedMetricSpecification": {"predefinedMetricType": "ALBRequestCountPerTarget"}}
                },
                "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.resourceLabel",
                "required",
            ),
            Bad({"name": "x" * 257}, "name", "256"),
            Bad({"policy": "x"}, "policy", "did you mean policyType"),
        ),
    ),
    Good(
        token="aws:appautoscaling/scheduledAction:ScheduledAction",
        needs=("scalable target",),
        inputs=SCALED
        | {
            "name": "morning",
            "schedule": "cron(0 7 ? * MON,TUE *)",
            "timezone": "Europe/Berlin",
            "scalableTargetAction": {"minCapacity": 6.0, "maxCapacity": 30.0},
        },
        change={"schedule": "rate(2 hours)", "timezone": "UTC", "scalableTargetAction": {"minCapacity": 4.0}},
        replacements={"name": "evening", "resourceId": "table/other"},
        outside=(
            "application-autoscaling",
            "put_scheduled_action",
            {
                "ScheduledActionName": "morning",
                "ServiceNamespace": "dynamodb",
                "ResourceId": "table/orders",
                "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
                "Schedule": "cron(0 9 * * ? *)",
                "Timezone": "Europe/Berlin",
                "ScalableTargetAction": {"MinCapacity": 6, "MaxCapacity": 30},
            },
        ),
        drift=("schedule",),
        bads=(
            *(Bad({name: DROP}, name, "required") for name in (*SCALED, "name", "schedule", "scalableTargetAction")),
            Bad({"schedule": "daily"}, "schedule", "six fields"),
            Bad({"scalableTargetAction": {}}, "scalableTargetAction", "neither"),
            Bad({"scalableTargetAction": {"minCapacity": "6"}}, "scalableTargetAction.minCapacity", "number"),
            Bad({"startTime": "2036-01-01T00:00:00Z"}, "startTime", "stand-in"),
            Bad({"schedul": "x"}, "schedul", "did you mean schedule"),
        ),
    ),
)
