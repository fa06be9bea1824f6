"""Which log groups are created, which of their lines are counted, and which events."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_aws.cloudwatch import LogGroup

from infra.components.counted_events import CountedEventsArgs, EventRuleArgs
from infra.components.logs import CountedLinesArgs, LogGroupsArgs, MetricFiltersArgs
from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.counted import counted_events, counted_lines
from infra.where import Where

__all__ = ["event_rules", "events", "log_groups", "metric_filters"]


def log_groups(config: StackConfig, tags: Mapping[str, str]) -> LogGroupsArgs:
    """The stack's own log groups, by the workloads that write to them."""
    return {
        "names": {key: config.log_group(key) for key in config.logs.ours},
        "retention_days": config.logs.retention_days,
        "adopted": config.logs.adopt,
        "protect": config.protect,
        "tags": tags,
    }


def metric_filters(config: StackConfig, groups: Mapping[str, LogGroup]) -> dict[str, MetricFiltersArgs]:
    """The metric filters of each workload that has some, by its key.

    Args:
        config: The configuration.
        groups: The log groups that were created, by the workloads that write to them.
    """
    found: dict[str, MetricFiltersArgs] = {}
    for key, workload in config.workloads().items():
        filters: dict[str, CountedLinesArgs] = {
            one.key.replace("_", "-"): {
                "log_group": groups[key].name if key in groups else one.log_group,
                "pattern": one.pattern,
                "namespace": one.namespace,
                "metric": one.metric,
            }
            for one in counted_lines(KINDS[workload.kind], config.subject(key), config.identifiers(key))
        }
        if filters:
            region = config.region(key)
            args: MetricFiltersArgs = {"prefix": f"{config.prefix}-{key}", "filters": filters}
            found[key] = args if region is None else {**args, "region": region}
    return found


def event_rules(config: StackConfig, where: Where) -> dict[str, EventRuleArgs]:
    """The rules that count what happens to workloads; names of ours by what they count."""
    known = {"account": where.account, "partition": where.partition, "region": where.region}
    return {
        f"{key}-{one.key}": {"name": one.name, "pattern": one.pattern, "means": f"{one.means} of {key}"}
        for key, workload in config.workloads().items()
        for one in counted_events(
            KINDS[workload.kind], config.subject(key), config.identifiers(key), workload.identifiers(), known
        )
    }


def events(
    config: StackConfig, where: Where, rules: Mapping[str, EventRuleArgs], tags: Mapping[str, str]
) -> CountedEventsArgs:
    """The rules of the whole stack, and the log group that keeps their events."""
    return {
        "log_group": f"/aws/events/{config.prefix}",
        "account": where.account,
        "partition": where.partition,
        "region": where.region,
        "rules": rules,
        "retention_days": config.logs.retention_days,
        "tags": tags,
    }
