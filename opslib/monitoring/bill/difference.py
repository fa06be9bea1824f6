"""What a bill would change: this program's against what is deployed, or against another version of the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from opslib.monitoring.bill.charges import Charge, dollars

__all__ = ["BillDifference", "Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that costs more or less than before.

    Attributes:
        kind: What is counted.
        name: Of what.
        workload: For which workload.
        before_usd: What it costs now; 0 where it is new.
        after_usd: What it would cost; 0 where it goes.
    """

    kind: str
    name: str
    workload: str
    before_usd: Decimal
    after_usd: Decimal

    @property
    def usd(self) -> Decimal:
        """How much more."""
        return self.after_usd - self.before_usd

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "workload": self.workload,
            "before_usd": dollars(self.before_usd),
            "after_usd": dollars(self.after_usd),
            "usd": dollars(self.usd),
        }


@dataclass(frozen=True, slots=True)
class BillDifference:
    """Two bills held against one another.

    Attributes:
        before_usd: What is paid a month.
        after_usd: What would be.
        changes: What costs more or less, the largest first.
    """

    before_usd: Decimal
    after_usd: Decimal
    changes: tuple[Change, ...]

    @property
    def usd(self) -> Decimal:
        """How much more."""
        return self.after_usd - self.before_usd

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "before_usd": dollars(self.before_usd),
            "after_usd": dollars(self.after_usd),
            "usd": dollars(self.usd),
            "changes": [change.document() for change in self.changes],
        }


def changes(before: Iterable[Charge], after: Iterable[Charge]) -> tuple[Change, ...]:
    """What costs more or less, the largest change first, and of equal ones in the order of their names."""
    old, new = _summed(before), _summed(after)
    found = (
        Change(key[0], key[1], (new.get(key) or old[key])[0], old.get(key, _NOTHING)[1], new.get(key, _NOTHING)[1])
        for key in {**old, **new}
    )
    return tuple(sorted((one for one in found if one.usd), key=lambda one: (-abs(one.usd), one.kind, one.name)))


_NOTHING = ("", Decimal(0))


def _summed(charges: Iterable[Charge]) -> dict[tuple[str, str], tuple[str, Decimal]]:
    """By kind of service and name: an alarm that becomes one of high resolution is the same alarm."""
    found: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for charge in charges:
        kind = "alarms" if charge.kind.endswith("alarm-metrics") else charge.kind
        _, so_far = found.get((kind, charge.name), _NOTHING)
        found[kind, charge.name] = charge.workload, so_far + charge.usd
    return found
