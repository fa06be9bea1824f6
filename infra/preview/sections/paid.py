"""The bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.config import TIERS
from infra.preview.document import BillPart, Report
from infra.preview.document.bill import BillDifferencePart, ShiftPart
from infra.preview.sections.layout import Cell, Column, Names, Paragraph, Section, Shift, Table, Words
from infra.preview.words import amount, number

__all__ = ["paid"]

_MONTH = Column("A month", is_number=True)
_DIFFERENCE = Column("Difference", is_number=True)

_FEW = 5
"""More rows than this are folded away."""

_TIERS: tuple[str, ...] = TIERS

_Rows = tuple[tuple[Cell, ...], ...]


def paid(report: Report) -> Section:
    """The section."""
    bill, difference = report.bill, report.bill.difference
    also = (_DIFFERENCE,) if difference else ()
    kinds: _Rows = tuple(
        (Words(one.name), Words(number(round(one.quantity, 1))), Words(amount(one.usd))) for one in bill.by_kind
    )
    columns: tuple[Column, ...] = (Column("For"), Column("How many", is_number=True), _MONTH)
    blocks: list[Paragraph | Table] = [
        Paragraph(_said(bill), "bad" if bill.exceeded else ""),
        Table(columns, kinds, "kinds", "By what is counted"),
        Table((Column("Tier"), _MONTH, *also), tuple(_tiers(bill)), "tiers", "By tier", folded=True),
    ]
    columns = (Column("Workloads"), Column("Each", is_number=True), *also)
    blocks.append(Table(columns, tuple(_workloads(bill)), "groups of workloads", "By workload", folded=True))
    if difference and difference.changes:
        columns = (Column("What"), Column("Kind"), Column("Each", is_number=True), Column("Together", is_number=True))
        title = f"What makes the difference of {amount(difference.usd, signed=True)}"
        rows = tuple(_differences(difference))
        blocks.append(Table(columns, rows, "groups of changes", title, folded=len(rows) > _FEW))
    blocks += [Paragraph(f"{note}.", "soft") for note in bill.notes]
    return Section("bill", "What it costs", tuple(blocks))


def _tiers(bill: BillPart) -> Iterator[tuple[Cell, ...]]:
    costs, shifts = {one.name: one.usd for one in bill.by_tier}, _shifts(bill, "by_tier")

    def rank(name: str) -> int:
        return _TIERS.index(name) if name in _TIERS else -1

    for name in sorted({*costs, *(shifts or ())}, key=rank, reverse=True):
        yield (Words(name), Words(amount(costs.get(name, 0.0))), *_shift(name, shifts))


def _workloads(bill: BillPart) -> Iterator[tuple[Cell, ...]]:
    """Workloads that cost the same together: a hundred alike are one row."""
    costs, shifts = {one.name: one.usd for one in bill.by_workload}, _shifts(bill, "by_workload")
    groups: dict[tuple[float, float], list[str]] = {}
    for name in dict.fromkeys((*costs, *(shifts or ()))):
        groups.setdefault((round(costs.get(name, 0.0), 2), round((shifts or {}).get(name, 0.0), 2)), []).append(name)
    for (usd, _), names in sorted(groups.items(), key=lambda group: -group[0][0] * len(group[1])):
        yield (Names(tuple(names)), Words(amount(usd)), *_shift(names[0], shifts))


def _shifts(bill: BillPart, part: str) -> Mapping[str, float] | None:
    """How much more each part costs; None where nothing was compared."""
    if bill.difference is None:
        return None
    parts: tuple[ShiftPart, ...] = getattr(bill.difference, part)
    return {one.name: one.usd for one in parts}


def _shift(name: str, shifts: Mapping[str, float] | None) -> tuple[Cell, ...]:
    return () if shifts is None else (Words(amount(shifts.get(name, 0.0), signed=True)),)


def _differences(difference: BillDifferencePart) -> Iterator[tuple[Cell, ...]]:
    """Of what costs alike, how much together."""
    groups: dict[tuple[str, float, float], list[str]] = {}
    for one in difference.changes:
        groups.setdefault((one.kind, one.before_usd, one.after_usd), []).append(one.name)
    for (kind, before, after), names in sorted(
        groups.items(), key=lambda group: -abs(group[0][2] - group[0][1]) * len(group[1])
    ):
        each = Shift(amount(before), amount(after))
        yield Names(tuple(names)), Words(kind), each, Words(amount((after - before) * len(names), signed=True))


def _said(bill: BillPart) -> str:
    parts = [f"{amount(bill.monthly_usd)} a month"]
    if bill.free_usd:
        parts[0] += f" ({amount(bill.gross_usd)} less {amount(bill.free_usd)} that is free)"
    if bill.difference is not None:
        alike = " of what can be counted; a state does not say what the estimates follow from"
        parts.append(f"{amount(bill.difference.usd, signed=True)}{alike if bill.difference.counted_only else ''}")
    if bill.limit_usd is not None:
        parts.append(f"{amount(bill.limit_usd)} are allowed")
    return f"{'; '.join(parts)}."
