"""A runner whose process is gone is known to be dead at once; of any other, only time tells."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from opslib.errors import Overtaken
from opslib.procedure import Journal, Plan
from opslib.procedure.journal import LEASE_SECONDS
from opslib.procedure.process import is_gone, this_process
from tests.procedure.toy import ToyClock, plan, set_value

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")

PLAN = plan(set_value("endpoint", "new"))

HOLDS = """
import sys, time
from pathlib import Path
from opslib.procedure import Journal, SqliteStore, SystemClock
journal = Journal(SqliteStore(Path(sys.argv[1])))
with journal.lease(sys.argv[2], "the other", SystemClock()):
    print("held", flush=True)
    time.sleep(600)
"""

TELLS = """
import json, time
from opslib.procedure.process import this_process
print(json.dumps(this_process()), flush=True)
time.sleep(600)
"""


def started(program: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A process, and the first line that it prints."""
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline()


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Another process of this machine, and what it says of itself."""
    process, said = started(TELLS)
    yield process, json.loads(said)
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def killed_while_holding(journal: Journal, the_plan: Plan) -> None:
    process, said = started(HOLDS, str(journal.store.path), the_plan.id)  # type: ignore[attr-defined]  # SQLite's
    assert said == "held\n"
    with pytest.raises(Overtaken), journal.lease(the_plan.id, "we", RealUntilNow(process)):
        pass
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


class RealUntilNow(ToyClock):
    """While the other lives, its lease is watched; it shows life by letting a moment go by."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__()
        self._process = process

    def sleep(self, seconds: float) -> None:
        assert self._process.poll() is None
        raise Overtaken(f"it is waited for ({seconds:g} s)")


def test_a_process_that_lives_is_not_gone(other: tuple[subprocess.Popen[str], dict[str, Any]]) -> None:
    process, said = other
    assert said["pid"] == process.pid
    assert not is_gone(said)
    assert not is_gone(this_process())


def test_a_killed_process_is_gone_whether_or_not_its_parent_has_asked(
    other: tuple[subprocess.Popen[str], dict[str, Any]],
) -> None:
    process, said = other
    process.kill()
    deadline = time.monotonic() + 60
    while not is_gone(said):  # killing takes a moment; nobody has waited for it yet
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.wait()
    assert is_gone(said)


def test_another_process_under_its_id_is_not_taken_for_it() -> None:
    here = this_process()
    assert here is not None
    assert is_gone({**here, "started": int(here["started"]) - 1})


@pytest.mark.parametrize("part", ["boot", "namespace"])
def test_of_a_process_elsewhere_nothing_is_known(part: str) -> None:
    here = this_process()
    assert here is not None
    assert not is_gone({**here, "started": 1, part: "another"})
    assert not is_gone({"started": 1})
    assert not is_gone(None)


def test_a_killed_runner_of_this_machine_is_taken_over_from_at_once(journal: Journal) -> None:
    killed_while_holding(journal, PLAN)
    clock = ToyClock()
    with journal.lease(PLAN.id, "we", clock):
        assert clock.seconds == 0


@pytest.mark.parametrize("part", ["boot", "namespace"])
def test_a_killed_runner_of_elsewhere_is_waited_for(journal: Journal, part: str) -> None:
    killed_while_holding(journal, PLAN)
    found = journal.store.get(f"plan#{PLAN.id}", "lease")
    assert found is not None
    elsewhere = {**found.value, "process": {**found.value["process"], part: "another"}}
    journal.store.put(found.pk, found.sk, elsewhere, expected=found.version)
    clock = ToyClock()
    with journal.lease(PLAN.id, "we", clock):
        assert clock.seconds == pytest.approx(LEASE_SECONDS)


def test_a_lease_of_an_older_version_is_waited_for(journal: Journal) -> None:
    journal.store.put(f"plan#{PLAN.id}", "lease", {"runner": "old", "seconds": 30.0, "held": True}, expected=None)
    clock = ToyClock()
    with journal.lease(PLAN.id, "we", clock):
        assert clock.seconds == pytest.approx(LEASE_SECONDS)
