"""Rollback points: what a service could go back to, and how good it was. Pure: decided from what was observed.

A point is *good* when its deployment completed and its service's alarms were then quiet for half an hour; *bad* when
one of them began to ring in that time; and *unproven* when that cannot be said: too short a time, an alarm that rang
before and after alike, a history that AWS no longer keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

__all__ = [
    "BAKE",
    "HISTORY_KEPT",
    "AlarmTimeline",
    "Change",
    "Deployed",
    "HistoryObservation",
    "Image",
    "Record",
    "RollbackPoint",
    "Verdict",
    "points_of",
    "together",
]

BAKE = timedelta(minutes=30)
"""How long alarms have to be quiet: the longest of the product's alarms needs fifteen minutes of data to ring."""

HISTORY_KEPT = timedelta(days=30)
"""How long CloudWatch keeps the history of alarms (AWS, user guide, "Alarm history")."""

_APART = timedelta(minutes=1)
"""How far ECS's several times of one deployment may be apart (ours)."""

Verdict = Literal["good", "bad", "unproven"]


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a container, and what it was when it ran.

    Attributes:
        container: The container's name.
        image: As in the task definition.
        digest: What that was resolved to; empty where nobody wrote it down.
    """

    container: str
    image: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment that completed.

    Attributes:
        task_definition: The ARN of the revision that it deployed.
        started_at: When it began.
        completed_at: When it was completed.
        images: Its images.
    """

    task_definition: str
    started_at: datetime
    completed_at: datetime
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm changed its state."""

    at: datetime
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AlarmTimeline:
    """An alarm's states.

    Attributes:
        name: The alarm's name.
        state: Its state now.
        changes: Its changes, the oldest first.
        known_from: From when on they are all there.
    """

    name: str
    state: str
    changes: tuple[Change, ...]
    known_from: datetime

    def state_at(self, when: datetime) -> str:
        """Its state at a time from `known_from` on."""
        later = (change.old for change in self.changes if change.at > when)
        return next(later, self.state)

    def left_after(self, when: datetime) -> datetime | None:
        """When it first was not in ALARM any more after a time; None: it still is."""
        return next((change.at for change in self.changes if change.at > when and change.old == "ALARM"), None)

    @property
    def rings_since(self) -> datetime | None:
        """Since when it is in ALARM; None: it is not, or nobody keeps since when."""
        return self.changes[-1].at if self.state == "ALARM" and self.changes else None

    def rings(self, after: datetime, before: datetime) -> Iterator[datetime]:
        """The times at which it began to ring in between."""
        return (change.at for change in self.changes if change.new == "ALARM" and after < change.at < before)


@dataclass(frozen=True, slots=True)
class Record:
    """What opslib itself wrote down of a deployment or a rollback.

    Attributes:
        task_definition: The ARN of the revision that served then.
        deployed_at: When.
        images: Its images.
        source: The revision of which that one is a copy; itself where it is none.
        schema_revision: The revision of the database's schema then; None: nobody said.
        plan: The plan that wrote it; empty where it was written by hand.
        actor: Who asked for that.
        proven: Why it is known to be good, whatever the alarms' history still shows; empty: it is not.
    """

    task_definition: str
    deployed_at: datetime
    images: tuple[Image, ...] = ()
    source: str = ""
    schema_revision: str | None = None
    plan: str = ""
    actor: str = ""
    proven: str = ""


@dataclass(frozen=True, slots=True)
class HistoryObservation:
    """What was seen of a service's past.

    Attributes:
        now: When it was looked at.
        deployments: Those that completed.
        alarms: The alarms that say whether it is well.
        records: What opslib wrote down.
    """

    now: datetime
    deployments: tuple[Deployed, ...]
    alarms: tuple[AlarmTimeline, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class RollbackPoint:
    """What a service could go back to.

    Attributes:
        task_definition: The ARN of the revision.
        deployed_at: When its deployment began.
        verdict: How good it was.
        why: Why.
        images: Its images, with the digests that ran.
        source: The revision of which it is a copy; itself where it is none.
        schema_revision: The revision of the database's schema then; None: nobody said.
    """

    task_definition: str
    deployed_at: datetime
    verdict: Verdict
    why: str
    images: tuple[Image, ...] = ()
    source: str = ""
    schema_revision: str | None = None

    @property
    def name(self) -> str:
        """Its family and revision: ``shop-api:7``."""
        return self.task_definition.rpartition("/")[2]

    def document(self) -> dict[str, Any]:
        """The point in JSON types."""
        return {
            "revision": self.name,
            "taskDefinition": self.task_definition,
            "deployedAt": self.deployed_at.isoformat(),
            "verdict": self.verdict,
            "why": self.why,
            "images": [
                {"container": image.container, "image": image.image, "digest": image.digest} for image in self.images
            ],
            "schemaRevision": self.schema_revision,
        }


def points_of(observation: HistoryObservation) -> tuple[RollbackPoint, ...]:
    """The rollback points of a service, the newest first."""
    pairs = sorted(_with_records(observation), key=lambda pair: pair[0].started_at)
    ends = [*(later.started_at for later, _ in pairs[1:]), None]
    points = []
    for (deployed, record), end in zip(pairs, ends, strict=False):
        verdict, why = _judge(deployed, end, observation)
        if record is not None and record.proven and verdict == "unproven":
            verdict, why = "good", record.proven
        points.append(
            RollbackPoint(
                task_definition=deployed.task_definition,
                deployed_at=deployed.started_at,
                verdict=verdict,
                why=why,
                images=deployed.images or (record.images if record else ()),
                source=(record.source if record else "") or deployed.task_definition,
                schema_revision=record.schema_revision if record else None,
            )
        )
    return tuple(reversed(points))


def _with_records(observation: HistoryObservation) -> Iterator[tuple[Deployed, Record | None]]:
    """Every deployment with what was written down of it; and what was written down of those that AWS has forgotten."""
    left = sorted(observation.records, key=lambda record: record.deployed_at)
    newest_first = sorted(observation.deployments, key=lambda deployed: deployed.started_at, reverse=True)
    for deployed in newest_first:
        of_it = [record for record in left if _is_of(record, deployed)]
        left = [record for record in left if record not in of_it]
        yield deployed, together(of_it) if of_it else None
    for record in left:
        when = record.deployed_at
        yield Deployed(record.task_definition, when, when, record.images), record


def together(records: Sequence[Record]) -> Record:
    """All that was written down of one deployment as one: the later counts, and silence takes nothing back.

    Args:
        records: One or more, the oldest first.
    """
    newest = records[-1]
    later_first = tuple(reversed(records))
    copies = (record.source for record in later_first if record.source not in ("", record.task_definition))
    return replace(
        newest,
        images=next((record.images for record in later_first if record.images), ()),
        source=next(copies, newest.source),
        schema_revision=next((r.schema_revision for r in later_first if r.schema_revision is not None), None),
        plan=next((record.plan for record in later_first if record.plan), ""),
        actor=next((record.actor for record in later_first if record.actor), ""),
        proven=next((record.proven for record in later_first if record.proven), ""),
    )


def _is_of(record: Record, deployed: Deployed) -> bool:
    """Whether it was written of this deployment: the newest one of that revision that had begun by then."""
    begun = record.deployed_at >= deployed.started_at - _APART
    return record.task_definition == deployed.task_definition and begun


def _judge(deployed: Deployed, superseded_at: datetime | None, seen: HistoryObservation) -> tuple[Verdict, str]:
    """Whether a deployment's service was well after it."""
    end = superseded_at or seen.now
    known_from = max((alarm.known_from for alarm in seen.alarms), default=deployed.started_at)
    started = max(deployed.started_at, known_from)
    quiet_from = max(deployed.completed_at, known_from)
    if quiet_from >= end:
        return "unproven", "of the time when it served, the alarms' history is no longer kept"
    for alarm in seen.alarms:
        if alarm.state_at(started) == "ALARM":
            left = alarm.left_after(started)
            if left is None or left >= end:
                return "unproven", f"{alarm.name} was in ALARM before it came and as long as it served"
            quiet_from = max(quiet_from, left)
    quiet_until = quiet_from + BAKE
    rang = min(_rings(seen.alarms, started, min(quiet_until, end)), default=None)
    if rang is not None:
        after = max(0, round((rang[0] - deployed.completed_at).total_seconds() / 60))
        return "bad", f"{rang[1]} began to ring {after} min after it was deployed"
    if quiet_until > end:
        minutes = max(0, int((end - quiet_from).total_seconds() // 60))
        so_far = "so far" if superseded_at is None else "before the next deployment began"
        return "unproven", f"only {minutes} of {BAKE.seconds // 60} quiet minutes {so_far}"
    return "good", f"{BAKE.seconds // 60} quiet minutes after it was deployed{_of(seen.alarms)}"


def _rings(alarms: Iterable[AlarmTimeline], after: datetime, before: datetime) -> Iterator[tuple[datetime, str]]:
    return ((at, alarm.name) for alarm in alarms for at in alarm.rings(after, before))


def _of(alarms: tuple[AlarmTimeline, ...]) -> str:
    return f" ({len(alarms)} alarms)" if alarms else ", and no alarm watches it"
