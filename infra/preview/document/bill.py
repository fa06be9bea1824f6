"""The bill in the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from infra.preview.document.part import Part
from opslib.monitoring.bill import Bill, Charge, ChargeKind, prices_of

__all__ = ["NO_TIER", "BillPart", "bill_of", "bill_part"]


class SumPart(Part):
    """A part of a bill, before anything that is free.

    Attributes:
        name: Of what.
        quantity: How many.
        usd: US dollars a month.
    """

    name: str
    quantity: float
    usd: float


class ChargePart(Part):
    """One thing that is paid for.

    Attributes:
        kind: What is counted.
        name: Of what.
        workload: For which workload; `stack` for all.
        tier: The tier that an alarm acts on.
        quantity: How many.
        unit_usd: For each.
        usd: US dollars a month.
        estimate: Whether its quantity is an estimate.
        assumption: Why this number, where it is one.
        free_tier: Whether it is of what an account has some of for nothing.
    """

    kind: ChargeKind
    name: str
    workload: str
    tier: str
    quantity: float
    unit_usd: float
    usd: float
    estimate: bool
    assumption: str
    free_tier: bool


class PricesPart(Part):
    """Whose prices they are.

    Attributes:
        region: Where.
        checked: When they were looked up.
        source: Where they are published.
    """

    region: str
    checked: str
    source: str


class BillChangePart(Part):
    """Something that costs more or less.

    Attributes:
        kind: What is counted.
        name: Of what.
        workload: For which workload.
        before_usd: US dollars a month; 0 where it is new.
        after_usd: The same; 0 where it goes.
        usd: The difference.
    """

    kind: str
    name: str
    workload: str
    before_usd: float
    after_usd: float
    usd: float


class ShiftPart(Part):
    """How much more a part of the bill is.

    Attributes:
        name: Of what.
        usd: US dollars a month; negative for less.
    """

    name: str
    usd: float


class BillDifferencePart(Part):
    """Two bills held against one another.

    Attributes:
        before_usd: US dollars a month, before.
        after_usd: After.
        usd: The difference.
        counted_only: Whether estimates are left out on both sides, since a state does not say what they follow from.
        by_tier: How much more each tier's alarms cost, `no tier` for the rest; those that cost the same are not there.
        by_workload: The same of each workload.
        changes: What costs more or less, the largest first.
    """

    before_usd: float
    after_usd: float
    usd: float
    counted_only: bool
    by_tier: tuple[ShiftPart, ...] = ()
    by_workload: tuple[ShiftPart, ...] = ()
    changes: tuple[BillChangePart, ...]


class BillPart(Part):
    """What the monitoring costs.

    Attributes:
        monthly_usd: US dollars a month.
        gross_usd: Before what is free.
        free_usd: What an account has for nothing.
        discount_usd: What very many custom metrics are cheaper by.
        limit_usd: What the stack's configuration allows; null where it says nothing.
        exceeded: The line that it costs more than is allowed; null where it does not.
        region: Where the stack is.
        prices: Whose prices they are.
        by_kind: Sums of each kind of charge.
        by_tier: Sums of each tier.
        by_workload: Sums of each workload.
        free: What of it is free.
        charges: Everything that is paid for.
        difference: Against what was compared; null where nothing was.
        notes: What is to be known to read it.
    """

    monthly_usd: float
    gross_usd: float
    free_usd: float
    discount_usd: float
    limit_usd: float | None
    with_free_tier: bool
    exceeded: str | None
    region: str
    prices: PricesPart
    by_kind: tuple[SumPart, ...]
    by_tier: tuple[SumPart, ...]
    by_workload: tuple[SumPart, ...]
    free: tuple[SumPart, ...]
    charges: tuple[ChargePart, ...]
    difference: BillDifferencePart | None = None
    notes: tuple[str, ...]


NO_TIER = "no tier"
"""What a bill calls the tier of what has none."""


def bill_part(
    bill: Bill, before: Bill | None = None, *, counted_only: bool = False, tiers: Mapping[str, str] | None = None
) -> BillPart:
    """The part of the report.

    Args:
        bill: What it would cost.
        before: What it costs now; None: nothing is compared.
        counted_only: Whether what is compared knows nothing of estimates.
        tiers: The tier for which an alarm is, by its name, of both versions.
    """
    document: dict[str, Any] = bill.document()
    exceeded = bill.exceeded
    document |= {
        "limit_usd": None if bill.limit_usd is None else float(bill.limit_usd),
        "with_free_tier": bill.with_free_tier,
        "exceeded": None if exceeded is None else str(exceeded),
    }
    if before is not None:
        after = bill.without_estimates() if counted_only else bill
        difference = after.against(before)
        known = tiers or {}
        document["difference"] = {
            **difference.document(),
            "counted_only": counted_only,
            "by_tier": _summed((known.get(one.name) or NO_TIER, one.usd) for one in difference.changes),
            "by_workload": _summed((one.workload, one.usd) for one in difference.changes),
        }
    return BillPart.model_validate(document)


def _summed(parts: Iterable[tuple[str, Decimal]]) -> list[dict[str, Any]]:
    found: dict[str, Decimal] = {}
    for name, usd in parts:
        found[name] = found.get(name, Decimal(0)) + usd
    return [{"name": name, "usd": float(round(usd, 4))} for name, usd in found.items() if usd]


def bill_of(part: BillPart) -> Bill:
    """The bill that a part of a report came from."""
    return Bill(tuple(_charges(part.charges)), prices_of(part.region), part.region, part.with_free_tier)


def _charges(parts: Iterable[ChargePart]) -> Iterable[Charge]:
    for part in parts:
        yield Charge(
            part.kind,
            part.name,
            Decimal(str(part.quantity)),
            Decimal(str(part.unit_usd)),
            part.workload,
            part.tier,
            part.assumption,
            part.free_tier,
        )
