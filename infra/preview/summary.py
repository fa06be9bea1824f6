"""The report in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from infra.preview.document import Report
from infra.preview.words import amount, counted, rate

__all__ = ["summary"]

_MOST = 10


def summary(report: Report) -> str:
    """What a person at a terminal has to know; all of it is in the other forms.

    Args:
        report: The report.
    """
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    composites = sum(1 for alarm in report.alarms if alarm.kind == "composite")
    yield (
        f"{report.stack} ({report.source}): {counted(len(report.alarms) - composites, 'alarm')}, "
        f"{counted(composites, 'composite')}, {counted(len(report.dashboards), 'dashboard')}; "
        f"{amount(report.bill.monthly_usd)} a month"
    )
    if report.changes:
        counts = [
            f"{len(those)} {what}" for what in ("added", "changed", "removed") if (those := report.changes.of(what))
        ]
        yield f"against {report.changes.against.says}: {', '.join(counts) or 'no alarm changes'}"
        if report.bill.difference:
            yield f"bill: {amount(report.bill.difference.usd, signed=True)} a month"
    if report.replay:
        pages = ", ".join(
            f"{one.tier} {rate(one.after.pages_a_week if one.after else 0)}" for one in report.replay.tiers
        )
        yield f"pages a week, over {report.replay.weeks:.1f} weeks: {pages or 'none'}"
    if report.blind:
        yield f"{counted(sum(len(one.alarms) for one in report.blind), 'alarm')} blind without a setting"
    yield from (f"limit: {limit.text}" for limit in report.limits[:_MOST])
    if len(report.limits) > _MOST:
        yield f"and {len(report.limits) - _MOST} more limits"
    yield from (f"note: {note}" for note in report.notes)
    yield "a limit is exceeded" if report.limits else "fine"
