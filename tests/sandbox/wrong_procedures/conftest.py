"""A shop whose API has just been given a bad revision, with every invariant on."""

from __future__ import annotations

import pytest

from opslib.sandbox import Sandbox, Workload
from tests.sandbox.wrong_procedures.shop import Shop


@pytest.fixture
def shop(account: Sandbox) -> Shop:
    account.seed(Workload.sample())
    made = Shop(account)
    made.arrange()
    account.reset_calls()
    account.invariants("all")
    return made
