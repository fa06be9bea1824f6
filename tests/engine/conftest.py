"""What the tests against the real Pulumi engine start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo import stack_file
from demo.workload import workload_of
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import find_pulumi

NO_ENGINE = "no Pulumi CLI on PATH or in .tools/bin: `make pulumi` builds one where Go is installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(pytest.__file__ and __file__.rpartition("/")[0])
    missing = find_pulumi(stack_file.ROOT) is None
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.engine)
            if missing:
                item.add_marker(pytest.mark.skip(reason=NO_ENGINE))


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[tuple[stack_file.StackFile, Sandbox]]:
    """An account of its own in which a shipped stack's product runs; the stack is the fixture's parameter."""
    shipped = stack_file.read(getattr(request, "param", "staging"))
    with Sandbox() as sandbox:
        sandbox.seed(workload_of(shipped.config, region=shipped.region, account=shipped.account))
        sandbox.reset_calls()
        yield shipped, sandbox
