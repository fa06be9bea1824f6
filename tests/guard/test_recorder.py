"""Every deployment is written down, whoever made it, once; and that it was good, before AWS forgets it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opslib import rollback
from opslib.rollback.history import Record
from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import REGION, SERVICE

pytestmark = pytest.mark.feature("R1")


def revisions(records: tuple[Record, ...]) -> list[str]:
    return [record.task_definition.rpartition("/")[2] for record in records]


def test_a_deployment_by_anybody_is_written_down_once_and_as_good_when_it_was(guarded: Guarded) -> None:
    arn = guarded.release(rings=False, wait=120)
    before = guarded.records()
    assert (before[-1].task_definition, before[-1].proven) == (arn, "")
    assert [image.digest[:7] for image in before[-1].images] == ["sha256:"]

    # Twice, late, and out of order: what is written down is what AWS tells, not what an event says.
    service = guarded.service()["serviceArn"]
    for minute in (5, 1, 5):
        event = {
            "source": "aws.ecs",
            "time": f"{guarded.clock.now():%Y-%m-%dT%H}:0{minute}:00Z",
            "resources": [service],
            "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED", "deploymentId": "ecs-svc/1"},
        }
        answer = guarded.invoke(f"{PREFIX}-recorder", event)
        assert answer == {SERVICE: {"written": [], "forgotten": []}}
    assert guarded.records() == before

    rollback.record_point(guarded.stack(), "api", schema_revision="0042", **guarded.options)
    guarded.wait(7200)
    assert guarded.records()[-1].proven.startswith("30 quiet minutes")
    first = rollback.points(guarded.stack(), "api", **guarded.options)[0]
    assert (first.task_definition, first.verdict, first.schema_revision) == (arn, "good", "0042")


def test_a_bad_one_is_never_written_down_as_good(guarded: Guarded) -> None:
    guarded.tell_mode("off")
    arn = guarded.release(wait=7200)
    newest = guarded.records()[-1]
    assert (newest.task_definition, newest.proven) == (arn, "")
    assert rollback.points(guarded.stack(), "api", **guarded.options)[0].verdict == "bad"


def test_a_lost_event_is_made_good_and_a_month_later_only_the_last_good_one_is_left(guarded: Guarded) -> None:
    events = guarded.sandbox.client("events", REGION)
    events.disable_rule(Name=f"{PREFIX}-deployed")
    arn = guarded.release(rings=False, wait=120)
    assert arn not in {record.task_definition for record in guarded.records()}
    guarded.wait(7200)
    assert guarded.records()[-1].task_definition == arn
    assert len(guarded.records()) > 1

    events.disable_rule(Name=f"{PREFIX}-recorder-hourly")
    month_later = guarded.clock.now() + timedelta(days=33)
    guarded.invoke(f"{PREFIX}-recorder", {"source": "aws.events", "time": month_later.isoformat()})
    assert revisions(guarded.records()) == [arn.rpartition("/")[2]]
