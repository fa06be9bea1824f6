"""The bill: its charges, what is free of them, its sums, and whether it is more than somebody allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from opslib.monitoring.bill.charges import Charge, ChargeKind, dollars
from opslib.monitoring.bill.difference import BillDifference, changes
from opslib.monitoring.bill.prices import FREE, Prices

__all__ = ["Bill", "BillExceeded", "Sum"]

_FREE: dict[ChargeKind, int] = {
    "alarm-metrics": FREE.alarm_metrics,
    "dashboards": FREE.dashboards,
    "custom metrics": FREE.custom_metrics,
    "log ingestion": FREE.log_gb,
    "canary runs": FREE.canary_runs,
}
"""How much of what kind an account has for nothing."""

_CUSTOM: tuple[ChargeKind, ...] = ("custom metrics", "Container Insights metrics")
"""What is counted together for the free tier and for the volume's price."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A part of a bill.

    Attributes:
        name: Of what.
        quantity: How many; of several kinds together it says little.
        usd: What they cost a month, before anything that is free.
    """

    name: str
    quantity: Decimal
    usd: Decimal

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"name": self.name, "quantity": float(self.quantity), "usd": dollars(self.usd)}


@dataclass(frozen=True, slots=True)
class BillExceeded:
    """A bill over its limit, as a finding.

    Attributes:
        limit_usd: What is allowed a month.
        monthly_usd: What it would cost.
        largest: The part that costs most.
    """

    limit_usd: Decimal
    monthly_usd: Decimal
    largest: Sum

    def __str__(self) -> str:
        return (
            f"bill: {self.monthly_usd:.2f} USD a month, {self.limit_usd:.2f} are allowed: raise the limit, or watch "
            f"less; most is for {self.largest.name} ({self.largest.usd:.2f} USD)"
        )

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "limit_usd": dollars(self.limit_usd),
            "monthly_usd": dollars(self.monthly_usd),
            "largest": self.largest.document(),
            "says": str(self),
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stack's monitoring costs a month.

    Attributes:
        charges: What is paid for.
        prices: Whose prices they are.
        region: Where the stack is.
        with_free_tier: Whether what an account has for nothing is taken off. It is the account's and not the stack's:
            where other stacks use it up, it is not.
        limit_usd: What is allowed a month; None: no limit.
    """

    charges: tuple[Charge, ...]
    prices: Prices
    region: str
    with_free_tier: bool = True
    limit_usd: Decimal | None = None

    @property
    def gross_usd(self) -> Decimal:
        """What it costs before anything that is free, and before the discount for very many metrics."""
        return sum((charge.usd for charge in self.charges), Decimal(0))

    @property
    def free_usd(self) -> Decimal:
        """What of it is free; 0 where the free tier is not taken off."""
        return sum((part.usd for part in self.free), Decimal(0))

    @property
    def discount_usd(self) -> Decimal:
        """What very many custom metrics are cheaper by than the first ten thousand of them."""
        first = self.prices.custom_metric[0][1]
        many = sum((one.quantity for one in self.charges if one.kind in _CUSTOM and one.unit_usd == first), Decimal(0))
        starts = [Decimal(start) for start, _ in self.prices.custom_metric[1:]]
        drops = [before - after for (_, before), (_, after) in pairwise(self.prices.custom_metric)]
        beyond = (max(many - start, Decimal(0)) for start in starts)
        return sum((count * drop for count, drop in zip(beyond, drops, strict=True)), Decimal(0))

    @property
    def monthly_usd(self) -> Decimal:
        """What it costs a month."""
        return self.gross_usd - self.free_usd - self.discount_usd

    @property
    def free(self) -> tuple[Sum, ...]:
        """What an account has for nothing, as far as this stack uses it."""
        return tuple(self._free()) if self.with_free_tier else ()

    @property
    def by_kind(self) -> tuple[Sum, ...]:
        """The sums of each kind of charge."""
        return _sums(self.charges, lambda charge: charge.kind)

    @property
    def by_tier(self) -> tuple[Sum, ...]:
        """The sums of the alarms of each tier, and of what has none."""
        return _sums(self.charges, lambda charge: charge.tier or "no tier")

    @property
    def by_workload(self) -> tuple[Sum, ...]:
        """The sums of each workload, and of what is the stack's."""
        return _sums(self.charges, lambda charge: charge.workload)

    @property
    def exceeded(self) -> BillExceeded | None:
        """The finding that it costs more than is allowed; None where it does not."""
        if self.limit_usd is None or self.monthly_usd <= self.limit_usd:
            return None
        return BillExceeded(self.limit_usd, self.monthly_usd, max(self.by_kind, key=lambda part: part.usd))

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known to read it, one line each."""
        found = [
            f"Prices of {self.prices.region}, looked up on {self.prices.checked}, published at {self.prices.source}"
        ]
        if self.prices.region != self.region:
            found[0] += f"; those of {self.region} are not in the table and may differ"
        if self.with_free_tier:
            found.append("The free tier is the account's: where other stacks use it, this one costs more")
        if any(charge.assumption for charge in self.charges):
            found.append("Custom metrics, Container Insights, queries, logs and canaries are estimates")
        if not any(charge.kind == "log ingestion" and not charge.name.endswith("Insights") for charge in self.charges):
            found.append("What applications write into logs is not in it: nobody has said how much that is")
        if any(charge.kind == "mute rules" for charge in self.charges):
            found.append("AWS's page names no price for mute rules")
        return tuple(found)

    def against(self, deployed: Bill) -> BillDifference:
        """What would change from what is deployed to this.

        Args:
            deployed: The bill of what is deployed. Compare alike: where it knows nothing of estimates, leave them out
                of this one too (`without_estimates`).
        """
        return BillDifference(deployed.monthly_usd, self.monthly_usd, changes(deployed.charges, self.charges))

    def without_estimates(self) -> Bill:
        """The same with nothing but what was counted: alarms, dashboards, mute rules."""
        counted = tuple(charge for charge in self.charges if not charge.assumption)
        return Bill(counted, self.prices, self.region, self.with_free_tier, self.limit_usd)

    def document(self) -> dict[str, Any]:
        """As JSON has it; amounts in US dollars."""
        exceeded = self.exceeded
        return {
            "monthly_usd": dollars(self.monthly_usd),
            "gross_usd": dollars(self.gross_usd),
            "free_usd": dollars(self.free_usd),
            "discount_usd": dollars(self.discount_usd),
            "region": self.region,
            "prices": {"region": self.prices.region, "checked": self.prices.checked, "source": self.prices.source},
            "by_kind": [part.document() for part in self.by_kind],
            "by_tier": [part.document() for part in self.by_tier],
            "by_workload": [part.document() for part in self.by_workload],
            "free": [part.document() for part in self.free],
            "charges": [charge.document() for charge in self.charges],
            "exceeded": None if exceeded is None else exceeded.document(),
            "notes": list(self.notes),
        }

    def _free(self) -> Iterator[Sum]:
        left = {kind: Decimal(count) for kind, count in _FREE.items()}
        found: dict[ChargeKind, tuple[Decimal, Decimal]] = {}
        for charge in self.charges:
            kind: ChargeKind = "custom metrics" if charge.kind in _CUSTOM else charge.kind
            covered = min(charge.quantity, left.get(kind, Decimal(0))) if charge.free_tier else Decimal(0)
            if covered:
                left[kind] -= covered
                quantity, usd = found.get(kind, (Decimal(0), Decimal(0)))
                found[kind] = quantity + covered, usd + covered * charge.unit_usd
        return (Sum(kind, quantity, usd) for kind, (quantity, usd) in found.items())


def _sums(charges: Iterable[Charge], key: Callable[[Charge], str]) -> tuple[Sum, ...]:
    found: dict[str, list[Decimal]] = {}
    for charge in charges:
        so_far = found.setdefault(key(charge), [Decimal(0), Decimal(0)])
        so_far[0] += charge.quantity
        so_far[1] += charge.usd
    return tuple(Sum(name, quantity, usd) for name, (quantity, usd) in found.items())
