"""The point of no return, what is only borrowed, and a journal that stops answering on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from opslib.errors import JournalUnreachable, Overtaken, Unfinished
from opslib.procedure import Event, Journal, Outcome, Plan, Reader, SqliteStore, run
from opslib.procedure.store import Item
from tests.procedure.toy import FailingStore, Killed, Never, SetValue, ToyClock, Until, World, plan, set_value


def play(the_plan: Plan, world: World, journal: Journal, **more: Any) -> Outcome:
    return run(the_plan, {"toy": world}, journal, clock=world.clock, **more)


def test_past_the_point_of_no_return_nothing_is_undone_and_the_rest_is_done(world: World, journal: Journal) -> None:
    the_plan = plan(
        set_value("endpoint", "new", final=True),
        Never(id="never", title="it cannot be"),
        set_value("rule", "green"),
    )
    outcome = play(the_plan, world, journal)
    assert outcome.exit_code == 5
    assert outcome.ending.says == ("'it cannot be' failed: it cannot be; all else was done, and nothing was undone")
    assert world.values == {"writers": 3, "endpoint": "new", "rule": "green"}
    assert outcome.progress.record("never").failed == "it cannot be"
    assert outcome.progress.record("never").done_at is None


def test_before_it_everything_is(world: World, journal: Journal) -> None:
    the_plan = plan(set_value("rule", "green"), Never(id="never", title="no"), set_value("endpoint", "new", final=True))
    assert play(the_plan, world, journal).exit_code == 4
    assert world.values["rule"] == "blue"


def test_several_failures_past_it_are_all_told(world: World, journal: Journal) -> None:
    slow = Until(id="until", title="it comes", name="rule", becomes="green", timeout_seconds=20)
    the_plan = plan(set_value("endpoint", "new", final=True), Never(id="never", title="no"), slow)
    outcome = play(the_plan, world, journal)
    assert outcome.exit_code == 5
    assert "'no' failed" in outcome.ending.says
    assert "'it comes' failed: still waiting after 20 s" in outcome.ending.says


BORROWS = (
    set_value("writers", 0, "stop", loan=True),
    set_value("endpoint", "new"),
    SetValue(id="rule", title="rule", name="rule", wanted="green", was="blue"),
    set_value("writers", 3, "start"),
)


def test_what_is_borrowed_is_given_back_when_somebody_else_has_changed_it(world: World, journal: Journal) -> None:
    world.after_call = lambda: world.values.update(rule="by a colleague")
    outcome = play(plan(*BORROWS), world, journal)
    assert outcome.exit_code == 6
    assert "by a colleague" in outcome.ending.says
    assert "what was borrowed was given back" in outcome.ending.says
    assert world.values == {"writers": 3, "endpoint": "new", "rule": "by a colleague"}, "and nothing else was undone"


@pytest.mark.parametrize("loans", [1, 2])
def test_it_is_given_back_when_somebody_else_comes_while_it_is_undone(
    world: World, journal: Journal, loans: int
) -> None:
    never = Until(id="never", title="it comes", name="writers", becomes=9, timeout_seconds=20)
    more = (set_value("rule", "green", loan=True),) if loans > 1 else ()
    the_plan = plan(set_value("writers", 0, "stop", loan=True), *more, set_value("endpoint", "new", "switch"), never)

    def colleague(event: Event) -> None:
        if (event.step_id, event.kind) == ("never", "failed"):
            world.values.update(endpoint="by a colleague", **({"rule": "theirs"} if more else {}))

    outcome = play(the_plan, world, journal, on_event=colleague)
    assert outcome.exit_code == 6
    assert world.values["endpoint"] == "by a colleague"
    assert world.values["writers"] == 3, "what was borrowed is given back"
    assert outcome.progress.record("switch").state == "left alone"
    if more:
        assert world.values["rule"] == "theirs"
        assert "what else was borrowed was given back" in outcome.ending.says
    assert "by a colleague" in outcome.ending.says


def test_killed_while_giving_back_it_goes_on_giving_back(tmp_path: Path, clock: ToyClock) -> None:
    def case(number: int) -> tuple[World, int]:
        world = World(ToyClock(), fault=(number, "kill before"))
        world.after_call = lambda: world.values.update(rule="by a colleague")
        journal = Journal(FailingStore(SqliteStore(tmp_path / f"{number}.sqlite"), world))
        while True:
            try:
                return world, play(plan(*BORROWS), world, journal).exit_code
            except Killed:
                continue

    del clock
    for number in range(1, 60):
        world, code = case(number)
        assert code == 6, number
        assert (world.values["writers"], world.values["rule"]) == (3, "by a colleague"), number


def test_what_a_colleague_did_to_the_loan_itself_is_left(world: World, journal: Journal) -> None:
    world.after_call = lambda: world.values.update(rule="by a colleague", writers=1)
    loan = SetValue(id="stop", title="stop", name="writers", wanted=0, loan=True)
    outcome = play(plan(loan, *BORROWS[1:3]), world, journal)
    assert outcome.exit_code == 6
    assert world.values["writers"] == 1


def test_past_the_deadline_it_says_what_is_still_borrowed(world: World, journal: Journal) -> None:
    waits = Until(id="until", title="it is there", name="endpoint", becomes="new", timeout_seconds=1e6)
    outcome = play(plan(BORROWS[0], waits, minutes=5), world, journal)
    assert outcome.exit_code == 5
    assert "still borrowed: writers is 0" in outcome.ending.says


class Silent(SqliteStore):
    """A store that does not answer for some of its writes."""

    def __init__(self, path: Path, silent: Callable[[int], bool]) -> None:
        super().__init__(path)
        self.writes, self._is_silent = 0, silent

    def put(self, pk: str, sk: str, value: Any, *, expected: int | None) -> Item:
        self.writes += 1
        if self._is_silent(self.writes):
            raise JournalUnreachable("the journal does not answer", "mend it")
        return super().put(pk, sk, value, expected=expected)


TWO = plan(set_value("rule", "green"), set_value("writers", 0))


def test_a_journal_that_comes_back_is_waited_for(world: World, tmp_path: Path) -> None:
    count = Silent(tmp_path / "count.sqlite", lambda _: False)
    play(TWO, World(ToyClock()), Journal(count))
    for first in range(count.writes - 4, count.writes):
        world.values.update(rule="blue", writers=3)
        store = Silent(tmp_path / f"{first}.sqlite", lambda n, first=first: first <= n < first + 3)  # type: ignore[misc]
        assert play(TWO, world, Journal(store)).exit_code == 0
        assert (world.values["rule"], world.values["writers"]) == ("green", 0)


def test_one_that_does_not_leaves_it_unfinished_to_be_resumed(world: World, tmp_path: Path) -> None:
    store = Silent(tmp_path / "journal.sqlite", lambda n: n > 8)
    with pytest.raises(Unfinished, match="opslib resume plan-one") as caught:
        play(TWO, world, Journal(store))
    assert caught.value.exit_code == 7
    assert play(TWO, world, Journal(SqliteStore(tmp_path / "journal.sqlite"))).exit_code == 0


def test_one_that_never_answered_is_refused_at_once(world: World, tmp_path: Path) -> None:
    with pytest.raises(JournalUnreachable):
        play(TWO, world, Journal(Silent(tmp_path / "journal.sqlite", lambda _: True)))
    assert world.clock.seconds == 0
    assert world.sent == []


def test_a_claim_always_has_its_plan(tmp_path: Path) -> None:
    """Killed at any write of the claim, the plan can be found by whoever is told of it."""
    for number in range(1, 8):
        world = World(ToyClock(), fault=(number, "kill before"))
        store = SqliteStore(tmp_path / f"{number}.sqlite")
        with contextlib.suppress(Killed):
            Journal(FailingStore(store, world)).claim(TWO)
        journal = Journal(store)
        try:
            journal.refuse_if_held(TWO.target)
        except Overtaken:
            assert journal.plan_document(TWO.id)["id"] == TWO.id


def test_what_was_read_for_the_plan_is_not_asked_again(world: World, journal: Journal) -> None:
    reader = Reader({"toy": world})
    reader("toy", "Get", name="rule")
    assert play(plan(set_value("rule", "blue")), world, journal, reader=reader).exit_code == 0
    assert world.interactions == 1


def test_it_looks_soon_at_first_and_then_less_often(world: World, journal: Journal) -> None:
    slept: list[float] = []
    last = [0.0]

    def slept_for() -> None:
        slept.append(world.clock.seconds - last[0])
        last[0] = world.clock.seconds
        if world.clock.seconds > 60:
            world.values["endpoint"] = "new"

    world.clock.on_sleep = slept_for
    play(plan(Until(id="until", title="it is there", name="endpoint", becomes="new")), world, journal)
    assert slept[0] == pytest.approx(0.4)
    assert all(wait <= later + 1e-6 for wait, later in pairwise(slept))
    assert all(wait <= max(0.4, sum(slept[:before]) / 12) + 1e-6 for before, wait in enumerate(slept))
    assert len(slept) < 50


@pytest.mark.parametrize("interaction", [1, 2], ids=["read", "call"])
def test_a_service_that_asks_to_be_left_alone_is_left_alone(world: World, journal: Journal, interaction: int) -> None:
    slept: list[float] = []
    world.clock.on_sleep = lambda: slept.append(world.clock.seconds)
    world.fault = (interaction, "not now")
    assert play(plan(set_value("endpoint", "new")), world, journal).exit_code == 0
    assert slept == [2]
