"""From what people said to a plan to the record: who said yes or no, when, and for how long that counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from opslib.record.approvals import Said, Saying, counts_until, last_answer
from opslib.record.incident import ApprovalAccount, Happening

__all__ = ["WAITS", "approval_of", "sayings"]

_UNAPPROVED = "unapproved"
"""Where a plan's context says why nobody was asked."""

_WORDS: Mapping[Saying, str] = {
    "asked": "a second person was asked",
    "approved": "{actor} said yes",
    "refused": "{actor} said no",
    "not_allowed": "{actor} said yes, and has asked for it: that does not count",
    "expired": "the yes of {actor} no longer counted",
}


WAITS: Mapping[str, str] = {
    "waiting": "it waits for a second person",
    "refused": "a second person has said no",
    "expired": "the yes of a second person has grown old",
}
"""How a plan stands that has not begun for want of a yes, by the account's state."""


def approval_of(said: Sequence[Said], plan: Mapping[str, Any], *, has_begun: bool) -> ApprovalAccount | None:
    """The second person, where one was asked for.

    Args:
        said: What was said to the plan, in order.
        plan: The plan, in JSON types.
        has_begun: Whether it was about to change anything: what was approved then, was.
    """
    why = plan.get("context", {}).get(_UNAPPROVED)
    if why:
        at = datetime.fromisoformat(plan["created_at"])
        return ApprovalAccount(state="glass_broken", actor=plan["actor"], at=at, reason=str(why))
    if not said:
        return None
    hours = next((one.hours for one in said if one.hours), None)
    last = last_answer(said)
    if last is None:
        return ApprovalAccount(state="waiting", hours=hours)
    until = counts_until(last, hours) if hours and last.kind == "approved" else None
    expired = said[-1].kind == "expired" and not has_begun
    return ApprovalAccount(
        state="refused" if last.kind == "refused" else "expired" if expired else "approved",
        actor=last.actor,
        at=last.at,
        hours=hours,
        until=until,
        reason=last.reason,
    )


def sayings(said: Sequence[Said]) -> Iterator[Happening]:
    """What was said, as lines of the timeline."""
    for one in said:
        words = _WORDS[one.kind].format(actor=one.actor)
        if one.kind == "asked" and one.hours:
            words += f", whose yes counts for {one.hours} h"
        elif one.reason and one.kind in ("approved", "refused"):
            words += f": {one.reason}"
        yield Happening(at=one.at, event=one.kind, says=words)
