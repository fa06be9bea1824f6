"""Good and bad ones of cloudwatch: alarms, composite alarms, dashboards."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.provider.good import DROP, OTHER_TAGS, REGION, TAGS, TOPIC_ARN, Bad, Good

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


_WIDGET = {
    "type": "metric",
    "x": 0,
    "y": 0,
    "width": 12,
    "height": 6,
    "properties": {"metrics": [["AWS/ECS", "CPU"]], "region": REGION},
}


def dashboard(*widgets: Any) -> str:
    return json.dumps({"widgets": list(widgets)})


GOODS = (
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
            Bad(
                {"metricQueries": queries({"expresion": "x"})}, "metricQueries[0].expresion", "did you mean expression"
            ),
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
            Bad(
                {"actionsSuppressor": {"alarm": "x", "waitPeriod": 60.0}},
                "actionsSuppressor.extensionPeriod",
                "required",
            ),
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
)
