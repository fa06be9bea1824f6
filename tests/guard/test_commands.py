"""`opslib guard`, as a person on call types it, on a stack whose parts are really there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from opslib import cli
from opslib.guard.proposals import Proposals
from opslib.guard.status import read_status
from opslib.permissions import ROLES, Scope, statements
from opslib.procedure import Call, Declined, Port, Ports
from opslib.rollback import Workbench
from tests.guard.conftest import PREFIX, Guarded, Say, promise
from tests.guard.on_call import mutating, queue_url, settle
from tests.rollback.world import ACCOUNT, REGION, SYMPTOM, TARGET

pytestmark = pytest.mark.feature("M25")

SCOPE = Scope("aws", ACCOUNT, REGION, "shop", "prod", (("shop", "api"),))


def test_what_is_alive_what_it_did_and_what_it_waits_with(on_call: Guarded, say: Say) -> None:
    on_call.sandbox.reset_calls()
    code, out, err = say("status", "--json")
    found = json.loads(out)
    assert (code, err, found["mode"], found["withinMinutes"], found["pause"]) == (0, "", "act", 60, None)
    assert {(one["kind"], one["name"], one["state"]) for one in found["parts"]} == {
        ("rule", f"{PREFIX}-auto-rollback", "alive"),
        ("state machine", f"{PREFIX}-auto-rollback", "alive"),
        ("function", f"{PREFIX}-auto-rollback", "alive"),
        ("queue", f"{PREFIX}-auto-rollback-unheard", "alive"),
        ("queue", f"{PREFIX}-auto-rollback-failed", "alive"),
        ("rule", f"{PREFIX}-deployed", "alive"),
        ("rule", f"{PREFIX}-recorder-hourly", "alive"),
        ("function", f"{PREFIX}-recorder", "alive"),
        ("queue", f"{PREFIX}-recorder-failed", "alive"),
    }
    assert (found["last"], found["held"], found["proposals"]) == ([], [], [])
    assert mutating(on_call) == []

    on_call.release(wait=0)
    on_call.wait(30)
    assert json.loads(say("status", "--json")[1])["last"][0]["state"] == "running"
    settle(on_call)
    found = json.loads(say("status", "--json")[1])
    [did] = found["last"]
    assert (did["state"], did["alarm"], did["says"]) == ("rolled back", SYMPTOM, "done")
    assert did["plan"] == on_call.journal().history()[0].plan_id
    assert [hold["target"] for hold in found["held"]] == [TARGET]
    code, out, _ = say("status")
    assert code == 0
    assert "automatic rollback is on: it acts" in out
    assert "rolled back" in out


def test_what_is_amiss_is_said_and_ends_with_1(on_call: Guarded, say: Say) -> None:
    """One thing after another, in one stack."""
    aws, called = on_call.sandbox.client, f"{PREFIX}-auto-rollback"

    def amiss() -> dict[str, str]:
        code, out, _ = say("status", "--json")
        found = {
            one["kind"] + " " + one["name"]: one["says"] for one in json.loads(out)["parts"] if one["state"] == "amiss"
        }
        assert code == (1 if found else 0)
        return found

    url = queue_url(on_call, "auto-rollback-unheard")
    for _ in range(2):
        aws("sqs", REGION).send_message(QueueUrl=url, MessageBody="{}")
    assert amiss() == {f"queue {called}-unheard": "2 messages lie in it"}
    aws("sqs", REGION).purge_queue(QueueUrl=url)
    aws("events", REGION).disable_rule(Name=called)
    assert amiss() == {f"rule {called}": "DISABLED"}
    aws("events", REGION).enable_rule(Name=called)
    aws("events", REGION).remove_targets(Rule=called, Ids=["machine"])
    expected = {f"rule {called}": "ENABLED, and starts nothing"}
    assert amiss() == expected
    aws("lambda", REGION).delete_function(FunctionName=called)
    aws("sqs", REGION).delete_queue(QueueUrl=queue_url(on_call, "auto-rollback-failed"))
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{called}"
    aws("stepfunctions", REGION).delete_state_machine(stateMachineArn=machine)
    on_call.wait(60)
    gone = (f"function {called}", f"queue {called}-failed", f"state machine {called}")
    assert amiss() == expected | dict.fromkeys(gone, "it is not there")


class Denied(dict[str, Port]):
    """Ports of which IAM lets nobody look at functions."""

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports)
        self["lambda"] = self
        self._ports = ports

    def __missing__(self, name: str) -> Port:
        return self._ports[name]

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        raise Declined(f"lambda:{operation}: not authorized to look at {parameters}", code="AccessDeniedException")

    def send(self, call: Call) -> Mapping[str, Any]:
        raise AssertionError(f"nothing is changed: {call}")


def test_what_cannot_be_looked_at_is_said_and_ends_with_3(on_call: Guarded) -> None:
    found = read_status(Workbench.checked(on_call.stack(), **on_call.options, ports=Denied))
    unseen = [one.name for one in found.parts if one.state == "not checked"]
    assert (found.exit_code, unseen) == (3, [f"{PREFIX}-auto-rollback"])


def test_where_it_is_off_there_is_nothing_to_be_amiss(
    on_call: Guarded, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(on_call, tmp_path, monkeypatch, mode="off")
    code, out, _ = say("status")
    assert code == 0
    assert "automatic rollback is off" in out
    assert f"{PREFIX}-auto-rollback" not in out


def test_a_proposal_is_shown_with_its_evidence_until_it_is_taken(on_call: Guarded, say: Say) -> None:
    assert say("proposals")[1] == "nothing is proposed\n"
    on_call.tell_mode("propose")
    on_call.release(wait=180)
    [proposal] = Proposals(on_call.journal().store).all()
    assert proposal.told
    on_call.sandbox.reset_calls()
    code, out, _ = say("proposals")
    assert code == 0
    assert "api: back to shop-api:3 open" in out
    assert f"alarm    {SYMPTOM}" in out
    assert "runs     shop-api:4, deployed " in out
    assert "was good shop-api:3, deployed " in out
    assert f"the deployment counts as the cause until {proposal.until:%H:%M} UTC" in out
    assert "do it    opslib rollback service api --to shop-api:3 --stack shop/prod" in out
    assert mutating(on_call) == []
    [shown] = json.loads(say("proposals", "--json")[1])
    assert (shown["state"], shown["command"]) == ("open", proposal.command("shop/prod"))
    assert [one["service"] for one in json.loads(say("status", "--json")[1])["proposals"]] == ["api"]

    on_call.wait(3600)
    assert say("proposals")[1] == "nothing is proposed\n"
    assert json.loads(say("proposals", "--all", "--json")[1])[0]["state"] == "over"

    on_call.alarm("OK")
    assert cli.main(["rollback", "service", "api", "--reason", "as proposed", "--json"]) == 0
    [shown] = json.loads(say("proposals", "--all", "--json")[1])
    assert shown["state"] == "taken"
    assert on_call.journal().history()[0].plan_id in shown["says"]


def test_what_would_be_decided_is_said_and_nothing_is_done(
    on_call: Guarded, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call.sandbox.client("events", REGION).disable_rule(Name=f"{PREFIX}-auto-rollback")
    on_call.release(wait=60)
    on_call.sandbox.reset_calls()
    code, out, _ = say("decide", "api", "--json")
    found = json.loads(out)
    assert (code, found["decision"], found["alarm"], found["refused"]) == (0, "act", SYMPTOM, None)
    assert all(one["met"] for one in found["conditions"])
    assert [step["id"] for step in found["plan"]["steps"]]
    code, out, _ = say("decide", "api")
    assert f"api, by {SYMPTOM}: act" in out
    assert "nothing was changed, and nobody was told" in out

    on_call.alarm("OK")
    found = json.loads(say("decide", "api", "--json")[1])
    assert (found["decision"], found["why"]) == ("nothing", "the alarm rests again: it is OK")
    assert [one["id"] for one in found["conditions"] if not one["met"]] == ["rings"]
    promise(on_call, tmp_path, monkeypatch, mode="off")
    found = json.loads(say("decide", "api", "--json")[1])
    assert [one["id"] for one in found["conditions"] if not one["met"]] == ["switch", "rings"]
    assert [name for name in mutating(on_call) if name != "SetAlarmState"] == []


BAD = (
    (("decide", "nix"), "has no service 'nix'"),
    (("decide", "ghost"), "ghost has no alarm that a deployment makes ring"),
    (("decide", "api", "--alarm", "other"), "other starts no rollback of api"),
    (("pause", "--until", "soon", "--reason", "x"), "--until 'soon' says no time"),
    (("pause", "--until", "2026-11-21T18:00", "--reason", "x"), "says no time"),
    (("pause", "--until", "2020-01-01T00:00Z", "--reason", "x"), "is over"),
    (("pause", "--until", "8d", "--reason", "x"), "more than 7 days ahead"),
    (("pause", "--until", "99999d", "--reason", "x"), "more than 7 days ahead"),
    (("pause", "--until", "1h", "--reason", " "), "--reason is empty"),
    (("resume", "--reason", "x"), "is not paused"),
    (("status", "--stack", "other/prod"), "other/prod"),
)


def test_bad_input_is_one_clear_line_and_changes_nothing(on_call: Guarded, say: Say) -> None:
    on_call.sandbox.reset_calls()
    for words, told in BAD:
        code, out, err = say(*words)
        assert (code, out, err.count("\n")) == (2, "", 1), (words, err)
        assert told in err, words
    assert mutating(on_call) == []


def test_a_viewer_may_look_and_an_operator_may_do_the_rest(on_call: Guarded, say: Say) -> None:
    on_call.release(wait=0)
    settle(on_call)
    on_call.sandbox.reset_calls()
    for words in (("status",), ("proposals",), ("decide", "api")):
        assert say(*words)[0] == 0
    assert made(on_call) <= granted("viewer")
    url = queue_url(on_call, "recorder-failed")
    on_call.sandbox.client("sqs", REGION, actor="nobody").send_message(QueueUrl=url, MessageBody="{}")
    event = json.dumps({"id": "1", "time": on_call.clock.now().isoformat(), "detail": {"alarmName": SYMPTOM}})
    url = queue_url(on_call, "auto-rollback-unheard")
    on_call.sandbox.client("sqs", REGION, actor="nobody").send_message(QueueUrl=url, MessageBody=event)
    for words in (("pause", "--until", "1h", "--reason", "x"), ("resume", "--reason", "x"), ("redrive",)):
        assert say(*words)[0] == 0
    assert made(on_call) <= granted("operator")
    assert ROLES["operator"].who == "person"


def made(guarded: Guarded) -> set[str]:
    names = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
    return {
        f"{names.get(call.service, call.service)}:{'InvokeFunction' if call.operation == 'Invoke' else call.operation}"
        for call in guarded.sandbox.calls()
        if "lambda-" not in str(call.actor) and call.actor != "nobody"
    } - {"sts:GetCallerIdentity", "sqs:SendMessage"}


def granted(role: str) -> set[str]:
    return {name for statement in statements(role, SCOPE) for name in statement["Action"]}
