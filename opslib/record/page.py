"""The incident record as a page: one file, light and dark, for a screen, a phone or paper."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from opslib.record.incident import Change, Happening, IncidentRecord, StepAccount, StepState
from opslib.record.picture import timeline_svg
from opslib.record.wording import (
    SAYINGS,
    STATES,
    clock,
    day_and_time,
    head,
    lasted,
    outcome_sentence,
    sentence,
    shown,
    times,
)

__all__ = ["render_html"]

_TONES: Mapping[int, str] = {0: "good", 3: "calm", 4: "warn", 5: "bad", 6: "other", 7: "calm"}

_STATE_TONES: Mapping[StepState, str] = {
    "not_begun": "calm",
    "under_way": "calm",
    "done": "good",
    "failed": "bad",
    "overtaken": "other",
    "undone": "warn",
    "no_way_back": "bad",
}


_SAYING_TONES: Mapping[str, str] = {"approved": "good", "refused": "bad", "not_allowed": "warn", "expired": "warn"}


def render_html(record: IncidentRecord) -> str:
    """The record as a page that needs nothing else: no script, no address, no picture that has to be loaded."""
    template = Template(files("opslib.record").joinpath("page.html").read_text(encoding="utf-8"))
    heading = f"{record.procedure} of {record.target}"
    ended = f"ended {day_and_time(record.outcome.at)}" if record.outcome.at else "not ended"
    return template.substitute(
        title=escape(f"{heading}: {record.outcome.meaning}"),
        tone=f"tone-{_TONES[record.outcome.exit_code]}",
        badge=escape(record.outcome.meaning),
        heading=escape(heading),
        says=escape(outcome_sentence(record)),
        facts=_facts(head(record)),
        numbers=_numbers(times(record)),
        sections="\n".join(_sections(record)),
        footer=escape(
            f"Derived from the journal: plan {record.plan_id}, planned {day_and_time(record.planned_at)}, {ended},"
            f" exit code {record.outcome.exit_code}; record version {record.schema_version}. All times are UTC."
        ),
    )


def _sections(record: IncidentRecord) -> Iterator[str]:
    yield _section("Timeline", timeline_svg(record))
    said = "\n".join(_saying(one) for one in record.timeline if one.event in SAYINGS)
    if said:
        yield _section("A second person", f'<ol class="steps">{said}</ol>')
    changed = {change.step_id for change in record.changes}
    steps = "\n".join(_step(n, step, changed=step.id in changed) for n, step in enumerate(record.steps, 1))
    yield _section("Steps", f'<ol class="steps">{steps}</ol>')
    if record.changes:
        changes = "\n".join(_change(change) for change in record.changes)
        yield _section("Before and after", f'<ol class="steps">{changes}</ol>')
    if record.evidence:
        yield _section("Evidence", _evidence(record.evidence))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}\n</section>"


def _facts(rows: Mapping[str, str]) -> str:
    return _pairs({name: escape(value) for name, value in rows.items()})


def _pairs(rows: Mapping[str, str]) -> str:
    """Names and values; the values are HTML."""
    inside = "\n".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows.items())
    return f'<dl class="facts">{inside}</dl>'


def _numbers(rows: Mapping[str, str]) -> str:
    if not rows:
        return ""
    inside = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in rows.items())
    return f'<div class="numbers">{inside}</div>'


def _saying(one: Happening) -> str:
    tone = _SAYING_TONES.get(one.event, "calm")
    state = f'<span class="state tone-{tone}">{escape(SAYINGS[one.event])}</span>'
    said = f'<div class="quiet">{escape(one.says)}</div>'
    return f'<li><div class="row"><b>{day_and_time(one.at)}</b>{state}</div>{said}</li>'


def _step(number: int, step: StepAccount, *, changed: bool) -> str:
    state = f'<span class="state tone-{_STATE_TONES[step.state]}">{escape(STATES[step.state])}</span>'
    lines = [
        f'<div class="row"><b>{number}. {escape(step.title)}</b>{state}</div>',
        f'<div class="quiet">{escape(_course(step))}</div>',
    ]
    if step.why:
        lines.append(f'<div class="quiet">{escape(sentence(step.why))}</div>')
    for label, call in (("Sent", step.call), ("Undone by", step.undo_call)):
        if call:
            lines.append(f'<div class="sent">{label}</div><pre>{escape(call)}</pre>')
    if step.found and not changed:
        lines.append(f'<div class="sent">Found</div>{_value(step.found)}')
    return f"<li>{''.join(lines)}</li>"


def _course(step: StepAccount) -> str:
    """What happened to a step, on one line: `execute · began 03:00:00 · sent at 03:00:02 (attempt 2) · took 40 s`."""
    parts = [step.part]
    if step.began_at:
        parts.append(f"began {clock(step.began_at)}")
    if step.called_at:
        parts.append(f"sent {clock(step.called_at)}" + (f" (attempt {step.attempts})" if step.attempts > 1 else ""))
    if step.began_at and step.ended_at:
        parts.append(f"took {lasted((step.ended_at - step.began_at).total_seconds())}")
        if not step.attempts:
            parts.append("no call")
    if step.undone_at:
        parts.append(f"undone {clock(step.undone_at)}")
    return " · ".join(parts)


def _change(change: Change) -> str:
    after = "as before" if change.undone else change.after or "not seen"
    return (
        f'<li><div class="row"><b>{escape(change.title)}</b></div><div class="before-after">'
        f'<div><span class="quiet">Before</span>{_value(change.before)}</div>'
        f'<div><span class="quiet">After</span>{_value(after)}</div></div></li>'
    )


def _evidence(evidence: Mapping[str, Any]) -> str:
    return _pairs({name: _value(value) for name, value in evidence.items()})


def _value(value: Any) -> str:
    """A JSON value as HTML: words as they are, what has parts as JSON."""
    if isinstance(value, Mapping | list | tuple):
        return f"<pre>{escape(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str))}</pre>"
    return f"<div>{escape(shown(value))}</div>"
