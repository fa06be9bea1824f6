"""The top of the report: the verdict, and the figures that a reviewer looks at first."""

from __future__ import annotations

from collections.abc import Iterator

from infra.preview.document import Report
from infra.preview.sections.layout import Figure, Shift, Tone
from infra.preview.sections.paged import lost
from infra.preview.words import amount, counted, rate

__all__ = ["figures", "subtitle", "verdict"]


def verdict(report: Report) -> tuple[Tone, str]:
    """Whether it can be merged as far as this can say, in a few words."""
    if report.limits:
        count = counted(len(report.limits), "limit")
        return "bad", f"{count} {'is' if len(report.limits) == 1 else 'are'} exceeded"
    if incidents := {what for _, what in lost(report.replay)}:
        return "warn", f"{counted(len(incidents), 'incident')} would no longer be told"
    if report.changes and report.changes.are_none:
        return "good", "nothing changes"
    return "good", "within all limits"


def subtitle(report: Report) -> str:
    """What the report is about, and what it was held against."""
    against = f", held against {report.changes.against.says}" if report.changes else ""
    return f"{report.source} in {report.region}{against}"


def figures(report: Report) -> Iterator[Figure]:
    """The figures."""
    changes, bill = report.changes, report.bill
    composites = sum(1 for alarm in report.alarms if alarm.kind == "composite")
    yield Figure(
        "Alarms",
        Shift(f"{changes.alarms_before:,}" if changes else None, f"{len(report.alarms):,}"),
        _changed(report) if changes else f"{composites:,} of them composites, which page",
    )
    yield Figure(
        "Dashboards",
        Shift(f"{changes.dashboards_before:,}" if changes else None, f"{len(report.dashboards):,}"),
        _boards(report) if changes else counted(sum(len(one.widgets) for one in report.dashboards), "widget"),
    )
    yield Figure("Bill a month", _bill(report), _bill_note(report))
    if report.replay:
        yield _pages(report)
    yield Figure(
        "Limits exceeded",
        Shift(None, str(len(report.limits)), "bad" if report.limits else ""),
        "of AWS's, and the bill's own" if bill.limit_usd is not None else "of AWS's",
    )


def _changed(report: Report) -> str:
    changes = report.changes
    counts = [(len(changes.of(what)), what) for what in ("added", "changed", "removed")] if changes else []
    return ", ".join(f"{count:,} {what}" for count, what in counts if count) or "the same"


def _boards(report: Report) -> str:
    those = report.changes.dashboards if report.changes else ()
    counts = [(sum(1 for one in those if one.what == what), what) for what in ("added", "changed", "removed")]
    return ", ".join(f"{count:,} {what}" for count, what in counts if count) or "the same"


def _bill(report: Report) -> Shift:
    bill, difference = report.bill, report.bill.difference
    tone: Tone = "bad" if bill.exceeded else ""
    before = None
    if difference is not None and not difference.counted_only:
        before = amount(difference.before_usd)
    return Shift(before, amount(bill.monthly_usd), tone)


def _bill_note(report: Report) -> str:
    bill, difference = report.bill, report.bill.difference
    notes = []
    if difference is not None:
        counted_only = " without estimates" if difference.counted_only else ""
        notes.append(f"{amount(difference.usd, signed=True)}{counted_only}")
    if bill.limit_usd is not None:
        notes.append(f"{amount(bill.limit_usd)} allowed")
    return ", ".join(notes) or "with estimates"


_PAGES = frozenset({"critical", "emergency"})
"""The tiers that wake somebody."""


def _pages(report: Report) -> Figure:
    tiers = [one for one in (report.replay.tiers if report.replay else ()) if one.tier in _PAGES]
    others = [one for one in (report.replay.tiers if report.replay else ()) if one.tier not in _PAGES]
    after = sum(one.after.pages_a_week for one in tiers if one.after)
    before = sum(one.before.pages_a_week for one in tiers if one.before) if report.changes else None
    tone: Tone = "" if before is None or rate(before) == rate(after) else "good" if after < before else "warn"
    note = f"and {rate(sum(one.after.pages_a_week for one in others if one.after))} messages that wake nobody"
    return Figure("Pages a week", Shift(None if before is None else rate(before), rate(after), tone), note)
