"""The incident record in Markdown: what is known, and the frame of a post-mortem for people to fill."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from opslib.record.incident import IncidentRecord
from opslib.record.wording import STATES, clock, head, outcome_sentence, shown, times

__all__ = ["render_markdown"]

_TO_FILL = "_To be filled in._"


def render_markdown(record: IncidentRecord) -> str:
    """The record as a post-mortem to go on with; whatever is in it reads as text, and does nothing."""
    return "\n".join(_lines(record)).rstrip() + "\n"


def _lines(record: IncidentRecord) -> Iterator[str]:
    yield f"# {_text(record.procedure)} of {_text(record.target)}: {record.outcome.meaning}"
    yield from ("", "## What happened", "", _text(outcome_sentence(record)), "")
    yield from _table(("", ""), [(f"**{name}**", _text(value)) for name, value in head(record).items()])
    yield from ("## Impact", "", "_Who noticed, what they could not do, for how long._", "")
    yield from _table(("", ""), [(f"**{name}**", _text(value)) for name, value in times(record).items()])
    yield from ("## Timeline", "")
    rows = [
        (clock(one.at), one.event.replace("_", " "), _attempt(one.attempt) + _text(one.says)) for one in record.timeline
    ]
    yield from _table(("UTC", "Event", "What"), rows)
    yield from ("## Steps", "")
    steps = [
        (str(n), _text(step.title), STATES[step.state], _code(step.call)) for n, step in enumerate(record.steps, 1)
    ]
    yield from _table(("", "Step", "State", "Call"), steps)
    if record.changes:
        yield from ("## Before and after", "")
        changes = [
            (_text(one.title), _code(shown(one.before)), "as before" if one.undone else _code(shown(one.after)))
            for one in record.changes
        ]
        yield from _table(("Step", "Before", "After"), changes)
    if record.evidence:
        # No line of it begins with a fence: in JSON, text stands between quotes, and its line breaks are escaped.
        evidence = json.dumps(record.evidence, indent=2, sort_keys=True, default=str)
        yield from ("## Evidence", "", "```json", evidence, "```", "")
    yield from ("## What went well", "", *_well(record), "")
    yield from ("## What went badly", "", *_badly(record), "")
    yield from ("## Actions", "")
    yield from _table(("Action", "Owner", "Due"), [("", "", "")])


def _well(record: IncidentRecord) -> Iterator[str]:
    found = list(_good_news(record))
    yield from (f"- {line}" for line in found)
    yield f"- {_TO_FILL}"


def _good_news(record: IncidentRecord) -> Iterator[str]:
    for name, value in times(record).items():
        yield f"{name} {value}."
    if record.outcome.exit_code == 0:
        yield outcome_sentence(record)
    if record.undone:
        yield f"Undone: {'; '.join(map(_text, record.undone))}."


def _badly(record: IncidentRecord) -> Iterator[str]:
    for step in record.steps:
        if step.state in {"failed", "overtaken", "no_way_back"}:
            yield f"- {_text(step.title)}: {STATES[step.state]}."
        if step.attempts > 1:
            yield f"- {_text(step.title)}: its call had to be sent {step.attempts} times."
    yield f"- {_TO_FILL}"


def _attempt(attempt: int) -> str:
    return f"(attempt {attempt}) " if attempt > 1 else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = list(rows)
    if rows:
        yield from (_row(heads), _row(["---"] * len(heads)), *map(_row, rows), "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$!])")


def _text(text: str) -> str:
    """Text that means only itself: on one line, and with every sign of Markdown and HTML escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()).replace("&", "&amp;"))


def _code(text: str) -> str:
    """Text as code on one line, also within a table."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain else ""
