"""The world moves in order, whether it is waited for or turned ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opslib.sandbox.schedule import Schedule

START = datetime(2026, 1, 1, tzinfo=UTC)


class StandingClock:
    """A clock that only turns by hand: the sandbox's own would move the whole test process."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> datetime:
        self.time += timedelta(seconds=seconds)
        return self.time


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def schedule(clock: StandingClock) -> Schedule:
    return Schedule(clock)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_entries_happen_in_order_of_time_with_the_clock_at_theirs(schedule: Schedule, clock: StandingClock) -> None:
    seen = []
    for offset in (30, 10, 20):
        schedule.at(START + seconds(offset), lambda when: seen.append((when, clock.now())), key=str(offset))
    assert schedule.advance(25) == START + seconds(25)
    assert seen == [(START + seconds(s), START + seconds(s)) for s in (10, 20)]


def test_entries_of_one_time_happen_in_the_order_they_were_made(schedule: Schedule) -> None:
    seen = []
    for name in "cab":
        schedule.at(START + seconds(5), lambda _, name=name: seen.append(name), key=name)
    schedule.advance(5)
    assert seen == ["c", "a", "b"]


def test_what_happens_may_make_something_else_happen_on_the_way(schedule: Schedule) -> None:
    seen = []
    schedule.at(
        START + seconds(5),
        lambda when: schedule.at(when + seconds(5), seen.append, key="second"),
        key="first",
    )
    schedule.advance(60)
    assert seen == [START + seconds(10)]


def test_one_key_is_one_entry(schedule: Schedule) -> None:
    seen = []
    schedule.at(START + seconds(5), lambda _: seen.append("old"), key="rollout")
    schedule.at(START + seconds(9), lambda _: seen.append("new"), key="rollout")
    schedule.advance(60)
    assert seen == ["new"]


def test_what_is_cancelled_does_not_happen(schedule: Schedule) -> None:
    seen = []
    schedule.at(START + seconds(5), seen.append, key="rollout")
    schedule.cancel("rollout")
    schedule.cancel("never there")
    schedule.advance(60)
    assert seen == []


def test_repetition_keeps_to_whole_multiples(schedule: Schedule, clock: StandingClock) -> None:
    clock.advance(17)
    seen = []
    schedule.every(seconds(60), seen.append, key="minute")
    schedule.advance(180)
    assert seen == [START + seconds(60 * n) for n in (1, 2, 3)]


def test_waiting_runs_what_is_due_and_does_not_turn_the_clock(schedule: Schedule, clock: StandingClock) -> None:
    seen = []
    schedule.at(START + seconds(5), seen.append, key="a")
    schedule.run_due()
    assert seen == []
    clock.advance(8)
    schedule.run_due()
    assert seen == [START + seconds(5)]
    assert clock.now() == START + seconds(8)


def test_the_clock_does_not_turn_back(schedule: Schedule) -> None:
    with pytest.raises(ValueError, match="back"):
        schedule.advance(-1)
