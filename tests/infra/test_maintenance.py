"""From a stack's windows to mute rules: what is muted when, how it moves on, and what a person is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import StackConfig, main, read_stack_file
from infra.kinds.stack import HORIZON_NOTICE
from infra.model import Monitoring, monitoring
from infra.muting import Mute, mutes
from opslib.calendar import Calendar
from opslib.errors import BadRequest
from opslib.monitoring.evaluate import MuteRule, windows
from tests.infra.conftest import shipped
from tests.infra.product import config_of, product

pytestmark = pytest.mark.feature("M17")

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
NIGHTS = {"days": ["Mon", "Wed", "Fri"], "start": "02:00", "minutes": 120}
SUNDAY = {"days": ["Sun"], "start": "02:00", "minutes": 120, "zone": "Europe/Berlin"}
PATCHES = {
    "monthly": ["first Monday", "third Monday", "last Friday"],
    "start": "20:00",
    "minutes": 60,
    "zone": "Europe/Berlin",
}
MODEL = monitoring(config_of(1), region="eu-central-1")
EVERY_FORM = {"deploy-nights": NIGHTS, "sunday": SUNDAY, "patch-days": PATCHES}


def config(maintenance: dict[str, Any], count: int = 3, **more: Any) -> StackConfig:
    return StackConfig.parse({**product(count), "maintenance": maintenance, **more}, source="test")


def model(windows_: dict[str, Any], now: datetime = NOW, **maintenance: Any) -> Monitoring:
    return monitoring(config({"windows": windows_, **maintenance}), region="eu-central-1", now=now)


def by_key(found: Monitoring) -> dict[str, Mute]:
    return {mute.key: mute for mute in found.mutes}


def spans(muted: tuple[Mute, ...], after: datetime, before: datetime) -> set[tuple[datetime, datetime]]:
    """When anything is muted, as CloudWatch reads the rules."""
    rules = [MuteRule.parse(one.expression, one.duration, timezone=one.zone, alarms=one.alarms) for one in muted]
    return {(window.start, window.end) for rule in rules for window in windows(rule, after, before)}


def test_a_weekly_window_is_one_rule_that_recurs() -> None:
    found = by_key(model(EVERY_FORM))
    nights, sunday = found["deploy-nights"], found["sunday"]
    assert (nights.expression, nights.duration) == ("cron(0 2 * * MON,WED,FRI)", "PT2H")
    assert (sunday.name, sunday.expression, sunday.zone) == (
        "many-test-mute-sunday",
        "cron(0 2 * * SUN)",
        "Europe/Berlin",
    )


@pytest.mark.parametrize("start", [NOW, datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)])
def test_cloudwatch_mutes_exactly_when_the_calendar_says_maintenance(start: datetime) -> None:
    """The two readers of one calendar agree, up to the horizon; from there on only what is weekly is muted."""
    found = model(EVERY_FORM, start)
    calendar = Calendar(windows=tuple(config({"windows": EVERY_FORM}).maintenance.windows.values()))
    until = found.muted_until
    assert until is not None
    assert until > start + timedelta(days=92)
    occurrences = {
        (one.starts_at, one.ends_at) for window in calendar.windows for one in window.occurrences(start, until)
    }
    assert spans(found.mutes, start, until) == occurrences
    last = next(
        one
        for window in calendar.windows
        for one in window.occurrences(until, until + timedelta(minutes=1))
        if one.starts_at == until
    )
    assert (last.starts_at, last.ends_at) not in spans(found.mutes, until, until + timedelta(minutes=1))


def test_the_rules_of_a_month_stay_the_same_resources_and_each_moves_on_when_its_day_is_over() -> None:
    moments = [NOW + timedelta(days=day) for day in range(0, 400, 5)]
    patches, of = config({"windows": {"patch-days": PATCHES}}, count=1).maintenance, tuple(MODEL.watched.values())
    found = [{mute.key: mute for mute in mutes(patches, of, "shop", moment)} for moment in moments]
    assert {len(mutes) for mutes in found} == {12}
    assert len({frozenset(mutes) for mutes in found}) == 1, "no resource comes or goes as time passes"
    moved = [
        sum(before[key].expression != after[key].expression for key in before) for before, after in pairwise(found)
    ]
    assert max(moved) == 2, "the last Friday and the first Monday after it"
    assert sum(moved) == pytest.approx(3 * 400 / 30.4, abs=3)


def test_a_window_that_is_open_keeps_its_rule() -> None:
    """An `up` in the middle of a window takes no rule away: the alarms would act at once."""
    inside = datetime(2026, 11, 27, 19, 30, tzinfo=UTC)
    assert "at(2026-11-27T19:00)" in {mute.expression for mute in model({"patch-days": PATCHES}, inside).mutes}
    after = inside + timedelta(hours=1)
    assert "at(2026-11-27T19:00)" not in {mute.expression for mute in model({"patch-days": PATCHES}, after).mutes}


def test_the_horizon_has_an_alarm_a_month_before_it_and_only_where_there_is_one() -> None:
    found = model(EVERY_FORM)
    (alarm,) = found.stack_alarms
    assert found.muted_until is not None
    assert alarm.threshold == (found.muted_until - HORIZON_NOTICE).timestamp()
    assert alarm.tier == "warning"
    assert "2027-03-26" in alarm.title
    assert found.problems() == ()
    weekly = model({"deploy-nights": NIGHTS})
    assert (weekly.stack_alarms, weekly.muted_until) == ((), None)
    assert model(EVERY_FORM, horizonMonths=6).muted_until > found.muted_until


def test_a_window_that_occurs_once_is_muted_until_it_is_over_and_a_freeze_never() -> None:
    move = {"from": "2026-12-01T22:00:00+01:00", "to": "2026-12-02T03:30:00+01:00"}
    freeze = {"kind": "freeze", "from": "2026-12-20T00:00:00Z", "to": "2027-01-03T00:00:00Z"}
    (mute,) = model({"move": move, "christmas": freeze}).mutes
    assert (mute.key, mute.expression, mute.duration) == ("move", "at(2026-12-01T21:00)", "PT5H30M")
    assert model({"move": move}, datetime(2026, 12, 2, 2, 30, tzinfo=UTC)).mutes == ()


def test_all_that_acts_is_muted_but_emergencies_and_what_maintenance_leaves_alone() -> None:
    stack = monitoring(shipped("prod"), region="eu-central-1", now=NOW)
    muted = {name for mute in stack.mutes for name in mute.alarms}
    left = [watched for watched in stack.watched.values() if watched.kind.undisturbed]
    alone = {alarm.name for watched in left for alarm in (*watched.alarms, *watched.composites)}
    assert {"charges"} <= {watched.subject.key for watched in left}
    assert not {"api", "web", "public", "orders", "sessions"} & {watched.subject.key for watched in left}
    acting = {
        alarm.name
        for watched in stack.watched.values()
        for alarm in (*watched.alarms, *watched.composites)
        if alarm.tier is not None
    } | {page.name for page in stack.outages if page.acts}
    assert muted == acting - alone
    assert not muted & {emergency.name for emergency in stack.emergencies}
    assert not muted & {alarm.name for alarm in stack.stack_alarms}


def test_rules_hold_a_hundred_alarms_and_a_workload_that_goes_moves_no_other() -> None:
    def parts(*without: str) -> dict[str, tuple[str, ...]]:
        written = {**product(100, without=frozenset(without)), "maintenance": {"windows": {"deploy-nights": NIGHTS}}}
        found = monitoring(StackConfig.parse(written, source="test"), region="eu-central-1", now=NOW)
        return {mute.key: mute.alarms for mute in found.mutes}

    whole, fewer = parts(), parts("service-7")
    assert all(len(alarms) <= 100 for alarms in whole.values())
    assert set(whole) == set(fewer)
    assert [key for key in whole if whole[key] != fewer[key]] == [
        key for key in whole if any("service-7-" in name for name in whole[key])
    ]


def test_windows_whose_rules_would_have_one_name_are_told() -> None:
    found = model({"patch-days": PATCHES, "patch-days-first-monday-0": SUNDAY})
    assert found.problems() == (
        "maintenance.windows: 2 mute rules are called patch-days-first-monday-0: rename a window",
    )


def test_a_stack_without_windows_has_no_rules() -> None:
    found = monitoring(config_of(2), region="eu-central-1")
    assert (found.mutes, found.stack_alarms, found.concerns) == ((), (), ())


BACKED_UP = {
    "instance": "many-orders",
    "allocatedStorageGib": 100,
    "memoryGib": 4,
    "backupWindow": "23:45-00:15",
}


@pytest.mark.parametrize(
    ("window", "meets"),
    [
        ({"days": "Tue", "start": "00:10", "minutes": 5}, True),
        ({"days": "Tue", "start": "00:15", "minutes": 5}, False),
        ({"days": "Tue", "start": "23:00", "minutes": 45}, False),
        ({"days": "Tue", "start": "23:00", "minutes": 46}, True),
        # In Berlin it is midnight at 22:00 UTC in summer, and at 23:00 in winter.
        ({"days": "Tue", "start": "00:00", "minutes": 50, "zone": "Europe/Berlin"}, True),
        ({"days": "Tue", "start": "00:00", "minutes": 45, "zone": "Europe/Berlin"}, False),
    ],
)
def test_a_window_over_the_backup_of_a_database_is_told(window: dict[str, Any], meets: bool) -> None:
    found = config({"windows": {"night": window}}, databases={"orders": BACKED_UP})
    said = [text for text in monitoring(found, region="eu-central-1", now=NOW).concerns if "backup" in text]
    assert bool(said) is meets
    if meets:
        assert said[0].startswith(
            "databases.orders.backupWindow: the backup at 23:45-00:15 UTC falls into the window night"
        )


def test_an_alarm_that_would_ring_at_the_windows_end_for_what_is_over_is_told() -> None:
    (said,) = monitoring(shipped("prod"), region="eu-central-1", now=NOW).concerns
    assert "parcel-prod-public-slo-slow (3 days)" in said
    assert "slo-fast" not in said, "an hour is what work is expected to be done before"
    assert model({"deploy-nights": NIGHTS}).concerns == ()


def test_the_check_of_a_file_says_what_to_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Path(__file__).parents[2] / "Pulumi.prod.yaml"
    (tmp_path / "Pulumi.prod.yaml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["--stack", "prod", "--dir", str(tmp_path)]) == 0
    assert "maintenance: what happens in a window may ring when the window ends" in capsys.readouterr().err


BAD = [
    ({"on": ["first Monday"], "start": "02:00", "minutes": 5}, "`on` is YAML for true: write `monthly`"),
    ({"days": ["Caturday"], "start": "02:00", "minutes": 5}, "'Caturday' is no day of the week"),
    ({"monthly": ["sixth Monday"], "start": "02:00", "minutes": 5}, "is no weekday of the month"),
    ({"days": ["Mon"], "start": 120, "minutes": 5}, "is no time of day, such as 02:30"),
    ({"days": ["Mon"], "start": "02:00", "minutes": 20000}, "minutes"),
    ({"days": ["Mon"], "start": "02:00", "minutes": 5, "zone": "Europe/Bonn"}, "there is no time zone"),
    ({"days": ["Mon"], "monthly": ["last Friday"], "start": "02:00", "minutes": 5}, "has to have one of"),
    ({"start": "02:00", "minutes": 5}, "has to have one of"),
    ({"name": "x", "days": ["Mon"], "start": "02:00", "minutes": 5}, "its name stands before it already"),
    ({"from": "2027-01-01T00:00:00Z", "to": "2027-01-17T00:00:00Z"}, "mutes for 15 days at most"),
    ({"from": "2027-01-02T00:00:00Z", "to": "2027-01-01T00:00:00Z"}, "ends before it starts"),
    ("02:00", "night"),
]


@pytest.mark.parametrize(("window", "says"), BAD, ids=[says for _, says in BAD])
def test_a_window_that_is_wrong_is_told_on_one_line(window: Any, says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        config({"windows": {"night": window}})
    text = str(refused.value)
    assert says in text
    assert text.startswith("test: maintenance.windows")
    assert "\n" not in text


@pytest.mark.parametrize("name", ["Night", "two words", "x" * 33, True])
def test_a_name_becomes_part_of_names_in_aws(name: Any) -> None:
    with pytest.raises(BadRequest, match=r"maintenance\.windows"):
        config({"windows": {name: NIGHTS}})


def test_the_file_of_a_stack_says_its_windows_as_people_write_them() -> None:
    written = read_stack_file(Path(__file__).parents[2] / "Pulumi.prod.yaml")
    found = StackConfig.parse(written, source="prod").maintenance
    calendar = Calendar.parse({"windows": found.document()}, source="prod")
    assert str(calendar.verdict(datetime(2027, 12, 24, tzinfo=UTC))) == "frozen (christmas) until 2028-01-03 06:00 UTC"
    assert calendar.verdict(datetime(2026, 11, 23, 3, tzinfo=UTC)).window == "deploy-nights"


def test_the_example_of_the_guide_is_one() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "calendar.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    written = yaml.safe_load(example)["opslib:maintenance"]
    assert {mute.key.partition("-first")[0] for mute in model(written["windows"]).mutes} >= {
        "deploy-nights",
        "sunday",
        "patch-days",
    }
