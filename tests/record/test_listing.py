"""Lists of what was done: for people, and line by line for an audit."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opslib.procedure import Call, Journal, Needed
from opslib.record import export, history
from tests.procedure.toy import START, Killed, Never, SetValue, World, set_value
from tests.record.conftest import EVIDENCE, Play, incident_plan

pytestmark = pytest.mark.feature("S3")


@pytest.fixture
def three(play: Play, world: World, journal: Journal) -> Journal:
    """A plan that was done, one that was undone, and one that was killed, an hour after each other."""
    never = Never(id="never", title="no")
    stories = [(set_value("writers", 0),), (set_value("endpoint", "new"), never), (set_value("rule", "green"),)]
    for number, steps in enumerate(stories, 1):
        planned = START + timedelta(hours=number)
        the_plan = incident_plan(*steps, plan_id=f"plan-{number}", target=f"toy:{number % 2}").model_copy(
            update={"created_at": planned, "expires_at": planned + timedelta(hours=1)}
        )
        world.clock.seconds = number * 3600.0
        if number == 3:
            world.fault = (world.interactions + 2, "kill after")
            with pytest.raises(Killed):
                play(the_plan)
        else:
            play(the_plan)
    return journal


def test_the_history_has_every_plan_with_its_outcome_the_newest_first(three: Journal) -> None:
    assert [(one.plan_id, one.exit_code, one.meaning) for one in history(three)] == [
        ("plan-3", 7, "unfinished"),
        ("plan-2", 4, "failed and undone"),
        ("plan-1", 0, "done"),
    ]
    unfinished, undone, _ = history(three)
    assert (unfinished.ended_at, unfinished.says) == (None, "forward: `opslib resume plan-3` continues it")
    assert (undone.actor, undone.procedure, undone.planned_at) == ("ada", "toy", START + timedelta(hours=2))
    assert undone.ended_at == START + timedelta(hours=2, seconds=14)
    assert "everything was undone" in undone.says


def test_the_history_of_a_target_or_since_a_time(three: Journal) -> None:
    assert [one.plan_id for one in history(three, target="toy:1")] == ["plan-3", "plan-1"]
    assert [one.plan_id for one in history(three, since=START + timedelta(hours=2))] == ["plan-3", "plan-2"]
    assert [one.plan_id for one in history(three, "toy:1", START + timedelta(hours=2))] == ["plan-3"]
    assert history(three, target="toy:9") == ()


def test_the_export_has_every_act_with_who_why_and_on_what_evidence(three: Journal) -> None:
    lines = list(export(three))
    assert [(line["plan_id"], line["event"], line["step_id"]) for line in lines] == [
        ("plan-1", "planned", ""),
        ("plan-1", "called", "set-writers"),
        ("plan-1", "done", "set-writers"),
        ("plan-1", "ended", ""),
        ("plan-2", "planned", ""),
        ("plan-2", "called", "set-endpoint"),
        ("plan-2", "done", "set-endpoint"),
        ("plan-2", "undo_called", "set-endpoint"),
        ("plan-2", "undone", "set-endpoint"),
        ("plan-2", "ended", ""),
        ("plan-3", "planned", ""),
        ("plan-3", "called", "set-rule"),
    ]
    assert all((line["actor"], line["reason"], line["environment"]) == ("ada", "a test", "prod") for line in lines)
    assert lines[0]["evidence"] == EVIDENCE
    assert lines[1]["before"] == {"value": 3}
    assert lines[2]["after"] == {"value": 0}
    assert lines[9]["exit_code"] == 4


def test_the_export_is_the_same_text_each_time_and_a_later_one_continues_it(three: Journal, play: Play) -> None:
    def text() -> str:
        return "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in export(three))

    before = text()
    assert before == text()
    later = START + timedelta(hours=4)
    the_plan = incident_plan(set_value("writers", 9), plan_id="plan-4", target="toy:4")
    play(the_plan.model_copy(update={"created_at": later, "expires_at": later + timedelta(hours=9)}))
    assert text().startswith(before)
    assert [line["plan_id"] for line in export(three, later)][:1] == ["plan-4"]


def test_a_plan_that_died_while_it_was_being_kept_is_listed_and_has_done_nothing(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 0)))
    kept = journal.store.get("plan#plan-one", "plan")
    assert kept is not None
    journal.store.delete("plan#plan-one", "plan", expected=kept.version)
    assert [one.plan_id for one in history(journal)] == ["plan-one"]
    assert list(export(journal)) == []


def test_no_secret_of_a_call_is_in_a_record_a_list_or_an_export(play: Play, journal: Journal) -> None:
    class WithSecret(SetValue):
        def observe(self, read: object, known: object, intent: object) -> object:  # type: ignore[override]
            seen = super().observe(read, known, intent)  # type: ignore[arg-type]
            if isinstance(seen, Needed):
                call = Call("toy", "Set", {"name": "rule", "value": "green", "password": "hunter2"},
                            secret=frozenset({"password"}))  # fmt: skip
                return Needed(call, seen.before)
            return seen

    play(incident_plan(WithSecret(id="s", title="s", name="rule", wanted="green")))
    from opslib.record import incident, render_html, render_markdown

    record = incident(journal, "plan-one")
    everything = [record.model_dump_json(), render_html(record), render_markdown(record)]
    everything += [json.dumps(line) for line in export(journal)] + [str(history(journal))]
    assert "password=[secret]" in everything[0]
    assert not [text for text in everything if "hunter2" in text]
