"""What a backtest costs: ``python -m benchmarks.backtest`` prints a JSON list of measurements.

1,000 alarms over 90 days of one-minute points, each alarm over a column of its own: every second with gaps, every
eighth in periods of five minutes, every eighth an error rate by metric math. The peer is the plain evaluator on some of
the same alarms over a stretch of the same columns, scaled up; how the vectorised replay is the same as it, is a test's
business. Memory is what the process grows by, over what the columns take.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
from pyarrow import parquet

from opslib.monitoring import Alarm, Expression, Metric, Role
from opslib.monitoring.backtest import Column, History, MetricId, Report, read_parquet, replay
from opslib.monitoring.backtest.grid import Grid
from opslib.monitoring.backtest.history import moment
from opslib.monitoring.backtest.plain import plain_states
from opslib.monitoring.evaluate import Settings, parse

LEAST_MEGABYTES = 8.0
"""Less than this is what the allocator happens to hold, and no base for a ratio."""
RUNS = 3
ALARMS = 1_000
DAYS = 90
MINUTES = DAYS * 1_440
START = 1_760_000_400

TARGET_SECONDS = 10.0
TARGET_MEGABYTES = 64
TARGET_GROWTH = 2.0
PEER_ALARMS = 8
PEER_MINUTES = 2_880
READ_METRICS = 20
SLOW, RATES = 3, 5
RATE = "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"


def columns() -> list[Column]:
    """One for each alarm: a day's rhythm, noise, and now and then a burst."""
    random = np.random.default_rng(9)
    day = np.sin(np.arange(MINUTES) * (2 * np.pi / 1_440))
    noise = random.normal(0, 8, MINUTES)
    bursts = np.zeros(MINUTES)
    for at in random.integers(0, MINUTES - 30, 60):
        bursts[at : at + random.integers(2, 30)] += 40
    found = []
    for place in range(ALARMS):
        values = 45 + 10 * day + np.roll(noise, 131 * place) + np.roll(bursts, 977 * place)
        if place % 2:
            values[random.integers(0, MINUTES, MINUTES // 50)] = np.nan
        found.append(Column(MetricId("Bench", "Load", (("Id", str(place)),)), "Average", START, 60, values))
    return found


def alarms() -> list[Alarm]:
    """One over each column; the error rates take two."""
    found = []
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    for place in range(ALARMS):
        is_slow, is_rate = place % 8 == SLOW, place % 8 == RATES
        load = Metric("Bench", "Load", (("Id", str(place)),), "Average", 300 if is_slow else 60)
        other = replace(load, dimensions=(("Id", str((place + 1) % ALARMS)),))
        found.append(
            Alarm(
                name=f"alarm-{place}",
                key="load",
                workload=f"service-{place % 100}",
                title="Load",
                series=Expression(RATE, (("errors", load), ("requests", other))) if is_rate else load,
                comparison="GreaterThanThreshold",
                threshold=170.0 if is_rate else 75.0,
                severity="warning",
                role=Role.CAUSE,
                why="bench",
                datapoints_to_alarm=3,
                evaluation_periods=5,
                missing_data=treatments[place % 4],  # type: ignore[arg-type] # each is one
            )
        )
    return found


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def shortest(run: Callable[[], Report]) -> tuple[Report, float, float]:
    """What a run gives, and the wall and processor time of the fastest of several: what else runs only ever adds."""
    walls, busy = [], []
    for _ in range(RUNS):
        wall, processor = time.perf_counter(), time.process_time()
        report = run()
        walls.append(time.perf_counter() - wall)
        busy.append(time.process_time() - processor)
    return report, min(walls), min(busy)


def plain_seconds(some: Sequence[Alarm], history: History) -> float:
    """How long the plain evaluator takes for all alarms, judged by some of them over two days."""
    started = time.perf_counter()
    for alarm in some:
        settings = Settings.of(alarm)
        series = alarm.series
        metrics = {"metric": series} if isinstance(series, Metric) else dict(series.inputs)
        grid = Grid.of(
            since=START + 86_400,
            until=START + 86_400 + PEER_MINUTES * 60,
            period_seconds=settings.period_seconds,
            considered=settings.points_considered,
            units=[60],
        )
        points = {
            key: history.of(MetricId.of(m), m.statistic)[0].over(grid.start, grid.end) for key, m in metrics.items()
        }
        points = {key: values[: grid.length] for key, values in points.items()}
        node = parse(series.expression) if isinstance(series, Expression) else None
        plain_states(points, node, settings, grid, since=START)
    taken = time.perf_counter() - started
    return taken * (ALARMS / len(some)) * (MINUTES / PEER_MINUTES)


def reading() -> float:
    """Seconds to read a Parquet file of some metrics, scaled to all."""
    times = np.tile(np.arange(START, START + MINUTES * 60, 60), READ_METRICS)
    names = np.repeat([f"Id={place}" for place in range(READ_METRICS)], MINUTES)
    table = pa.table(
        {
            "namespace": pa.array(["Bench"] * len(times)).dictionary_encode(),
            "metric": pa.array(["Load"] * len(times)).dictionary_encode(),
            "dimensions": pa.array(names).dictionary_encode(),
            "time": pa.array(times * 1_000_000, pa.timestamp("us", "UTC")),
            "value": np.random.default_rng(1).normal(size=len(times)),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.parquet"
        parquet.write_table(table, file)
        taken = []
        for _ in range(RUNS):
            started = time.perf_counter()
            read_parquet(file)
            taken.append(time.perf_counter() - started)
        return min(taken) * ALARMS / READ_METRICS


def measured() -> list[dict[str, Any]]:
    """Every measurement; those of memory in megabytes."""
    history, every = History(tuple(columns())), alarms()
    span = {"since": moment(START), "until": moment(START + MINUTES * 60)}
    before = peak_megabytes()
    replay(every[: ALARMS // 10], history, **span)
    tenth = max(peak_megabytes() - before, LEAST_MEGABYTES)
    report, ours, busy = shortest(lambda: replay(every, history, **span))
    whole = max(peak_megabytes() - before, 1.0)
    peer = plain_seconds(every[2 : 2 + PEER_ALARMS], history)
    pages = sum(one.pages for one in report.alarms)
    assert pages  # noqa: S101 - a replay in which nothing happens measures nothing
    vectorised = sum(one.how == "vectorised" for one in report.alarms)
    read = reading()
    return [
        {
            "name": f"backtest, {ALARMS} alarms x {DAYS} days x 1 min ({vectorised} vectorised, {pages} pages; "
            f"{busy:.2f} s of processor time), "
            f"against the plain evaluator on {PEER_ALARMS} of them for 2 days, scaled",
            "ours": round(ours, 3),
            "peer": round(peer, 1),
            "ratio": round(ours / peer, 5),
            "target": TARGET_SECONDS,
            "holds": ours < TARGET_SECONDS and vectorised == ALARMS,
        },
        {
            "name": f"backtest, megabytes above the columns' {sum(c.values.nbytes for c in history) / 2**20:.0f} MB",
            "ours": round(whole, 1),
            "peer": None,
            "ratio": None,
            "target": TARGET_MEGABYTES,
            "holds": whole < TARGET_MEGABYTES,
        },
        {
            "name": f"backtest, memory of {ALARMS} alarms against {ALARMS // 10} (megabytes)",
            "ours": round(whole, 1),
            "peer": round(tenth, 1),
            "ratio": round(whole / tenth, 2),
            "target": TARGET_GROWTH,
            "holds": whole / tenth < TARGET_GROWTH,
        },
        {
            "name": f"reading {ALARMS} metrics x {DAYS} days x 1 min from Parquet ({READ_METRICS} read, scaled)",
            "ours": round(read, 2),
            "peer": None,
            "ratio": None,
            "target": 120.0,
            "holds": read < 120.0,  # noqa: PLR2004 - reported apart; it is the target above
        },
    ]


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
