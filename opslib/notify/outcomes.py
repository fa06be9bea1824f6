"""What people are told when a plan has ended."""

from __future__ import annotations

from collections.abc import Mapping

from opslib.notify.message import Message, Severity
from opslib.procedure import Outcome

__all__ = ["outcome_message"]

_SAID: Mapping[int, tuple[str, Severity]] = {
    0: ("is done", "info"),
    3: ("was refused, and nothing was changed", "warning"),
    4: ("failed and was undone", "critical"),
    5: ("needs a person", "emergency"),
    6: ("was overtaken by somebody else", "warning"),
}
"""By exit code: in words, and how bad that is. After 4 the trouble is as it was; after 5 nobody knows what to do."""


def outcome_message(outcome: Outcome, link: str = "") -> Message:
    """The message that a plan has ended: a driver tells it after the outcome, so that failures are told too.

    Args:
        outcome: How it ended.
        link: Where the incident record is.
    """
    plan, ending = outcome.plan, outcome.ending
    said, severity = _SAID[ending.exit_code]
    facts = {
        "target": plan.target,
        "plan": plan.id,
        "who": plan.actor,
        "why": plan.reason,
        "took": f"{(ending.at - plan.created_at).total_seconds():.0f} s",
    }
    return Message(f"{plan.procedure} of {plan.target} {said}", ending.says, severity, facts, link)
