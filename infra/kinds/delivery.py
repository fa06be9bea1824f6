"""Our own ways to tell and to act: topics, rules and state machines that carry alarms and procedures.

A path that fails cannot tell of itself, so that its alarms act on the tier of warnings, and the workload is watched by
`heartbeat_rule`: a rule that runs on a schedule, at least hourly, and takes the same way. Without one nobody knows a
dead path from a quiet night. AWS also recommends alarms on how much a topic publishes, which is as much as rings, and
on SMS, which belongs to the account.

The topics of the stack's own alerts, and the functions that carry them further, are watched by these rows too; their
alarms act on the topic of `alerting.fallback` alone, where there is one. Their heartbeat is the daily summary, which
takes the same key and a topic of theirs.
"""

from __future__ import annotations

from infra.kinds.own_functions import (
    FAILED_QUEUES,
    FUNCTION_FAILING,
    FUNCTION_METRICS,
    FUNCTION_WIDGETS,
    FUNCTIONS,
    given_up,
)
from infra.kinds.settings import Identifier, Instances
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band

_TOPIC = {"TopicName": "topic"}
_RULE = {"RuleName": "rule"}
_MACHINE = {"StateMachineArn": "state_machine"}

KIND = Kind(
    name="delivery",
    section="deliveryPaths",
    title="Delivery path",
    undisturbed=True,
    settings=(
        Identifier(name="heartbeat_rule", means="a rule that runs at least hourly", pattern=r"[A-Za-z0-9_.-]{1,64}"),
        Instances(name="topic", plural="topics", means="names of topics", pattern=r"[A-Za-z0-9_-]{1,256}(\.fifo)?"),
        Instances(name="rule", plural="rules", means="names of rules", pattern=r"[A-Za-z0-9_.-]{1,64}"),
        Instances(
            name="state_machine",
            plural="stateMachines",
            means="ARNs of state machines",
            pattern=r"arn:[^:]+:states:[^:]+:[0-9]{12}:stateMachine:[!-~]{1,80}",
        ),
        FUNCTIONS,
        FAILED_QUEUES,
        Identifier(
            name="daily_function",
            means="name of a function of ours that is called every day",
            pattern=r"[A-Za-z0-9_-]{1,64}",
            required=False,
        ),
        Identifier(
            name="daily_topic",
            means="name of a topic to which something is published, and delivered, every day",
            pattern=r"[A-Za-z0-9_-]{1,256}(\.fifo)?",
            required=False,
        ),
    ),
    metrics={
        "undelivered": MetricRow("AWS/SNS", "NumberOfNotificationsFailed", _TOPIC, "Sum", "Not delivered"),
        "delivered": MetricRow("AWS/SNS", "NumberOfNotificationsDelivered", _TOPIC, "Sum", "Delivered"),
        "invalid": MetricRow(
            "AWS/SNS", "NumberOfNotificationsFilteredOut-InvalidMessageBody", _TOPIC, "Sum", "Not readable"
        ),
        "rule_failed": MetricRow("AWS/Events", "FailedInvocations", _RULE, "Sum", "Targets not reached"),
        "failed": MetricRow("AWS/States", "ExecutionsFailed", _MACHINE, "Sum", "Failed"),
        "timed_out": MetricRow("AWS/States", "ExecutionsTimedOut", _MACHINE, "Sum", "Timed out"),
        **FUNCTION_METRICS,
        "called_daily": MetricRow("AWS/Lambda", "Invocations", {"FunctionName": "daily_function"}, "Sum", "Calls"),
        "delivered_daily": MetricRow(
            "AWS/SNS", "NumberOfNotificationsDelivered", {"TopicName": "daily_topic"}, "Sum", "Delivered"
        ),
        "beats": MetricRow("AWS/Events", "TriggeredRules", {"RuleName": "heartbeat_rule"}, "Sum", "Heartbeats"),
    },
    alarms=(
        AlarmRow(
            "undelivered",
            "Messages are not delivered",
            "undelivered",
            Band(warning=0),
            why="SNS has retried for minutes or hours: a subscriber is gone, or refuses",
            points=(1, 1),
            period_seconds=300,
            only_with="topic",
            each="topic",
        ),
        AlarmRow(
            "rule-failed",
            "A rule does not reach its target",
            "rule_failed",
            Band(warning=0),
            why="EventBridge gives up after a day; the target's policy or the key's is the usual reason",
            points=(1, 1),
            period_seconds=300,
            only_with="rule",
            each="rule",
        ),
        AlarmRow(
            "execution-failed",
            "A procedure's state machine fails",
            "failed",
            Band(warning=0),
            why="a procedure ends by itself, well or badly; a failed execution is one that nobody drives any more",
            points=(1, 1),
            period_seconds=300,
            only_with="state_machine",
            each="state_machine",
        ),
        AlarmRow(
            "execution-timed-out",
            "A procedure's state machine runs out of time",
            "timed_out",
            Band(warning=0),
            why="the procedure is where it was, and can be resumed by hand",
            points=(1, 1),
            period_seconds=300,
            only_with="state_machine",
            each="state_machine",
        ),
        FUNCTION_FAILING,
        given_up(
            "A function has given up on a message", why="it was tried three times; what is in the queue was told nobody"
        ),
        silence(
            "The heartbeat has stopped",
            "beats",
            why="it comes at least hourly; two hours without are a rule that is off, or a region in trouble",
            pages="silent-path",
            minutes=120,
            only_with="heartbeat_rule",
        ),
        silence(
            "What is called every day was not called",
            "called_daily",
            why="such as the daily summary; the day on which summer time ends has 25 hours, and one is for retries",
            pages=None,
            minutes=26 * 60,
            point_minutes=60,
            key="not-called",
            only_with="daily_function",
        ),
        silence(
            "Nothing was delivered for two days, not the daily summary either",
            "delivered_daily",
            why="the summary comes daily; a second that fails is a key, a topic or a subscription that is broken",
            pages="silent-path",
            minutes=2 * 24 * 60,
            key="no-summary",
            only_with="daily_topic",
        ),
    ),
    composites=(
        CompositeRow("silent-path", "The delivery path is dead", "critical", why="whatever rings now, nobody hears it"),
    ),
    widgets=(
        WidgetRow("heartbeats", ("beats",), "beats", summary=True, only_with="heartbeat_rule"),
        WidgetRow(
            "messages not delivered", ("undelivered",), "messages/5 min", summary=True, only_with="topic", each="topic"
        ),
        WidgetRow("messages delivered", ("delivered",), "messages/min", only_with="topic", each="topic"),
        WidgetRow("messages not readable", ("invalid",), "messages/min", only_with="topic", each="topic"),
        *FUNCTION_WIDGETS,
        WidgetRow("called every day", ("called_daily",), "calls/min", only_with="daily_function"),
        WidgetRow("delivered every day", ("delivered_daily",), "messages/day", only_with="daily_topic"),
        WidgetRow("targets not reached", ("rule_failed",), "events/5 min", only_with="rule", each="rule"),
        WidgetRow(
            "executions", ("failed", "timed_out"), "executions/5 min", only_with="state_machine", each="state_machine"
        ),
    ),
)
"""What is watched on a delivery path."""
