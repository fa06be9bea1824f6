"""The record says what happened: of plans that went well, failed, were undone, killed, overtaken, or are not over."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest

from opslib.calendar import HoldSet
from opslib.errors import BadRequest
from opslib.notify import Told
from opslib.procedure import Journal
from opslib.record import IncidentRecord, incident, json_schema
from tests.procedure.toy import START, Copy, Killed, Never, SetValue, Until, World, set_value
from tests.record.conftest import EVIDENCE, Play, incident_plan

pytestmark = [pytest.mark.feature("R19"), pytest.mark.feature("O2")]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def states(record: IncidentRecord) -> dict[str, str]:
    return {step.id: step.state for step in record.steps}


def test_who_what_why_when_and_how_it_ended(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 0), set_value("endpoint", "new")))
    record = incident(journal, "plan-one")
    assert (record.plan_id, record.procedure, record.target) == ("plan-one", "toy", "toy:shop")
    assert (record.actor, record.reason, record.environment, record.severity) == ("ada", "a test", "prod", "critical")
    assert (record.planned_at, record.expires_at) == (START, after(3600))
    assert record.outcome.model_dump() == {"exit_code": 0, "meaning": "done", "says": "done", "at": after(14)}
    assert record.evidence == EVIDENCE


def test_before_and_after_of_each_change(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 3, "already"), set_value("endpoint", "new"), Told(id="told", title="said")))
    record = incident(journal, "plan-one")
    (change,) = record.changes
    assert change.model_dump() == {
        "step_id": "set-endpoint",
        "title": "endpoint is new",
        "before": {"value": "old"},
        "after": {"value": "new"},
        "undone": False,
    }
    assert record.steps[0].attempts == 0
    assert record.steps[2].found == {"deliveries": []}


def test_the_timeline_has_every_call_with_its_time_and_attempt(play: Play, world: World, journal: Journal) -> None:
    world.fault = (2, "lost")  # the first call's answer is lost, and it was not applied: it is sent again
    play(incident_plan(set_value("writers", 0), Until(id="until", title="it is", name="writers", becomes=0)))
    record = incident(journal, "plan-one")
    assert [(one.at, one.event, one.step_id, one.attempt) for one in record.timeline if one.at >= START] == [
        (START, "planned", "", 0),
        (START, "called", "set-writers", 2),
        (after(7), "done", "set-writers", 0),
        (after(7), "done", "until", 0),
        (after(7), "ended", "", 0),
    ]
    called = record.timeline[4]
    assert called.says == "toy:Set(name=writers, value=0)"
    assert record.steps[0].attempts == 2
    assert [step.part for step in record.steps] == ["execute", "execute"]


def test_a_failure_that_was_undone(play: Play, journal: Journal) -> None:
    never = Never(id="never", title="it is so")
    play(incident_plan(set_value("writers", 0), Told(id="told", title="said"), set_value("endpoint", "new"), never))
    record = incident(journal, "plan-one")
    assert (record.outcome.exit_code, record.outcome.meaning) == (4, "failed and undone")
    assert states(record) == {"set-writers": "undone", "told": "done", "set-endpoint": "undone", "never": "failed"}
    assert record.undone == ("endpoint is new", "writers is 0"), "in the order of the undoing; a message is none of it"
    assert [(change.before["value"], change.undone) for change in record.changes] == [(3, True), ("old", True)]
    assert [one.event for one in record.timeline[-5:]] == ["undo_called", "undone", "undo_called", "undone", "ended"]
    assert record.steps[0].undo_call == "toy:Set(name=writers, value=3)"
    assert record.steps[0].undone_at == after(28)


def test_a_refusal_that_changed_nothing(play: Play, journal: Journal) -> None:
    play(incident_plan(Never(id="never", title="it is so"), set_value("writers", 0)))
    record = incident(journal, "plan-one")
    assert (record.outcome.exit_code, record.outcome.meaning) == (3, "refused, nothing changed")
    assert states(record) == {"never": "failed", "set-writers": "not_begun"}
    assert (record.changes, record.undone) == ((), ())


def test_what_has_no_way_back(play: Play, journal: Journal) -> None:
    copy = Copy(id="copy", title="rule is it", name="rule", from_step="set-writers")
    play(incident_plan(set_value("writers", 0), copy, Never(id="never", title="no")))
    record = incident(journal, "plan-one")
    assert record.outcome.exit_code == 5
    assert states(record) == {"set-writers": "undone", "copy": "no_way_back", "never": "failed"}


def test_what_somebody_else_changed(play: Play, world: World, journal: Journal) -> None:
    def meddle() -> None:
        world.values["endpoint"] = "theirs"

    world.after_call = meddle
    play(incident_plan(set_value("writers", 0), SetValue(id="e", title="e", name="endpoint", wanted="new", was="old")))
    record = incident(journal, "plan-one")
    assert (record.outcome.exit_code, record.outcome.meaning) == (6, "overtaken by somebody else")
    assert states(record) == {"set-writers": "done", "e": "overtaken"}
    assert record.undone == ()


def test_what_was_only_borrowed_is_given_back_to_somebody_else(play: Play, world: World, journal: Journal) -> None:
    def meddle() -> None:
        world.values["endpoint"] = "theirs"

    world.after_call = meddle
    theirs = SetValue(id="e", title="e", name="endpoint", wanted="new", was="old")
    play(incident_plan(set_value("writers", 0, loan=True), set_value("rule", "red"), theirs))
    record = incident(journal, "plan-one")
    assert record.outcome.exit_code == 6
    assert states(record) == {"set-writers": "undone", "set-rule": "done", "e": "overtaken"}
    assert record.undone == ("writers is 0",)


def test_what_failed_past_the_point_of_no_return(play: Play, journal: Journal) -> None:
    never = Never(id="never", title="no")
    play(incident_plan(set_value("writers", 0, final=True), never, set_value("rule", "red")))
    record = incident(journal, "plan-one")
    assert record.outcome.exit_code == 5
    assert states(record) == {"set-writers": "done", "never": "failed", "set-rule": "done"}
    assert record.steps[1].why == "it cannot be"
    assert record.undone == ()


def test_what_was_killed_is_unfinished_and_says_how_to_go_on(play: Play, world: World, journal: Journal) -> None:
    the_plan = incident_plan(set_value("writers", 0), set_value("endpoint", "new"), set_value("rule", "green"))
    world.fault = (5, "kill after")  # the second call is applied, and then the process is gone
    with pytest.raises(Killed):
        play(the_plan)
    record = incident(journal, "plan-one")
    assert (record.outcome.exit_code, record.outcome.meaning, record.outcome.at) == (7, "unfinished", None)
    assert "step 2 of 3 ('endpoint is new')" in record.outcome.says
    assert "`opslib resume plan-one`" in record.outcome.says
    assert states(record) == {"set-writers": "done", "set-endpoint": "under_way", "set-rule": "not_begun"}
    assert record.durations.execution_seconds is None
    world.fault = None
    play(the_plan, runner="two")
    assert incident(journal, "plan-one").outcome.exit_code == 0


def test_what_was_killed_while_undoing(play: Play, world: World, journal: Journal) -> None:
    the_plan = incident_plan(set_value("writers", 0), set_value("endpoint", "new"), Never(id="never", title="no"))
    for place in range(1, 30):
        world.fault = (place, "kill before")
        world.interactions = 0
        try:
            play(the_plan, runner=f"runner-{place}")
        except Killed:
            record = incident(journal, "plan-one")
            if record.outcome.says.startswith("undoing"):
                break
    assert "undoing, after 'no' failed: it cannot be" in record.outcome.says
    assert states(record)["never"] == "failed"
    assert record.outcome.exit_code == 7


def test_what_ran_out_of_time(play: Play, journal: Journal) -> None:
    wait = Until(id="until", title="never so", name="rule", becomes="pink", timeout_seconds=9_999)
    play(incident_plan(set_value("writers", 0), wait, minutes=2))
    record = incident(journal, "plan-one")
    assert record.outcome.exit_code == 5
    assert "its time ran out" in record.outcome.says
    assert states(record) == {"set-writers": "done", "until": "failed"}


def test_durations_come_from_the_alarms_in_the_evidence(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 0)))
    durations = incident(journal, "plan-one").durations
    assert durations.model_dump() == {
        "detection_seconds": 120,
        "response_seconds": 70,
        "mitigation_seconds": 197,  # the plan's end: nothing says when the alarms were quiet
        "execution_seconds": 7,
    }


def test_what_a_step_found_of_the_alarms_completes_the_evidence(play: Play, world: World, journal: Journal) -> None:
    quiet = [{"name": name, "ok_at": after(5).isoformat()} for name in ("api-5xx", "api-slow")]
    world.values["alarms"] = quiet

    class Looks(SetValue):
        def observe(self, read: Any, known: Any, intent: Any) -> Any:
            seen = super().observe(read, known, intent)
            return type(seen)({"alarms": seen.facts["value"]})

    play(incident_plan(set_value("writers", 0), Looks(id="q", title="quiet", name="alarms", wanted=quiet)))
    record = incident(journal, "plan-one")
    assert record.durations.mitigation_seconds == 195
    assert [(alarm.name, alarm.ok_at) for alarm in record.alarms] == [("api-5xx", after(5)), ("api-slow", after(5))]
    assert [one.says for one in record.timeline if one.event == "quiet"] == [
        "api-5xx went to OK",
        "api-slow went to OK",
    ]


def test_while_one_alarm_is_not_quiet_it_is_not_over(play: Play, journal: Journal) -> None:
    loud, quiet = ({"name": name, "alarm_at": START.isoformat()} for name in ("loud", "quiet"))
    quiet["ok_at"] = after(3).isoformat()
    never = Never(id="never", title="no")
    play(incident_plan(set_value("writers", 0), never, context={"alarms": [loud, quiet]}))
    assert incident(journal, "plan-one").durations.mitigation_seconds is None
    play(incident_plan(set_value("writers", 1), never, context={"alarms": [quiet]}, plan_id="plan-two"))
    assert incident(journal, "plan-two").durations.mitigation_seconds == 3


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"alarms": 3, "severity": 7, "environment": None},
        {"alarms": ["x", None, {"name": 3}, {"name": "a", "alarm_at": "soon"}, {"alarm_at": START.isoformat()}]},
        {"alarms": [{"name": "a", "alarm_at": "2026-01-01T00:00:00"}]},  # without a zone it is no moment
        {"alarms": {"name": "a"}},
        {"alarms": "many"},
    ],
)
def test_evidence_of_any_other_form_is_kept_as_it_is(play: Play, journal: Journal, context: dict[str, Any]) -> None:
    play(incident_plan(set_value("writers", 0), context=context))
    record = incident(journal, "plan-one")
    assert record.evidence == context
    assert (record.alarms, record.severity) == ((), None)
    assert record.durations.detection_seconds is None
    assert record.durations.execution_seconds == 7


def test_the_hold_that_stands_is_told(play: Play, journal: Journal) -> None:
    hold = HoldSet(id="hold", title="held", target="ecs:shop/api", reason="42 failed", actor="ada", plan="plan-one")
    play(incident_plan(set_value("writers", 0), hold))
    placed = incident(journal, "plan-one").hold
    assert placed is not None
    assert placed.model_dump() == {"target": "ecs:shop/api", "scope": "deploys", "reason": "42 failed"}


def test_a_hold_that_was_undone_is_not_told_as_one_that_stands(play: Play, journal: Journal) -> None:
    hold = HoldSet(id="hold", title="held", target="ecs:shop/api", reason="42 failed", actor="ada", plan="plan-one")
    play(incident_plan(hold, Never(id="never", title="no")))
    record = incident(journal, "plan-one")
    assert record.hold is None
    assert record.undone == ("held",)


def test_a_plan_that_is_not_there(journal: Journal) -> None:
    with pytest.raises(BadRequest, match="there is no plan plan-nine"):
        incident(journal, "plan-nine")


def test_the_document_fits_the_published_schema_and_comes_back(play: Play, journal: Journal) -> None:
    never = Never(id="never", title="no")
    for number, steps in enumerate([(set_value("writers", 0),), (set_value("writers", 1), never), (never,)]):
        play(incident_plan(*steps, plan_id=f"plan-{number}"))
        record = incident(journal, f"plan-{number}")
        document = json.loads(json.dumps(record.document()))
        schema = json_schema()
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
        assert IncidentRecord.model_validate(document) == record
        assert document["schema_version"] == 1


def test_the_record_is_the_same_however_often_it_is_asked_for(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 0), Never(id="never", title="no")))
    assert incident(journal, "plan-one").model_dump_json() == incident(journal, "plan-one").model_dump_json()
