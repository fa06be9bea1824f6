"""What opslib writes down of its own deployments and rollbacks, beside the journal; and how that is cleaned up.

points#TARGET / TIME#REVISION     a record
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from opslib.errors import JournalUnreachable
from opslib.procedure import (
    Call,
    Facts,
    Intent,
    KnownAfter,
    Needed,
    NotNow,
    Observation,
    Read,
    Satisfied,
    Step,
    Store,
    Unknown,
)
from opslib.procedure.store import Conflict
from opslib.rollback.history.point import Image, Record, RollbackPoint, together

__all__ = ["KEPT", "PointRecorded", "PointsPort", "Records", "clean_up"]

KEPT = timedelta(days=30)
"""How long a record is kept when nothing else is said."""

_TRIES = 5


class Records:
    """The records of a journal's store.

    Args:
        store: The store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, target: str) -> tuple[Record, ...]:
        """What was written down of a target, the oldest first."""
        return tuple(_record(item.value) for item in self._store.query(f"points#{target}"))

    def add(self, target: str, record: Record) -> bool:
        """Write a record down; where there is one of the deployment already, what it does not say is added to it.

        Returns:
            Whether that was anything new.

        Raises:
            JournalUnreachable: the store does not answer, or others write this record all the time.
        """
        pk, sk = f"points#{target}", _key(record)
        for _ in range(_TRIES):
            found = self._store.get(pk, sk)
            whole = record if found is None else together((_record(found.value), record))
            if found is not None and whole == _record(found.value):
                return False
            try:
                self._store.put(pk, sk, _document(whole), expected=None if found is None else found.version)
            except Conflict:
                continue  # somebody else has written of the same deployment: look again
            return True
        raise JournalUnreachable(f"the record of {record.task_definition} changes all the time", "try again")

    def remove(self, target: str, record: Record) -> None:
        """Forget a record."""
        found = self._store.get(f"points#{target}", _key(record))
        if found is not None:
            try:
                self._store.delete(found.pk, found.sk, expected=found.version)
            except Conflict:
                return


def clean_up(
    records: Iterable[Record], points: Iterable[RollbackPoint], now: datetime, older_than: timedelta = KEPT
) -> tuple[Record, ...]:
    """Which records can go: those that are older, but never that of the last good point.

    Where no point is good, the newest record stays: it is the best there is.

    Args:
        records: All of a target.
        points: Its points, the newest first.
        now: The time.
        older_than: How long a record is kept.
    """
    everything = sorted(records, key=lambda record: record.deployed_at)
    last_good = next((point for point in points if point.verdict == "good"), None)
    kept = everything[-1:] if last_good is None else [r for r in everything if _backs(r, last_good)]
    return tuple(record for record in everything if record.deployed_at < now - older_than and record not in kept)


def _backs(record: Record, point: RollbackPoint) -> bool:
    return record.task_definition == point.task_definition


class PointsPort:
    """The port ``points``: `List` reads a target's records, `Record` writes one.

    Args:
        records: The records.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The records of a `target`.

        Raises:
            NotNow: the journal does not answer.
        """
        del operation  # there is nothing else to ask
        try:
            return {"points": [asdict(record) for record in self._records.of(parameters["target"])]}
        except JournalUnreachable as problem:
            raise NotNow(problem.what, problem.next_step) from None

    def send(self, call: Call) -> Mapping[str, Any]:
        """Write one down.

        Raises:
            Unknown: the journal does not answer.
        """
        parameters = dict(call.parameters)
        try:
            self._records.add(str(parameters.pop("target")), _record(parameters))
        except JournalUnreachable as problem:
            raise Unknown(problem.what, problem.next_step) from None
        return {}


class PointRecorded(Step):
    """What serves now is written down as a rollback point.

    Attributes:
        target: The target of the plan.
        plan: The plan's id: by it a record is known again.
        actor: Who asked for the plan.
        from_step: The step that found what serves: its facts `task_definition` and `deployed_at`.
        source: The revision that was asked for.
        images: Its images.
        schema_revision: The schema's revision; None: nobody said.
    """

    nothing_to_undo: ClassVar[bool] = True

    kind: Literal["rollback.point"] = "rollback.point"
    target: str
    plan: str
    actor: str
    from_step: str
    source: str
    images: tuple[Image, ...] = ()
    schema_revision: str | None = None

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look for the plan's record."""
        del intent
        found = known.get(self.from_step)
        unknown = f"<known after {self.from_step}>"
        facts = found or {"task_definition": unknown, "deployed_at": unknown}
        call = Call(
            "points",
            "Record",
            {
                "target": self.target,
                "task_definition": facts["task_definition"],
                "deployed_at": facts["deployed_at"],
                "images": [asdict(image) for image in self.images],
                "source": self.source,
                "schema_revision": self.schema_revision,
                "plan": self.plan,
                "actor": self.actor,
            },
        )
        if found is None:
            return KnownAfter(self.from_step, call)
        if any(self._is_of(point, found) for point in read("points", "List", target=self.target)["points"]):
            return Satisfied()
        return Needed(call)

    def _is_of(self, point: Mapping[str, Any], found: Facts) -> bool:
        """Whether it is this plan's; or another plan's of the very deployment, which needs no second one."""
        same = (found["task_definition"], found["deployed_at"])
        told = self.schema_revision in (None, point["schema_revision"])  # the recorder may have been quicker
        of_it = (point["task_definition"], point["deployed_at"].isoformat()) == same
        return point["plan"] == self.plan or (of_it and told)


def _document(record: Record) -> dict[str, Any]:
    return asdict(record) | {"deployed_at": record.deployed_at.isoformat()}


def _key(record: Record) -> str:
    return f"{record.deployed_at.isoformat()}#{record.task_definition.rpartition('/')[2]}"


def _record(value: Mapping[str, Any]) -> Record:
    when = value["deployed_at"]
    known = {name: value[name] for name in Record.__slots__ if name in value}
    return Record(
        **known
        | {
            "deployed_at": when if isinstance(when, datetime) else datetime.fromisoformat(when),
            "images": tuple(Image(**image) for image in value.get("images", ())),
        }
    )
