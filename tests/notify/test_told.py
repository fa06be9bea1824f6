"""A message as a step of a plan: told once at most, whatever happens to the plan or to the channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from opslib.notify import Log, Message, NotDelivered, NotifyPort, Severity, Told, outcome_message
from opslib.procedure import Call, Journal, Needed, Outcome, Plan, SqliteStore, dry_run, run
from tests.procedure.toy import Killed, Never, SetValue, ToyClock, World, plan, set_value

pytestmark = pytest.mark.feature("O4")


@dataclass
class Remembers:
    """A channel that keeps what it is told, and may do something else too."""

    name: str = "memory"
    least: Severity = "info"
    told: list[Message] = field(default_factory=list)
    then: Callable[[], None] = lambda: None

    def deliver(self, message: Message) -> None:
        self.told.append(message)
        self.then()


@pytest.fixture
def clock() -> ToyClock:
    return ToyClock()


@pytest.fixture
def world(clock: ToyClock) -> World:
    return World(clock)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(SqliteStore(tmp_path / "journal.sqlite"))


def play(the_plan: Plan, world: World, journal: Journal, *channels: Any) -> Outcome:
    ports = {"toy": world, "notify": NotifyPort(channels, within_seconds=5)}
    return run(the_plan, ports, journal, clock=world.clock, runner="one")


def told(text: str = "", **more: Any) -> Told:
    return Told(id="told", title="people know", text=text, **more)


def test_a_plan_tells_and_the_journal_keeps_what_became_of_it(world: World, journal: Journal) -> None:
    memory = Remembers()
    broken = Remembers("broken", then=lambda: (_ for _ in ()).throw(NotDelivered("it answered 500")))
    outcome = play(plan(told("hello", severity="critical", facts={"who": "ada"})), world, journal, memory, broken)
    assert outcome.exit_code == 0
    assert memory.told == [Message("people know", "hello", "critical", {"who": "ada"})]
    assert outcome.progress.record("told").facts["deliveries"] == [
        {"channel": "memory", "delivered": True, "says": ""},
        {"channel": "broken", "delivered": False, "says": "it answered 500"},
    ]


@pytest.mark.parametrize("killed", ["before", "after"])
def test_a_kill_around_the_sending_loses_a_message_rather_than_tell_it_twice(
    world: World, journal: Journal, killed: str
) -> None:
    memory = Remembers()

    class Dies(NotifyPort):
        def send(self, call: Call) -> Any:
            if killed == "after":
                super().send(call)
            raise Killed

    the_plan = plan(told("hello"), set_value("writers", 0))
    with pytest.raises(Killed):
        run(the_plan, {"toy": world, "notify": Dies([memory])}, journal, clock=world.clock, runner="one")
    world.clock.seconds += 60
    outcome = play(the_plan, world, journal, memory)
    assert outcome.exit_code == 0
    assert len(memory.told) == (1 if killed == "after" else 0)
    assert outcome.progress.record("told").facts == {}, "another process knows nothing of it"


def test_a_message_is_not_undone_and_leaves_the_undoing_alone(world: World, journal: Journal) -> None:
    memory = Remembers()
    outcome = play(plan(set_value("writers", 0), told(), Never(id="never", title="no")), world, journal, memory)
    assert outcome.exit_code == 4
    assert outcome.ending.says.endswith("everything was undone")
    assert len(memory.told) == 1
    assert world.values["writers"] == 3


def test_placeholders_are_filled_with_what_earlier_steps_found(world: World, journal: Journal) -> None:
    memory = Remembers()
    step = told(
        "writers are {set-writers.value}, {set-writers.nothing}, {later.value}, {set-writers.value.deeper}, {}, {x}",
        message_title="writers: {set-writers.value}",
        facts={"now": "{set-writers.value}"},
    )
    assert play(plan(set_value("writers", 0), step), world, journal, memory).exit_code == 0
    (message,) = memory.told
    assert message.title == "writers: 0"
    assert message.text == "writers are 0, ?, <known after later>, ?, {}, {x}"
    assert message.facts == {"now": "0"}


def test_placeholders_read_facts_and_nothing_of_python() -> None:
    seen = told("{a.__class__} {a.b.__class__.__init__} {a.b.c}").observe(None, {"a": {"b": {"c": 1}}}, None)  # type: ignore[arg-type]
    assert isinstance(seen, Needed)
    assert seen.call.parameters["text"] == "? ? 1"


def test_a_dry_run_shows_the_message_and_tells_nobody(world: World) -> None:
    memory = Remembers()
    the_plan = plan(set_value("writers", 0), told("writers are {set-writers.value}"))
    foreseen = dry_run(the_plan, {"toy": world, "notify": NotifyPort([memory])})
    assert isinstance(foreseen[1].seen, Needed)
    assert str(foreseen[1].seen.call) == (
        "notify:Tell(title=people know, text=writers are <known after set-writers>, severity=info)"
    )
    assert memory.told == []


def test_a_call_that_makes_no_message_breaks_nothing() -> None:
    port = NotifyPort([Log()])
    for parameters in ({}, {"title": "x", "colour": "red"}, {"title": "x", "severity": "odd"}):
        (delivery,) = port.send(Call("notify", "Tell", parameters))["deliveries"]
        assert not delivery["delivered"]
    assert port.read("Deliveries", {"title": "never sent"}) == {"deliveries": None}


def test_the_step_comes_back_from_json_as_it_was() -> None:
    step = told("x {a.b}", severity="critical", facts={"a": "b"}, link="https://example.com")
    assert Told.model_validate_json(step.model_dump_json()) == step
    assert not isinstance(step, SetValue)
    assert Told.nothing_to_undo


def test_how_a_plan_ended_is_a_message_too(world: World, journal: Journal) -> None:
    done = outcome_message(play(plan(set_value("writers", 0)), world, journal), "https://example.com/x")
    facts = {"target": "toy:shop", "plan": "plan-one", "who": "ada", "why": "a test", "took": "0 s"}
    assert done == Message("toy of toy:shop is done", "done", "info", facts, "https://example.com/x")
    failing = plan(set_value("writers", 1), Never(id="never", title="no"), plan_id="plan-two")
    undone = outcome_message(play(failing, world, journal))
    assert (undone.title, undone.severity) == ("toy of toy:shop failed and was undone", "critical")
    assert "everything was undone" in undone.text
