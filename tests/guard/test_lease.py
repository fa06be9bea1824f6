"""Who was killed leaves a lease; who is at work keeps it. Neither ends an execution for good."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opslib.guard import automatic
from opslib.procedure.journal import LEASE_SECONDS
from tests.faults.function_victim import Context, SandboxClock
from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import ACCOUNT, REGION, SYMPTOM

pytestmark = pytest.mark.feature("M25")


@pytest.fixture
def planned(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The input of the state that advances a plan, which was decided and has not begun."""
    monkeypatch.setattr(SandboxClock, "sandbox", guarded.sandbox, raising=False)
    monkeypatch.setattr(automatic, "EventClock", SandboxClock)
    for name, value in {"OPSLIB_STACK": "shop/prod", "OPSLIB_STATE": str(guarded.state)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", f"{PREFIX}-auto-rollback")
    guarded.sandbox.client("events", REGION).disable_rule(Name=f"{PREFIX}-auto-rollback")
    guarded.release(wait=60)
    now = guarded.clock.now().isoformat()
    state = {"at": now, "began": now, "execution": "one", "event": {"detail": {"alarmName": SYMPTOM}}}
    decided = automatic.handler({**state, "do": "decide"}, Context())
    assert decided["state"] == "go"
    return {**state, "do": "advance", "plan": decided["plan"]}


def test_the_lease_of_one_who_was_killed_is_waited_for_within_the_invocation(
    guarded: Guarded, planned: dict[str, Any]
) -> None:
    guarded.journal().lease(planned["plan"], "stepfunctions:one:killed", guarded.clock).__enter__()
    before = guarded.clock.now()
    came = automatic.handler(planned, Context())
    assert came["state"] == "waiting"
    assert guarded.running() == "shop-api:3", "it took over"
    assert LEASE_SECONDS <= (guarded.clock.now() - before).total_seconds() < 2 * LEASE_SECONDS


def test_who_is_at_work_is_waited_for_and_the_execution_ends_as_they_do(
    guarded: Guarded, planned: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = guarded.journal()
    with journal.lease(planned["plan"], "ada", guarded.clock) as theirs:
        turn = SandboxClock.sleep

        def sleep(self: SandboxClock, seconds: float) -> None:
            turn(self, seconds)
            theirs.beat()

        monkeypatch.setattr(SandboxClock, "sleep", sleep)
        came = automatic.handler(planned, Context())
        assert (came["state"], came["seconds"]) == ("waiting", LEASE_SECONDS)
        assert "ada is at work on plan" in came["why"]
        assert guarded.running() == "shop-api:4"
    assert automatic.handler(planned, Context())["state"] == "waiting"
    assert guarded.running() == "shop-api:3"


def test_a_target_that_somebody_else_was_first_to_claim_is_theirs(guarded: Guarded, planned: dict[str, Any]) -> None:
    store = guarded.journal().store
    [found] = [item for item in store.query("target#ecs:shop/api") if item.sk == "claim"]
    store.put(found.pk, found.sk, {"plan": "rollback-theirs", "actor": "ada"}, expected=found.version)
    came = automatic.handler(planned, Context())
    assert (came["state"], came["exitCode"]) == ("ended", 6)
    assert "rollback-theirs of ada" in came["why"]
    assert guarded.running() == "shop-api:4"


def test_the_state_machine_has_the_patience_that_a_lease_asks_for(guarded: Guarded) -> None:
    """A life that is killed again and again is outlived; one invocation has time for a lease and its work."""
    aws = guarded.sandbox.client
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-auto-rollback"
    definition = json.loads(aws("stepfunctions", REGION).describe_state_machine(stateMachineArn=arn)["definition"])
    function = aws("lambda", REGION).get_function_configuration(FunctionName=f"{PREFIX}-auto-rollback")
    assert function["Timeout"] > 2 * LEASE_SECONDS
    for name in ("Decide", "Advance"):
        [retry] = definition["States"][name]["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        pauses = [
            min(retry["IntervalSeconds"] * retry["BackoffRate"] ** n, retry["MaxDelaySeconds"])
            for n in range(retry["MaxAttempts"])
        ]
        assert sum(pauses) > 10 * LEASE_SECONDS
    assert definition["TimeoutSeconds"] > 3600 + sum(pauses)
