"""What the pure model costs: ``python -m benchmarks.model`` prints a JSON list of measurements.

Each is the best of several runs, for what else runs on the machine only ever adds. The process is a fresh one that has
not imported pulumi, which is a condition of the first target. Its garbage collector is set as `infra/__main__.py` sets
the program's.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import Any

from infra.config import StackConfig
from infra.model import monitoring

RUNS = 7
TARGET_SECONDS = 0.100
TARGET_GROWTH = 1.5


def services(count: int) -> StackConfig:
    """A stack of so many services behind one load balancer, each with its target group."""
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012"
    keys = [f"service-{index}" for index in range(count)]
    return StackConfig.parse(
        {
            "product": "many",
            "environment": "bench",
            "loadBalancers": {
                "public": {
                    "arn": f"{arn}:loadbalancer/app/many/1",
                    "targetGroups": {key: {"arn": f"{arn}:targetgroup/{key}/1"} for key in keys},
                }
            },
            "services": {
                key: {"cluster": "many", "service": key, "loadBalancer": "public", "targetGroup": key} for key in keys
            },
        },
        source="benchmark",
    )


def model_and_limits(*counts: int) -> dict[int, float]:
    """Seconds for the models of so many services, held against AWS's limits: the shortest of several runs.

    The sizes take turns, so that whatever else the machine does weighs on all of them.
    """
    configs = {count: services(count) for count in counts}
    durations: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(RUNS):
        for count, config in configs.items():
            gc.collect()
            started = time.perf_counter()
            monitoring(config, region="eu-central-1").problems()
            durations[count].append(time.perf_counter() - started)
    return {count: min(taken) for count, taken in durations.items()}


def once() -> dict[str, float]:
    """For `benchmarks.registration`: seconds for the model and the limits of 100 services, and how many alarms."""
    _freeze()
    watched = monitoring(services(100), region="eu-central-1").watched
    return {
        "seconds": model_and_limits(100)[100],
        "alarms": sum(len(workload.alarms) for workload in watched.values()),
    }


def _freeze() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def measured() -> list[dict[str, Any]]:
    """Every measurement: ours against a peer's or a target, in seconds or as a ratio."""
    _freeze()
    seconds = model_and_limits(1, 100, 1000)
    config = services(100)
    alarms = sum(len(workload.alarms) for workload in monitoring(config, region="eu-central-1").watched.values())
    without_pulumi = "pulumi" not in sys.modules
    each = {count: taken / count for count, taken in seconds.items()}
    growth = each[1000] / each[100]
    return [
        {
            "name": f"model + limits, 100 services ({alarms} alarms, no pulumi imported)",
            "ours": round(seconds[100], 4),
            "peer": None,
            "ratio": None,
            "target": TARGET_SECONDS,
            "holds": seconds[100] < TARGET_SECONDS and without_pulumi,
        },
        {
            "name": "model + limits, cost per service at 1000 against 100"
            f" (1: {each[1] * 1e3:.2f} ms, 100: {each[100] * 1e3:.2f} ms, 1000: {each[1000] * 1e3:.2f} ms)",
            "ours": round(each[1000], 6),
            "peer": round(each[100], 6),
            "ratio": round(growth, 2),
            "target": TARGET_GROWTH,
            "holds": growth <= TARGET_GROWTH,
        },
    ]


if __name__ == "__main__":
    print(json.dumps(once() if sys.argv[1:] == ["once"] else measured(), indent=2))
