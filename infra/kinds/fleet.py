"""An Auto Scaling group: its instances come and go, so that no alarm names one."""

from __future__ import annotations

from infra.kinds.settings import Identifier, Number
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_FLEET = {"AutoScalingGroupName": "fleet"}
_GROUP = Requirement.GROUP_METRICS

KIND = Kind(
    name="fleet",
    section="fleets",
    title="Fleet",
    settings=(
        Identifier(name="fleet", means="the name of its Auto Scaling group"),
        Number(
            name="minimum", means="the fewest instances that can carry the load", lowest=1, highest=10_000, default=1
        ),
    ),
    metrics={
        "cpu": MetricRow("AWS/EC2", "CPUUtilization", _FLEET, "Average", "CPU"),
        "memory": MetricRow("CWAgent", "mem_used_percent", _FLEET, "Average", "Memory", Requirement.CLOUDWATCH_AGENT),
        "failed": MetricRow("AWS/EC2", "StatusCheckFailed", _FLEET, "Maximum", "Failed checks"),
        "in_service": MetricRow("AWS/AutoScaling", "GroupInServiceInstances", _FLEET, "Minimum", "In service", _GROUP),
        "desired": MetricRow("AWS/AutoScaling", "GroupDesiredCapacity", _FLEET, "Maximum", "Desired", _GROUP),
        "pending": MetricRow("AWS/AutoScaling", "GroupPendingInstances", _FLEET, "Maximum", "Pending", _GROUP),
        "in_service_share": MathRow("100 * in_service / {minimum}", ("in_service",), "Of the fewest that are needed"),
        "missing": MathRow("desired - in_service", ("desired", "in_service"), "Missing instances"),
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "hostCpuPercent",
            why="the average of the group, for a quarter of an hour: scaling no longer keeps up",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "memory",
            "Memory runs out",
            "memory",
            "hostMemoryPercent",
            why="the average of the group; the agent has to aggregate by the group's name",
            points=(5, 5),
        ),
        AlarmRow(
            "failed-checks",
            "An instance's status check fails",
            "failed",
            Band(warning=0),
            why="the group replaces it within minutes; ten are a group that does not check, or cannot replace",
            points=(10, 10),
        ),
        AlarmRow(
            "missing-instances",
            "Fewer instances run than desired",
            "missing",
            Band(warning=0),
            why="an instance is up in minutes; a quarter of an hour is a launch that fails: image, capacity, quota",
            points=(15, 15),
        ),
        AlarmRow(
            "too-few",
            "Too few instances are in service",
            "in_service_share",
            Band(critical=100),
            why="below the fewest that can carry the load, for longer than a launch takes",
            points=(5, 5),
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="unavailable",
        ),
        silence(
            "No CPU metric arrives: no instance is running",
            "cpu",
            why="EC2 publishes CPU at least every five minutes while one instance runs; three points are missing",
            pages="unavailable",
            minutes=15,
        ),
    ),
    composites=(
        CompositeRow(
            "unavailable", "The fleet is down", "critical", why="too few instances are left to carry the load"
        ),
    ),
    widgets=(
        WidgetRow("CPU", ("cpu",), "%", summary=True),
        WidgetRow("memory", ("memory",), "%"),
        WidgetRow("instances", ("in_service", "desired", "pending"), "instances", summary=True, boards=("cost",)),
        WidgetRow("missing instances", ("missing",), "instances"),
        WidgetRow("of the fewest that are needed", ("in_service_share",), "%"),
        WidgetRow("failed checks", ("failed",), "failed"),
    ),
)
"""What is watched on a fleet."""
