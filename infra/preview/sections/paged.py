"""What the alarms would have done over the history: how often they page, how long they ring, what they miss."""

from __future__ import annotations

from collections.abc import Iterator

from infra.preview.document import AlarmReplayPart, JudgementPart, ReplayFigures, ReplayPart, Report
from infra.preview.sections.layout import Cell, Column, Names, Paragraph, Section, Shift, Table, Tone, Words
from infra.preview.words import NONE, counted, lasting, percent, rate
from opslib.contract import Severity

__all__ = ["lost", "paged"]

_ALARM_COLUMNS = (
    Column("Alarm"),
    Column("Messages a week", is_number=True),
    Column("Times in ALARM", is_number=True),
    Column("Flaps", is_number=True),
    Column("Time in ALARM", is_number=True),
)
_JUDGED_COLUMNS = (
    Column("Precision", is_number=True),
    Column("Recall", is_number=True),
    Column("Delay", is_number=True),
)


def paged(report: Report) -> Section | None:
    """The section; None without a history."""
    replay = report.replay
    if replay is None:
        return None
    judged = bool(replay.incidents)
    blocks: list[Paragraph | Table] = [Paragraph(_span(replay))]
    blocks += [Paragraph(f"{tier} would no longer be told of {what}", "bad") for tier, what in lost(replay)]
    blocks += [Paragraph(text, "good") for text in _won(replay)]
    blocks.append(_tiers(replay, {one.tier for one in report.backtest if one.how != "not replayed"}, judged=judged))
    rung = [one for one in report.backtest if _rang(one)]
    moved = [one for one in report.backtest if one.change]
    if moved:
        rows = tuple(_alarm(one, judged=judged) for one in moved if _rang(one))
        silent = sum(1 for one in moved if one.how != "not replayed" and not _rang(one))
        title = "Alarms that change, and what they would have done"
        if rows:
            blocks.append(Table((*_ALARM_COLUMNS, *(_JUDGED_COLUMNS if judged else ())), rows, "alarms", title))
        if silent:
            blocks.append(Paragraph(f"{counted(silent, 'alarm')} of those that change would not have rung, as before."))
    same = sorted((one for one in rung if not one.change), key=lambda one: (-one.pages, -one.alarm_seconds))
    if same:
        rows = tuple(_alarm(one, judged=judged) for one in same)
        stays = f" and {'stays as it is' if len(same) == 1 else 'stay as they are'}" if report.changes else ""
        title = f"{counted(len(same), 'alarm')} rang{stays}"
        columns = (*_ALARM_COLUMNS, *(_JUDGED_COLUMNS if judged else ()))
        blocks.append(Table(columns, rows, "alarms", title, folded=bool(moved)))
    if replay.suggestions:
        blocks.append(
            Table(
                (Column("Alarm"), Column("Instead of"), Column("Suggested"), Column("Evidence")),
                tuple(
                    (Names((one.alarm,)), Words(one.condition), Words(one.suggested), Words(_evidence(one.why)))
                    for one in replay.suggestions
                ),
                "suggestions",
                "Settings that would have done clearly better",
            )
        )
    blocks += [Paragraph(note, "soft") for note in replay.notes]
    return Section("backtest", "How often it would have paged", tuple(blocks))


def _span(replay: ReplayPart) -> str:
    begin, end = replay.since[:10], replay.until[:10]
    incidents = f", held against {counted(len(replay.incidents), 'recorded incident')}" if replay.incidents else ""
    unknown = replay.alarms - replay.replayed
    rest = f"; for the other {unknown:,} there is no history" if unknown else ""
    return (
        f"{begin} to {end}, {replay.weeks:.1f} weeks{incidents}: "
        f"{replay.replayed:,} of {counted(replay.alarms, 'alarm')} could be replayed{rest}."
    )


def _evidence(why: str) -> str:
    """The alarm and its conditions have columns of their own."""
    return why.partition("; ")[2] or why


def lost(replay: ReplayPart | None) -> Iterator[tuple[Severity, str]]:
    """The incidents that a tier was told of and no longer would be."""
    for tier in replay.tiers if replay else ():
        before = tier.before.judgement if tier.before else None
        after = tier.after.judgement if tier.after else None
        for incident in _difference(before, after):
            yield tier.tier, incident


def _won(replay: ReplayPart) -> Iterator[str]:
    for tier in replay.tiers:
        before = tier.before.judgement if tier.before else None
        after = tier.after.judgement if tier.after else None
        if before is not None:
            for incident in _difference(after, before):
                yield f"{tier.tier} would now be told of {incident}"


def _difference(one: JudgementPart | None, other: JudgementPart | None) -> Iterator[str]:
    """The incidents that one detects and the other does not."""
    if one is None:
        return
    there = {(incident.start, incident.workload, incident.name) for incident in other.detected} if other else set()
    for incident in one.detected:
        if (incident.start, incident.workload, incident.name) not in there:
            called = incident.name or "an incident"
            of = "" if incident.workload == "*" else f" ({incident.workload})"
            yield f"{called}{of}, {incident.start[:16].replace('T', ' ')} UTC."


def _tiers(replay: ReplayPart, heard: set[Severity | None], *, judged: bool) -> Table:
    columns = (
        Column("Tier"),
        Column("Messages a week", is_number=True),
        Column("Alarms", is_number=True),
        *((*_JUDGED_COLUMNS, Column("Missed", is_number=True)) if judged else ()),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in reversed(replay.tiers):
        after, before = one.after, one.before
        alarms = Shift(str(before.alarms) if before else None, str(after.alarms if after else 0))
        if one.tier not in heard:
            unknown = [Words(NONE, "soft") for _ in columns[3:]]
            rows.append((Words(one.tier), Words("not known", "soft"), alarms, *unknown))
            continue
        cells: list[Cell] = [
            Words(one.tier),
            _rates(before.pages_a_week if before else None, after.pages_a_week if after else 0.0),
            alarms,
        ]
        if judged:
            was, would = before.judgement if before else None, after.judgement if after else None
            cells += [*_judged(was, would), _missed(was, would)]
        rows.append(tuple(cells))
    return Table(columns, tuple(rows), "tiers", "What each tier would have been told")


def _alarm(one: AlarmReplayPart, *, judged: bool) -> tuple[Cell, ...]:
    was = one.before
    silent = one.tier is None
    cells: list[Cell] = [
        Names((one.name,)),
        Words("by its composite", "soft") if silent else _rates(was.pages_a_week if was else None, one.pages_a_week),
        _shift(was, str(was.episodes) if was else None, str(one.episodes)),
        _shift(was, str(was.flaps) if was else None, str(one.flaps)),
        _shift(was, lasting(was.alarm_seconds) if was else None, lasting(one.alarm_seconds)),
    ]
    if judged:
        cells += _judged(was.judgement if was else None, one.judgement)
    return tuple(cells)


def _rang(one: AlarmReplayPart) -> bool:
    return bool(one.episodes or (one.before and one.before.episodes))


def _shift(was: ReplayFigures | None, before: str | None, after: str) -> Shift:
    return Shift(before if was else None, after)


def _rates(before: float | None, after: float) -> Shift:
    if before is None:
        return Shift(None, rate(after))
    tone: Tone = "" if rate(before) == rate(after) else "good" if after < before else "warn"
    return Shift(rate(before), rate(after), tone)


def _judged(was: JudgementPart | None, would: JudgementPart | None) -> list[Cell]:
    cells: list[Cell] = []
    for field in ("precision", "recall"):
        before, after = (getattr(one, field) if one else None for one in (was, would))
        worse: Tone = "" if before is None or after is None or before == after else "bad" if after < before else "good"
        cells.append(Shift(percent(before) if was else None, percent(after), worse))
    before, after = (one.delay_seconds if one else None for one in (was, would))
    slower: Tone = "" if before is None or after is None or before == after else "bad" if after > before else "good"
    cells.append(Shift(lasting(before) if was else None, lasting(after), slower))
    return cells


def _missed(was: JudgementPart | None, would: JudgementPart | None) -> Cell:
    before, after = len(was.missed) if was else None, len(would.missed) if would else 0
    tone: Tone = "" if before is None or before == after else "bad" if after > before else "good"
    return Shift(None if before is None else str(before), str(after), tone)
