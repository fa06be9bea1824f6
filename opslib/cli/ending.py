"""How a command that runs a plan says how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opslib.cli.output import Cell, print_json, print_line
from opslib.errors import Unfinished

if TYPE_CHECKING:
    from opslib.procedure import Outcome

__all__ = ["MEANINGS", "print_outcome", "resumable"]

MEANINGS = {
    0: ("done", "bold green"),
    3: ("refused, nothing changed", "bold yellow"),
    4: ("failed and undone", "bold red"),
    5: ("needs a person", "bold red"),
    6: ("overtaken by somebody else", "bold red"),
}


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
    word, style = MEANINGS[outcome.exit_code]
    print_line()
    says = [] if outcome.ending.says == word else [outcome.ending.says]
    print_line(Cell(word, style), *says)
    print_line(Cell(f"the incident record: opslib history {outcome.plan.id}", "dim"))
