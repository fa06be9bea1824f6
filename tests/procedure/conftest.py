from __future__ import annotations

from pathlib import Path

import pytest

from opslib.procedure import Journal, SqliteStore
from tests.procedure.toy import ToyClock, World


@pytest.fixture
def clock() -> ToyClock:
    return ToyClock()


@pytest.fixture
def world(clock: ToyClock) -> World:
    return World(clock)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(SqliteStore(tmp_path / "journal.sqlite"))
