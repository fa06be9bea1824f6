"""What the matrix needs to know of a procedure, and what has come of playing it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opslib.calendar import Holds
from opslib.errors import OpslibError
from opslib.procedure import Journal, Outcome
from tests.faults.inside import Inside
from tests.faults.stage import Actor, Killed, Stage
from tests.faults.turns import Turns

__all__ = ["OVERTAKEN", "Course", "Procedure", "Said"]

MOST_LIVES = 20
OVERTAKEN = 6
"""The exit code of whoever was overtaken."""

SECOND = "zoe"
"""Who acts at the same time as the first."""


@dataclass(frozen=True)
class Procedure:
    """A procedure in one of its worlds.

    Attributes:
        name: As `PROCEDURE:VARIANT`.
        arrange: Makes the world in an empty account; the world's state directory is the one that is given.
        begin: Begins the procedure, as an actor.
        resume: Goes on with a plan, as an actor.
        journal: The journal as it is now, past whoever watches.
        target: What its plans claim.
        code: Its exit code when nothing disturbs it.
        well: Yields what is wrong with the world in the end.
        time_went_by: What of the story happens as time goes by.
        colleague: What somebody else may do meanwhile: each returns whether there was anything to do.
        unconditional: Operations that AWS has no condition for, and after which it does not show what they replaced:
            what a colleague changes between the last look and such a call is overwritten, and nobody can tell.
        meddled: What it may end with, too, where a colleague or a second one has made of the world what it is.
        least_seconds: See `Stage`.
        journal_every: Of how many accesses to the journal (of a table: cases at them) one is taken; more than one
            where another variant has them all.
        spoil: Makes the procedure wrong, in its own process: to see that the matrix finds it.
    """

    name: str
    arrange: Callable[[Inside, Path], Any]
    begin: Callable[[Any, Actor], Outcome]
    resume: Callable[[Any, Actor, str], Outcome]
    journal: Callable[[Any], Journal]
    target: str
    code: int
    well: Callable[[Course], Iterator[str]]
    time_went_by: Callable[[Any], None] = lambda _: None
    colleague: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    unconditional: frozenset[str] = frozenset()
    meddled: frozenset[int] = frozenset()
    least_seconds: float = 4.0
    journal_every: int = 1
    spoil: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Said:
    """What one life of an actor came to.

    Attributes:
        actor: Who.
        code: The exit code they would have had.
        says: What they were told.
    """

    actor: str
    code: int
    says: str


@dataclass
class Course:
    """A procedure being played, and what came of it.

    Attributes:
        procedure: The procedure.
        stage: The stage.
        world: What the procedure's `arrange` made.
        kind: What is done to it; empty: nothing.
        kills: How often somebody was killed, or so long paused that others went on.
        said: What each life came to.
        outcomes: The outcomes that somebody was given, by plan.
        changed: What the colleague has changed.
        late: The operation that went out although another had taken over meanwhile; empty: none did.
        is_open: Whether the colleague came in a window that AWS leaves open; see `Procedure.unconditional`.
        broken: What no life may come to.
        on_life: Called before each further life; the matrix then watches that one.
    """

    procedure: Procedure
    stage: Stage
    world: Any
    kind: str = ""
    kills: int = 0
    said: list[Said] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    late: str = ""
    is_open: bool = False
    broken: list[str] = field(default_factory=list)
    on_life: Callable[[], None] = lambda: None
    turns: Turns = field(default_factory=Turns)

    def play(self) -> None:
        """Begin, and go on as somebody else until every plan has ended and somebody was told how."""
        for life, actor in zip(range(MOST_LIVES), self.stage.actors(), strict=False):
            if life:
                self.on_life()
            open_plan = self.open_plan()
            if self.outcomes and open_plan is None:
                return
            self.act(actor, open_plan)
            self.turns.let_finish()
        self.broken.append(f"it has not ended after {MOST_LIVES} lives")

    def act(self, actor: Actor, plan_id: str | None) -> None:
        """One life of an actor: they begin, or go on with a plan."""
        world, procedure = self.world, self.procedure
        try:
            outcome = procedure.resume(world, actor, plan_id) if plan_id else procedure.begin(world, actor)
        except Killed:
            self.kills += 1
        except OpslibError as problem:
            self.said.append(Said(actor.name, problem.exit_code, str(problem)))
            if problem.exit_code == 2 and not (plan_id and "no plan" in str(problem)):
                self.broken.append(f"{actor.name} was told of a bad request: {problem}")
        except Exception:  # noqa: BLE001  # whatever it is, it is a finding
            self.broken.append(f"a traceback for {actor.name}: {traceback.format_exc(limit=-3)}")
        else:
            self.outcomes[outcome.plan.id] = outcome
            self.said.append(Said(actor.name, outcome.exit_code, outcome.ending.says))

    @property
    def told_of_late(self) -> bool:
        """Whether whoever sent a call too late was told which one: the world may then not be as the others left it."""
        return bool(self.late) and any(said.code == OVERTAKEN and self.late in said.says for said in self.said)

    def left_late(self, operation: str) -> bool:
        """Whether such a call went out after another had taken over, and whoever sent it was told which one."""
        return self.late == operation and self.told_of_late

    def second(self) -> Actor:
        """Somebody else, at the same time."""
        return self.stage.actor(SECOND)

    @property
    def journal(self) -> Journal:
        """The journal, past whoever watches."""
        return self.procedure.journal(self.world)

    def plans(self) -> list[str]:
        """The plans that anybody has begun; of a plan that is not yet listed, the claim tells."""
        with self.stage.unwatched():
            listed = [entry.plan_id for entry in self.journal.history()]
            claim = self.journal.store.get(f"target#{self.procedure.target}", "claim")
        claimed = [claim.value["plan"]] if claim else []
        return list(dict.fromkeys([*listed, *claimed]))

    def open_plan(self) -> str | None:
        """A plan of whose outcome nobody was told yet, or that still claims its target."""
        with self.stage.unwatched():
            claim = self.journal.store.get(f"target#{self.procedure.target}", "claim")
        left = [claim.value["plan"]] if claim else []
        return next(iter([*left, *(plan for plan in self.plans() if plan not in self.outcomes)]), None)

    def is_held(self) -> bool:
        """Whether deployments to the target are held."""
        with self.stage.unwatched():
            return Holds(self.journal.store).get(self.procedure.target) is not None

    def holds_lease(self) -> bool:
        """Whether somebody is in the middle of a plan."""
        with self.stage.unwatched():
            leases = [self.journal.store.get(f"plan#{plan}", "lease") for plan in self.plans()]
        return any(lease is not None and lease.value["held"] for lease in leases)
