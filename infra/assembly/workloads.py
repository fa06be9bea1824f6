"""What the alarms of each workload are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from infra.components.alarms import WorkloadAlarmsArgs
from infra.components.alerting import Alerting
from infra.config import StackConfig

__all__ = ["workload_alarms"]


def workload_alarms(config: StackConfig, key: str, alerting: Alerting, tags: Mapping[str, str]) -> WorkloadAlarmsArgs:
    """What the alarms of one workload are made from."""
    workload, region = config.workloads()[key], config.region(key)
    args: WorkloadAlarmsArgs = {
        "kind": workload.kind,
        "key": key,
        "prefix": config.prefix,
        "identifiers": config.identifiers(key),
        "topics": alerting.in_region(region),
        "instances": workload.instances(),
        "numbers": workload.numbers(),
        "traits": sorted(workload.traits()),
        "profile": workload.profile or config.profile,
        "thresholds": {quantity: asdict(band) for quantity, band in config.overrides(key).items()},
        "pages": config.pages(key),
        "runbooks": config.runbooks,
        "tags": tags,
    }
    return args if region is None else {**args, "region": region}
