"""The journal: who claims a target, who is at work on a plan, and how far it is. One logic over any store.

target#TARGET / claim      the plan that holds the target, from start to outcome
plan#ID / plan             the plan
plan#ID / progress         how far it is; the item's version is the progress's revision
plan#ID / lease            the runner that is at work now
history / TIME#ID          every plan, in order
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.errors import BadRequest, Overtaken
from opslib.procedure.clock import Clock
from opslib.procedure.plan import Plan
from opslib.procedure.process import is_gone, this_process
from opslib.procedure.progress import Progress
from opslib.procedure.store import Conflict, Item, Store

__all__ = ["LEASE_SECONDS", "Entry", "Journal", "Lease"]

LEASE_SECONDS = 30.0
"""How long a lease holds without a sign of life: longer than any one call takes (22 s, see `opslib.clients`), and short
enough to wait for at night."""

_LOOKS_PER_LEASE = 10
"""How often a lease is looked at while it is watched for life."""

_HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan in the history.

    Attributes:
        plan_id: Its id.
        procedure: What it does.
        target: What it claims.
        actor: Who asked for it.
        created_at: When it was planned.
    """

    plan_id: str
    procedure: str
    target: str
    actor: str
    created_at: datetime


class Lease:
    """The right of one runner to act on one plan, for a short time."""

    def __init__(self, store: Store, item: Item) -> None:
        self._store = store
        self._item = item

    def beat(self) -> None:
        """Show life; also the check right before each call.

        Raises:
            Overtaken: another runner has taken over.
        """
        try:
            self._item = self._store.put(self._item.pk, self._item.sk, self._item.value, expected=self._item.version)
        except Conflict:
            found = self._store.get(self._item.pk, self._item.sk)
            who = found.value["runner"] if found else "nobody"
            plan_id = self._item.pk.partition("#")[2]
            raise Overtaken(
                f"{who} has taken over plan {plan_id}", "leave it to them, or look at the history"
            ) from None

    def release(self) -> None:
        """Let go; a lease that is no longer ours is left alone."""
        try:
            self._store.put(
                self._item.pk, self._item.sk, {**self._item.value, "held": False}, expected=self._item.version
            )
        except Conflict:
            return


class Journal:
    """Claims, leases, plans and their progress.

    Args:
        store: What it is kept in.

    Every method raises `JournalUnreachable` where the store does not answer.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def store(self) -> Store:
        """What it is kept in: holds and rollback points are kept beside it."""
        return self._store

    def refuse_if_held(self, target: str) -> None:
        """See early, before anything is read for a plan, whether a target can be had at all.

        Raises:
            Overtaken: another plan that has not ended holds it; the message says whose.
        """
        found = self._store.get(f"target#{target}", "claim")
        if found is not None:
            self._refuse_unless_ended(target, found)

    def claim(self, plan: Plan) -> None:
        """Claim a plan's target and keep the plan; claiming it again is nothing new.

        Raises:
            Overtaken: another plan that has not ended holds the target; the message says whose.
        """
        key, value = f"target#{plan.target}", {"plan": plan.id, "actor": plan.actor}
        self.keep(plan)  # first: a claim whose plan nobody has could never be continued, nor ended
        for _ in range(2):
            found = self._store.get(key, "claim")
            try:
                if found is None:
                    self._store.put(key, "claim", value, expected=None)
                elif found.value["plan"] != plan.id:
                    self._refuse_unless_ended(plan.target, found)
                    self._store.put(key, "claim", value, expected=found.version)
                self._list(plan)
            except Conflict:
                continue  # somebody was quicker: see who
            return
        raise Overtaken(f"{plan.target} is being claimed by somebody else right now", "try again")

    def _refuse_unless_ended(self, target: str, found: Item) -> None:
        other = found.value["plan"]
        if self.progress(other).phase != "ended":
            raise Overtaken(
                f"{target} is held by plan {other} of {found.value['actor']}",
                f"wait for it, or continue it: `opslib resume {other}`",
            )

    def keep(self, plan: Plan) -> None:
        """Keep a plan without claiming anything: for who is to say yes to it, or to begin it elsewhere."""
        if self._store.get(f"plan#{plan.id}", "plan") is None:
            try:
                self._store.put(f"plan#{plan.id}", "plan", plan.document(), expected=None)
            except Conflict:
                return  # whoever resumes it at the same time has kept the same

    def _list(self, plan: Plan) -> None:
        created = plan.created_at.isoformat()
        summary = {"procedure": plan.procedure, "target": plan.target, "actor": plan.actor, "created_at": created}
        if self._store.get(_HISTORY, f"{created}#{plan.id}") is None:
            self._store.put(_HISTORY, f"{created}#{plan.id}", summary, expected=None)

    def release(self, plan: Plan) -> None:
        """Give a target back after the outcome; a claim that is another's by now is left alone."""
        found = self._store.get(f"target#{plan.target}", "claim")
        if found is not None and found.value["plan"] == plan.id:
            try:
                self._store.delete(found.pk, found.sk, expected=found.version)
            except Conflict:
                return

    def plan_document(self, plan_id: str) -> Mapping[str, Any]:
        """A plan as it was claimed, in JSON types.

        Raises:
            BadRequest: there is no such plan.
        """
        found = self._store.get(f"plan#{plan_id}", "plan")
        if found is None:
            raise BadRequest(f"there is no plan {plan_id} in this journal", "`opslib history` lists them")
        return found.value

    def progress(self, plan_id: str) -> Progress:
        """How far a plan is; at the start where nothing was written yet."""
        found = self._store.get(f"plan#{plan_id}", "progress")
        return Progress() if found is None else Progress.model_validate(found.value)

    def write(self, plan_id: str, progress: Progress) -> Progress:
        """Write the next revision.

        Args:
            plan_id: Whose.
            progress: As read or last written, changed; its revision is that of what it changes.

        Returns:
            The same, with its new revision.

        Raises:
            Overtaken: somebody else has written in between.
        """
        following = progress.model_copy(update={"revision": progress.revision + 1})
        try:
            value = following.model_dump(mode="json")
            self._store.put(f"plan#{plan_id}", "progress", value, expected=progress.revision or None)
        except Conflict:
            raise Overtaken(f"somebody else is at work on plan {plan_id}", "leave it to them") from None
        return following

    @contextmanager
    def lease(self, plan_id: str, runner: str, clock: Clock, *, seconds: float = LEASE_SECONDS) -> Iterator[Lease]:
        """Hold the right to act on a plan.

        Another runner's lease is stale when it has shown no sign of life for its own time, by *our* monotonic clock: no
        other clock is trusted. So taking over from a runner that died takes that long; but for one that ran in a
        process of this machine which is there no more (`opslib.procedure.process`): that is known at once.

        Raises:
            Overtaken: another runner is alive.
        """
        lease = self._take(plan_id, runner, clock, seconds)
        try:
            yield lease
        except (Exception, KeyboardInterrupt):
            lease.release()
            raise
        lease.release()

    def _take(self, plan_id: str, runner: str, clock: Clock, seconds: float) -> Lease:
        pk = f"plan#{plan_id}"
        value = {"runner": runner, "seconds": seconds, "held": True, "process": this_process()}
        found = self._store.get(pk, "lease")
        ours = found is not None and found.value["runner"] == runner  # after the journal itself did not answer
        if found is not None and found.value["held"] and not ours and self._is_alive(found, clock):
            who = f"{found.value['runner']} is at work on plan {plan_id}"
            raise Overtaken(who, "leave it to them; `opslib history` shows how far")
        try:
            return Lease(self._store, self._store.put(pk, "lease", value, expected=found.version if found else None))
        except Conflict:
            raise Overtaken(f"somebody else has just taken plan {plan_id}", "leave it to them") from None

    def _is_alive(self, found: Item, clock: Clock) -> bool:
        """Whether a lease shows life, or is let go, within its own time; not, where its process is gone."""
        if is_gone(found.value.get("process")):
            return False
        stale_at = clock.monotonic() + float(found.value["seconds"])
        while clock.monotonic() < stale_at:
            clock.sleep(float(found.value["seconds"]) / _LOOKS_PER_LEASE)
            later = self._store.get(found.pk, found.sk)
            if later is None or later.version != found.version:
                return True
        return False

    def history(self) -> tuple[Entry, ...]:
        """Every plan that was ever claimed, the oldest first."""
        return tuple(
            Entry(
                plan_id=item.sk.rpartition("#")[2],
                procedure=item.value["procedure"],
                target=item.value["target"],
                actor=item.value["actor"],
                created_at=datetime.fromisoformat(item.value["created_at"]),
            )
            for item in self._store.query(_HISTORY)
        )
