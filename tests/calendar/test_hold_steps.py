"""Holds in plans: set by a plan that may be killed anywhere, undone with it, and never over somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from opslib.calendar import Hold, HoldLifted, HoldPort, Holds, HoldSet
from opslib.errors import JournalUnreachable
from opslib.procedure import (
    Call,
    Declined,
    Journal,
    Needed,
    NotNow,
    Outcome,
    Plan,
    SqliteStore,
    Step,
    Unknown,
    dry_run,
    run,
)
from tests.procedure.toy import START, Killed, Never, ToyClock, World, plan, set_value

pytestmark = pytest.mark.feature("S2")

API = "ecs:parcel-prod/api"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "journal.sqlite")


@pytest.fixture
def holds(store: SqliteStore) -> Holds:
    return Holds(store)


@pytest.fixture
def world() -> World:
    return World(ToyClock())


class FailingPort:
    """The real port, whose n-th interaction fails as a world's does."""

    def __init__(self, port: HoldPort, world: World) -> None:
        self._port, self._world = port, world

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._world.meets(lambda: self._port.read(operation, parameters))
        return answer

    def send(self, call: Call) -> Mapping[str, Any]:
        kind = self._world._kind()
        answer: Mapping[str, Any] = self._world.meets(lambda: self._port.send(call))
        if kind == "applied and lost":
            raise Unknown("the answer was lost")
        return answer


def step(plan_id: str = "plan-one", scope: Any = "deploys") -> HoldSet:
    return HoldSet(
        id="hold", title="the api is held", target=API, scope=scope, reason="42 failed", actor="ada", plan=plan_id
    )


def play(the_plan: Plan, world: World, store: SqliteStore) -> Outcome:
    ports = {"toy": world, "hold": FailingPort(HoldPort(store, world.clock), world)}
    return run(the_plan, ports, Journal(store), clock=world.clock, runner="one")


def with_never(*steps: Step) -> Plan:
    return plan(*steps, Never(id="never", title="no"))


def test_a_plan_holds_its_target(world: World, store: SqliteStore, holds: Holds) -> None:
    outcome = play(plan(step()), world, store)
    assert outcome.exit_code == 0
    held = holds.get(API)
    assert held == Hold(target=API, reason="42 failed", actor="ada", at=START, plan="plan-one")
    assert outcome.progress.record("hold").facts["hold"]["plan"] == "plan-one"


def test_undoing_lifts_what_the_plan_set_and_says_so(world: World, store: SqliteStore, holds: Holds) -> None:
    assert play(with_never(step()), world, store).exit_code == 4
    assert holds.get(API) is None
    (past,) = holds.lifted(API)
    assert (past.actor, past.reason) == ("ada", "plan plan-one was undone")


@pytest.mark.parametrize("scope", ["deploys", "changes"])
def test_somebody_elses_hold_is_as_good_and_survives_our_undoing(
    world: World, store: SqliteStore, holds: Holds, scope: Any
) -> None:
    theirs = holds.set(Hold(target=API, scope=scope, reason="audit", actor="bob", at=START))
    outcome = play(with_never(step(), set_value("writers", 0)), world, store)
    assert outcome.exit_code == 4
    assert outcome.progress.record("hold").facts["hold"]["actor"] == "bob"
    assert holds.get(API) == theirs
    assert holds.lifted(API) == ()


def test_a_hold_of_somebody_else_that_stops_less_is_not_overwritten(
    world: World, store: SqliteStore, holds: Holds
) -> None:
    theirs = holds.set(Hold(target=API, reason="audit", actor="bob", at=START))
    outcome = play(plan(step(scope="changes")), world, store)
    assert outcome.exit_code == 6
    assert "bob holds ecs:parcel-prod/api" in outcome.ending.says
    assert holds.get(API) == theirs


def test_a_hold_that_a_person_has_lifted_stays_lifted(world: World, store: SqliteStore, holds: Holds) -> None:
    world.fault = (2, "kill after")  # it is set, and then the process is gone
    with pytest.raises(Killed):
        play(plan(step()), world, store)
    holds.lift(API, actor="bob", reason="43 is good", at=START)
    world.fault = None
    assert play(plan(step()), world, store).exit_code == 0
    assert holds.get(API) is None


def test_undoing_leaves_a_hold_that_has_taken_the_place_of_ours(world: World, store: SqliteStore, holds: Holds) -> None:
    def take_over() -> None:
        holds.lift(API, actor="bob", reason="mine now", at=START)
        holds.set(Hold(target=API, reason="audit", actor="bob", at=START))

    world.after_call = take_over
    outcome = play(with_never(step(), set_value("writers", 0, settle_seconds=0)), world, store)
    assert outcome.exit_code in {4, 6}
    world.after_call = lambda: None
    assert str(holds.get(API)).startswith("bob holds")


@pytest.mark.parametrize("kind", ["kill before", "kill after", "applied and lost"])
@pytest.mark.parametrize("place", range(1, 7))
@pytest.mark.parametrize("undone", [False, True])
def test_killed_anywhere_it_is_held_once_or_lifted_once(
    world: World, store: SqliteStore, holds: Holds, kind: str, place: int, *, undone: bool
) -> None:
    the_plan = with_never(step()) if undone else plan(step())
    world.fault = (place, kind)
    try:
        outcome = play(the_plan, world, store)
    except Killed:
        world.fault = None
        world.clock.seconds += 60
        outcome = play(the_plan, world, store)
    assert outcome.exit_code == (4 if undone else 0)
    held = holds.get(API)
    assert (held is None) is undone
    assert len(holds.lifted(API)) == (1 if undone else 0)


def test_the_hold_stands_when_somebody_was_quicker_between_our_look_and_our_call(
    world: World, store: SqliteStore, holds: Holds
) -> None:
    class Quicker(HoldPort):
        def send(self, call: Call) -> Mapping[str, Any]:
            if holds.get(API) is None:
                holds.set(Hold(target=API, reason="mine", actor="bob", at=START))
            return super().send(call)

    ports = {"hold": Quicker(store, world.clock)}
    outcome = run(plan(step()), ports, Journal(store), clock=world.clock, runner="one")
    assert outcome.exit_code == 0
    assert holds.get(API) == Hold(target=API, reason="mine", actor="bob", at=START)


def test_a_dry_run_shows_the_call_and_holds_nothing(world: World, store: SqliteStore, holds: Holds) -> None:
    (foreseen,) = dry_run(plan(step()), {"hold": HoldPort(store, world.clock)})
    assert isinstance(foreseen.seen, Needed)
    assert str(foreseen.seen.call) == (
        f"hold:Set(target={API}, scope=deploys, reason=42 failed, actor=ada, plan=plan-one)"
    )
    assert holds.all() == ()


def test_what_the_port_says_when_it_cannot(world: World, store: SqliteStore, tmp_path: Path) -> None:
    port = HoldPort(store, world.clock)
    for call in (Call("hold", "Eat", {"target": API}), Call("hold", "Set", {"target": API, "scope": "all"})):
        with pytest.raises(Declined):
            port.send(call)
    with pytest.raises(Declined):
        port.read("List", {})
    (tmp_path / "file").write_text("")
    gone = HoldPort(SqliteStore(tmp_path / "file" / "journal.sqlite"), world.clock)
    with pytest.raises(NotNow):
        gone.read("Get", {"target": API})
    with pytest.raises(Unknown):
        gone.send(Call("hold", "Set", {"target": API, "reason": "x", "actor": "ada"}))
    with pytest.raises(JournalUnreachable):
        Holds(SqliteStore(tmp_path / "file" / "journal.sqlite")).all()


@pytest.mark.parametrize("kind", [HoldSet, HoldLifted])
def test_the_steps_come_back_from_json_as_they_were(kind: type[Step]) -> None:
    one = step() if kind is HoldSet else step().undo({}, {})
    assert isinstance(one, kind)
    assert kind.model_validate_json(one.model_dump_json()) == one
