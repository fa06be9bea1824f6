"""`opslib guard pause`, `resume` and `redrive`: it rests for a while, and does late what it could not do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opslib import cli
from opslib.guard.pause import Pauses
from tests.guard.conftest import PREFIX, Guarded, Say
from tests.guard.on_call import queue_url, settle
from tests.rollback.world import REGION, SYMPTOM

pytestmark = pytest.mark.feature("M25")


def test_a_pause_stops_it_is_seen_and_ends_by_itself(on_call: Guarded, say: Say) -> None:
    code, out, _ = say("pause", "--until", "30m", "--reason", "a drill")
    assert (code, out.startswith("paused until ")) == (0, True)
    assert json.loads(say("status", "--json")[1])["pause"]["reason"] == "a drill"
    assert "has paused it until" in say("status")[1]
    on_call.release(wait=60)
    assert on_call.said()["state"] == "nothing"
    assert "has paused it until" in on_call.said()["why"]
    assert "pause" in [
        one["id"] for one in json.loads(say("decide", "api", "--json")[1])["conditions"] if not one["met"]
    ]

    on_call.wait(1800)
    assert json.loads(say("status", "--json")[1])["pause"] is None
    on_call.alarm("OK")
    on_call.alarm("ALARM")
    settle(on_call)
    assert on_call.running() == "shop-api:3"


def test_a_pause_can_be_ended_before_its_time_and_that_is_kept(on_call: Guarded, say: Say) -> None:
    assert say("pause", "--until", "7d", "--reason", "a drill")[0] == 0
    assert say("pause", "--until", "1h", "--reason", "a shorter one")[0] == 0
    code, out, _ = say("resume", "--reason", "it is over")
    assert (code, "a shorter one" in out) == (0, True)
    code, _, err = say("resume", "--reason", "again")
    assert (code, err.count("\n"), "is not paused" in err) == (2, 1, True)
    past = Pauses(on_call.journal().store).past()
    assert [(one.pause.reason, one.reason) for one in past] == [
        ("a drill", "a shorter one"),
        ("a shorter one", "it is over"),
    ]


def test_a_pause_between_the_decision_and_the_first_change_calls_it_off(on_call: Guarded, say: Say) -> None:
    """Who pauses to work by hand finds the service free."""
    on_call.sandbox.client("events", REGION).disable_rule(Name=f"{PREFIX}-auto-rollback")
    on_call.release(wait=60)
    now = on_call.clock.now().isoformat()
    event = {"do": "decide", "at": now, "began": now, "execution": "one", "event": {"detail": {"alarmName": SYMPTOM}}}
    decided = on_call.invoke(f"{PREFIX}-auto-rollback", event)
    assert decided["state"] == "go"
    assert say("pause", "--until", "1h", "--reason", "by hand")[0] == 0
    went = {"do": "advance", "at": now, "began": now, "execution": "one", "plan": decided["plan"]}
    came = on_call.invoke(f"{PREFIX}-auto-rollback", went)
    assert came["state"] == "nothing"
    assert came["why"].endswith("by hand; nothing was changed")
    assert on_call.running() == "shop-api:4"
    assert on_call.invoke(f"{PREFIX}-auto-rollback", went) == came
    on_call.alarm("OK")
    assert cli.main(["rollback", "service", "api", "--reason", "by hand", "--json"]) == 0


def test_dead_letters_are_done_where_it_is_not_too_late(on_call: Guarded, say: Say) -> None:
    assert say("redrive")[1] == "nothing lies in the dead-letter queues\n"
    on_call.sandbox.client("events", REGION).disable_rule(Name=f"{PREFIX}-auto-rollback")
    on_call.release(wait=60)
    now, sqs = on_call.clock.now(), on_call.sandbox.client("sqs", REGION)
    for number, ago in enumerate((5, 90)):
        event = {
            "id": f"event-{number}",
            "source": "aws.cloudwatch",
            "time": (now - timedelta(minutes=ago)).isoformat(),
            "detail": {"alarmName": SYMPTOM},
        }
        sqs.send_message(QueueUrl=queue_url(on_call, "auto-rollback-unheard"), MessageBody=json.dumps(event))
    sqs.send_message(QueueUrl=queue_url(on_call, "recorder-failed"), MessageBody=json.dumps({"source": "aws.events"}))

    seen = json.loads(say("redrive", "--dry-run", "--json")[1])
    assert sorted((one["does"], one["done"]) for one in seen) == [("late", False), ("record", False), ("start", False)]
    assert on_call.executions() == []
    on_call.wait(61)
    code, out, _ = say("redrive")
    assert (code, "started" in out, "recorded again" in out, "stays (late)" in out) == (0, True, True, True)
    settle(on_call)
    assert [one["name"] for one in on_call.executions()] == ["again-event-0"]
    assert on_call.running() == "shop-api:3"
    assert [one["does"] for one in json.loads(say("redrive", "--discard", "--json")[1])] == ["late"]
    on_call.wait(61)
    assert say("redrive")[1] == "nothing lies in the dead-letter queues\n"
