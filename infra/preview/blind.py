"""Alarms that see nothing until somebody switches something on, which no metric tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from infra.preview.document import AlarmPart, Blind

__all__ = ["NEEDS", "blind"]

NEEDS: Mapping[str, str] = {
    "container-insights": "the ECS cluster's setting containerInsights is enabled or enhanced",
    "container-insights-enhanced": "the ECS cluster's setting containerInsights is enhanced",
    "performance-insights": "Performance Insights (Database Insights) is on for the database",
    "gp2-storage": "the database's storage is gp2",
    "burstable-class": "the instance is of a t class, which alone has CPU credits",
    "class-with-ebs-credits": "the instance's class earns credits for EBS",
    "ebs-volume": "an EBS volume is attached to the service's tasks",
    "cloudwatch-agent": "the CloudWatch agent runs on the host, with the dimensions that are named",
    "detailed-monitoring": "detailed monitoring is on for the instance",
    "group-metrics": "group metrics collection is on for the Auto Scaling group",
    "cloudfront-additional-metrics": "the CloudFront distribution's additional metrics are on",
    "billing-alerts": "billing alerts are on in the account's billing preferences",
    "provisioned-concurrency": "the function's alias has provisioned concurrency",
    "slow-query-log": "PostgreSQL's log is exported, and it logs slow queries (log_min_duration_statement)",
    "flow-log": "the VPC has a flow log in CloudWatch Logs",
    "flow-log-filter": "the VPC has a flow log in CloudWatch Logs, and a metric filter counts its rejections",
    "trail": "a trail of all regions writes to the log group that is named",
    "event-rule-with-target": "an EventBridge rule for the event exists and has a target",
    "waf-country-labels": "the web ACL has a rule that labels requests by country",
    "emitter": "the application writes its own metrics with opslib.monitoring.emit",
}
"""By the values of `opslib.monitoring.Requirement`."""


def blind(alarms: Iterable[AlarmPart]) -> Iterator[Blind]:
    """What has to be switched on for which alarms, in the order of the first of them.

    Args:
        alarms: All alarms.
    """
    found: dict[str, list[AlarmPart]] = {}
    for alarm in alarms:
        if alarm.requires:
            found.setdefault(alarm.requires, []).append(alarm)
    for requires, those in found.items():
        yield Blind(
            requires=requires,
            says=NEEDS.get(requires, requires),
            alarms=tuple(alarm.name for alarm in those),
            workloads=tuple(dict.fromkeys(alarm.workload for alarm in those)),
        )
