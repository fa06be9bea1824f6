"""Log groups of the stack's own, and the metric filters that count lines of any log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

__all__ = ["CountedLinesArgs", "LogGroups", "LogGroupsArgs", "MetricFilters", "MetricFiltersArgs"]


class LogGroupsArgs(TypedDict):
    """Log groups, and how long they are kept."""

    names: Mapping[str, str]
    """Name in CloudWatch Logs by the name of ours that it stands under."""
    retention_days: int
    """How long lines are kept, in days, as PutRetentionPolicy takes them."""
    adopted: NotRequired[Sequence[str]]
    """Names of ours whose log group is there already: it is imported as it is."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete them: lines that are gone are gone."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every log group."""


class LogGroups(pulumi.ComponentResource):
    """Log groups with a retention.

    CloudWatch Logs has no call that creates a group unless it is there, and one that a team made may have a retention
    that the law asks for. So a group is created, and `up` fails where there is one; or it is adopted by an import that
    changes nothing, and is changed once it is no longer named as adopted.

    Attributes:
        groups: The log groups by the names of ours.
    """

    groups: dict[str, cloudwatch.LogGroup]

    def __init__(self, name: str, args: LogGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:LogGroups", name, None, opts)
        adopted, protect = args.get("adopted", ()), args.get("protect", False)
        self.groups = {
            key: cloudwatch.LogGroup(
                f"{name}-{key}",
                name=group,
                retention_in_days=args["retention_days"],
                tags=args.get("tags", {}),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    protect=protect,
                    import_=group if key in adopted else None,
                    ignore_changes=["retentionInDays", "tags", "tagsAll", "kmsKeyId"] if key in adopted else None,
                ),
            )
            for key, group in args["names"].items()
        }
        self.register_outputs({})


class CountedLinesArgs(TypedDict):
    """What is counted, and as which metric."""

    log_group: pulumi.Input[str]
    """Name of the log group; it is there when the filter is created."""
    pattern: str
    """CloudWatch Logs' filter pattern."""
    namespace: str
    """The metric's namespace; it may not begin with `AWS/`."""
    metric: str
    """The metric's name."""


class MetricFiltersArgs(TypedDict):
    """The metric filters of one workload."""

    prefix: str
    """What the filters' names in AWS start with."""
    filters: Mapping[str, CountedLinesArgs]
    """Filters by name."""
    region: NotRequired[str]
    """Where the log groups are, if not where the provider is."""


class MetricFilters(pulumi.ComponentResource):
    """Metric filters that publish 1 for each line that matches, and nothing where none does.

    A default of 0 would be published, and paid for, in every minute in which the log group gets a line; alarms take
    missing points for good ones.
    """

    def __init__(self, name: str, args: MetricFiltersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:MetricFilters", name, None, opts)
        for key, one in args["filters"].items():
            cloudwatch.LogMetricFilter(
                f"{name}-{key}",
                name=f"{args['prefix']}-{key}",
                log_group_name=one["log_group"],
                pattern=one["pattern"],
                metric_transformation={
                    "name": one["metric"],
                    "namespace": one["namespace"],
                    "value": "1",
                    "unit": "Count",
                },
                region=args.get("region"),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
