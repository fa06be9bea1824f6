"""A metric, an alarm over it, and histories made of lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from opslib.monitoring import Alarm, Metric, Role
from opslib.monitoring.backtest import Column, History, MetricId

START = 1_760_000_400
"""A full hour, in October 2025."""

MakeHistory = Callable[..., History]


@pytest.fixture
def metric() -> Metric:
    return Metric("AWS/ECS", "CPUUtilization", (("ServiceName", "api"),), "Average")


@pytest.fixture
def alarm(metric: Metric) -> Alarm:
    return Alarm(
        name="cpu",
        key="cpu",
        workload="api",
        title="CPU is high",
        series=metric,
        comparison="GreaterThanThreshold",
        threshold=70.0,
        severity="warning",
        role=Role.CAUSE,
        why="so",
        datapoints_to_alarm=2,
        evaluation_periods=3,
        missing_data="missing",
    )


@pytest.fixture
def made(metric: Metric) -> MakeHistory:
    """A history of the metric, or of another: one number for each minute, None for no data."""

    def make(values: Sequence[float | None], of: Metric = metric, step: int = 60) -> History:
        numbers = np.array([math.nan if value is None else value for value in values])
        return History((Column(MetricId.of(of), of.statistic, START, step, numbers),))

    return make
