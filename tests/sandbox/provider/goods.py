"""A good instance of every resource type, a change that can be made in place, and what is wrong with bad ones.

Every test of every type reads this one table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:there"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pages"
DROP = object()
"""As a property's value: the property is left out."""


def policy(action: str = "sns:Publish", resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": resource}]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def role_policy(action: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


@dataclass(frozen=True)
class Bad:
    """A change to a good instance that makes it bad, and the property that the refusal has to name."""

    change: dict[str, Any]
    names: str
    says: str = ""


@dataclass(frozen=True)
class Good:
    """A good instance.

    Attributes:
        token: Its type.
        inputs: Its inputs; numbers as floats, as the engine sends them.
        change: A change in place.
        replacements: The properties that cannot be changed in place, each with another value.
        needs: What has to be there first: keys of `PREREQUISITES`.
        outside: A call of AWS behind Pulumi's back, `{id}` for the id: service, operation, parameters.
        drift: The properties in which that shows.
        bads: What is refused.
        put_style: AWS's operation overwrites, or gives back what is there: creating twice has to be refused.
        name: What distinguishes two good instances of a type.
    """

    token: str
    inputs: dict[str, Any]
    change: dict[str, Any]
    replacements: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    outside: tuple[str, str, dict[str, Any]] | None = None
    drift: tuple[str, ...] = ()
    bads: tuple[Bad, ...] = ()
    put_style: bool = True
    name: str = ""

    def where(self, made: dict[str, str]) -> Good:
        """The same instance with `{name}` replaced by what was made under that name."""
        return replace(
            self, inputs=_filled(self.inputs, made), change=_filled(self.change, made), outside=self._outside(made)
        )

    def _outside(self, made: dict[str, str]) -> tuple[str, str, dict[str, Any]] | None:
        return self.outside and (*self.outside[:2], _filled(self.outside[2], made))

    @property
    def label(self) -> str:
        return self.token.rpartition(":")[2] + (f"-{self.name}" if self.name else "")


def _filled(values: dict[str, Any], made: dict[str, str]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return made.get(value[1:-1], value) if isinstance(value, str) and value[:1] == "{" else value

    return {name: [one(item) for item in value] if isinstance(value, list) else one(value) for name, value in values.items()}


TAGS = {"team": "shop"}
OTHER_TAGS = {"team": "web", "tier": "1"}

_WATCH = {
    "name": "shop-cpu",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3.0,
    "datapointsToAlarm": 2.0,
    "threshold": 80.0,
    "treatMissingData": "breaching",
    "alarmActions": [TOPIC_ARN, f"{TOPIC_ARN}-2"],
    "okActions": [TOPIC_ARN],
}


def query(number: int, **more: Any) -> dict[str, Any]:
    metric = {"metricName": "Errors", "namespace": "Shop", "period": 60.0, "stat": "Sum", "dimensions": {"Api": "a"}}
    return {"id": f"m{number}", "metric": metric} | more


_QUERIES = [{"id": "rate", "expression": "100 * m1 / m2", "label": "rate", "returnData": True}, query(1), query(2)]


def queries(first: dict[str, Any]) -> list[dict[str, Any]]:
    return [_QUERIES[0] | first, *_QUERIES[1:]]


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
_NOTIFICATION: dict[str, Any] = {
    "comparisonOperator": "GREATER_THAN",
    "notificationType": "ACTUAL",
    "threshold": 80.0,
    "thresholdType": "PERCENTAGE",
    "subscriberEmailAddresses": ["ops@example.com", "cfo@example.com"],
    "subscriberSnsTopicArns": [TOPIC_ARN],
}
_FORECAST: dict[str, Any] = _NOTIFICATION | {"notificationType": "FORECASTED", "threshold": 100.0}
_WIDGET = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {"metrics": [["AWS/ECS", "CPU"]]}}


def dashboard(*widgets: Any) -> str:
    return json.dumps({"widgets": list(widgets)})


GOODS: tuple[Good, ...] = (
    Good(
        token="aws:sns/topic:Topic",
        inputs={"name": "shop-critical", "displayName": "Shop", "kmsMasterKeyId": "alias/shop", "tags": TAGS},
        change={"displayName": "Web shop", "kmsMasterKeyId": DROP, "tags": OTHER_TAGS},
        replacements={"name": "shop-other", "fifoTopic": True},
        outside=(
            "sns",
            "set_topic_attributes",
            {"TopicArn": "{id}", "AttributeName": "DisplayName", "AttributeValue": "by hand"},
        ),
        drift=("displayName",),
        bads=(
            Bad({"nme": "x"}, "nme", "did you mean name"),
            Bad({"displayName": 5.0}, "displayName", "text"),
            Bad({"name": "x" * 257}, "name", "256"),
            Bad({"name": "with space"}, "name"),
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"tracingConfig": "Sometimes"}, "tracingConfig", "PassThrough"),
            Bad({"signatureVersion": 3.0}, "signatureVersion", "1 to 2"),
            Bad({"httpSuccessFeedbackSampleRate": 101.0}, "httpSuccessFeedbackSampleRate", "0 to 100"),
            Bad({"contentBasedDeduplication": True}, "contentBasedDeduplication", "FIFO"),
            Bad({"fifoTopic": True}, "name", ".fifo"),
            Bad({"tags": {"team": 5.0}}, "tags.team", "text"),
            Bad({"namePrefix": "shop"}, "namePrefix", "does not"),
        ),
    ),
    Good(
        token="aws:sns/topicPolicy:TopicPolicy",
        needs=("topic",),
        inputs={"arn": TOPIC_ARN, "policy": policy(resource=TOPIC_ARN)},
        change={"policy": policy("sns:*", TOPIC_ARN)},
        replacements={"arn": f"{TOPIC_ARN}-2"},
        outside=(
            "sns",
            "set_topic_attributes",
            {"TopicArn": "{id}", "AttributeName": "Policy", "AttributeValue": policy("sns:Subscribe", TOPIC_ARN)},
        ),
        drift=("policy",),
        bads=(
            Bad({"arn": DROP}, "arn", "required"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"policy": "allow all"}, "policy", "JSON"),
            Bad({"policy": "[]"}, "policy", "object"),
            Bad({"arn": "there"}, "arn", "ARN"),
            Bad({"polcy": "{}"}, "polcy", "did you mean policy"),
            Bad({"policy": True}, "policy", "boolean"),
        ),
    ),
    Good(
        token="aws:sns/topicSubscription:TopicSubscription",
        needs=("topic",),
        inputs={"topic": TOPIC_ARN, "protocol": "sqs", "endpoint": QUEUE_ARN, "filterPolicy": '{"tier": ["critical"]}'},
        change={"filterPolicy": '{"tier": ["warning"]}', "rawMessageDelivery": True},
        replacements={"topic": f"{TOPIC_ARN}-2", "protocol": "https", "endpoint": f"{QUEUE_ARN}-2"},
        outside=(
            "sns",
            "set_subscription_attributes",
            {"SubscriptionArn": "{id}", "AttributeName": "RawMessageDelivery", "AttributeValue": "true"},
        ),
        drift=("rawMessageDelivery",),
        bads=(
            Bad({"topic": DROP}, "topic", "required"),
            Bad({"protocol": DROP}, "protocol", "required"),
            Bad({"endpoint": DROP}, "endpoint", "required"),
            Bad({"protocol": "pager"}, "protocol", "https"),
            Bad({"protocol": "email"}, "endpoint", "email"),
            Bad({"protocol": "firehose"}, "endpoint"),
            Bad({"topic": "there"}, "topic", "ARN"),
            Bad({"filterPolicy": "tier"}, "filterPolicy", "JSON"),
            Bad({"filterPolicyScope": "Everywhere"}, "filterPolicyScope", "MessageBody"),
            Bad({"rawMessageDelivery": "yes"}, "rawMessageDelivery", "boolean"),
            Bad({"confirmationTimeoutInMinutes": 1.5}, "confirmationTimeoutInMinutes", "fraction"),
            Bad({"topicArn": TOPIC_ARN}, "topicArn", "did you mean topic"),
        ),
    ),
    Good(
        token="aws:kms/key:Key",
        put_style=False,
        inputs={"description": "pages", "enableKeyRotation": True, "deletionWindowInDays": 7.0, "tags": TAGS},
        change={"description": "pages of the shop", "enableKeyRotation": False, "isEnabled": False, "tags": DROP},
        replacements={"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048", "multiRegion": True},
        outside=("kms", "update_key_description", {"KeyId": "{id}", "Description": "by hand"}),
        drift=("description",),
        bads=(
            Bad({"desciption": "x"}, "desciption", "did you mean description"),
            Bad({"enableKeyRotation": "yes"}, "enableKeyRotation", "boolean"),
            Bad({"deletionWindowInDays": 6.0}, "deletionWindowInDays", "7 to 30"),
            Bad({"deletionWindowInDays": 31.0}, "deletionWindowInDays", "7 to 30"),
            Bad({"rotationPeriodInDays": 89.0}, "rotationPeriodInDays", "90 to 2560"),
            Bad({"rotationPeriodInDays": 90.0, "enableKeyRotation": False}, "rotationPeriodInDays", "enableKeyRotation"),
            Bad({"description": "x" * 8193}, "description", "8192"),
            Bad({"keyUsage": "DECORATE"}, "keyUsage", "ENCRYPT_DECRYPT"),
            Bad({"customerMasterKeySpec": "ROT_13"}, "customerMasterKeySpec", "SYMMETRIC_DEFAULT"),
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"tags": {"x" * 129: "y"}}, "tags", "128"),
        ),
    ),
    Good(
        token="aws:kms/alias:Alias",
        needs=("key",),
        inputs={"name": "alias/shop", "targetKeyId": "{key}"},
        change={"targetKeyId": "{other_key}"},
        replacements={"name": "alias/shop-2"},
        outside=("kms", "update_alias", {"AliasName": "{id}", "TargetKeyId": "{other_key}"}),
        drift=("targetKeyId",),
        bads=(
            Bad({"targetKeyId": DROP}, "targetKeyId", "required"),
            Bad({"name": "shop"}, "name", "alias/"),
            Bad({"name": "alias/aws/shop"}, "name", "AWS's own"),
            Bad({"name": "alias/" + "x" * 251}, "name", "256"),
            Bad({"name": ["alias/shop"]}, "name", "text"),
            Bad({"targetKey": "x"}, "targetKey", "did you mean targetKeyId"),
        ),
    ),
    Good(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs=_WATCH
        | {
            "metricName": "CPUUtilization",
            "namespace": "AWS/ECS",
            "period": 60.0,
            "statistic": "Average",
            "dimensions": {"ServiceName": "api", "ClusterName": "shop"},
            "tags": TAGS,
        },
        change={"threshold": 90.5, "alarmDescription": "too hot", "okActions": DROP, "tags": OTHER_TAGS},
        replacements={"name": "shop-cpu-2"},
        outside=(
            "cloudwatch",
            "put_metric_alarm",
            {
                "AlarmName": "{id}",
                "MetricName": "CPUUtilization",
                "Namespace": "AWS/ECS",
                "Statistic": "Average",
                "Dimensions": [
                    {"Name": "ServiceName", "Value": "api"},
                    {"Name": "ClusterName", "Value": "shop"},
                ],
                "Period": 60,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 2,
                "Threshold": 99.0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "breaching",
                "AlarmActions": [f"{TOPIC_ARN}-2", TOPIC_ARN],
            },
        ),
        drift=("okActions", "threshold"),
        bads=(
            Bad({"comparisonOperator": DROP}, "comparisonOperator", "required"),
            Bad({"evaluationPeriods": DROP}, "evaluationPeriods", "required"),
            Bad({"metricName": DROP}, "metricName", "required"),
            Bad({"threshold": DROP}, "threshold", "exactly one"),
            Bad({"statistic": DROP}, "statistic", "exactly one"),
            Bad({"extendedStatistic": "p99"}, "extendedStatistic", "exactly one"),
            Bad({"metricQueries": _QUERIES}, "metricQueries", "exactly one"),
            Bad({"treshold": 1.0}, "treshold", "did you mean threshold"),
            Bad({"evaluation_periods": 3.0}, "evaluation_periods", "did you mean evaluationPeriods"),
            Bad({"threshold": "80"}, "threshold", "number"),
            Bad({"period": 60.5}, "period", "fraction"),
            Bad({"dimensions": {"ServiceName": 5.0}}, "dimensions.ServiceName", "text"),
            Bad({"alarmActions": TOPIC_ARN}, "alarmActions", "list"),
            Bad({"alarmActions": ["there"]}, "alarmActions[0]", "ARN"),
            Bad({"alarmActions": [f"{TOPIC_ARN}-{n}" for n in range(6)]}, "alarmActions", "0 to 5"),
            Bad({"name": "x" * 256}, "name", "1 to 255"),
            Bad({"name": ""}, "name", "1 to 255"),
            Bad({"alarmDescription": "x" * 1025}, "alarmDescription", "1024"),
            Bad({"statistic": "Averge"}, "statistic", "Average"),
            Bad({"unit": "Furlongs"}, "unit", "Seconds"),
            Bad({"namespace": ":Shop"}, "namespace", "pattern"),
            Bad({"treatMissingData": "panic"}, "treatMissingData", "notBreaching"),
            Bad({"evaluateLowSampleCountPercentiles": "x"}, "evaluateLowSampleCountPercentiles", "ignore"),
            Bad({"evaluationPeriods": 0.0}, "evaluationPeriods", "1 and more"),
            Bad({"datapointsToAlarm": 4.0}, "datapointsToAlarm", "evaluationPeriods"),
            Bad({"period": 90.0}, "period", "multiples of 60"),
            Bad({"period": 300.0, "evaluationPeriods": 289.0}, "period", "86400"),
            Bad({"period": 3600.0, "evaluationPeriods": 169.0}, "period", "604800"),
            Bad({"dimensions": {f"d{n}": "x" for n in range(31)}}, "dimensions", "0 to 30"),
            Bad({"dimensions": {"Api": "x" * 1025}}, "dimensions.Api", "1024"),
            Bad({"tags": {"": "y"}}, "tags", "1 to 128"),
        ),
    ),
    Good(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        name="math",
        inputs=_WATCH | {"name": "shop-rate", "metricQueries": _QUERIES},
        change={"metricQueries": [*queries({"expression": "m1 / m2"}), query(3)], "alarmActions": [TOPIC_ARN]},
        outside=("cloudwatch", "disable_alarm_actions", {"AlarmNames": ["{id}"]}),
        drift=("actionsEnabled",),
        bads=(
            Bad({"metricQueries": queries({"id": "Rate"})}, "metricQueries[0].id", "lower-case"),
            Bad({"metricQueries": queries({"id": "m1"})}, "metricQueries[1].id", "taken"),
            Bad({"metricQueries": queries({"id": None})}, "metricQueries[0].id", "required"),
            Bad({"metricQueries": queries({"returnData": False})}, "metricQueries", "returnData"),
            Bad({"metricQueries": queries({"returnData": "true"})}, "metricQueries[0].returnData", "boolean"),
            Bad({"metricQueries": queries({"expression": None})}, "metricQueries[0]", "exactly one"),
            Bad({"metricQueries": queries({"expression": "x" * 2049})}, "metricQueries[0].expression", "2048"),
            Bad({"metricQueries": queries({"expresion": "x"})}, "metricQueries[0].expresion", "did you mean expression"),
            Bad({"metricQueries": [*_QUERIES, query(3, metric={"stat": "Sum"})]}, "metricQueries[3].metric.metricName"),
            Bad(
                {"metricQueries": [*_QUERIES, query(3, metric=query(3)["metric"] | {"stat": "Averag"})]},
                "metricQueries[3].metric.stat",
                "Average",
            ),
            Bad(
                {"metricQueries": [*_QUERIES, query(3, metric=query(3)["metric"] | {"period": 61.0})]},
                "metricQueries[3].metric.period",
                "multiples of 60",
            ),
            Bad(
                {"metricQueries": [*_QUERIES, query(3, metric=query(3)["metric"] | {"unit": "Stone"})]},
                "metricQueries[3].metric.unit",
                "Seconds",
            ),
            Bad({"metricQueries": [*_QUERIES, *(query(n) for n in range(3, 12))]}, "metricQueries", "10 per alarm"),
            Bad({"namespace": "Shop"}, "namespace", "metricQueries"),
            Bad({"threshold": DROP, "thresholdMetricId": "band"}, "thresholdMetricId", "none of"),
        ),
    ),
    Good(
        token="aws:cloudwatch/compositeAlarm:CompositeAlarm",
        needs=("alarms",),
        inputs={
            "alarmName": "shop-down",
            "alarmRule": 'ALARM("there-1") AND NOT ALARM("there-2")',
            "alarmActions": [TOPIC_ARN],
            "actionsSuppressor": {"alarm": "there-2", "waitPeriod": 60.0, "extensionPeriod": 120.0},
            "tags": TAGS,
        },
        change={"alarmRule": 'ALARM("there-1")', "alarmDescription": "nobody can buy", "tags": OTHER_TAGS},
        replacements={"alarmName": "shop-down-2", "actionsEnabled": False},
        outside=("cloudwatch", "put_composite_alarm", {"AlarmName": "{id}", "AlarmRule": 'OK("there-1")'}),
        drift=("actionsSuppressor", "alarmActions", "alarmRule"),
        bads=(
            Bad({"alarmName": DROP}, "alarmName", "required"),
            Bad({"alarmRule": DROP}, "alarmRule", "required"),
            Bad({"alarmRule": ""}, "alarmRule", "1 to 10240"),
            Bad({"alarmRule": "there-1 is bad"}, "alarmRule", "no alarm"),
            Bad({"alarmRule": "(ALARM(a)"}, "alarmRule", "parentheses"),
            Bad({"alarmRule": " OR ".join(f"ALARM(a{n})" for n in range(101))}, "alarmRule", "100"),
            Bad({"alarmRule": "ALARM(" + "x" * 10240 + ")"}, "alarmRule", "10240"),
            Bad({"alarmName": "x" * 256}, "alarmName", "1 to 255"),
            Bad({"actionsEnabled": 1.0}, "actionsEnabled", "boolean"),
            Bad({"actionsSuppressor": {"alarm": "x", "waitPeriod": 60.0}}, "actionsSuppressor.extensionPeriod", "required"),
            Bad({"actionsSuppressor": "there-2"}, "actionsSuppressor", "object"),
            Bad({"okActions": ["there"]}, "okActions[0]", "ARN"),
            Bad({"alarmActions": [f"{TOPIC_ARN}-{n}" for n in range(6)]}, "alarmActions", "0 to 5"),
            Bad({"name": "x"}, "name", "did you mean"),
        ),
    ),
    Good(
        token="aws:cloudwatch/dashboard:Dashboard",
        inputs={"dashboardName": "shop-overview", "dashboardBody": dashboard(_WIDGET)},
        change={"dashboardBody": dashboard(_WIDGET, _WIDGET)},
        replacements={"dashboardName": "shop-overview-2"},
        outside=("cloudwatch", "put_dashboard", {"DashboardName": "{id}", "DashboardBody": dashboard()}),
        drift=("dashboardBody",),
        bads=(
            Bad({"dashboardName": DROP}, "dashboardName", "required"),
            Bad({"dashboardBody": DROP}, "dashboardBody", "required"),
            Bad({"dashboardBody": "widgets"}, "dashboardBody", "JSON"),
            Bad({"dashboardBody": "{}"}, "dashboardBody", "widgets"),
            Bad({"dashboardBody": dashboard({})}, "dashboardBody", "type"),
            Bad({"dashboardBody": dashboard(*[{"type": "text"}] * 501)}, "dashboardBody", "500"),
            Bad(
                {"dashboardBody": dashboard({"type": "metric", "properties": {"metrics": [["a", "b"]] * 501}})},
                "dashboardBody",
                "500",
            ),
            Bad(
                {"dashboardBody": dashboard(*[{"type": "metric", "properties": {"metrics": [["a", "b"]] * 251}}] * 10)},
                "dashboardBody",
                "2500",
            ),
            Bad({"dashboardBody": {"widgets": []}}, "dashboardBody", "text"),
            Bad({"dashboardName": "shop overview"}, "dashboardName"),
            Bad({"tags": TAGS}, "tags", "no property"),
        ),
    ),
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
        change={"targetTrackingScalingPolicyConfiguration": _TRACKING | {"targetValue": 60.0, "scaleOutCooldown": 60.0}},
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
            Bad({"targetTrackingScalingPolicyConfiguration": DROP}, "targetTrackingScalingPolicyConfiguration", "required"),
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
        token="aws:budgets/budget:Budget",
        inputs={
            "name": "shop-monthly",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "2000",
            "limitUnit": "USD",
            "timePeriodStart": "2026-01-01_00:00",
            "costFilters": [{"name": "Service", "values": ["Amazon Elastic Container Service"]}],
            "notifications": [_NOTIFICATION, _FORECAST],
            "tags": TAGS,
        },
        change={
            "limitAmount": "2500.5",
            "notifications": [_NOTIFICATION | {"subscriberEmailAddresses": ["ops@example.com"]}],
            "costFilters": [{"name": "Service", "values": ["AWS Lambda"]}],
            "tags": OTHER_TAGS,
        },
        replacements={"name": "shop-yearly", "accountId": "210987654321"},
        outside=(
            "budgets",
            "update_budget",
            {
                "AccountId": ACCOUNT,
                "NewBudget": {
                    "BudgetName": "shop-monthly",
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": "9999", "Unit": "USD"},
                    "CostFilters": {"Service": ["Amazon Elastic Container Service"]},
                },
            },
        ),
        drift=("limitAmount",),
        bads=(
            Bad({"budgetType": DROP}, "budgetType", "required"),
            Bad({"timeUnit": DROP}, "timeUnit", "required"),
            Bad({"limitAmount": DROP}, "limitAmount", "required"),
            Bad({"limitAmount": "much"}, "limitAmount", "number"),
            Bad({"limitAmount": "-5"}, "limitAmount", "above 0"),
            Bad({"limitAmount": 2000.0}, "limitAmount", "text"),
            Bad({"budgetType": "HOPE"}, "budgetType", "COST"),
            Bad({"timeUnit": "FORTNIGHTLY"}, "timeUnit", "MONTHLY"),
            Bad({"name": "x" * 101}, "name", "100"),
            Bad({"name": "a:b"}, "name", "pattern"),
            Bad({"timePeriodStart": "soon"}, "timePeriodStart", "time"),
            Bad({"costFilters": [{"values": ["x"]}]}, "costFilters[0].name", "required"),
            Bad({"costTypes": {"includeTax": "no"}}, "costTypes.includeTax", "boolean"),
            Bad({"notifications": [_NOTIFICATION | {"threshold": None}]}, "notifications[0].threshold", "required"),
            Bad({"notifications": [_NOTIFICATION | {"threshold": -1.0}]}, "notifications[0].threshold"),
            Bad({"notifications": [_NOTIFICATION | {"notificationType": "GUT"}]}, "notifications[0].notificationType"),
            Bad(
                {"notifications": [_NOTIFICATION | {"subscriberEmailAddresses": ["nobody"]}]},
                "notifications[0].subscriberEmailAddresses[0]",
                "e-mail",
            ),
            Bad(
                {"notifications": [_NOTIFICATION | {"subscriberSnsTopicArns": ["there"]}]},
                "notifications[0].subscriberSnsTopicArns[0]",
                "ARN",
            ),
            Bad(
                {
                    "notifications": [
                        _NOTIFICATION | {"subscriberEmailAddresses": None, "subscriberSnsTopicArns": None}
                    ]
                },
                "notifications[0]",
                "subscriber",
            ),
            Bad({"notifications": [_NOTIFICATION | {"threshold": float(n)} for n in range(11)]}, "notifications", "10"),
            Bad({"plannedLimits": []}, "plannedLimits", "stand-in"),
            Bad({"region": REGION}, "region", "no property"),
        ),
    ),
    Good(
        token="aws:dynamodb/table:Table",
        inputs={
            "name": "shop-journal",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            "ttl": {"attributeName": "expires_at", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
            "serverSideEncryption": {"enabled": True},
            "tags": TAGS,
        },
        change={"deletionProtectionEnabled": False, "pointInTimeRecovery": {"enabled": False}, "tags": OTHER_TAGS},
        replacements={"name": "shop-other", "hashKey": "id", "rangeKey": DROP},
        outside=("dynamodb", "update_table", {"TableName": "{id}", "DeletionProtectionEnabled": False}),
        drift=("deletionProtectionEnabled",),
        bads=(
            Bad({"hashKey": DROP}, "hashKey", "required"),
            Bad({"attributes": DROP}, "attributes", "key"),
            Bad({"attributes": [{"name": "pk", "type": "S"}]}, "attributes", "sk"),
            Bad({"rangeKey": DROP}, "attributes[1]", "no key"),
            Bad({"attributes": [{"name": "pk"}]}, "attributes[0].type", "required"),
            Bad({"attributes": [{"name": "pk", "type": "X"}]}, "attributes[0].type", "AWS takes"),
            Bad({"attributes": [{"name": "p" * 256, "type": "S"}]}, "attributes[0].name", "255"),
            Bad({"billingMode": "FREE"}, "billingMode", "PAY_PER_REQUEST"),
            Bad({"billingMode": DROP}, "readCapacity", "PROVISIONED"),
            Bad({"readCapacity": 5.0}, "readCapacity", "PAY_PER_REQUEST"),
            Bad({"name": "a"}, "name"),
            Bad({"name": "with space"}, "name", "AWS"),
            Bad({"ttl": {"enabled": True}}, "ttl.attributeName", "required"),
            Bad({"ttl": {"attributeName": 5.0, "enabled": True}}, "ttl.attributeName", "text"),
            Bad({"pointInTimeRecovery": {}}, "pointInTimeRecovery.enabled", "required"),
            Bad(
                {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 36.0}},
                "pointInTimeRecovery.recoveryPeriodInDays",
                "1 to 35",
            ),
            Bad({"streamEnabled": True}, "streamViewType", "required"),
            Bad({"tableClass": "FIRST"}, "tableClass", "STANDARD"),
            Bad({"globalSecondaryIndexes": []}, "globalSecondaryIndexes", "stand-in"),
            Bad({"deletionProtection": True}, "deletionProtection", "did you mean deletionProtectionEnabled"),
        ),
    ),
    Good(
        token="aws:ssm/parameter:Parameter",
        inputs={
            "name": "/opslib/shop/stack",
            "type": "String",
            "value": "one",
            "description": "the contract",
            "tags": TAGS,
        },
        change={"value": "two", "description": "the contract of the shop", "tags": OTHER_TAGS},
        replacements={"name": "/opslib/shop/other", "dataType": "aws:ec2:image"},
        outside=("ssm", "put_parameter", {"Name": "{id}", "Value": "by hand", "Type": "String", "Overwrite": True}),
        drift=("value",),
        bads=(
            Bad({"type": DROP}, "type", "required"),
            Bad({"value": DROP}, "value", "exactly one"),
            Bad({"insecureValue": "x"}, "insecureValue", "exactly one"),
            Bad({"type": "Number"}, "type", "String"),
            Bad({"value": 5.0}, "value", "text"),
            Bad({"value": "x" * 4097}, "value", "4096"),
            Bad({"value": "é" * 2049}, "value", "4098 bytes"),
            Bad({"value": "x" * 8193, "tier": "Advanced"}, "value", "8192"),
            Bad({"tier": "Gold"}, "tier", "Standard"),
            Bad({"name": "opslib/shop"}, "name", "starts with /"),
            Bad({"name": "/aws/shop"}, "name", "aws"),
            Bad({"name": "/a b"}, "name"),
            Bad({"name": "/x" * 16}, "name", "15"),
            Bad({"description": "x" * 1025}, "description", "1024"),
            Bad({"allowedPattern": r"\d+"}, "value", "allowedPattern"),
            Bad({"dataType": "image"}, "dataType", "text"),
            Bad({"type": "SecureString", "value": DROP, "insecureValue": "x"}, "insecureValue", "SecureString"),
            Bad({"valeu": "x"}, "valeu", "did you mean value"),
        ),
    ),
    Good(
        token="aws:iam/role:Role",
        needs=("managed policy",),
        put_style=False,
        inputs={
            "name": "shop-operator",
            "assumeRolePolicy": TRUST,
            "description": "acts",
            "maxSessionDuration": 7200.0,
            "managedPolicyArns": [f"arn:aws:iam::{ACCOUNT}:policy/there"],
            "tags": TAGS,
        },
        change={"description": "acts with care", "maxSessionDuration": 3600.0, "managedPolicyArns": [], "tags": DROP},
        replacements={"name": "shop-viewer", "path": "/shop/"},
        outside=("iam", "update_role", {"RoleName": "{id}", "Description": "by hand", "MaxSessionDuration": 7200}),
        drift=("description",),
        bads=(
            Bad({"assumeRolePolicy": DROP}, "assumeRolePolicy", "required"),
            Bad({"assumeRolePolicy": "trust me"}, "assumeRolePolicy", "JSON"),
            Bad({"name": "x" * 65}, "name", "64"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"maxSessionDuration": 3599.0}, "maxSessionDuration", "3600"),
            Bad({"maxSessionDuration": 43201.0}, "maxSessionDuration", "43200"),
            Bad({"maxSessionDuration": "1h"}, "maxSessionDuration", "number"),
            Bad({"description": "x" * 1001}, "description", "1000"),
            Bad({"path": "shop"}, "path"),
            Bad({"managedPolicyArns": ["ReadOnlyAccess"]}, "managedPolicyArns[0]", "ARN"),
            Bad({"permissionsBoundary": "Boundary"}, "permissionsBoundary"),
            Bad({"inlinePolicies": []}, "inlinePolicies", "stand-in"),
            Bad({"asumeRolePolicy": TRUST}, "asumeRolePolicy", "did you mean assumeRolePolicy"),
        ),
    ),
    Good(
        token="aws:iam/rolePolicy:RolePolicy",
        needs=("role",),
        inputs={"name": "publish", "role": "there", "policy": role_policy("sns:Publish")},
        change={"policy": role_policy("sns:Subscribe")},
        replacements={"name": "publish-2", "role": "elsewhere"},
        outside=(
            "iam",
            "put_role_policy",
            {"RoleName": "there", "PolicyName": "publish", "PolicyDocument": role_policy("sns:*")},
        ),
        drift=("policy",),
        bads=(
            Bad({"role": DROP}, "role", "required"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"policy": "allow"}, "policy", "JSON"),
            Bad({"policy": role_policy("x" * 10240)}, "policy", "10240"),
            Bad({"name": "x" * 129}, "name", "128"),
            Bad({"name": "with space"}, "name", "pattern"),
            Bad({"role": 5.0}, "role", "text"),
            Bad({"rol": "x"}, "rol", "did you mean role"),
        ),
    ),
)


def with_change(inputs: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Inputs with some of them changed or left out."""
    return {name: value for name, value in (inputs | change).items() if value is not DROP}
