"""Which cases are run: all of the matrix, a cut of it, or one."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from tests.faults.kinds import KILLS, KINDS, Kind
from tests.faults.procedure import Procedure
from tests.faults.stage import Interaction

__all__ = ["Selection"]

RESUME_EVERY = 110
"""Of how many interactions of a resume one is killed again; which ones, the seed decides. A resume has two hundred, and
each of a hundred kills has a resume: all pairs would be some twenty thousand a procedure."""


@dataclass(frozen=True)
class Selection:
    """Which cases are run.

    Attributes:
        procedure: The procedure.
        seed: Which of those are taken of which only some are.
        cut: One in so many cases of each call; 1: all. Each kind and each call is still there.
        case: The only case that is run, by its id; empty: all.
        kinds: The only ways to go wrong, by name; none: all.
    """

    procedure: Procedure
    seed: int = 0
    cut: int = 1
    case: str = ""
    kinds: frozenset[str] = frozenset()

    def __call__(self, before: str, interaction: Interaction, kind: Kind) -> bool:
        """Whether a case is run.

        Args:
            before: The id of the course so far: the procedure's name, or a case that was killed.
            interaction: Where it would go wrong.
            kind: How.
        """
        if self.case:
            found = f"{before}/{interaction.number}-{kind.slug}"
            return self.case == found or self.case.startswith(f"{found}/")
        if self.kinds and kind.name not in self.kinds:
            return False
        if before == self.procedure.name:
            return self._first(interaction, kind)
        return self._again(before, interaction, kind)

    def _first(self, interaction: Interaction, kind: Kind) -> bool:
        """A fault in the undisturbed course."""
        every = self.cut * (self.procedure.journal_every if interaction.of_journal else 1)
        place = list(KINDS).index(kind.name) if interaction.in_aws else 0
        return (interaction.number + place + self.seed) % every == 0

    def _again(self, before: str, interaction: Interaction, kind: Kind) -> bool:
        """A kill in the resume of a course that was killed after every other interaction."""
        last = before.rpartition("/")[2]
        number, _, killed = last.partition("-")
        if killed != KILLS[1].slug or before.count("/") > 1:
            return False
        place = zlib.crc32(f"{self.seed} {before}".encode())
        every = RESUME_EVERY * self.cut
        chosen = interaction.number % every == place % every
        return chosen and (kind is KILLS[(place + interaction.number) % 2]) and int(number) % 2 == 0
