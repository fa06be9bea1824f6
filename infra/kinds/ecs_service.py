"""An ECS service, with its target group where it has one (`targets.py`)."""

from __future__ import annotations

from infra.kinds import targets
from infra.kinds.publishing import OF_THE_WORKLOAD, EventPattern, LogFilter
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement

_SERVICE = {"ClusterName": "cluster", "ServiceName": "service"}
_INSIGHTS = Requirement.CONTAINER_INSIGHTS
_RULE = Requirement.EVENT_RULE
_ENHANCED = Requirement.CONTAINER_INSIGHTS_ENHANCED
_ECS = {"source": ["aws.ecs"]}
_ARN = "arn:{partition}:ecs:{region}:{account}"

KIND = Kind(
    name="ecs_service",
    section="services",
    title="ECS service",
    metrics={
        "cpu": MetricRow("AWS/ECS", "CPUUtilization", _SERVICE, "Average", "CPU"),
        "memory": MetricRow("AWS/ECS", "MemoryUtilization", _SERVICE, "Average", "Memory"),
        "running": MetricRow("ECS/ContainerInsights", "RunningTaskCount", _SERVICE, "Minimum", "Running", _INSIGHTS),
        "desired": MetricRow("ECS/ContainerInsights", "DesiredTaskCount", _SERVICE, "Maximum", "Desired", _INSIGHTS),
        "pending": MetricRow("ECS/ContainerInsights", "PendingTaskCount", _SERVICE, "Maximum", "Pending", _INSIGHTS),
        "deployments": MetricRow(
            "ECS/ContainerInsights", "DeploymentCount", _SERVICE, "Maximum", "Deployments", _INSIGHTS
        ),
        "restarts": MetricRow("ECS/ContainerInsights", "RestartCount", _SERVICE, "Maximum", "Restarts", _INSIGHTS),
        # It counts up from the task's start: what has happened since the last point is the difference.
        "restarted": MathRow("DIFF(restarts)", ("restarts",), "Restarts"),
        # Already bytes a second: drawn as it is.
        "received": MetricRow("ECS/ContainerInsights", "NetworkRxBytes", _SERVICE, "Average", "Received", _INSIGHTS),
        "sent": MetricRow("ECS/ContainerInsights", "NetworkTxBytes", _SERVICE, "Average", "Sent", _INSIGHTS),
        "unhealthy_containers": MetricRow(
            "ECS/ContainerInsights",
            "UnHealthyContainerHealthStatus",
            {**_SERVICE, "ContainerName": "container"},
            "Maximum",
            "Unhealthy containers",
            _ENHANCED,
        ),
        "task_cpu": MetricRow(
            "ECS/ContainerInsights", "TaskCpuUtilization", _SERVICE, "Average", "Task CPU", _ENHANCED
        ),
        "task_memory": MetricRow(
            "ECS/ContainerInsights", "TaskMemoryUtilization", _SERVICE, "Average", "Task memory", _ENHANCED
        ),
        "ephemeral": MetricRow(
            "ECS/ContainerInsights",
            "TaskEphemeralStorageUtilization",
            _SERVICE,
            "Maximum",
            "Ephemeral storage",
            _ENHANCED,
        ),
        "volume": MetricRow(
            "AWS/ECS", "EBSFilesystemUtilization", _SERVICE, "Maximum", "EBS volume", Requirement.EBS_VOLUME
        ),
        # What happens to a service is no metric but an event; a rule that takes it is counted. Application Auto Scaling
        # tells only of what has reached the maximum, at best effort.
        "scaled_out": MetricRow(
            "AWS/Events",
            "TriggeredRules",
            {"RuleName": "scaling_rule"},
            "Sum",
            "At its maximum",
            _RULE,
            published=EventPattern(
                "scaling",
                {
                    "source": ["aws.application-autoscaling"],
                    "detail-type": ["Application Auto Scaling Scaling Activity State Change"],
                    "detail": {"resourceId": ["service/{cluster}/{service}"], "scaledToMax": [True]},
                },
            ),
        ),
        # What ECS stops itself, in a deployment or to scale in, has another stop code.
        "failures": MetricRow(
            "AWS/Events",
            "TriggeredRules",
            {"RuleName": "failure_rule"},
            "Sum",
            "Failed tasks",
            _RULE,
            published=EventPattern(
                "task-failures",
                {
                    **_ECS,
                    "detail-type": ["ECS Task State Change"],
                    "detail": {
                        "clusterArn": [f"{_ARN}:cluster/{{cluster}}"],
                        "group": ["service:{service}"],
                        "lastStatus": ["STOPPED"],
                        "stopCode": ["EssentialContainerExited", "TaskFailedToStart"],
                    },
                },
            ),
        ),
        "failed_deployments": MetricRow(
            "AWS/Events",
            "TriggeredRules",
            {"RuleName": "deployment_rule"},
            "Sum",
            "Failed deployments",
            _RULE,
            published=EventPattern(
                "deployment-failures",
                {
                    **_ECS,
                    "detail-type": ["ECS Deployment State Change"],
                    "resources": [f"{_ARN}:service/{{cluster}}/{{service}}"],
                    "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
                },
            ),
        ),
        "log_errors": MetricRow(
            OF_THE_WORKLOAD,
            "LogErrors",
            {},
            "Sum",
            "Errors in the log",
            published=LogFilter("log_group", "{error_pattern}"),
        ),
        "missing_tasks": MathRow("desired - running", ("desired", "running"), "Missing tasks"),
        **targets.METRICS,
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "cpuPercent",
            why="five minutes outlast a burst and a deployment's start; with autoscaling, ten above what it holds",
            points=(5, 5),
        ),
        AlarmRow(
            "memory",
            "Memory is high",
            "memory",
            "memoryPercent",
            why="at 100 ECS kills the task; the distance is what a leak leaves to act",
            points=(5, 5),
        ),
        AlarmRow(
            "missing-tasks",
            "Fewer tasks run than desired",
            "missing_tasks",
            Band(warning=0),
            why="a rollout is over in ten minutes; a task missing for longer cannot start",
            points=(10, 10),
        ),
        AlarmRow(
            "deployment",
            "A deployment does not end",
            "deployments",
            Band(warning=1),
            why="half an hour is three times a slow rollout; the circuit breaker should have ended it",
            points=(30, 30),
        ),
        AlarmRow(
            "container-health",
            "A container's health check fails",
            "unhealthy_containers",
            Band(warning=0),
            why="one failed check is retried by ECS; three of five are a container that stays broken",
            points=(3, 5),
            only_with="container",
            each="container",
        ),
        silence(
            "No CPU metric arrives: no task is running",
            "cpu",
            why="ECS publishes CPU as long as one task runs; five minutes without is an outage",
            pages="unavailable",
        ),
        AlarmRow(
            "restarts",
            "Containers restart again and again",
            "restarted",
            Band(warning=0),
            why="one restart is what the policy is for; restarts in three of fifteen minutes are a crash loop",
            points=(3, 15),
        ),
        AlarmRow(
            "ephemeral-storage",
            "A task's own storage fills up",
            "ephemeral",
            "diskUsedPercent",
            why="a task without storage fails at its next write; AWS recommends 80",
            points=(5, 5),
            only_with="container",
        ),
        AlarmRow(
            "volume",
            "The EBS volume fills up",
            "volume",
            "diskUsedPercent",
            why="a full volume fails every write; AWS recommends 90",
            points=(5, 5),
            only_with="ebs_volume",
        ),
        AlarmRow(
            "scaled-to-maximum",
            "Autoscaling has reached its maximum",
            "scaled_out",
            Band(info=0),
            why="from here on more load means slower answers; the event says it at once, at best effort",
            points=(1, 1),
            period_seconds=300,
            only_with="scaling_rule",
        ),
        AlarmRow(
            "task-failures",
            "Tasks fail",
            "failures",
            Band(warning=2),
            why="a task or two are replaced; more in five minutes are a bad release or a broken dependency",
            points=(1, 1),
            period_seconds=300,
            only_with="failure_rule",
        ),
        AlarmRow(
            "deployment-failed",
            "A deployment has failed",
            "failed_deployments",
            Band(warning=0),
            why="the circuit breaker has given it up, and what was meant to run does not",
            points=(1, 1),
            period_seconds=300,
            only_with="deployment_rule",
        ),
        AlarmRow(
            "log-errors",
            "Errors are logged",
            "log_errors",
            "logErrors",
            why="a line or two are a user's bad luck; ten in each of three times five minutes are a cause that stays",
            points=(3, 3),
            period_seconds=300,
            only_with="error_pattern",
        ),
        *targets.ALARMS,
    ),
    composites=(
        CompositeRow(
            "unavailable",
            "The service is unavailable",
            "critical",
            why="no task or no healthy target for five minutes: users get nothing",
        ),
        CompositeRow(
            "degraded",
            "The service fails or is slow for users",
            "critical",
            why="errors or response times beyond the critical baseline are felt by users now",
        ),
    ),
    widgets=(
        WidgetRow("CPU and memory", ("cpu", "memory"), "%", summary=True),
        WidgetRow(
            "tasks",
            ("running", "desired", "pending"),
            "tasks",
            right=("deployments",),
            summary=True,
            boards=("cost",),
        ),
        WidgetRow("missing tasks", ("missing_tasks",), "tasks"),
        *targets.WIDGETS,
        WidgetRow("deployments and restarts", ("deployments", "restarted"), "count"),
        WidgetRow("task storage", ("ephemeral",), "%", only_with="container"),
        WidgetRow("EBS volume", ("volume",), "%", only_with="ebs_volume"),
        WidgetRow("at its maximum", ("scaled_out",), "events/5 min", only_with="scaling_rule"),
        WidgetRow("task failures", ("failures",), "events/5 min", only_with="failure_rule"),
        WidgetRow("deployment failures", ("failed_deployments",), "events/5 min", only_with="deployment_rule"),
        WidgetRow("errors in the log", ("log_errors",), "lines/5 min", only_with="error_pattern"),
        # The service's own CPU and memory are watched; a task's share of its own limits explains them.
        WidgetRow("CPU and memory of tasks", ("task_cpu", "task_memory"), "%", only_with="container"),
        WidgetRow("container health", ("unhealthy_containers",), "containers", only_with="container", each="container"),
        WidgetRow("network", ("received", "sent"), "bytes/s"),
    ),
)
"""What is watched on an ECS service."""
