"""Rollback points: what was good, what was bad, and what nobody can say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opslib import rollback
from opslib.contract import Alarm
from opslib.rollback.history import HistoryObservation, Record, clean_up, points_of
from opslib.rollback.history.point import AlarmTimeline, Change, Deployed
from opslib.rollback.history.reading import telling
from tests.rollback.world import TARGET, World

pytestmark = pytest.mark.feature("R1")

DAY = datetime(2026, 3, 2, tzinfo=UTC)
LONG_AGO = DAY - timedelta(days=30)


def at(minutes: float) -> datetime:
    return DAY + timedelta(minutes=minutes)


def deployed(number: int, started: float, completed: float | None = None) -> Deployed:
    done = started + 5 if completed is None else completed
    return Deployed(f"arn:aws:ecs:x:1:task-definition/api:{number}", at(started), at(done))


def timeline(*changes: tuple[float, str, str], state: str = "OK", known_from: datetime = LONG_AGO) -> AlarmTimeline:
    made = tuple(Change(at(minutes), old, new) for minutes, old, new in changes)
    return AlarmTimeline("errors", made[-1].new if made else state, made, known_from)


RANG, QUIET = ("OK", "ALARM"), ("ALARM", "OK")

STORIES = {
    "quiet for half an hour": ((deployed(1, 0),), timeline(), 60, ["good"]),
    "not yet half an hour": ((deployed(1, 0),), timeline(), 20, ["unproven"]),
    "half an hour to the minute": ((deployed(1, 0),), timeline(), 35, ["good"]),
    "replaced too soon": ((deployed(1, 0), deployed(2, 25)), timeline(), 90, ["good", "unproven"]),
    "it rang while it rolled out": ((deployed(1, 0),), timeline((3, *RANG), (8, *QUIET)), 90, ["bad"]),
    "it rang after twenty minutes": ((deployed(1, 0),), timeline((25, *RANG), (27, *QUIET)), 90, ["bad"]),
    "it rang an hour later": ((deployed(1, 0),), timeline((65, *RANG)), 90, ["good"]),
    "it rang before, and a rollback ended it": (
        (deployed(1, 0), deployed(2, 60), deployed(1, 80)),
        timeline((70, *RANG), (90, *QUIET)),
        180,
        ["good", "bad", "good"],
    ),
    "it rang before and as long as it served": ((deployed(1, 0),), timeline((-10, *RANG)), 90, ["unproven"]),
    "it rang before, ended, and rang again": (
        (deployed(1, 0),),
        timeline((-10, *RANG), (10, *QUIET), (20, *RANG)),
        90,
        ["bad"],
    ),
    "only the end of its service is still in the history": (
        (deployed(1, -10000), deployed(2, 100)),
        timeline(known_from=at(0)),
        200,
        ["good", "good"],
    ),
    "none of its service is": (
        (deployed(1, -10000), deployed(2, -10)),
        timeline(known_from=at(0)),
        200,
        ["good", "unproven"],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_verdicts(story: str) -> None:
    deployments, alarm, now, verdicts = STORIES[story]
    points = points_of(HistoryObservation(at(now), deployments, (alarm,)))
    assert [point.verdict for point in points] == verdicts, [point.why for point in points]


def test_no_history_no_points() -> None:
    assert points_of(HistoryObservation(DAY, ())) == ()


def test_without_alarms_a_completed_deployment_is_good_and_that_is_said() -> None:
    [point] = points_of(HistoryObservation(at(60), (deployed(1, 0),)))
    assert (point.verdict, point.why) == ("good", "30 quiet minutes after it was deployed, and no alarm watches it")


def record(number: int, minutes: float, **more: str) -> Record:
    return Record(deployed(number, 0).task_definition, at(minutes), **more)


def test_what_opslib_wrote_down_is_part_of_it() -> None:
    seen = HistoryObservation(
        at(200),
        (deployed(1, 0), deployed(2, 60), deployed(1, 120)),
        (timeline(),),
        (record(1, 0.5, schema_revision="0041"), record(2, 60, schema_revision="0042"), record(1, 121, source="api:0")),
    )
    assert [(point.schema_revision, point.source[-5:]) for point in points_of(seen)] == [
        (None, "api:0"),
        ("0042", "api:2"),
        ("0041", "api:1"),
    ]


def test_what_aws_has_forgotten_is_still_a_point() -> None:
    seen = HistoryObservation(at(200), (deployed(2, 60),), (timeline(),), (record(1, -150000, proven="it was good"),))
    assert [(point.name, point.verdict) for point in points_of(seen)] == [("api:2", "good"), ("api:1", "good")]


def test_cleaning_up_never_takes_the_last_good_one() -> None:
    old = [record(1, -90 * 1440, proven="x"), record(2, -80 * 1440), record(3, -1)]
    points = points_of(HistoryObservation(at(0), (), (), tuple(old)))
    assert [point.verdict for point in points] == ["unproven", "good", "good"]
    gone = clean_up(old, points, at(0))
    assert [name.task_definition[-1] for name in gone] == ["1"]
    only_unproven = points_of(HistoryObservation(at(0), (), (), (old[2],)))
    assert clean_up([old[1]], only_unproven, at(0)) == (), "the newest stays where nothing is good"


def test_which_alarms_tell() -> None:
    def alarm(name: str, **more: str) -> Alarm:
        given = {"workload": "api", "type": "metric", "region": "eu-west-1", "arn": "arn:aws:cloudwatch:x:1:alarm:x"}
        return Alarm.model_validate({"name": name, "severity": "warning", "role": "symptom"} | given | more)

    alarms = (
        alarm("symptom"),
        alarm("informs", severity="info"),
        alarm("cause", role="cause", severity="critical"),
        alarm("silence", role="silence", severity="critical"),
        alarm("small silence", role="silence"),
        alarm("composite", role="composite", severity="emergency", type="composite"),
        alarm("other", workload="web"),
    )
    assert [found.name for found in telling(alarms, "api")] == ["symptom", "silence", "composite"]


def test_they_are_listed_newest_first_with_their_images(bad: World) -> None:
    bad.sandbox.reset_calls()
    listed = rollback.points(bad.stack(), "api", **bad.options)
    assert [(point.name, point.verdict) for point in listed] == [
        ("shop-api:4", "bad"),
        ("shop-api:3", "good"),
        ("shop-api:2", "good"),
        ("shop-api:1", "good"),
    ]
    assert "shop-prod-api-errors began to ring" in listed[0].why
    assert all(point.images[0].digest.startswith("sha256:") for point in listed)
    assert listed[1].document()["revision"] == "shop-api:3"
    assert bad.operations(mutating=True) == []


def test_a_point_is_written_down_by_hand_and_cleaned_up(world: World) -> None:
    rollback.record_point(world.stack(), "api", schema_revision="0042", actor="ada", **world.options)
    [newest, *_] = rollback.points(world.stack(), "api", **world.options)
    assert (newest.name, newest.schema_revision) == ("shop-api:3", "0042")
    assert [found.actor for found in world.records()] == ["ada"]
    assert rollback.clean_up_points(world.stack(), "api", **world.options) == ()
    world.release(rings=False)
    gone = rollback.clean_up_points(world.stack(), "api", older_than=timedelta(hours=1), **world.options)
    assert gone == (), "it is the last good one: what came after is not proven yet"
    world.wait(7200)
    gone = rollback.clean_up_points(world.stack(), "api", older_than=timedelta(hours=1), **world.options)
    assert [found.task_definition[-1] for found in gone] == ["3"]
    assert world.records() == ()


def test_the_target_of_records_is_that_of_plans(bad: World) -> None:
    assert rollback.plan_service(bad.stack(), "api", **bad.options).plan.target == TARGET
    assert rollback.service_target(bad.stack(), "api") == TARGET
