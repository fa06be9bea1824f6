"""The function of automatic rollback, killed by the system; after every call it is by `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from opslib.sandbox import Sandbox
from tests.faults.function_sigkill import Mode, killed_at
from tests.guard.conftest import Guarded

pytestmark = [pytest.mark.feature("M25"), pytest.mark.feature("S3")]

SAMPLE: tuple[tuple[Mode, int, str], ...] = (
    ("act", 2, "the plan is kept and claimed, and nobody was told to go on"),
    ("act", 17, "the service goes back, and the lease of the killed one looks alive"),
    ("propose", 1, "the proposal is kept, and nobody was told"),
)


@pytest.mark.parametrize(("mode", "nth", "where"), SAMPLE, ids=str)
def test_the_function_is_killed_and_its_state_is_run_again(
    aws: Sandbox, tmp_path: Path, mode: Mode, nth: int, where: str
) -> None:
    guarded = Guarded(aws, tmp_path / "state")
    guarded.arrange()
    assert list(killed_at(guarded, mode, nth)) == [], where
