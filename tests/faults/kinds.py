"""What can go wrong at an interaction: the columns of the matrix, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opslib.errors import JournalUnreachable
from opslib.sandbox.faults.fault import Fault, Match
from opslib.sandbox.faults.fault import Kind as FaultKind
from tests.faults.procedure import Course
from tests.faults.stage import Interaction, Killed, Proceed

__all__ = ["KILLS", "KINDS", "Kind", "NoCase"]

READ_ATTEMPTS = 5
"""How often botocore asks: a read that fails as often has failed (`opslib.clients`)."""


class NoCase(BaseException):
    """There was nothing to do here: this is no case."""


@dataclass(frozen=True)
class Kind:
    """A way to go wrong.

    Attributes:
        name: Its name.
        fits: Which interactions it befalls.
        act: Does it, in the place of the interaction.
        fires: Whether it is a fault of the sandbox, which tells whether it befell.
    """

    name: str
    fits: Callable[[Course, Interaction], bool]
    act: Callable[[Course, Interaction, Proceed], Any]
    fires: bool = False

    @property
    def slug(self) -> str:
        """As in the id of a case."""
        return self.name.replace(" ", "-")


def _anywhere(_: Course, __: Interaction) -> bool:
    return True


def _in_aws(_: Course, interaction: Interaction) -> bool:
    return interaction.in_aws


def _in_journal(_: Course, interaction: Interaction) -> bool:
    return interaction.of_journal


def _at_work(_: Course, interaction: Interaction) -> bool:
    """Where the procedure looks at what it changes: a colleague's doing between two such calls is the same one."""
    return not interaction.of_journal


def _mid_plan(course: Course, interaction: Interaction) -> bool:
    """In the middle of a plan: the window between the check of the lease and the call is one of these."""
    return interaction.in_aws and course.holds_lease()


def _while_held(course: Course, interaction: Interaction) -> bool:
    """From when on the procedure has held its target."""
    return interaction.of_journal and course.is_held()


def _killed_before(_: Course, __: Interaction, ___: Proceed) -> Any:
    raise Killed


def _killed_after(_: Course, __: Interaction, proceed: Proceed) -> Any:
    proceed()
    raise Killed


def _fault(kind: FaultKind) -> Callable[[Course, Interaction, Proceed], Any]:
    def act(course: Course, interaction: Interaction, proceed: Proceed) -> Any:
        times = 1 if interaction.mutating else READ_ATTEMPTS
        match = Match(service=interaction.service, operation=interaction.operation, nth=1, times=times)
        course.stage.sandbox.faults(Fault(kind=kind, match=match))
        return proceed()

    return act


def _unreachable(course: Course, _: Interaction, __: Proceed) -> Any:
    """From here on the store does not answer, as long as this process lives."""

    def silent(interaction: Interaction, proceed: Proceed) -> Any:
        if not interaction.of_journal:
            return proceed()
        raise JournalUnreachable("the journal does not answer", "wait")

    watching = course.on_life
    course.on_life = lambda: (course.stage.watch(None), watching())[1]
    course.stage.watch(silent)
    raise JournalUnreachable("the journal does not answer", "wait")


def _second_begins(course: Course, _: Interaction, proceed: Proceed) -> Any:
    course.act(course.second(), None)
    return proceed()


def _second_resumes(course: Course, _: Interaction, proceed: Proceed) -> Any:
    plan = course.open_plan()
    if plan is None:
        raise NoCase
    course.stage.yield_turn = course.turns.hand_over
    course.turns.begin(lambda: course.act(course.second(), plan))
    return proceed()


def _woken_late(course: Course, interaction: Interaction, proceed: Proceed) -> Any:
    """Paused for so long that another has taken over and come to the end; then the call goes out."""
    course.kills += 1
    course.late = interaction.operation if interaction.mutating and not interaction.of_journal else ""
    course.act(course.second(), course.open_plan())
    return proceed()


def _colleague(what: str) -> Callable[[Course, Interaction, Proceed], Any]:
    def act(course: Course, interaction: Interaction, proceed: Proceed) -> Any:
        if what not in course.procedure.colleague or not course.procedure.colleague[what](course.world):
            raise NoCase
        course.changed.add(what)
        course.is_open = interaction.operation in course.procedure.unconditional
        return proceed()

    return act


_FAULTS: Mapping[str, FaultKind] = {
    "throttle": "throttle",
    "5xx": "internal_error",
    "time-out": "timeout",
    "lost response": "lost_response",
    "dropped": "dropped",
}

KILLS = (
    Kind("kill before", _anywhere, _killed_before),
    Kind("kill after", _anywhere, _killed_after),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *KILLS,
        *(Kind(name, _in_aws, _fault(fault), fires=True) for name, fault in _FAULTS.items()),
        Kind("journal silent", _in_journal, _unreachable),
        Kind("second begins", _in_aws, _second_begins),
        Kind("second resumes", _in_aws, _second_resumes),
        Kind("woken late", _mid_plan, _woken_late),
        Kind("colleague deploys", _at_work, _colleague("deploys")),
        Kind("colleague scales", _at_work, _colleague("scales")),
        Kind("colleague lifts hold", _while_held, _colleague("lifts hold")),
    )
}
