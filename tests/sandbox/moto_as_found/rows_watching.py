"""CloudWatch, topics and events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sandbox.moto_as_found.found import ACCOUNT, Moto, Rows

ROWS = Rows()

ALARMS, DASHBOARDS, METRICS = "gaps/cloudwatch.py", "gaps/dashboards.py", "gaps/cloudwatch_metrics.py"
NOTHING = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:none"


def _state(moto: Moto) -> str:
    return str(moto.cloudwatch.describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]["StateValue"])


@ROWS.add(
    "cloudwatch:PutMetricAlarm", file="gaps/metric_alarm.py", aws="a period of 45 seconds is refused", found="taken"
)
def _(moto: Moto) -> object:
    return moto.refused(moto.alarm, Period=45)


@ROWS.add(
    "cloudwatch:PutMetricAlarm",
    file="gaps/metric_alarm.py",
    aws="INSUFFICIENT_DATA first; updated, it keeps its state",
    found=("OK", "OK"),
)
def _(moto: Moto) -> object:
    moto.alarm()
    first = _state(moto)
    moto.cloudwatch.set_alarm_state(AlarmName="cpu", StateValue="ALARM", StateReason="test")
    moto.alarm()
    return first, _state(moto)


@ROWS.add(
    "cloudwatch:PutMetricData", file="behaviour/metrics/evaluation.py", aws="an alarm follows its metric", found="OK"
)
def _(moto: Moto) -> object:
    moto.alarm(TreatMissingData="breaching")
    moto.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "CPU", "Value": 99}])
    return _state(moto)


@ROWS.add("cloudwatch:PutMetricData", file="gaps/cloudwatch_data.py", aws="AWS's namespaces are refused", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(
        moto.cloudwatch.put_metric_data, Namespace="AWS/ECS", MetricData=[{"MetricName": "CPU", "Value": 1}]
    )


@ROWS.add("cloudwatch:SetAlarmState", file=ALARMS, aws="its actions are carried out", found=0)
def _(moto: Moto) -> object:
    topic = moto.sns.create_topic(Name="t")["TopicArn"]
    queue = moto.sqs.create_queue(QueueName="q")["QueueUrl"]
    moto.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q")
    moto.alarm(AlarmActions=[topic])
    moto.cloudwatch.set_alarm_state(AlarmName="cpu", StateValue="ALARM", StateReason="test")
    return len(moto.sqs.receive_message(QueueUrl=queue).get("Messages", []))


@ROWS.add("cloudwatch:DescribeAlarms", file=ALARMS, aws="StateTransitionedTimestamp", found=False)
def _(moto: Moto) -> object:
    moto.alarm()
    return "StateTransitionedTimestamp" in moto.cloudwatch.describe_alarms()["MetricAlarms"][0]


@ROWS.add("cloudwatch:DeleteAlarms", file=ALARMS, aws="two composites at once are refused, others go", found=0)
def _(moto: Moto) -> object:
    moto.alarm()
    moto.cloudwatch.delete_alarms(AlarmNames=["cpu", "none"])
    return len(moto.cloudwatch.describe_alarms()["MetricAlarms"])


@ROWS.add("cloudwatch:DescribeAlarmsForMetric", file=ALARMS, aws="exactly these dimensions", found=1)
def _(moto: Moto) -> object:
    moto.alarm(Dimensions=[{"Name": "a", "Value": "1"}])
    found = moto.cloudwatch.describe_alarms_for_metric(Namespace="Shop", MetricName="CPU")
    return len(found["MetricAlarms"])


@ROWS.add("cloudwatch:ListTagsForResource", file=ALARMS, aws="ResourceNotFoundException", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.cloudwatch.list_tags_for_resource, ResourceARN=NOTHING)


@ROWS.add(
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
    file=ALARMS,
    aws="what has no tags can be untagged",
    found="ResourceNotFoundException",
)
def _(moto: Moto) -> object:
    moto.alarm()
    arn = moto.cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    return moto.refused(moto.cloudwatch.untag_resource, ResourceARN=arn, TagKeys=["a"])


@ROWS.add(
    "cloudwatch:PutDashboard",
    "cloudwatch:ListDashboards",
    file=DASHBOARDS,
    aws="a body that is none is refused",
    found="taken",
)
def _(moto: Moto) -> object:
    body = json.dumps({"widgets": [{"type": "none"}]})
    return moto.refused(moto.cloudwatch.put_dashboard, DashboardName="d", DashboardBody=body)


@ROWS.add(
    "cloudwatch:GetDashboard",
    "cloudwatch:DeleteDashboards",
    file=DASHBOARDS,
    aws="a dashboard is there in all regions",
    found="ResourceNotFound",
)
def _(moto: Moto) -> object:
    moto.cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    elsewhere = moto.elsewhere("cloudwatch")
    return moto.refused(elsewhere.get_dashboard, DashboardName="d")


def _data(moto: Moto, *queries: dict[str, Any]) -> Any:
    now = datetime.now(UTC)
    metric = {"MetricName": "CPU", "Values": [1.0, 2.0, 3.0, 100.0], "Counts": [1, 1, 1, 1], "Timestamp": now}
    moto.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[metric])
    window = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "CPU"}, "Period": 60, "Stat": "Sum"}
    source = {"Id": "m1", "MetricStat": stat}
    return moto.cloudwatch.get_metric_data(MetricDataQueries=[source, *queries], **window)["MetricDataResults"]


@ROWS.add("cloudwatch:GetMetricData", file=METRICS, aws="metric math is computed", found=[])
def _(moto: Moto) -> object:
    return _data(moto, {"Id": "e1", "Expression": "m1 * 2"})[1]["Values"]


@ROWS.add("cloudwatch:GetMetricStatistics", file=METRICS, aws="percentiles", found=[{}])
def _(moto: Moto) -> object:
    _data(moto)
    now = datetime.now(UTC)
    found = moto.cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="CPU",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        ExtendedStatistics=["p50"],
    )["Datapoints"]
    return [point.get("ExtendedStatistics", {}) for point in found]


@ROWS.add("cloudwatch:ListMetrics", file=METRICS, aws="RecentlyActive leaves out what is silent", found=1)
def _(moto: Moto) -> object:
    old = datetime.now(UTC) - timedelta(hours=5)
    moto.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "a", "Value": 1, "Timestamp": old}])
    return len(moto.cloudwatch.list_metrics(RecentlyActive="PT3H")["Metrics"])


@ROWS.add("sns:CreateTopic", file="gaps/sns.py", aws="refused with other attributes than it has", found="taken")
def _(moto: Moto) -> object:
    moto.sns.create_topic(Name="t")
    return moto.refused(moto.sns.create_topic, Name="t", Attributes={"DisplayName": "other"})


@ROWS.add("sns:SetTopicAttributes", file="gaps/sns.py", aws="an attribute that is none is refused", found="taken")
def _(moto: Moto) -> object:
    topic = moto.sns.create_topic(Name="t")["TopicArn"]
    return moto.refused(moto.sns.set_topic_attributes, TopicArn=topic, AttributeName="Nonsense", AttributeValue="1")


@ROWS.add("sns:GetTopicAttributes", file="gaps/sns.py", aws="a TracingConfig is kept", found=None)
def _(moto: Moto) -> object:
    topic = moto.sns.create_topic(Name="t")["TopicArn"]
    moto.sns.set_topic_attributes(TopicArn=topic, AttributeName="TracingConfig", AttributeValue="Active")
    return moto.sns.get_topic_attributes(TopicArn=topic)["Attributes"].get("TracingConfig")


@ROWS.add(
    "sns:Subscribe",
    "sns:ListSubscriptions",
    "sns:ListSubscriptionsByTopic",
    "sns:Unsubscribe",
    file="gaps/sns.py",
    aws="an e-mail address is pending until it is confirmed",
    found=False,
)
def _(moto: Moto) -> object:
    topic = moto.sns.create_topic(Name="t")["TopicArn"]
    moto.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example")
    listed = moto.sns.list_subscriptions()["Subscriptions"]
    return listed[0]["SubscriptionArn"] == "PendingConfirmation"


@ROWS.add("sns:ConfirmSubscription", file="gaps/sns.py", aws="the token is that of the subscription", found="taken")
def _(moto: Moto) -> object:
    topic = moto.sns.create_topic(Name="t")["TopicArn"]
    moto.sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://a.example")
    return moto.refused(moto.sns.confirm_subscription, TopicArn=topic, Token="made up")


@ROWS.add(
    "scheduler:CreateSchedule",
    "scheduler:UpdateSchedule",
    "scheduler:DeleteSchedule",
    file="gaps/scheduler.py",
    aws="a schedule that is none is refused",
    found="taken",
)
def _(moto: Moto) -> object:
    target = {"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}
    return moto.refused(
        moto.scheduler.create_schedule,
        Name="s",
        ScheduleExpression="cron(0 25 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )


@ROWS.add("events:PutRule", file="gaps/events.py", aws="a schedule that is none is refused", found="taken")
def _(moto: Moto) -> object:
    return moto.refused(moto.events.put_rule, Name="r", ScheduleExpression="cron(0 25 * * ? *)")


@ROWS.add("events:TestEventPattern", file="gaps/events.py", aws="says whether the event matches", found=None)
def _(moto: Moto) -> object:
    event = {
        "id": "1",
        "detail-type": "t",
        "source": "s",
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"name": "abc"},
    }
    pattern = json.dumps({"detail": {"name": ["abc"]}})
    return moto.events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event)).get("Result")


@ROWS.add("events:PutEvents", file="gaps/events.py", aws="sources that begin with `aws.` are AWS's own", found=0)
def _(moto: Moto) -> object:
    entry = {"Source": "aws.ec2", "DetailType": "t", "Detail": "{}"}
    return moto.events.put_events(Entries=[entry])["FailedEntryCount"]


@ROWS.add(
    "events:DeleteRule",
    "events:DisableRule",
    "events:EnableRule",
    file="behaviour/events/delivery.py",
    aws="a function that is a target is invoked",
    found="breaks: NotImplementedError",
)
def _(moto: Moto) -> object:
    function = moto.function()
    moto.events.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    moto.events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": function}])
    return moto.refused(moto.events.put_events, Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}])
