"""What the tests of traffic share: the control route, and the shipped staging stack over a product that runs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.stack_file import StackFile, read
from demo.workload import workload_of
from opslib.sandbox import Sandbox
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.settings import TrafficSettings
from opslib.sandbox.clock import Clock

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(sandbox: Sandbox) -> Ask:
    """Asks a control route, and gives the answer; `status` is the one that is expected."""

    def asked(method: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=120)
        try:
            connection.request(method, f"/_sandbox{path}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == status, answer
        return answer

    return asked


@pytest.fixture
def staging(account: Sandbox) -> StackFile:
    """The staging stack's file, and its workload in the account."""
    stack = read("staging")
    account.seed(workload_of(stack.config, region=stack.region, account=stack.account))
    return stack


@pytest.fixture
def occasion() -> Callable[..., Occasion]:
    """A minute of a script, five minutes after its start."""

    def at(script: TrafficScript | None = None, *, seed: int = 1, **settings: Any) -> Occasion:
        now = Clock().now()
        return Occasion(script or TrafficScript(), TrafficSettings(**settings), now, now, Random(seed))

    return at
