"""The report as one page, complete in itself and without a script: the tables, and every dashboard drawn."""

from __future__ import annotations

from html import escape

from infra.preview.document import Report
from infra.preview.given import Model
from infra.preview.page.blocks import figure_html, section_html
from infra.preview.page.style import STYLE
from infra.preview.sections import Section, figures, sections, subtitle, verdict
from infra.preview.words import counted
from opslib.monitoring import draw
from opslib.monitoring.draw import Board, Recorded

__all__ = ["page"]

_MOST_OPEN = 400
"""So many widgets are open when the page is: more are for who asks. What has changed comes first."""


def page(report: Report, model: Model, history: Recorded | None = None) -> str:
    """The page.

    Args:
        report: The report.
        model: What its dashboards are drawn from.
        history: Real values; None: sample data.
    """
    tone, says = verdict(report)
    title = f"Monitoring of {report.stack}"
    told = tuple(sections(report))
    before = [section for section in told if section.key != "alarms"]
    after = [section for section in told if section.key == "alarms"]
    links = [(section.key, section.title) for section in before]
    links += [("dashboards", "Dashboards"), *((section.key, section.title) for section in after)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}: {escape(says)}</title>\n"
        f"<style>{draw.PICTURE_STYLE}{draw.BOARD_STYLE}{STYLE}</style>\n</head>\n<body><main>\n"
        f'<header><div class="row"><h1>{escape(title)}</h1><span class="verdict {tone}">{escape(says)}</span></div>'
        f'<p class="soft">{escape(subtitle(report))}.</p>'
        f'<dl class="figures">{"".join(map(figure_html, figures(report)))}</dl>'
        f'<nav aria-label="Sections">{"".join(_link(*link) for link in links)}</nav></header>\n'
        f"{_sections(before)}{_dashboards(report, model, history)}\n{_sections(after)}"
        "<footer>Worked out from the model alone: nothing was asked of AWS, and nothing was changed.</footer>\n"
        "</main></body></html>\n"
    )


def _sections(told: list[Section]) -> str:
    return "".join(f"{section_html(section)}\n" for section in told)


def _link(key: str, title: str) -> str:
    return f'<a href="#{key}">{escape(title)}</a>'


def _dashboards(report: Report, model: Model, history: Recorded | None) -> str:
    found = draw.boards(model.dashboards, alarms=model.alarms, history=history, bind=model.bind)
    changed = {one.name: one.what for one in report.changes.dashboards} if report.changes else {}
    shown, left = [], _MOST_OPEN
    for board in sorted(found, key=lambda one: one.name not in changed):
        is_open = left >= board.widgets
        left -= board.widgets if is_open else 0
        shown.append(_board(board, changed.get(board.name, ""), is_open=is_open))
    sampled = any(board.is_sampled for board in found)
    values = (
        "Values marked as sample data are made up: they show how a widget will look, and nothing of your systems."
        if sampled
        else "Values are from the history that was given."
    )
    return (
        f'<section aria-labelledby="dashboards"><h2 id="dashboards">Dashboards</h2>'
        f'<p class="soft">Drawn in CloudWatch\'s grid. Dashed lines are the thresholds of alarms; the tinted side is '
        f'the one that is breaching. {values}</p><div class="wide">{"".join(shown)}</div></section>'
    )


_TONES = {"added": "good", "changed": "warn"}


def _board(board: Board, what: str, *, is_open: bool) -> str:
    tag = f'<span class="tag {_TONES.get(what, "")}">{what}</span>' if what else ""
    return (
        f'<details class="shown"{" open" if is_open else ""}><summary>{escape(board.name)}{tag}'
        f"<span>{counted(board.widgets, 'widget')}</span></summary>{board.html}</details>"
    )
