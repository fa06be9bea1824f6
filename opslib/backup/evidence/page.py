"""A report as a page for people: one file, light and dark, on a phone, on paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from opslib.backup.evidence.report import Report
from opslib.backup.words import duration
from opslib.errors import Refused

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render"]

COLOURS = 6
SIGNS = {"proven": "\u2713", "disproven": "\u2717", "not checked": "?"}
SUMMARY = {
    "proven": "Every required check was run, and proved what it is there to prove.",
    "disproven": "At least one check found that this is not what it should be.",
    "not checked": "Nothing was found wrong, but not everything required was checked. That is no proof.",
}
ACTIONS = {
    "take": "Backup taken",
    "verify": "Backup verified",
    "inventory": "Inventory of backups",
    "prune": "Old backups removed",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar, in per cent of its whole length."""

    name: str
    start: float
    width: float
    seconds: str
    colour: int


def render(report: Report) -> bytes:
    """The page of a report. Whatever a backup contains is text in it, never markup.

    Raises:
        Refused: jinja2 is not installed.
    """
    restored = report.restored_seconds or 0.0
    longest = max(restored, report.rto_seconds or 0, 0.001)
    text = _template().render(
        report=report,
        digest=report.digest(),
        title=ACTIONS[report.action],
        summary=SUMMARY[report.verdict],
        signs=SIGNS,
        findings=[(finding, _facts(finding.facts)) for finding in _worst_first(report.findings)],
        counts={verdict: sum(finding.verdict == verdict for finding in report.findings) for verdict in SIGNS},
        bars=_bars(report),
        taken=duration(report.seconds),
        restored=duration(restored),
        rto=duration(report.rto_seconds) if report.rto_seconds and report.restored_seconds is not None else "",
        over=bool(report.rto_seconds and restored > report.rto_seconds),
        taken_width=round(100 * restored / longest, 3),
        rto_at=round(100 * (report.rto_seconds or 0) / longest, 3),
        age=_age(report),
    )
    return text.encode("utf-8")


def _bars(report: Report) -> list[Bar]:
    total = sum(phase.seconds for phase in report.phases) or 1
    bars, start = [], 0.0
    for number, phase in enumerate(report.phases):
        width = 100 * phase.seconds / total
        bars.append(Bar(phase.name, round(start, 3), round(width, 3), duration(phase.seconds), number % COLOURS))
        start += width
    return bars


def _age(report: Report) -> str:
    taken = report.subject.taken_at if report.subject else None
    return duration(max(0.0, (report.began_at - taken).total_seconds())) if taken else ""


def _worst_first(findings: Sequence[Any]) -> list[Any]:
    order = ("disproven", "not checked", "proven")
    return sorted(findings, key=lambda finding: (order.index(finding.verdict), not finding.required))


def _facts(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False, sort_keys=True) if facts else ""


@cache
def _template() -> Template:
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise Refused("jinja2, which writes the evidence, is missing", "pip install 'opslib-aws[backup]'") from None
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("opslib.backup.evidence").joinpath("page.html.j2").read_text("utf-8"))
