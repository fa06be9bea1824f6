"""What a report says, in the order in which a reviewer needs it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.preview.document import Report
from infra.preview.sections.changed import changed
from infra.preview.sections.layout import Cell, Column, Figure, Names, Paragraph, Section, Shift, Table, Tone, Words
from infra.preview.sections.paged import paged
from infra.preview.sections.paid import paid
from infra.preview.sections.top import figures, subtitle, verdict
from infra.preview.sections.watched import blinded, exceeded, inventory, unknown

__all__ = [
    "Cell",
    "Column",
    "Figure",
    "Names",
    "Paragraph",
    "Section",
    "Shift",
    "Table",
    "Tone",
    "Words",
    "figures",
    "sections",
    "subtitle",
    "verdict",
]


def sections(report: Report) -> Iterator[Section]:
    """The sections of a report.

    Args:
        report: The report.
    """
    for section in (
        exceeded(report),
        changed(report),
        paged(report),
        paid(report),
        blinded(report),
        unknown(report),
        inventory(report),
    ):
        if section is not None:
            yield section
