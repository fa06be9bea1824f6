"""Every call, read and journal write of a plan, times every way to fail there, then resumed: the world ends well."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from opslib.procedure import Journal, Outcome, Plan, SqliteStore, run
from tests.procedure.toy import FAULTS, FailingStore, Killed, Never, Tell, ToyClock, Until, World, plan, set_value

SETTLE = 4.0
GOOD = plan(
    Tell(id="tell", title="everybody knows", text="rolling back", settle_seconds=SETTLE),
    set_value("writers", 0, "stop", settle_seconds=SETTLE),
    set_value("endpoint", "new", settle_seconds=SETTLE),
    # Reverses the first on purpose: a finished step must not be looked at again.
    set_value("writers", 3, "start", settle_seconds=SETTLE),
)
BAD = plan(
    Tell(id="tell", title="everybody knows", text="rolling back", settle_seconds=SETTLE),
    set_value("writers", 0, "stop", settle_seconds=SETTLE),
    set_value("endpoint", "new", settle_seconds=SETTLE),
    Never(id="never", title="it cannot be"),
)
SHARE = {"good": (GOOD, 0, "new"), "bad": (BAD, 4, "old")}


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A directory that is flushed to no disk: the matrix writes tens of thousands of revisions."""
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as directory:
        yield Path(directory)


SHARED_MEMORY = Path("/dev/shm")


class Case:
    """A plan in a world, in a file that outlives the process."""

    def __init__(self, path: Path, fault: tuple[int, str] | None = None) -> None:
        self.clock = ToyClock()
        self.world = World(self.clock, fault=fault)
        self.journal = Journal(FailingStore(SqliteStore(path), self.world))
        self.runs = 0

    def run(self, the_plan: Plan) -> Outcome:
        self.runs += 1
        return run(the_plan, {"toy": self.world}, self.journal, clock=self.clock, runner=f"runner-{self.runs}")

    def run_until_it_ends(self, the_plan: Plan) -> Outcome:
        """Killed as often as it is, it is run again, as somebody else."""
        while True:
            try:
                return self.run(the_plan)
            except Killed:
                continue


def interactions(the_plan: Plan, path: Path) -> int:
    case = Case(path)
    case.run(the_plan)
    return case.world.interactions


def assert_ended_well(case: Case, outcome: Outcome, code: int, endpoint: str, fault: str) -> None:
    case.world.fault = None
    # A declined call fails the plan: it ends undone, or untouched where it was the first of all; and a person is told
    # where the call that was to undo is declined.
    codes = {code} if fault != "declined" else {code, 3, 4, 5}
    assert outcome.exit_code in codes, outcome.ending
    if outcome.exit_code == 5:
        assert "cannot be undone" in outcome.ending.says
        return
    done = outcome.exit_code == 0
    assert case.world.values == {"writers": 3, "endpoint": endpoint if done or code else "old", "rule": "blue"}
    assert case.journal.progress(outcome.plan.id).phase == "ended"
    assert len(case.world.messages) <= 1, "told twice"
    case.journal.claim(plan(set_value("rule", "green"), plan_id="next-plan"))  # the target is free again


@pytest.mark.parametrize("name", SHARE)
def test_every_interaction_times_every_fault(name: str, in_memory: Path) -> None:
    the_plan, code, endpoint = SHARE[name]
    count = interactions(the_plan, in_memory / "count.sqlite")
    assert count > 30
    for number in range(1, count + 1):
        for fault in FAULTS:
            case = Case(in_memory / f"{number}-{fault}.sqlite", (number, fault))
            outcome = case.run_until_it_ends(the_plan)
            assert_ended_well(case, outcome, code, endpoint, fault)


def pairs(count: int) -> Iterator[tuple[int, int]]:
    """Kills at one interaction, and again soon after the resume began."""
    for first in range(1, count + 1, 2):
        for later in (1, 4, 9, 15):
            yield first, first + later


@pytest.mark.parametrize("name", SHARE)
def test_killed_and_killed_again_while_resuming(name: str, in_memory: Path) -> None:
    the_plan, code, endpoint = SHARE[name]
    for first, second in pairs(interactions(the_plan, in_memory / "count.sqlite")):
        case = Case(in_memory / f"{first}-{second}.sqlite", (first, "kill after"))
        with pytest.raises(Killed):
            case.run(the_plan)
        case.world.fault = (second, "kill before")
        assert_ended_well(case, case.run_until_it_ends(the_plan), code, endpoint, "")


def test_the_matrix_catches_a_wrong_procedure(in_memory: Path) -> None:
    """Without write-ahead intent and settling, a lost answer makes a message go out twice."""

    class Forgetful(Tell):
        def observe(self, read, known, intent):  # type: ignore[no-untyped-def]
            seen = super().observe(read, known, intent)
            self_sent = [text for _, text in read("toy", "Get", name="messages")["value"]]
            return seen if len(self_sent) != 1 else super().observe(read, known, None)

    wrong = plan(Forgetful(id="tell", title="everybody knows", text="rolling back"), set_value("rule", "green"))
    twice = 0
    for number in range(1, 20):
        case = Case(in_memory / f"{number}.sqlite", (number, "applied and lost"))
        case.run_until_it_ends(wrong)
        twice += len(case.world.messages) > 1
    assert twice > 0


def test_waiting_is_resumed_too(in_memory: Path) -> None:
    slow = plan(set_value("rule", "green"), Until(id="until", title="it is there", name="endpoint", becomes="new"))
    case = Case(in_memory / "journal.sqlite")

    def arrives() -> None:
        if case.clock.seconds > 60:
            case.world.values["endpoint"] = "new"

    case.clock.on_sleep = arrives
    assert case.run(slow).exit_code == 0
