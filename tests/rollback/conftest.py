from __future__ import annotations

from pathlib import Path

import pytest

from opslib.sandbox import Sandbox
from tests.rollback.world import World


@pytest.fixture
def world(aws: Sandbox, tmp_path: Path) -> World:
    """The shop while all is well: revision 3 has been good for half a day."""
    made = World(aws, tmp_path / "state")
    made.arrange()
    return made


@pytest.fixture
def bad(world: World) -> World:
    """The same, with a bad release out."""
    world.break_it()
    return world
