"""What pictures and the bill cost: ``python -m benchmarks.draw`` prints a JSON list of measurements.

Each is the best of several runs, for what else runs on the machine only ever adds, in a fresh process whose garbage
collector is set as `infra/__main__.py` sets the program's. There is no peer: none draws or prices before a deploy.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.model import services
from infra.model import Monitoring, monitoring
from opslib.monitoring import Alarm, draw
from opslib.monitoring.bill import bill

RUNS = 7
SERVICES = 100
DRAW_SECONDS = 1.0
BILL_SECONDS = 0.050


def drawn(model: Monitoring) -> str:
    """Every dashboard of a model as one page."""
    return draw.html(model.dashboards, alarms=alarms_of(model))


def priced(model: Monitoring) -> str:
    """The bill of a model, with its sums."""
    composites = (one for workload in model.watched.values() for one in workload.composites)
    found = bill(
        region="us-east-1",
        alarms=alarms_of(model),
        composites=(*model.of_stack, *composites),
        dashboards=model.dashboards,
    )
    return json.dumps(found.document())


def alarms_of(model: Monitoring) -> list[Alarm]:
    """The metric alarms of a model."""
    return [alarm for workload in model.watched.values() for alarm in workload.alarms]


def shortest(work: Callable[[Monitoring], str], model: Monitoring) -> float:
    """Seconds of the shortest of several runs."""
    durations = []
    for _ in range(RUNS):
        gc.collect()
        started = time.perf_counter()
        work(model)
        durations.append(time.perf_counter() - started)
    return min(durations)


def measured() -> list[dict[str, Any]]:
    """Every measurement: ours against a target, in seconds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    model = monitoring(services(SERVICES), region="us-east-1")
    widgets = sum(len(board.widgets) for board in model.dashboards)
    megabytes = len(drawn(model)) / 1e6
    without_pulumi = "pulumi" not in sys.modules
    rows = (
        (f"draw, {SERVICES} services ({widgets} widgets, {megabytes:.1f} MB of HTML)", drawn, DRAW_SECONDS),
        (f"bill, {SERVICES} services ({len(alarms_of(model))} alarms), as JSON", priced, BILL_SECONDS),
    )
    found = []
    for name, work, target in rows:
        seconds = shortest(work, model)
        holds = seconds < target and without_pulumi
        ours = round(seconds, 4)
        found.append({"name": name, "ours": ours, "peer": None, "ratio": None, "target": target, "holds": holds})
    return found


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
