"""Judge an inventory: a check is a function of what was observed and what is expected, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from opslib.backup.expectation import Expectation
from opslib.backup.files.points import Observation, Point, Versions
from opslib.backup.files.versions import lost_versions
from opslib.backup.verdict import Finding
from opslib.backup.words import duration

__all__ = ["Question", "decide"]

SLACK = 1.5
"""A point may come by half its interval late: schedules jitter, and a backup takes its time."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""No point is of the future by more than clocks differ."""

MOST_TOLD = 10
"""Of findings of one check; the number of the others is told."""

TIME_FROM = {
    "manifest": "as its manifest says",
    "name": "as its name says",
    "modified": "as the time of its last change says, for neither a manifest nor its name does",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is judged, and by what.

    Attributes:
        seen: What was observed.
        expect: What is expected.
        now: The time of the observation.
        name: The source that the points should be of; empty: any.
        environment: The environment that they should be of; empty: any.
        earlier: What the evidence has recorded of points that nothing of ours has removed since: time, and mark where
            an inventory has seen the point.
        recorded_since: When that record begins; None: there is none.
    """

    seen: Observation
    expect: Expectation
    now: datetime
    name: str = ""
    environment: str = ""
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    recorded_since: datetime | None = None

    @property
    def keeps_from(self) -> datetime:
        """Points from here on have to be there."""
        return self.now - timedelta(days=self.expect.retention.days)

    @property
    def kept(self) -> tuple[Point, ...]:
        """The points that have to be there."""
        return tuple(point for point in self.seen.points if point.time >= self.keeps_from)

    @property
    def interval_seconds(self) -> int:
        """How often a point is taken."""
        return self.expect.interval_seconds or self.expect.rpo_seconds


def decide(question: Question) -> tuple[Finding, ...]:
    """The findings of every check that applies, in the order of the table below."""
    notes = tuple(Finding("observed", "not checked", note, required=False) for note in question.seen.notes)
    if not question.seen.points:
        return (Finding("points", "disproven", f"there is no point in {question.seen.place}"), *notes)
    return (*(finding for check in CHECKS for finding in _cut(tuple(check(question)))), *notes)


def _points(question: Question) -> Iterator[Finding]:
    points = question.seen.points
    empty = [point.name for point in points if not point.size]
    yield from (Finding("points", "disproven", f"{name} is empty", on=name) for name in empty)
    if not empty:
        newest, size = points[-1], sum(point.size for point in points)
        says = f"{len(points)} of {size} bytes in {question.seen.place}, the newest {newest.name}"
        yield Finding("points", "proven", says, facts={"points": len(points), "bytes": size})


def _age(question: Question) -> Iterator[Finding]:
    newest = question.seen.points[-1]
    age = (question.now - newest.time).total_seconds()
    how = TIME_FROM[newest.time_from]
    facts = {"age_seconds": round(age), "rpo_seconds": question.expect.rpo_seconds, "time_from": newest.time_from}
    if age < -CLOCKS_DIFFER.total_seconds():
        yield Finding("age", "disproven", f"{newest.name} is of the future, {how}", on=newest.name, facts=facts)
    else:
        words = f"the newest is {duration(max(age, 0.0))} old, {how}; RPO {duration(question.expect.rpo_seconds)}"
        fresh = age <= question.expect.rpo_seconds
        yield Finding("age", "proven" if fresh else "disproven", words, on=newest.name, facts=facts)


def _gaps(question: Question) -> Iterator[Finding]:
    most = question.interval_seconds * SLACK
    points = question.kept
    wrong = [
        (before, after, gap)
        for before, after in pairwise(points)
        if (gap := (after.time - before.time).total_seconds()) > most
    ]
    for before, after, gap in wrong:
        says = f"nothing for {duration(gap)} between {before.name} and {after.name}"
        yield Finding("gaps", "disproven", says, on=after.name, facts={"seconds": round(gap)})
    if not wrong and len(points) > 1:
        says = f"{len(points)} points, never more than {duration(most)} apart, of which one is due every "
        yield Finding("gaps", "proven", says + duration(question.interval_seconds))
    elif not wrong:
        yield Finding("gaps", "not checked", "there are fewer than two points to have a gap between", required=False)


def _retention(question: Question) -> Iterator[Finding]:
    """What the record names has to be there; without a record, the points have to reach back far enough."""
    there = {point.name for point in question.seen.points}
    gone = [
        name
        for name, told in sorted(question.earlier.items())
        if name not in there and datetime.fromisoformat(str(told["time"])) >= question.keeps_from
    ]
    days = question.expect.retention.days
    for name in gone:
        says = f"{name} is gone, and {days} days are not over; nothing of ours has removed it"
        yield Finding("retention", "disproven", says, on=name)
    if gone:
        return
    oldest = question.seen.points[0]
    reach = (question.now - oldest.time).total_seconds()
    facts = {"oldest": oldest.name, "reaches_back_seconds": round(reach), "days": days}
    if oldest.time <= question.keeps_from + timedelta(seconds=question.interval_seconds * SLACK):
        yield Finding("retention", "proven", f"the points reach back {duration(reach)}, of {days} d", facts=facts)
    elif question.recorded_since:
        says = f"every point that was recorded since {question.recorded_since:%Y-%m-%d %H:%M} UTC is there"
        yield Finding("retention", "proven", says, facts=facts)
    else:
        says = f"the oldest is {duration(reach)} old, and nothing says whether older ones were there"
        yield Finding("retention", "not checked", says, facts=facts)


def _unchanged(question: Question) -> Iterator[Finding]:
    now = {point.name: point.mark for point in question.seen.points}
    known = {name: str(told["mark"]) for name, told in question.earlier.items() if told.get("mark") and name in now}
    changed = [name for name, mark in sorted(known.items()) if now[name] != mark]
    for name in changed:
        yield Finding("unchanged", "disproven", f"{name} is not as an earlier inventory saw it", on=name)
    if known and not changed:
        yield Finding("unchanged", "proven", f"{len(known)} points list as an earlier inventory saw them")


def _identity(question: Question) -> Iterator[Finding]:
    ours = {"name": question.name, "environment": question.environment}
    told = [point for point in question.kept if point.manifest]
    wrong = [
        (point, key)
        for point in told
        for key, value in ours.items()
        if value and (point.manifest or {}).get(key, value) != value
    ]
    for point, key in wrong:
        says = f"{point.name} is of {key} {(point.manifest or {})[key]!r}, not {ours[key]!r}"
        yield Finding("identity", "disproven", says, on=point.name)
    if told and not wrong:
        yield Finding("identity", "proven", f"{len(told)} manifests, all of {question.name} in {question.environment}")


def _expiry(question: Question) -> Iterator[Finding]:
    retention = question.expect.retention
    days, versions_days = retention.days, retention.versions_days
    if question.seen.kind != "s3":
        return
    if question.seen.expiries is None:
        yield Finding("expiry", "not checked", "the bucket's lifecycle rules could not be read")
        return
    wanted = {False: days, True: versions_days or 0}
    short = [rule for rule in question.seen.expiries if rule.days < wanted[rule.noncurrent]]
    for rule in short:
        what = f"{'older versions of ' if rule.noncurrent else ''}what begins with {rule.prefix!r}"
        says = f"rule {rule.rule!r} removes {what} after {rule.days} days, of {wanted[rule.noncurrent]}"
        verdict, some = ("not checked", ", of some tags or sizes only") if rule.some else ("disproven", "")
        yield Finding("expiry", verdict, says + some, on=rule.rule)  # type: ignore[arg-type]  # both are verdicts
    if not short:
        versions = f", and no older version of one before {versions_days} days" if versions_days else ""
        yield Finding("expiry", "proven", f"no lifecycle rule removes a point before {days} days{versions}")


def _versions(question: Question) -> Iterator[Finding]:
    if question.seen.kind != "s3":
        return
    seen = question.seen
    hidden = {name: time for name, time in seen.deleted.items() if time >= question.keeps_from}
    for name, time in sorted(hidden.items()):
        left = len(seen.versions.get(name, Versions()).older)
        back = f"; {left} older versions are there to get it back from" if left else "; no version of it is left"
        says = f"{name} was deleted at {time:%Y-%m-%d %H:%M} UTC: a delete marker hides it{back}"
        yield Finding("versions", "disproven", says, on=name)
    lost = tuple(lost_versions(seen, question.earlier, keeps_from=question.keeps_from, now=question.now))
    yield from lost
    if question.seen.versioning is None:
        yield Finding("versions", "not checked", "whether the bucket keeps versions could not be asked")
    elif question.seen.versioning != "Enabled":
        word = question.seen.versioning.lower() or "not enabled"
        yield Finding("versions", "disproven", f"versioning is {word}: what is overwritten or deleted is gone")
    elif not hidden and not lost:
        older = sum(len(each.older) for each in seen.versions.values())
        says = f"versioning is on, and no delete marker hides a point; older versions are there: {older}"
        yield Finding("versions", "proven", says, facts={"older_versions": older})


def _encryption(question: Question) -> Iterator[Finding]:
    wanted = question.expect.encryption
    if wanted is None:
        return
    wrong = 0
    for point in question.kept or question.seen.points[-1:]:
        for part in point.parts:
            on = f"{point.name}/{part.path}" if part.path != point.name else point.name
            if part.path.endswith("manifest.json") and wanted.algorithm == "file":
                continue
            if part.encryption != wanted.algorithm:
                wrong += 1
                says = f"{on} is encrypted with {part.encryption or 'nothing'}, not {wanted.algorithm}"
                yield Finding("encryption", "disproven", says, on=on)
            elif wanted.key and not _same_key(part.key, wanted.key):
                wrong += 1
                yield Finding("encryption", "disproven", f"{on} is encrypted with another key, {part.key}", on=on)
    if not wrong:
        says = f"every object of {len(question.kept)} points is encrypted with {wanted.algorithm}"
        yield Finding("encryption", "proven", says + (f" and the key {wanted.key}" if wanted.key else ""))


def _keys(question: Question) -> Iterator[Finding]:
    used = {part.key for point in question.kept for part in point.parts if part.key}
    for key in sorted(used):
        state = question.seen.key_states.get(key, "")
        if not state:
            yield Finding("key", "not checked", f"the state of the key {key} could not be asked", on=key)
        elif state != "Enabled":
            yield Finding("key", "disproven", f"nothing that {key} encrypted can be read: it is {state}", on=key)
        else:
            yield Finding("key", "proven", f"{key} is enabled", on=key)


def _same_key(found: str, wanted: str) -> bool:
    """Whether two names of a key, ARN or id, are the same key's."""
    return found == wanted or found.rpartition("/")[2] == wanted.rpartition("/")[2]


def _cut(findings: tuple[Finding, ...]) -> Iterable[Finding]:
    if len(findings) <= MOST_TOLD:
        return findings
    worst = sorted(findings, key=lambda finding: ("disproven", "not checked", "proven").index(finding.verdict))
    more = f"and {len(findings) - MOST_TOLD} more of the same check"
    return (*worst[:MOST_TOLD], Finding(worst[0].check, worst[0].verdict, more))


CHECKS: tuple[Callable[[Question], Iterator[Finding]], ...] = (
    _points,
    _identity,
    _age,
    _gaps,
    _retention,
    _unchanged,
    _expiry,
    _versions,
    _encryption,
    _keys,
)
