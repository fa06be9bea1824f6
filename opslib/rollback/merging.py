"""What was done while the stack's table did not answer is brought into it: plans, what they found good, their holds."""

from __future__ import annotations

from dataclasses import dataclass

from opslib.calendar import Holds
from opslib.errors import Overtaken
from opslib.procedure import Journal, Store
from opslib.procedure.left_behind import carry_over, left_behind, mark_merged
from opslib.rollback.history.recorded import Records

__all__ = ["Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of one plan of broken glass.

    Attributes:
        plan_id: The plan.
        is_merged: Whether it is in the table now; one that has not ended is gone on with first.
        says: For people.
    """

    plan_id: str
    is_merged: bool
    says: str


def merge(local: Store, table: Store) -> tuple[Merged, ...]:
    """Bring the plans of broken glass that have ended into the table.

    It can be killed anywhere and done again: what is there already is left as it is, and a hold that somebody has set
    in the table meanwhile stays theirs.

    Args:
        local: The file of this machine.
        table: The stack's table; it answers.

    Returns:
        What came of each plan that was in the file alone.

    Raises:
        JournalUnreachable: one of the two does not answer.
    """
    return tuple(_merged(local, table, entry.plan_id, entry.target) for entry in left_behind(local))


def _merged(local: Store, table: Store, plan_id: str, target: str) -> Merged:
    if Journal(local).progress(plan_id).phase != "ended":
        return Merged(plan_id, is_merged=False, says=f"has not ended: `opslib resume {plan_id}`")
    for record in Records(local).of(target):
        Records(table).add(target, record)
    says = "is in the stack's table now"
    hold = Holds(local).get(target)
    if hold is not None and hold.plan == plan_id:
        try:
            Holds(table).set(hold)
        except Overtaken as problem:
            says = f"{says}; its hold is not: {problem.what}"
    carry_over(local, table, plan_id)
    mark_merged(local, plan_id)
    return Merged(plan_id, is_merged=True, says=says)
