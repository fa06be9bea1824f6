"""Limits, blindness, and the inventory of alarms."""

from __future__ import annotations

from infra.preview.document import AlarmPart, Report
from infra.preview.sections.layout import Column, Names, Paragraph, Section, Table, Words
from infra.preview.words import COMPARISONS, counted, number

__all__ = ["blinded", "exceeded", "inventory", "unknown"]

_ORDER = ("emergency", "critical", "warning", "info")


def exceeded(report: Report) -> Section | None:
    """The limits that are exceeded; None where none is."""
    if not report.limits:
        return None
    rows = tuple((Names((one.where,)), Words(one.what, "bad"), Words(one.way_out)) for one in report.limits)
    columns = (Column("Where"), Column("What is wrong"), Column("The way out"))
    return Section(
        "limits",
        "What stops it",
        (
            Paragraph("AWS would refuse it: as it stands, nothing of it should be deployed.", "soft")
            if any(one.where != "bill" for one in report.limits)
            else Paragraph("It could be deployed, and costs more than this stack allows.", "soft"),
            Table(columns, rows, "limits"),
        ),
    )


def blinded(report: Report) -> Section | None:
    """The alarms that need a setting of somebody else's resource; None where none does."""
    if not report.blind:
        return None
    rows = tuple((Words(one.says), Words(f"{len(one.alarms):,}"), Names(one.workloads, 5)) for one in report.blind)
    alarms = sum(len(one.alarms) for one in report.blind)
    columns = (Column("They are blind unless"), Column("Alarms", is_number=True), Column("Of"))
    return Section(
        "blind",
        f"{counted(alarms, 'alarm')} blind without a setting",
        (
            Paragraph("These metrics are published only where somebody has switched them on.", "soft"),
            Table(columns, rows, "settings"),
        ),
    )


def unknown(report: Report) -> Section | None:
    """Values that only the engine can read, and other notes; None where there are none."""
    blocks: list[Paragraph | Table] = [Paragraph(f"{note}.", "soft") for note in report.notes]
    if report.placeholders:
        rows = tuple(
            (Names((one.where,)), Words(f"{one.output} of {one.from_stack}"), Words(one.shown, "soft"))
            for one in report.placeholders
        )
        columns = (Column("Value"), Column("Of another stack"), Column("Shown as"))
        caption = "Values that only the engine can read"
        blocks.append(Table(columns, rows, "values", caption))
    return Section("unknown", "What is not known here", tuple(blocks)) if blocks else None


def inventory(report: Report) -> Section:
    """Every alarm, those that page first."""

    def rank(alarm: AlarmPart) -> tuple[int, str]:
        return (_ORDER.index(alarm.tier) if alarm.tier else len(_ORDER), "")

    rows = tuple(
        (
            Names((alarm.name,)),
            Words(alarm.title or ""),
            Words(condition(alarm)),
            Words(_tells(alarm), "" if alarm.tier else "soft"),
            Words("rings" if alarm.fires_on_silence else "", "soft"),
        )
        for alarm in sorted(report.alarms, key=rank)
    )
    columns = (Column("Alarm"), Column("What"), Column("When"), Column("Tells"), Column("On silence"))
    caption = f"{counted(len(report.alarms), 'alarm')}, those that page first"
    return Section("alarms", "Every alarm", (Table(columns, rows, "alarms", caption, folded=True),), page_only=True)


def condition(alarm: AlarmPart) -> str:
    """When an alarm rings, with its unit."""
    if alarm.kind == "composite":
        return f"its rule holds over {counted(len(alarm.children), 'alarm')}"
    sign = COMPARISONS.get(alarm.comparison or "", alarm.comparison or "")
    bound = f" {number(alarm.threshold, alarm.unit)}" if alarm.threshold is not None else ""
    if alarm.deviations is not None:
        bound = f" of {number(alarm.deviations)} deviations"
    seconds = f" of {alarm.watches.period_seconds} s" if alarm.watches else ""
    return f"{sign}{bound}, {alarm.datapoints_to_alarm} of {alarm.evaluation_periods} points{seconds}"


def _tells(alarm: AlarmPart) -> str:
    if alarm.tier:
        return alarm.tier
    return f"through {alarm.paged_by}" if alarm.paged_by else "nobody by itself"
