"""The two stack files that are shipped, as a person wrote them and validated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.config import StackConfig, read_stack_file

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["staging", "prod"])
def stack_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shipped(stack: str) -> StackConfig:
    """The configuration of a shipped stack."""
    return StackConfig.parse(read_stack_file(ROOT / f"Pulumi.{stack}.yaml"), source=stack)


@pytest.fixture
def stack_config(stack_name: str) -> StackConfig:
    return shipped(stack_name)


@pytest.fixture
def written() -> dict[str, Any]:
    """The keys of Pulumi.staging.yaml under our namespace: valid, to be spoilt one way at a time."""
    return read_stack_file(ROOT / "Pulumi.staging.yaml")
