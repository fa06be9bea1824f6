"""Eight made-up weeks of a service's response time, the same in every run, with the incidents that were in them.

Every other night a report makes responses slow for some minutes, of which nobody is told: that is what the pull request
wants to be rid of. Three kinds of incident were real: a failover, a cold cache, and a release that made the checkout
slow, but not very slow.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from math import pi, sin
from pathlib import Path

from tests.infra.preview.example_files import BALANCER, BALANCING

START = datetime(2026, 9, 21, tzinfo=UTC)
WEEKS = 8
MINUTES = WEEKS * 7 * 24 * 60

DIMENSIONS = (
    f"LoadBalancer={BALANCER.split(':', 5)[5].removeprefix('loadbalancer/')};"
    f"TargetGroup={f'{BALANCING}:targetgroup/parcel-prod-api/0000000000000001'.split(':', 5)[5]}"
)

# Day, hour and minute of the start, how many minutes, how slow in seconds, and what it was.
REAL = (
    (4, 10, 12, 25, 6.5, "Failover of orders"),
    (10, 15, 40, 70, 2.5, "Slow checkout after 2.14"),
    (19, 8, 5, 20, 4.2, "Cold cache after a restart"),
    (33, 11, 30, 30, 5.8, "Failover of orders, again"),
    (41, 14, 10, 80, 2.4, "Slow checkout after 2.17"),
    (50, 9, 20, 22, 4.6, "Cold cache after an upgrade"),
)


def history(file: Path) -> None:
    """Write the history, in the wide form: the 95th percentile, and how many requests it is of.

    Args:
        file: The CSV file.
    """
    chance = random.Random(42)
    seconds = [_usual(minute, chance) for minute in range(MINUTES)]
    for day in range(0, WEEKS * 7, 2):
        begin = day * 1_440 + 2 * 60 + chance.randrange(40)
        for minute in range(begin, begin + chance.randrange(3, 5)):
            seconds[minute] = 2.2 + 0.7 * chance.random()
    for day, hour, minute, length, slow, _ in REAL:
        begin = day * 1_440 + hour * 60 + minute
        for place in range(begin, begin + length):
            seconds[place] = slow * (0.95 + 0.1 * chance.random())
    metric = "AWS/ApplicationELB|TargetResponseTime|{}|" + DIMENSIONS
    rows = [f"time,{metric.format('p95')},{metric.format('SampleCount')}"]
    for minute, value in enumerate(seconds):
        at = START + timedelta(minutes=minute)
        rows.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{value:.3f},{600 + 400 * _day(minute):.0f}")
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _day(minute: int) -> float:
    """From -1 in the night to 1 in the afternoon."""
    return sin((minute % 1_440) / 1_440 * 2 * pi - pi / 2)


def _usual(minute: int, chance: random.Random) -> float:
    return 0.32 + 0.12 * _day(minute) + 0.08 * chance.random()


def _incidents() -> str:
    rows = ["start,end,workload,name"]
    for day, hour, minute, length, _, name in REAL:
        start = START + timedelta(days=day, hours=hour, minutes=minute)
        rows.append(f'{start:%Y-%m-%dT%H:%MZ},{start + timedelta(minutes=length):%Y-%m-%dT%H:%MZ},api,"{name}"')
    return "\n".join(rows) + "\n"


INCIDENTS = _incidents()
