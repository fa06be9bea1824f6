"""What the evaluation of alarms costs: ``python -m benchmarks.evaluate`` prints a JSON list of measurements.

Each is the best of several runs, for what else runs on the machine only ever adds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, get_args

from opslib.monitoring.alarm import MissingData
from opslib.monitoring.evaluate import Settings, compute, evaluate

RUNS = 5
ALARMS = 1_000
POINTS = 60
TARGET_SECONDS = 0.100
MATH_TARGET_SECONDS = 0.500
ERROR_RATE = "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"


def histories() -> list[tuple[float | None, ...]]:
    """Sixty points for each alarm, every seventh of them missing, and each alarm's another."""
    return [
        tuple(None if (index + alarm) % 7 == 0 else float((index * alarm) % 100) for index in range(POINTS))
        for alarm in range(ALARMS)
    ]


def settings() -> list[Settings]:
    """3 of 5 for each alarm, the treatments of missing data in turn."""
    treatments = get_args(MissingData)
    return [
        Settings(
            comparison="GreaterThanThreshold",
            threshold=50,
            datapoints_to_alarm=3,
            evaluation_periods=5,
            missing_data=treatments[alarm % len(treatments)],
        )
        for alarm in range(ALARMS)
    ]


def shortest(run: Callable[[], object]) -> float:
    """Seconds that the fastest of several runs took."""
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return min(taken)


def measured() -> list[dict[str, Any]]:
    """Every measurement, in seconds."""
    points, alarms = histories(), settings()
    metrics = [{"errors": errors, "requests": requests} for errors, requests in zip(points, points[::-1], strict=True)]
    seconds = {
        f"{ALARMS} alarms evaluated once over {POINTS} points, words included": (
            shortest(lambda: [evaluate(*pair, "OK").reason for pair in zip(points, alarms, strict=True)]),
            TARGET_SECONDS,
        ),
        f"{ALARMS} error rates by metric math over {POINTS} points": (
            shortest(lambda: [compute(ERROR_RATE, inputs) for inputs in metrics]),
            MATH_TARGET_SECONDS,
        ),
    }
    return [
        {
            "name": name,
            "ours": round(taken, 4),
            "peer": None,
            "ratio": None,
            "target": target,
            "holds": taken < target,
        }
        for name, (taken, target) in seconds.items()
    ]


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
