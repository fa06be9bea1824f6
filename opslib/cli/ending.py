"""How a command that runs a plan says how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opslib.cli.output import Cell, print_json, print_line
from opslib.errors import Unfinished

if TYPE_CHECKING:
    from opslib.procedure import Outcome

__all__ = ["meaning", "print_outcome", "resumable"]

_STYLES = {0: "bold green", 3: "bold yellow", 7: "bold yellow"}
"""Of exit codes; of all others it is bad."""


def meaning(exit_code: int) -> Cell:
    """How a plan ended, in the record's words.

    Args:
        exit_code: What its command ended with.
    """
    from opslib.record.incident import MEANINGS

    return Cell(MEANINGS[exit_code], _STYLES.get(exit_code, "bold red"))


@contextmanager
def resumable(plan_id: str) -> Iterator[None]:
    """Whoever presses Ctrl-C is told how to go on.

    Raises:
        Unfinished: Ctrl-C was pressed.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Unfinished(f"plan {plan_id} is not finished", f"continue it: `opslib resume {plan_id}`") from None


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """How a plan ended, and where to read more.

    Args:
        outcome: What came of it.
        as_json: As JSON.
    """
    if as_json:
        print_json(outcome.document())
        return
    word = meaning(outcome.exit_code)
    print_line()
    says = [] if outcome.ending.says == word.text else [outcome.ending.says]
    print_line(word, *says)
    print_line(Cell(f"the incident record: opslib history {outcome.plan.id}", "dim"))
