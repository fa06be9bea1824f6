"""An EC2 instance that is kept: status checks and CPU by EC2, memory and disks by the CloudWatch agent.

Instances that come and go belong to a fleet (`fleet.py`), where no alarm names an instance. The agent publishes under
the dimensions that its configuration says; these are those of `append_dimensions` with InstanceId alone, and of disks
with `drop_device`. What it publishes otherwise is another metric, and the alarm is blind: `requires` says so.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier, Instances
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_HOST = {"InstanceId": "host"}
_DISK = {**_HOST, "path": "disk", "fstype": "file_system"}
_AGENT = Requirement.CLOUDWATCH_AGENT

KIND = Kind(
    name="host",
    section="hosts",
    title="Host",
    settings=(
        Identifier(name="host", means="its instance id", pattern=r"i-[0-9a-f]{8,17}"),
        Instances(name="disk", plural="disks", means="where its disks are mounted", pattern=r"/.{0,200}"),
        Identifier(name="file_system", means="the type of its file systems, such as xfs", required=False),
    ),
    metrics={
        "cpu": MetricRow("AWS/EC2", "CPUUtilization", _HOST, "Average", "CPU"),
        "system": MetricRow("AWS/EC2", "StatusCheckFailed_System", _HOST, "Maximum", "System check"),
        "instance": MetricRow("AWS/EC2", "StatusCheckFailed_Instance", _HOST, "Maximum", "Instance check"),
        "volumes": MetricRow("AWS/EC2", "StatusCheckFailed_AttachedEBS", _HOST, "Maximum", "Volumes check"),
        "memory": MetricRow("CWAgent", "mem_used_percent", _HOST, "Average", "Memory", _AGENT),
        "swap": MetricRow("CWAgent", "swap_used_percent", _HOST, "Average", "Swap", _AGENT),
        "disk_used": MetricRow("CWAgent", "disk_used_percent", _DISK, "Maximum", "Disk", _AGENT),
        "inodes": MetricRow("CWAgent", "disk_inodes_free", _DISK, "Minimum", "Inodes left", _AGENT),
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "hostCpuPercent",
            why="a quarter of an hour: without detailed monitoring there is a point every five minutes",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "memory",
            "Memory runs out",
            "memory",
            "hostMemoryPercent",
            why="five minutes outlast a build; at 100 the kernel kills a process of its choice",
            points=(5, 5),
        ),
        AlarmRow(
            "swap",
            "The host swaps",
            "swap",
            Band(warning=20),
            why="a little is swapped by any system; a fifth means memory is missing, and everything is slow",
            points=(15, 15),
        ),
        AlarmRow(
            "disk",
            "A disk fills up",
            "disk_used",
            "hostDiskPercent",
            why="a full disk stops what writes; looked at over the hour, so that a rotated log does not ring",
            points=(12, 12),
            period_seconds=300,
            only_with="disk",
            each="disk",
        ),
        AlarmRow(
            "inodes",
            "A disk runs out of inodes",
            "inodes",
            Band(warning=10_000),
            why="without inodes no file can be made, however much space is left",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanThreshold",
            only_with="disk",
            each="disk",
        ),
        AlarmRow(
            "instance-check",
            "The instance's own check fails",
            "instance",
            Band(critical=0),
            why="its network or its kernel does not answer; a reboot is over in three minutes",
            points=(5, 5),
            role=Role.SYMPTOM,
            pages="unavailable",
        ),
        AlarmRow(
            "system-check",
            "AWS's check of the host beneath it fails",
            "system",
            Band(critical=0),
            why="the hardware beneath it is broken: stop and start it, and it moves",
            points=(2, 2),
            role=Role.SYMPTOM,
            pages="unavailable",
        ),
        AlarmRow(
            "volume-check",
            "A volume does not answer",
            "volumes",
            Band(critical=0),
            why="a volume has answered nothing for ten minutes, as AWS recommends: processes hang in their reads",
            points=(10, 10),
            role=Role.SYMPTOM,
            pages="unavailable",
        ),
        silence(
            "No status check arrives: the host is stopped or gone",
            "system",
            why="EC2 publishes its checks every minute while the instance runs",
            pages="unavailable",
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow("unavailable", "The host is down", "critical", why="there is one of it, and what runs there ends"),
    ),
    widgets=(
        WidgetRow("CPU", ("cpu",), "%", summary=True),
        WidgetRow("memory", ("memory",), "%", summary=True),
        WidgetRow("swap", ("swap",), "%"),
        WidgetRow("disks", ("disk_used",), "%", summary=True, only_with="disk", each="disk"),
        WidgetRow("inodes", ("inodes",), "inodes", only_with="disk", each="disk"),
        WidgetRow("status checks", ("system", "instance", "volumes"), "failed"),
    ),
)
"""What is watched on a host."""
