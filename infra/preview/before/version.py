"""The version that the model is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.preview.document import AgainstPart, AlarmPart, BoardPart, MutePart
from opslib.monitoring.bill import Bill

__all__ = ["Version"]


@dataclass(frozen=True, slots=True)
class Version:
    """What there was before.

    Attributes:
        against: What it is, for people.
        alarms: Its alarms by name.
        dashboards: Its dashboards by name.
        mutes: Its mute rules by name.
        bill: What it costs.
        counted_only: Whether its bill knows nothing of what can only be estimated.
        notes: What is to be known about it.
    """

    against: AgainstPart
    alarms: Mapping[str, AlarmPart]
    dashboards: Mapping[str, BoardPart]
    bill: Bill
    mutes: Mapping[str, MutePart] = field(default_factory=dict)
    counted_only: bool = False
    notes: tuple[str, ...] = ()
