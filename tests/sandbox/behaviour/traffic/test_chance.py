"""Counts and times that come from chance: they add up, and have the distribution that was asked for."""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist

import pytest

from opslib.monitoring.evaluate import Sample, statistic
from opslib.sandbox.behaviour.traffic.chance import chosen, shared
from opslib.sandbox.behaviour.traffic.latencies import latencies, mean_seconds
from opslib.sandbox.behaviour.traffic.script import Latency

LATENCY = Latency(median_seconds=0.05, p99_seconds=1.0)


def true_percentile(percent: float) -> float:
    return 0.05 * math.exp(LATENCY.sigma * NormalDist().inv_cdf(percent / 100))


@pytest.mark.parametrize("count", [0, 1, 7, 300, 100_000])
def test_every_request_takes_some_time(count: int) -> None:
    times = latencies(count, 0.05, LATENCY.sigma, Random(3))
    assert sum(times.values()) == count
    assert all(seconds > 0 for seconds in times)


@pytest.mark.parametrize("percent", [95, 99])
def test_the_percentiles_that_alarms_watch_are_those_of_the_distribution(percent: float) -> None:
    times = latencies(10_000, 0.05, LATENCY.sigma, Random(3))
    found = statistic([Sample(0.0, seconds, count) for seconds, count in times.items()], f"p{percent}")
    assert found == pytest.approx(true_percentile(percent), rel=0.06)
    assert true_percentile(99) == pytest.approx(1.0), "p99 is what the script says"


def test_the_average_is_that_of_the_distribution() -> None:
    times = latencies(100_000, 0.05, LATENCY.sigma, Random(3))
    average = sum(seconds * count for seconds, count in times.items()) / 100_000
    assert average == pytest.approx(mean_seconds(0.05, LATENCY.sigma), rel=0.05)


def test_few_requests_still_have_a_tail_now_and_then() -> None:
    random = Random(3)
    minutes = [latencies(5, 0.05, LATENCY.sigma, random) for _ in range(400)]
    slow = sum(count for times in minutes for seconds, count in times.items() if seconds > true_percentile(95))
    assert slow == pytest.approx(2_000 * 0.05, rel=0.4)


def test_parts_add_up_and_are_as_near_to_the_weights_as_whole_numbers_come() -> None:
    random = Random(5)
    for count in (0, 1, 10, 601):
        parts = shared(count, [100, 0, 1, 20], random)
        assert sum(parts) == count
        assert parts[1] == 0
        assert parts[0] == pytest.approx(count * 100 / 121, abs=1)
    assert shared(10, [0, 0], random) == [0, 0]


@pytest.mark.parametrize(("count", "share"), [(300, 0.001), (300, 0.3), (300, 0.9), (40, 0.999), (100_000, 0.02)])
def test_it_happens_as_often_as_probable(count: int, share: float) -> None:
    random = Random(11)
    tries = [chosen(count, share, random) for _ in range(2_000)]
    assert all(0 <= found <= count for found in tries)
    deviation = math.sqrt(count * share * (1 - share) / 2_000)
    assert sum(tries) / 2_000 == pytest.approx(count * share, abs=5 * deviation + 0.02)
