"""The rules of the engine, one by one."""

from __future__ import annotations

import json

import pytest

from opslib.errors import BadRequest, Overtaken
from opslib.procedure import (
    Declined,
    Journal,
    KnownAfter,
    Needed,
    Outcome,
    Paused,
    Plan,
    Satisfied,
    advance,
    dry_run,
    run,
)
from tests.procedure.toy import Copy, Killed, Never, SetValue, ToyClock, Until, World, plan, set_value


def play(the_plan: Plan, world: World, journal: Journal, runner: str = "one") -> Outcome:
    return run(the_plan, {"toy": world}, journal, clock=world.clock, runner=runner)


def test_a_finished_step_is_not_looked_at_again(world: World, journal: Journal) -> None:
    outcome = play(plan(set_value("writers", 0, "stop"), set_value("writers", 3, "start")), world, journal)
    assert outcome.exit_code == 0
    assert [call.split("value=")[1] for call in world.sent] == ["0)", "3)"]


def test_what_is_satisfied_already_needs_no_call(world: World, journal: Journal) -> None:
    assert play(plan(set_value("writers", 3)), world, journal).exit_code == 0
    assert world.sent == []


def test_a_failure_before_anything_was_touched_changes_nothing(world: World, journal: Journal) -> None:
    outcome = play(plan(Never(id="never", title="no"), set_value("writers", 0)), world, journal)
    assert outcome.exit_code == 3
    assert "nothing was changed" in outcome.ending.says
    assert world.sent == []


def test_a_failure_undoes_in_reverse_order_to_what_was_recorded(world: World, journal: Journal) -> None:
    world.values["writers"] = 7
    the_plan = plan(set_value("writers", 0), set_value("endpoint", "new"), Never(id="never", title="no"))
    outcome = play(the_plan, world, journal)
    assert outcome.exit_code == 4
    assert world.values == {"writers": 7, "endpoint": "old", "rule": "blue"}
    assert [call.split("name=")[1].split(",")[0] for call in world.sent] == [
        "writers",
        "endpoint",
        "endpoint",
        "writers",
    ]


def test_what_was_never_intended_is_not_undone(world: World, journal: Journal) -> None:
    the_plan = plan(set_value("writers", 3, "already"), set_value("endpoint", "new"), Never(id="never", title="no"))
    assert play(the_plan, world, journal).exit_code == 4
    assert [call for call in world.sent if "writers" in call] == []


def test_no_way_back_needs_a_person_and_says_where_it_stands(world: World, journal: Journal) -> None:
    the_plan = plan(
        set_value("endpoint", "new"),
        Copy(id="copy", title="rule is the endpoint", name="rule", from_step="set-endpoint"),
        Never(id="never", title="no"),
    )
    outcome = play(the_plan, world, journal)
    assert outcome.exit_code == 5
    assert "rule is the endpoint" in outcome.ending.says
    assert "never" in outcome.ending.says
    assert world.values["endpoint"] == "old", "what has a way back was undone"


def test_a_colleague_is_never_overwritten(world: World, journal: Journal) -> None:
    """The world at neither before nor after: stop with 6, undo nothing."""
    world.fault = (10**6, "")
    world.after_call = lambda: world.values.update(rule="by a colleague")
    the_plan = plan(set_value("writers", 0), SetValue(id="rule", title="rule", name="rule", wanted="green", was="blue"))
    outcome = play(the_plan, world, journal)
    assert outcome.exit_code == 6
    assert "by a colleague" in outcome.ending.says
    assert world.values == {"writers": 0, "endpoint": "old", "rule": "by a colleague"}


def test_a_change_after_the_intent_is_foreign_too(world: World, journal: Journal) -> None:
    the_plan = plan(set_value("rule", "green"))
    world.fault = (send_of(the_plan, journal), "kill before")
    with pytest.raises(Killed):
        play(the_plan, world, journal)
    world.values["rule"] = "by a colleague"
    outcome = play(the_plan, world, journal, "two")
    assert outcome.exit_code == 6
    assert world.values["rule"] == "by a colleague"


def send_of(the_plan: Plan, journal: Journal) -> int:
    """The number of the interaction that is the first send: here each read or send of the world is one."""
    del the_plan, journal
    return 2


def test_an_intent_that_may_not_show_yet_is_waited_for(world: World, journal: Journal) -> None:
    the_plan = plan(set_value("rule", "green", settle_seconds=30))
    world.fault = (send_of(the_plan, journal), "lost")
    came = advance(the_plan, {"toy": world}, journal, world.clock, runner="one")
    assert isinstance(came, Paused)
    assert came.why == "reads may still be stale"
    assert came.look_again_seconds == pytest.approx(30)
    world.clock.sleep(30)
    assert isinstance(advance(the_plan, {"toy": world}, journal, world.clock, runner="one"), Outcome)
    assert len(world.sent) == 1


def test_a_call_without_effect_is_given_up(world: World, journal: Journal) -> None:
    world.after_call = lambda: world.values.update(rule="blue")
    outcome = play(plan(set_value("rule", "green")), world, journal)
    assert outcome.exit_code == 4
    assert len(world.sent) == 5


def test_what_is_declined_at_first_changed_nothing(world: World, journal: Journal) -> None:
    world.fault = (send_of(plan(set_value("rule", "green")), journal), "declined")
    outcome = play(plan(set_value("rule", "green")), world, journal)
    assert outcome.exit_code == 3
    assert world.sent == []


def test_a_step_times_out_from_when_it_was_first_looked_at(world: World, journal: Journal) -> None:
    waits = Until(id="until", title="it is there", name="endpoint", becomes="new", timeout_seconds=60)
    outcome = play(plan(set_value("rule", "green"), waits), world, journal)
    assert outcome.exit_code == 4
    assert "60 s" in outcome.ending.says
    assert 60 <= world.clock.seconds < 80


@pytest.mark.parametrize(("touch", "code"), [(False, 3), (True, 5)])
def test_past_its_deadline_it_stops_and_undoes_nothing(world: World, journal: Journal, touch: bool, code: int) -> None:
    waits = Until(id="until", title="it is there", name="endpoint", becomes="new", timeout_seconds=1e6)
    steps = (set_value("rule", "green"), waits) if touch else (waits, set_value("rule", "green"))
    outcome = play(plan(*steps, minutes=5), world, journal)
    assert outcome.exit_code == code
    assert world.values["rule"] == ("green" if touch else "blue")


def test_resumed_long_after_it_does_not_begin_undoing(world: World, journal: Journal) -> None:
    the_plan = plan(set_value("rule", "green"), Never(id="never", title="no"))
    world.fault = (send_of(the_plan, journal), "kill after")
    with pytest.raises(Killed):
        play(the_plan, world, journal)
    world.clock.seconds += 86_400
    outcome = play(the_plan, world, journal, "two")
    assert outcome.exit_code == 5
    assert world.values["rule"] == "green"


def test_a_target_is_held_from_start_to_outcome_also_between_two_calls(world: World, journal: Journal) -> None:
    slow = plan(Until(id="until", title="it is there", name="endpoint", becomes="new"))
    assert isinstance(advance(slow, {"toy": world}, journal, world.clock, runner="one"), Paused)
    other = plan(set_value("rule", "green"), plan_id="plan-two")
    with pytest.raises(Overtaken, match="plan-one of ada"):
        play(other, world, journal, "two")
    world.values["endpoint"] = "new"
    assert play(slow, world, journal).exit_code == 0
    assert play(other, world, journal, "two").exit_code == 0


def test_another_target_is_free(world: World, journal: Journal) -> None:
    slow = plan(Until(id="until", title="it is there", name="endpoint", becomes="new"))
    advance(slow, {"toy": world}, journal, world.clock, runner="one")
    assert play(plan(set_value("rule", "green"), plan_id="plan-two", target="toy:other"), world, journal).exit_code == 0


def test_of_two_at_work_on_one_plan_the_second_is_told_who_the_first_is(
    world: World, journal: Journal, clock: ToyClock
) -> None:
    the_plan = plan(set_value("rule", "green"))
    journal.claim(the_plan)
    with journal.lease(the_plan.id, "the first", clock) as alive:
        clock.on_sleep = alive.beat
        with pytest.raises(Overtaken, match="the first is at work"):
            play(the_plan, world, journal, "the second")
    assert world.sent == []


def test_a_dead_runners_lease_is_taken_over_after_its_time(world: World, journal: Journal, clock: ToyClock) -> None:
    the_plan = plan(set_value("rule", "green"))
    world.fault = (1, "kill before")
    with pytest.raises(Killed):
        play(the_plan, world, journal, "the first")
    before = clock.seconds
    assert play(the_plan, world, journal, "the second").exit_code == 0
    assert clock.seconds - before >= 20


def test_a_runner_that_slept_through_its_lease_is_detected(world: World, journal: Journal) -> None:
    """AWS takes no fencing token: the call goes out, and the runner then finds that it is no longer its turn."""
    the_plan = plan(set_value("rule", "green"), set_value("writers", 0))
    taken_over: list[int] = []

    def meanwhile() -> None:
        if not taken_over:
            taken_over.append(play(the_plan, world, journal, "the second").exit_code)

    world.after_call = meanwhile
    with pytest.raises(Overtaken):
        play(the_plan, world, journal, "the first")
    assert taken_over == [0]
    assert world.values == {"writers": 0, "endpoint": "old", "rule": "green"}


def test_a_dry_run_says_what_the_run_then_does_and_does_nothing(world: World, journal: Journal) -> None:
    the_plan = plan(
        set_value("writers", 3, "already"),
        set_value("endpoint", "new"),
        Copy(id="copy", title="rule is the endpoint", name="rule", from_step="set-endpoint"),
    )
    foreseen = [item.seen for item in dry_run(the_plan, {"toy": world})]
    assert world.sent == []
    assert isinstance(foreseen[0], Satisfied)
    assert isinstance(foreseen[1], Needed)
    assert isinstance(foreseen[2], KnownAfter)
    said = [str(foreseen[1].call), str(foreseen[2].call)]
    play(the_plan, world, journal)
    assert [call.replace("<known after set-endpoint>", "new") for call in said] == world.sent


def test_reads_are_remembered_until_the_next_call_or_wait(world: World, journal: Journal) -> None:
    three = [set_value("writers", 3, f"look-{number}") for number in range(3)]
    play(plan(*three), world, journal)
    assert world.interactions == 1


def test_a_second_run_of_an_ended_plan_gives_its_outcome_and_does_nothing(world: World, journal: Journal) -> None:
    first = play(plan(set_value("rule", "green")), world, journal)
    world.values["rule"] = "later"
    again = play(plan(set_value("rule", "green")), world, journal)
    assert again.ending == first.ending
    assert world.values["rule"] == "later"


def test_a_throttled_read_is_waited_for_and_never_impossible(world: World, journal: Journal) -> None:
    world.fault = (1, "not now")
    assert play(plan(set_value("rule", "green")), world, journal).exit_code == 0


def test_a_refused_read_is(world: World, journal: Journal) -> None:
    def refuse(*_: object) -> None:
        raise Declined("not allowed to look", code="AccessDenied")

    world.read = refuse  # type: ignore[method-assign]
    outcome = play(plan(set_value("rule", "green")), world, journal)
    assert outcome.exit_code == 3
    assert "not allowed to look" in outcome.ending.says


def test_a_plan_keeps_every_field_of_every_step(journal: Journal) -> None:
    the_plan = plan(set_value("rule", "green"), Copy(id="copy", title="copy", name="rule", from_step="set-rule"))
    journal.claim(the_plan)
    document = journal.plan_document(the_plan.id)
    assert document == json.loads(json.dumps(the_plan.document()))
    assert [step["kind"] for step in document["steps"]] == ["toy.set", "toy.copy"]
    assert document["steps"][0]["wanted"] == "green"
    assert document["steps"][1]["from_step"] == "set-rule"


def test_the_history_has_every_plan_and_an_unknown_one_is_a_bad_request(world: World, journal: Journal) -> None:
    play(plan(set_value("rule", "green")), world, journal)
    play(plan(set_value("rule", "blue"), plan_id="plan-two"), world, journal)
    assert [(entry.plan_id, entry.actor) for entry in journal.history()] == [("plan-one", "ada"), ("plan-two", "ada")]
    with pytest.raises(BadRequest, match="there is no plan"):
        journal.plan_document("plan-three")


def test_a_secret_parameter_is_in_no_journal(world: World, journal: Journal) -> None:
    from opslib.procedure import Call

    class Hush(SetValue):
        def observe(self, read, known, intent):  # type: ignore[no-untyped-def]
            seen = super().observe(read, known, intent)
            if isinstance(seen, Needed):
                call = Call(seen.call.port, seen.call.operation, seen.call.parameters, secret=frozenset({"value"}))
                return Needed(call, seen.before)
            return Satisfied()

    play(plan(Hush(id="hush", title="quiet", name="rule", wanted="hunter2")), world, journal)
    assert world.values["rule"] == "hunter2"
    assert "hunter2" not in journal.progress("plan-one").model_dump_json()
