"""The judgement of an inventory: pure, a case for each check and its harmless twin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.backup.expectation import Encryption, Expectation, Retention
from opslib.backup.files import Expiry, Observation, Part, Point, compare_copies, decide
from opslib.backup.files.deciding import MOST_TOLD, Question
from opslib.backup.files.points import Versions, time_in_name
from opslib.backup.verdict import Finding, verdict_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"


def point(hours: float, *parts: Part, **more: Any) -> Point:
    name = f"p{hours:06.1f}"
    manifest = {"name": "orders", "environment": "prod"}
    fields = {"time_from": "name", "mark": name, "manifest": manifest} | more
    return Point(name, NOW - timedelta(hours=hours), parts=parts or (encrypted(name),), **fields)


def encrypted(name: str, **more: Any) -> Part:
    return Part(name, **({"size": 100, "encryption": "aws:kms", "key": KEY, "digests": {"sha256": name}} | more))


HOURLY = tuple(point(hours) for hours in range(7 * 24 + 1, -1, -1))
GOOD = Question(
    seen=Observation("s3://b/p/", "s3", HOURLY, versioning="Enabled", expiries=(), key_states={KEY: "Enabled"}),
    expect=Expectation(retention=Retention(days=7), encryption=Encryption(algorithm="aws:kms", key="1234")),
    now=NOW,
    name="orders",
    environment="prod",
)


def seen(**changes: Any) -> Question:
    return replace(GOOD, seen=replace(GOOD.seen, **changes))


def earlier(*points: Point, **changes: Any) -> Mapping[str, Mapping[str, Any]]:
    return {each.name: {"time": each.time.isoformat(), "mark": each.mark} | changes for each in points}


def expecting(**changes: Any) -> Question:
    return replace(GOOD, expect=GOOD.expect.model_copy(update=changes))


SEEN = {"a": (NOW - timedelta(days=2)).isoformat(), "b": (NOW - timedelta(hours=1)).isoformat()}
"""Versions that were recorded, with since when they may not be the current ones."""


def kept(*versions: str, days: int | None = None) -> Question:
    """These older versions of a point are there, and a rule removes them after so many days."""
    older = Versions(older={version: NOW - timedelta(hours=1) for version in versions})
    rules = (Expiry("old versions", "p/", days, noncurrent=True),) if days else ()
    return seen(versions={HOURLY[5].name: older}, expiries=rules)


BAD: dict[str, tuple[Question, str]] = {
    "no point": (seen(points=()), "points"),
    "an empty point": (seen(points=(*HOURLY[:-1], point(0, encrypted("x", size=0)))), "points"),
    "older than the RPO": (seen(points=HOURLY[:-2]), "age"),
    "of the future": (seen(points=(*HOURLY, point(-1))), "age"),
    "a gap": (seen(points=(*HOURLY[:50], *HOURLY[53:])), "gaps"),
    "a recorded point gone": (
        replace(seen(points=HOURLY[100:]), earlier=earlier(*HOURLY[90:]), recorded_since=HOURLY[90].time),
        "retention",
    ),
    "a point that lists otherwise": (replace(GOOD, earlier=earlier(HOURLY[3], mark="other")), "unchanged"),
    "of another environment": (
        seen(points=(*HOURLY[:-1], point(0, manifest={"name": "orders", "environment": "staging"}))),
        "identity",
    ),
    "removed too soon": (seen(expiries=(Expiry("tidy", "p/", 3),)), "expiry"),
    "versions off": (seen(versioning="Suspended"), "versions"),
    "a delete marker": (seen(deleted={"p0005.5": NOW - timedelta(hours=5)}), "versions"),
    "versions removed too soon": (
        replace(
            seen(expiries=(Expiry("old versions", "p/", 3, noncurrent=True),)),
            expect=GOOD.expect.model_copy(update={"retention": Retention(days=7, versions_days=4)}),
        ),
        "expiry",
    ),
    "a version that was seen gone": (replace(kept("b"), earlier=earlier(HOURLY[5], versions=SEEN)), "versions"),
    "a version gone before the rule's time": (
        replace(kept("b", days=3), earlier=earlier(HOURLY[5], versions=SEEN)),
        "versions",
    ),
    "not encrypted": (seen(points=(*HOURLY[:-1], point(0, encrypted("x", encryption="", key="")))), "encryption"),
    "another key": (expecting(encryption=Encryption(algorithm="aws:kms", key="other")), "encryption"),
    "a disabled key": (seen(key_states={KEY: "Disabled"}), "key"),
    "a key that goes": (seen(key_states={KEY: "PendingDeletion"}), "key"),
}

HARMLESS: dict[str, Question] = {
    "as it should be": GOOD,
    "the newest just within the RPO": seen(points=HOURLY[:-1]),
    "jitter": seen(
        points=tuple(
            replace(each, time=each.time + timedelta(minutes=-13 * (number % 2))) for number, each in enumerate(HOURLY)
        )
    ),
    "a clock that differs a little": replace(GOOD, now=NOW - timedelta(minutes=4)),
    "a point gone after its time": replace(GOOD, earlier=earlier(point(24 * 8))),
    "a rule after its time": seen(
        expiries=(Expiry("tidy", "p/", 30), Expiry("old versions", "p/", 1, noncurrent=True))
    ),
    "older versions that are there": replace(kept("a", "b"), earlier=earlier(HOURLY[5], versions=SEEN)),
    "an older version gone in time": replace(kept("b", days=2), earlier=earlier(HOURLY[5], versions=SEEN)),
    "a version of a point that is past its time": replace(GOOD, earlier=earlier(point(24 * 8), versions=SEEN)),
    "older versions kept long enough": replace(
        kept("a", "b", days=4), expect=GOOD.expect.model_copy(update={"retention": Retention(days=7, versions_days=4)})
    ),
    "a delete marker after its time": seen(deleted={"old": NOW - timedelta(days=9)}),
    "no encryption asked": expecting(encryption=None),
}

UNKNOWN: dict[str, tuple[Question, str]] = {
    "young, and no record": (seen(points=HOURLY[100:]), "retention"),
    "rules that may not be read": (seen(expiries=None), "expiry"),
    "a version gone, and rules that may not be read": (
        replace(seen(expiries=None), earlier=earlier(HOURLY[5], versions=SEEN)),
        "versions",
    ),
    "versioning that may not be asked": (seen(versioning=None), "versions"),
    "a rule for some": (seen(expiries=(Expiry("tidy", "p/", 3, some=True),)), "expiry"),
    "a key that may not be asked": (seen(key_states={}), "key"),
}


def found(question: Question, verdict: str) -> set[str]:
    return {finding.check for finding in decide(question) if finding.verdict == verdict}


@pytest.mark.feature("B1")
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_disproven_by_its_check_alone(case: str) -> None:
    question, check = BAD[case]
    assert found(question, "disproven") == {check}


@pytest.mark.feature("B1")
@pytest.mark.parametrize("case", HARMLESS)
def test_its_harmless_twin_is_proven(case: str) -> None:
    assert verdict_of(decide(HARMLESS[case])) == "proven"


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_could_not_be_known_is_not_checked(case: str) -> None:
    question, check = UNKNOWN[case]
    assert check in found(question, "not checked")
    assert verdict_of(decide(question)) == "not checked"


def test_a_record_proves_the_retention_of_young_points() -> None:
    question = replace(seen(points=HOURLY[100:]), earlier=earlier(*HOURLY[100:]), recorded_since=HOURLY[100].time)
    assert verdict_of(decide(question)) == "proven"


def test_of_many_findings_of_a_check_the_number_is_told() -> None:
    findings = [each for each in decide(seen(points=HOURLY[::3])) if each.check == "gaps"]
    assert len(findings) == MOST_TOLD + 1
    assert "more of the same check" in findings[-1].says


def test_where_the_time_is_known_from_is_said() -> None:
    question = seen(points=(*HOURLY[:-1], point(0, time_from="modified")))
    (age,) = (finding for finding in decide(question) if finding.check == "age")
    assert "last change" in age.says


COPIED = (point(1, Part("a", 5, {"sha256": "x"})), point(0, Part("a", 5, {"sha256": "y"})))


def copies(points: tuple[Point, ...], *, same_service: bool = False) -> tuple[Finding, ...]:
    return compare_copies(COPIED, Observation("there", "directory", points), same_service=same_service)


@pytest.mark.feature("B1")
@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        (COPIED, "proven"),
        (COPIED[:1], "disproven"),
        ((COPIED[0], point(0, Part("a", 5, {"sha256": "z"}))), "disproven"),
        ((COPIED[0], point(0, Part("a", 4, {"sha256": "y"}))), "disproven"),
        ((COPIED[0], point(0, Part("b", 5, {"sha256": "y"}))), "disproven"),
        ((point(1, Part("a", 5)), COPIED[1]), "proven"),
        ((COPIED[0], point(0, Part("a", 5, {"etag": "y"}))), "not checked"),
    ],
    ids=["the same", "missing", "other content", "other size", "a part missing", "an older one by size", "unknown"],
)
def test_second_copies(points: tuple[Point, ...], verdict: str) -> None:
    assert verdict_of(copies(points)) == verdict


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("20260310T115900.123456Z", "2026-03-10T11:59:00.123456+00:00"),
        ("orders-20260310T115900Z.dump", "2026-03-10T11:59:00+00:00"),
        ("orders_2026-03-10_11-59-00.sql.gz", "2026-03-10T11:59:00+00:00"),
        ("orders-2026-03-10T11:59:00.dump", "2026-03-10T11:59:00+00:00"),
        ("orders-2026-03-10-1159.dump", "2026-03-10T11:59:00+00:00"),
        ("db20260310115900.rdb", "2026-03-10T11:59:00+00:00"),
        ("20260310-115900.tar", "2026-03-10T11:59:00+00:00"),
        ("orders-2026-03-10.dump", "2026-03-10T00:00:00+00:00"),
        ("orders-20260310", "2026-03-10T00:00:00+00:00"),
        ("orders-20269999", None),
        ("orders", None),
    ],
)
def test_the_time_in_a_name(name: str, said: str | None) -> None:
    time = time_in_name(name)
    assert (time.isoformat() if time else None) == said


def test_a_pattern_says_where_the_time_is() -> None:
    time = time_in_name("d10.03.26-11h", "d%d.%m.%y-%Hh")
    assert time == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert time_in_name("other", "d%d") is None
