"""CloudWatch: metric alarms, composite alarms, dashboards."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Document, Many, Pairs, Plain
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.cloudwatch_rules import (
    composite_rule,
    dashboard_limits,
    evaluated_span,
    metric_queries,
    threshold,
    what_is_watched,
)
from opslib.sandbox.provider.rows.rules import arns, matching, one_of

__all__ = ["ROWS"]

_TAGS = Tagging(
    path="Tags",
    tag=Call("tag_resource", {"ResourceARN": "{arn}", "Tags": "{tags}"}),
    untag=Call("untag_resource", {"ResourceARN": "{arn}", "TagKeys": "{keys}"}),
    listing=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
)
_ACTIONS = (
    Field("alarmActions", "AlarmActions", Many(unordered=True)),
    Field("okActions", "OKActions", Many(unordered=True)),
    Field("insufficientDataActions", "InsufficientDataActions", Many(unordered=True)),
)
_QUERY = Record(
    (
        Field("id", "Id"),
        Field("accountId", "AccountId"),
        Field("expression", "Expression"),
        Field("label", "Label"),
        Field("period", "Period"),
        Field("returnData", "ReturnData", default=False),
        Field(
            "metric",
            "MetricStat",
            Record(
                (
                    Field("metricName", "Metric.MetricName"),
                    Field("namespace", "Metric.Namespace"),
                    Field("dimensions", "Metric.Dimensions", Pairs()),
                    Field("period", "Period"),
                    Field("stat", "Stat"),
                    Field("unit", "Unit"),
                )
            ),
        ),
    )
)

METRIC_ALARM = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",  # noqa: S106 - Pulumi's word for a type's name
    service="cloudwatch",
    fields=(
        Field("name", "AlarmName"),
        Field("alarmDescription", "AlarmDescription"),
        Field("actionsEnabled", "ActionsEnabled", default=True),
        *_ACTIONS,
        Field("comparisonOperator", "ComparisonOperator"),
        Field("datapointsToAlarm", "DatapointsToAlarm"),
        Field("dimensions", "Dimensions", Pairs()),
        Field("evaluateLowSampleCountPercentiles", "EvaluateLowSampleCountPercentile", computed=True),
        Field("evaluationInterval", "EvaluationInterval"),
        Field("evaluationPeriods", "EvaluationPeriods"),
        Field("extendedStatistic", "ExtendedStatistic"),
        Field("metricName", "MetricName"),
        Field("metricQueries", "Metrics", Many(_QUERY, unordered=True, key="id")),
        Field("namespace", "Namespace"),
        Field("period", "Period"),
        Field("statistic", "Statistic"),
        Field("threshold", "Threshold"),
        Field("thresholdMetricId", "ThresholdMetricId"),
        Field("treatMissingData", "TreatMissingData", default="missing"),
        Field("unit", "Unit"),
        Field(
            "evaluationCriteria",
            "EvaluationCriteria",
            Record(
                (
                    Field(
                        "promqlCriteria",
                        "PromQLCriteria",
                        Record(
                            (
                                Field("query", "Query"),
                                Field("pendingPeriod", "PendingPeriod"),
                                Field("recoveryPeriod", "RecoveryPeriod"),
                            )
                        ),
                    ),
                )
            ),
        ),
        Field(
            "evaluationWindow",
            "EvaluationWindow",
            Record((Field("wallClockWindow", "WallClockWindow", Record((Field("timezone", "Timezone"),))),)),
        ),
        Field(
            "warmUpConfiguration",
            "WarmUpConfiguration",
            Record(
                (
                    Field("warmUpPeriodDurationInMinutes", "WarmUpPeriodDurationInMinutes"),
                    Field("onlyStartEvaluatingAfterWarmUpPeriodEnds", "OnlyStartEvaluatingAfterWarmUpPeriodEnds"),
                )
            ),
        ),
    ),
    create=Call("put_metric_alarm"),
    update={},
    delete=Call("delete_alarms", {"AlarmNames": ["{id}"]}),
    lookups=(
        Lookup(
            call=Call("describe_alarms", {"AlarmNames": ["{id}"], "AlarmTypes": ["MetricAlarm"]}),
            at="MetricAlarms",
        ),
    ),
    identity="{name}",
    outputs={"arn": "{live.AlarmArn}"},
    replace_on=frozenset({"name"}),  # alarm_name is ForceNew; PutMetricAlarm under another name makes another alarm
    autoname="",
    tags=_TAGS,
    rules=(
        what_is_watched,
        threshold,
        evaluated_span,
        metric_queries,
        arns("alarmActions", "okActions", "insufficientDataActions"),
        one_of("treatMissingData", "missing", "ignore", "breaching", "notBreaching"),
        one_of("evaluateLowSampleCountPercentiles", "evaluate", "ignore"),
    ),
)

COMPOSITE_ALARM = ResourceType(
    token="aws:cloudwatch/compositeAlarm:CompositeAlarm",  # noqa: S106 - a type's name
    service="cloudwatch",
    fields=(
        Field("alarmName", "AlarmName"),
        Field("alarmRule", "AlarmRule"),
        Field("alarmDescription", "AlarmDescription"),
        Field("actionsEnabled", "ActionsEnabled", default=True),
        *_ACTIONS,
        Field(
            "actionsSuppressor",
            ".",  # one object to Pulumi, three parameters to AWS
            Record(
                (
                    Field("alarm", "ActionsSuppressor"),
                    Field("waitPeriod", "ActionsSuppressorWaitPeriod"),
                    Field("extensionPeriod", "ActionsSuppressorExtensionPeriod"),
                )
            ),
        ),
    ),
    create=Call("put_composite_alarm"),
    update={},
    delete=Call("delete_alarms", {"AlarmNames": ["{id}"]}),
    lookups=(
        Lookup(
            call=Call("describe_alarms", {"AlarmNames": ["{id}"], "AlarmTypes": ["CompositeAlarm"]}),
            at="CompositeAlarms",
        ),
    ),
    identity="{alarmName}",
    outputs={"arn": "{live.AlarmArn}"},
    # alarm_name and actions_enabled are ForceNew in that schema, the latter although AWS could change it in place.
    replace_on=frozenset({"alarmName", "actionsEnabled"}),
    tags=_TAGS,
    rules=(composite_rule, arns("alarmActions", "okActions", "insufficientDataActions")),
)

DASHBOARD = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",  # noqa: S106 - a type's name
    service="cloudwatch",
    fields=(Field("dashboardName", "DashboardName", Plain()), Field("dashboardBody", "DashboardBody", Document())),
    create=Call("put_dashboard"),
    update={},
    delete=Call("delete_dashboards", {"DashboardNames": ["{id}"]}),
    lookups=(Lookup(call=Call("get_dashboard", {"DashboardName": "{id}"})),),
    identity="{dashboardName}",
    outputs={"dashboardArn": "{live.DashboardArn}"},
    replace_on=frozenset({"dashboardName"}),  # dashboard_name is ForceNew; PutDashboard has no rename
    rules=(matching("dashboardName", r"[A-Za-z0-9_-]{1,255}", "up to 255 letters, digits, _ and -"), dashboard_limits),
)

ROWS = (METRIC_ALARM, COMPOSITE_ALARM, DASHBOARD)
