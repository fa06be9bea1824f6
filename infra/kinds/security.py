"""What an account's trail tells: each rule that takes an event of it, counted, and the trail itself.

Use of root, failed log-ins, changes of security groups and of IAM are no metrics: EventBridge rules take them from the
trail (global ones in us-east-1: say so by `region`). A rule must have a target to be counted. The trail writes to a log
group all day; when that stops, somebody has switched off what would tell.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier, Instances
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

KIND = Kind(
    name="security",
    section="security",
    title="Security",
    settings=(
        Identifier(
            name="trail_log_group", means="the log group that the trail writes to", pattern=r"[A-Za-z0-9_./#-]{1,512}"
        ),
        Instances(
            name="incident_rule",
            plural="incidentRules",
            means="rules for what is an incident at once, such as the use of root",
            pattern=r"[A-Za-z0-9_.-]{1,64}",
        ),
        Instances(
            name="change_rule",
            plural="changeRules",
            means="rules for what somebody should know of, such as a changed security group",
            pattern=r"[A-Za-z0-9_.-]{1,64}",
        ),
    ),
    metrics={
        "recorded": MetricRow(
            "AWS/Logs", "IncomingLogEvents", {"LogGroupName": "trail_log_group"}, "Sum", "Recorded calls"
        ),
        "incidents": MetricRow(
            "AWS/Events", "TriggeredRules", {"RuleName": "incident_rule"}, "Sum", "Incidents", Requirement.EVENT_RULE
        ),
        "changes": MetricRow(
            "AWS/Events", "TriggeredRules", {"RuleName": "change_rule"}, "Sum", "Changes", Requirement.EVENT_RULE
        ),
    },
    alarms=(
        AlarmRow(
            "incident",
            "A security incident",
            "incidents",
            Band(critical=0),
            why="such an event has no innocent reason in daily work",
            points=(1, 1),
            period_seconds=300,
            role=Role.SYMPTOM,
            pages="breached",
            only_with="incident_rule",
            each="incident_rule",
        ),
        AlarmRow(
            "change",
            "What guards the account was changed",
            "changes",
            Band(warning=0),
            why="it may be a deployment; somebody should know that it was",
            points=(1, 1),
            period_seconds=300,
            only_with="change_rule",
            each="change_rule",
        ),
        silence(
            "The trail has stopped",
            "recorded",
            why="every account makes calls all day; an hour without is a trail that was switched off",
            pages="breached",
            minutes=60,
        ),
    ),
    composites=(
        CompositeRow("breached", "The account may be breached", "critical", why="look before you do anything else"),
    ),
    widgets=(
        WidgetRow("recorded calls", ("recorded",), "calls/min", summary=True),
        WidgetRow("incidents", ("incidents",), "events/5 min", only_with="incident_rule", each="incident_rule"),
        WidgetRow("changes", ("changes",), "events/5 min", only_with="change_rule", each="change_rule"),
    ),
)
"""What is watched on security."""
