"""What an account's trail tells, and the trail itself.

Use of root, failed sign-ins, changes of security groups and of IAM are no metrics. A trail of all regions writes them
into one log group, where metric filters count them (`trail_events.py`), within about five minutes. EventBridge has the
use of root sooner, in us-east-1 alone, where a rule counts it besides; others may be named. The trail writes to its log
group all day; when that stops, somebody has switched off what would tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.kinds.publishing import OF_THE_WORKLOAD, EventPattern, LogFilter
from infra.kinds.settings import Identifier, Instances, Switch
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from infra.kinds.trail_events import TRAIL_EVENTS, TrailEvent
from opslib.monitoring import Band, Requirement, Role

_FIVE_MINUTES = 300
_RULES = ("AWS/Events", "TriggeredRules")


def _alarms(event: TrailEvent) -> Iterator[AlarmRow]:
    yield AlarmRow(
        event.key.replace("_", "-"),
        event.title,
        event.key,
        event.band,
        why=event.why,
        points=(1, 1),
        period_seconds=_FIVE_MINUTES,
        role=Role.SYMPTOM if event.is_incident else Role.CAUSE,
        pages="breached" if event.is_incident else None,
        only_with="count_calls",
    )


KIND = Kind(
    name="security",
    section="security",
    title="Security",
    undisturbed=True,
    trigger="security-incident",
    settings=(
        Identifier(
            name="trail_log_group", means="the log group that the trail writes to", pattern=r"[A-Za-z0-9_./#-]{1,512}"
        ),
        Switch(name="count_calls", means="whether metric filters on that log group count what somebody should know of"),
        Switch(
            name="count_root_events",
            means="whether a rule counts what the root user does; there are such events in us-east-1 alone",
        ),
        Instances(
            name="incident_rule",
            plural="incidentRules",
            means="rules that are there already for what is an incident at once",
            pattern=r"[A-Za-z0-9_.-]{1,64}",
        ),
        Instances(
            name="change_rule",
            plural="changeRules",
            means="rules that are there already for what somebody should know of",
            pattern=r"[A-Za-z0-9_.-]{1,64}",
        ),
    ),
    metrics={
        "recorded": MetricRow(
            "AWS/Logs", "IncomingLogEvents", {"LogGroupName": "trail_log_group"}, "Sum", "Recorded calls"
        ),
        **{
            event.key: MetricRow(
                OF_THE_WORKLOAD,
                event.metric,
                {},
                "Sum",
                event.title,
                Requirement.TRAIL,
                published=LogFilter("trail_log_group", event.pattern),
            )
            for event in TRAIL_EVENTS
        },
        "root_events": MetricRow(
            *_RULES,
            {"RuleName": "root_rule"},
            "Sum",
            "What the root user does",
            Requirement.EVENT_RULE,
            published=EventPattern(
                "root",
                {
                    "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
                    "detail": {"userIdentity": {"type": ["Root"], "invokedBy": [{"exists": False}]}},
                },
            ),
        ),
        "incidents": MetricRow(*_RULES, {"RuleName": "incident_rule"}, "Sum", "Incidents", Requirement.EVENT_RULE),
        "changes": MetricRow(*_RULES, {"RuleName": "change_rule"}, "Sum", "Changes", Requirement.EVENT_RULE),
    },
    alarms=(
        *(row for event in TRAIL_EVENTS for row in _alarms(event)),
        AlarmRow(
            "root-event",
            "The root user does something",
            "root_events",
            Band(critical=0),
            why="daily work never needs the root user; the event is here before the trail has written it",
            points=(1, 1),
            period_seconds=_FIVE_MINUTES,
            role=Role.SYMPTOM,
            pages="breached",
            only_with="count_root_events",
        ),
        AlarmRow(
            "incident",
            "A security incident",
            "incidents",
            Band(critical=0),
            why="such an event has no innocent reason in daily work",
            points=(1, 1),
            period_seconds=_FIVE_MINUTES,
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
            period_seconds=_FIVE_MINUTES,
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
        WidgetRow(
            "signs of a breach",
            tuple(event.key for event in TRAIL_EVENTS if event.is_incident),
            "events/5 min",
            summary=True,
            only_with="count_calls",
        ),
        WidgetRow(
            "changes of what guards the account",
            tuple(event.key for event in TRAIL_EVENTS if not event.is_incident),
            "events/5 min",
            only_with="count_calls",
        ),
        WidgetRow("what the root user does", ("root_events",), "events/5 min", only_with="count_root_events"),
        WidgetRow("incidents", ("incidents",), "events/5 min", only_with="incident_rule", each="incident_rule"),
        WidgetRow("changes", ("changes",), "events/5 min", only_with="change_rule", each="change_rule"),
    ),
)
"""What is watched on security."""
