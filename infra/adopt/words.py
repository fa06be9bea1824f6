"""The report for people: a few lines, or Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.adopt.report import Report

__all__ = ["markdown", "summary"]

_SHOWN = 20
"""How many of a kind are shown before the rest is counted."""


def summary(report: Report, *, out: str) -> str:
    """The report in lines.

    Args:
        report: The report.
        out: The file that was written.
    """
    sections = {name: len(keys) for name, keys in report.document()["workloads"].items()}
    counted = ", ".join(f"{count} {name}" for name, count in sections.items()) or "nothing"
    sides = report.covering
    lines = [
        f"{out} is written: it watches {counted} in {report.draft.account} {report.draft.region}",
        _alarms(report),
        f"bill: {report.bill_now.monthly_usd:.2f} USD a month now, {report.both_usd:.2f} with both",
    ]
    lines += [f"differs: {text}" for text in _some([text for pair in sides.covered for text in pair.differs])]
    lines += [f"left out: {text}" for text in _some([str(one) for one in report.draft.left_out])]
    lines += [f"left alone: {text}" for text in report.draft.left_alone]
    if report.elsewhere:
        lines.append(f"left out: {report.elsewhere} alarms of the region that are about something else")
    lines += [f"blind: {text}" for text in report.blind]
    lines += [f"no words for: {text}" for text in _some([f"{name}: {why}" for name, why in report.unknown])]
    lines += list(_backtest(report))
    if report.cost:
        lines.append(f"history: {report.cost}")
    if "alerting" not in report.draft.written:
        lines.append("nobody is told yet: write opslib:alerting (README, docs/adopt.md)")
    return "\n".join(lines)


def _alarms(report: Report) -> str:
    sides = report.covering
    return (
        f"alarms: {len(sides.added)} and {len(sides.composites)} composites would be added where nobody watched, "
        f"{len(sides.covered)} beside {_count_beside(report)} of theirs; {len(sides.alone)} of theirs have none beside "
        "them; all of theirs stay as they are"
    )


def _count_beside(report: Report) -> int:
    return len({one.name for pair in report.covering.covered for one in pair.theirs})


def _some(texts: Sequence[str]) -> list[str]:
    if len(texts) <= _SHOWN:
        return list(texts)
    return [*texts[:_SHOWN], f"and {len(texts) - _SHOWN} more (--json has all)"]


def _backtest(report: Report) -> Iterator[str]:
    if report.replayed is None:
        return
    for whose, replayed in (("theirs", report.replayed.theirs), ("ours", report.replayed.ours)):
        told = [one for one in replayed.alarms if one.tier]
        a_week = sum(one.pages_a_week for one in told)
        yield (
            f"backtest of {whose}, {replayed.since:%Y-%m-%d} to {replayed.until:%Y-%m-%d}: {a_week:.1f} messages a "
            f"week from {sum(one.pages > 0 for one in told)} alarms; {len(replayed.not_replayed)} not replayed"
        )
    noisy = sorted(report.replayed.theirs.alarms, key=lambda one: -one.pages_a_week)
    yield from (
        f"theirs: {one.name} ({one.condition}) {one.pages_a_week:.1f} a week, {one.flaps} flaps"
        for one in noisy[:5]
        if one.pages
    )
    yield from (f"suggestion: {one.why}" for one in report.replayed.suggestions)


def markdown(report: Report, *, out: str) -> str:
    """The report as Markdown.

    Args:
        report: The report.
        out: The file that was written.
    """
    sides = report.covering
    parts = [
        "# What runs, who watches it, and what would be added",
        "",
        *(f"- {_plain(one)}" for one in _lines(report, out)),
    ]
    if sides.covered:
        parts += ["", "## Watched by both", "", "| ours | theirs | the same |", "|---|---|---|"]
        parts += [
            f"| `{pair.ours.name}` {_plain(pair.ours.condition)} | "
            f"{'<br>'.join(f'`{_plain(one.name)}` {_plain(one.condition)}' for one in pair.theirs)} | "
            f"{'no' if pair.differs else 'yes'} |"
            for pair in sides.covered
        ]
    if sides.alone:
        parts += ["", "## Theirs alone, left as they are", ""]
        parts += [f"- `{_plain(one.name)}`" for one in sides.alone]
    if sides.added:
        parts += ["", "## Would be added", "", "| alarm | when | why |", "|---|---|---|"]
        parts += [f"| `{one.name}` | {_plain(one.condition)} | {_plain(one.why)} |" for one in sides.added]
    return "\n".join(parts) + "\n"


def _lines(report: Report, out: str) -> list[str]:
    return summary(report, out=out).splitlines()


def _plain(text: str) -> str:
    """Text that cannot break a table: names are the team's."""
    return " ".join(text.replace("|", "\\|").replace("`", "'").split())
