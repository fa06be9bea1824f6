"""A real process, killed by the system; the whole sample is played by `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from opslib.sandbox import Sandbox
from tests.faults.sigkill import killed_once
from tests.rollback.world import World

pytestmark = [pytest.mark.feature("R19"), pytest.mark.feature("S3")]


@pytest.mark.parametrize(("operation", "kind"), [("UpdateService", "kill_after")])
def test_a_process_is_killed_and_another_goes_on(aws: Sandbox, tmp_path: Path, operation: str, kind: str) -> None:
    world = World(aws, tmp_path / "state")
    world.arrange()
    world.break_it()
    world.alarm("OK")  # that it returns by itself is not what is shown here
    assert list(killed_once(world, "ecs", operation, 1, kind)) == []  # type: ignore[arg-type]
