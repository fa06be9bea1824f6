"""What a ringing alarm leads to, one thing against it at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.calendar import Hold
from opslib.contract import Alarm
from opslib.guard.decision import Situation, decide
from opslib.rollback.history.point import Deployed, RollbackPoint

pytestmark = pytest.mark.feature("M25")

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALARM = Alarm(
    name="shop-prod-api-errors",
    arn="arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-api-errors",
    type="metric",
    workload="api",
    severity="critical",
    region="eu-west-1",
    role="symptom",
    trigger="deployment",
)
BAD = RollbackPoint("arn:x/shop-api:4", NOW - timedelta(minutes=20), "bad", "errors began to ring 5 min after it")
GOOD = RollbackPoint("arn:x/shop-api:3", NOW - timedelta(days=1), "good", "30 quiet minutes")
SEEN = Situation(
    mode="act",
    now=NOW,
    alarm=ALARM,
    newest=Deployed(BAD.task_definition, BAD.deployed_at, NOW - timedelta(minutes=15)),
    points=(BAD, GOOD),
)


@pytest.mark.parametrize("mode", ["propose", "act"])
def test_with_nothing_against_it_the_switch_decides(mode: Any) -> None:
    decision = decide(replace(SEEN, mode=mode))
    assert decision.does == mode
    assert decision.why == (
        "shop-prod-api-errors rings; shop-api:4 is bad: errors began to ring 5 min after it; shop-api:3 was good"
    )


def test_while_a_deployment_is_under_way_it_is_asked_again() -> None:
    assert decide(replace(SEEN, under_way=True)).does == "wait"
    assert decide(replace(SEEN, under_way=True, state="OK")).does == "nothing"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"mode": "off"}, "automatic rollback is off"),
        ({"alarm": None}, "the alarm is none of the stack's"),
        ({"alarm": ALARM.model_copy(update={"trigger": None})}, "no alarm that a deployment"),
        ({"alarm": ALARM.model_copy(update={"trigger": "security-incident"})}, "no alarm that a deployment"),
        ({"of_service": False}, "no alarm that a deployment"),
        ({"state": "OK"}, "the alarm rests again: it is OK"),
        ({"calendar": "maintenance: patch-days"}, "the calendar says: maintenance: patch-days"),
        ({"newest": None}, "ECS knows of no deployment that completed"),
        ({"newest": replace(SEEN.newest, completed_at=NOW - timedelta(hours=2))}, "completed 120 min ago"),
        ({"points": (replace(BAD, verdict="unproven", why="it rang before"), GOOD)}, "not known to be bad: it rang"),
        ({"points": (BAD, replace(GOOD, verdict="unproven"))}, "no revision that is known to be good"),
        ({"points": (BAD,)}, "no revision that is known to be good"),
        (
            {"hold": Hold(target="ecs:shop/api", reason="rolled back", actor="automatic", at=NOW)},
            "it was held before",
        ),
    ],
)
def test_each_thing_against_it_stops_it(change: dict[str, Any], why: str) -> None:
    decision = decide(replace(SEEN, **change))
    assert decision.does == "nothing"
    assert why in decision.why
