"""What the alarms of each workload are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pulumi

from infra.components.alarms import WorkloadAlarmsArgs
from infra.components.alerting import Alerting
from infra.config import StackConfig

__all__ = ["workload_alarms"]


def workload_alarms(
    config: StackConfig,
    key: str,
    alerting: Alerting,
    tags: Mapping[str, str],
    made: Mapping[str, pulumi.Input[str]] | None = None,
) -> WorkloadAlarmsArgs:
    """What the alarms of one workload are made from.

    Args:
        config: The configuration.
        key: The workload's key.
        alerting: The topics.
        tags: Tags of every alarm.
        made: Identifiers of what this program makes, where only AWS or the account knows them, by the kind's.
    """
    workload, region = config.workloads()[key], config.region(key)
    args: WorkloadAlarmsArgs = {
        "kind": workload.kind,
        "key": key,
        "prefix": config.prefix,
        "identifiers": {**config.identifiers(key), **(made or {})},
        "topics": alerting.in_region(region),
        "instances": workload.instances(),
        "numbers": workload.numbers(),
        "traits": sorted(workload.traits()),
        "profile": workload.profile or config.profile,
        "thresholds": {quantity: asdict(band) for quantity, band in config.overrides(key).items()},
        "pages": config.pages(key),
        "together": config.together(key),
        "runbooks": config.runbooks,
        "tags": tags,
    }
    return args if region is None else {**args, "region": region}
