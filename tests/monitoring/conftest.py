"""An alarm, a composite and a dashboard that AWS would take, to be changed one way at a time."""

from __future__ import annotations

import pytest

from opslib.monitoring import Alarm, AnyOf, CompositeAlarm, Dashboard, Graph, InAlarm, Metric, Ref, Role


@pytest.fixture
def metric() -> Metric:
    dimensions = (("ClusterName", Ref("api", "cluster")), ("ServiceName", Ref("api", "service")))
    return Metric("AWS/ECS", "CPUUtilization", dimensions, "Average", label="CPU")


@pytest.fixture
def alarm(metric: Metric) -> Alarm:
    return Alarm(
        name="shop-prod-api-cpu-warning",
        key="cpu-warning",
        workload="api",
        title="CPU is high",
        series=metric,
        comparison="GreaterThanThreshold",
        threshold=70.0,
        severity="warning",
        role=Role.CAUSE,
        why="five minutes outlast a burst",
        datapoints_to_alarm=4,
        evaluation_periods=5,
        missing_data="notBreaching",
    )


@pytest.fixture
def composite(alarm: Alarm) -> CompositeAlarm:
    return CompositeAlarm(
        name="shop-prod-api-unavailable",
        key="unavailable",
        workload="api",
        title="The service is unavailable",
        rule=AnyOf((InAlarm(alarm.name),)),
        severity="critical",
        why="users get nothing",
    )


@pytest.fixture
def dashboard(metric: Metric) -> Dashboard:
    return Dashboard("shop-prod-detailed-eu-west-1", "detailed", (Graph("api: CPU", (metric,)),))
