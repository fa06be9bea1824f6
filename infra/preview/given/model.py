"""The model that a report is about, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from infra.preview.document import MutePart, Placeholder
from opslib.monitoring import Alarm, CompositeAlarm, Dashboard, Ref
from opslib.monitoring.bill import Estimates

__all__ = ["Model", "Terms", "in_words"]


def in_words(ref: Ref) -> str:
    """What stands for a reference of which nothing is known."""
    return str(ref)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bill is worked out from besides the model.

    Attributes:
        limit_usd: What is allowed a month; None: no limit.
        with_free_tier: Whether what an account has for nothing is taken off.
        estimates: What the model does not say.
    """

    limit_usd: Decimal | None = None
    with_free_tier: bool = True
    estimates: Estimates = field(default_factory=Estimates)


@dataclass(frozen=True, slots=True)
class Model:
    """A stack's monitoring.

    Attributes:
        source: What it was made of, for people.
        region: Where the stack is.
        alarms: The metric alarms.
        composites: The composites.
        dashboards: The dashboards.
        problems: What AWS would refuse, and what cannot be bound, one line each.
        bind: Gives what stands behind a reference; where that is not known, something readable.
        topics: What the topics' names start with; empty: a topic is called as its tier.
        terms: Of the bill.
        mutes: When alarms are muted.
        placeholders: Values that only the engine can read.
        notes: What is to be known about it.
    """

    source: str
    region: str
    alarms: tuple[Alarm, ...]
    composites: tuple[CompositeAlarm, ...]
    dashboards: tuple[Dashboard, ...]
    problems: tuple[str, ...]
    bind: Callable[[Ref], str] = in_words
    topics: str = ""
    terms: Terms = Terms()
    mutes: tuple[MutePart, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    notes: tuple[str, ...] = ()
