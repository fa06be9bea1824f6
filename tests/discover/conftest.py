"""What a team could have: the sample workload, and around it what people add over the years."""

from __future__ import annotations

import pytest

from opslib.clients import Clients
from opslib.discover.asking import Asking
from opslib.sandbox import Sandbox, Workload


@pytest.fixture
def shop(aws: Sandbox) -> Sandbox:
    aws.seed(Workload.sample())
    aws.reset_calls()
    return aws


@pytest.fixture
def asking(shop: Sandbox) -> Asking:
    assert shop
    return Asking(Clients(), sleep=lambda _: None)
