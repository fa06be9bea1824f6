"""The models that this repository ships, and what is drawn of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import stack_file
from infra.config import StackConfig
from infra.model import Monitoring, monitoring
from opslib.monitoring import Alarm

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session", params=["staging", "prod"])
def model(request: pytest.FixtureRequest) -> Monitoring:
    source = ROOT / f"Pulumi.{request.param}.yaml"
    return monitoring(StackConfig.parse(stack_file.read_stack_file(source), source=source.name), region="eu-central-1")


@pytest.fixture(scope="session")
def alarms(model: Monitoring) -> list[Alarm]:
    return [alarm for workload in model.watched.values() for alarm in workload.alarms]
