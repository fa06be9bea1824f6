"""Alarms over a history: what each would have done, and what each tier would have been told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, get_args

import numpy as np

from opslib.contract import Severity
from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.backtest.acts import Suppressor, acts, mute_windows
from opslib.monitoring.backtest.composites import children_first, composed, rule_of
from opslib.monitoring.backtest.history import Bind, History, moment, seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.judgement import STACK, Calls, judged
from opslib.monitoring.backtest.report import WEEK_SECONDS, AlarmReplay, Report, TierReplay
from opslib.monitoring.backtest.timeline import ALARM, INSUFFICIENT_DATA, Timeline
from opslib.monitoring.backtest.watching import Span, Watched, watched
from opslib.monitoring.evaluate import MuteRule, children

__all__ = ["FLAP_SECONDS", "Known", "replay", "replay_known", "span_of"]

FLAP_SECONDS: Final = 1_800
"""Going back into ALARM within this time, or within twice the alarm's own window where that is longer, is flapping."""

_SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Known = dict[Alarm, Watched]
"""Alarms that were already replayed over the same history and span."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What holds for every alarm of a replay."""

    span: Span
    incidents: tuple[Incident, ...]
    suppressors: Mapping[str, Suppressor]
    muted: Mapping[str, tuple[tuple[int, int], ...]]
    timelines: dict[str, Timeline]
    are_judged: bool

    @property
    def weeks(self) -> float:
        return (self.span.until - self.span.since) / WEEK_SECONDS


def replay(
    alarms: Iterable[Alarm | CompositeAlarm],
    history: History,
    incidents: Iterable[Incident] = (),
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    bind: Bind | None = None,
    suppressors: Mapping[str, Suppressor] | None = None,
    mutes: Iterable[MuteRule] = (),
) -> Report:
    """Replay alarms over a history, as if all had been created when the span begins.

    Args:
        alarms: Metric alarms and composites, in any order.
        history: What their metrics were.
        incidents: What was really wrong; those that begin outside of the span are left out.
        since: From when; None: where the history begins.
        until: Until when; None: where it ends.
        bind: Says what stands behind references in dimensions; None: the history names them ``${workload.field}``.
        suppressors: What suppresses the actions of composites, by the composite's name.
        mutes: Mute rules, each with the names of its alarms.

    Raises:
        BadRequest: The span is empty, two alarms have one name, composites are each other's children, or a suppressor
            is not among the alarms.
    """
    return replay_known(
        tuple(alarms),
        history,
        tuple(incidents),
        span=span_of(history, since, until),
        bind=bind,
        suppressors=suppressors or {},
        mutes=tuple(mutes),
        known={},
    )


def span_of(history: History, since: datetime | None, until: datetime | None) -> Span:
    """The span of a replay.

    Raises:
        BadRequest: It is empty.
    """
    found = Span(seconds(since or history.start), seconds(until or history.end))
    if found.since >= found.until:
        what = f"a replay from {moment(found.since):%Y-%m-%dT%H:%MZ} to {moment(found.until):%Y-%m-%dT%H:%MZ}"
        raise BadRequest(what, "give a span that ends after it begins")
    return found


def replay_known(
    alarms: tuple[Alarm | CompositeAlarm, ...],
    history: History,
    incidents: tuple[Incident, ...],
    *,
    span: Span,
    bind: Bind | None,
    suppressors: Mapping[str, Suppressor],
    mutes: tuple[MuteRule, ...],
    known: Known,
) -> Report:
    """As `replay`, with the states of alarms that are known already; it adds those that it finds."""
    _refuse(alarms, suppressors)
    fresh = [one for one in dict.fromkeys(alarms) if isinstance(one, Alarm) and one not in known]
    known.update((alarm, watched(alarm, history, span, bind)) for alarm in fresh)
    inside = tuple(sorted(one for one in incidents if span.since <= seconds(one.start) < span.until))
    muted = mute_windows(mutes, since=span.since, until=span.until)
    setting = _Setting(span, inside, suppressors, muted, {}, bool(incidents))
    found: dict[str, Watched] = {one.name: known[one] for one in alarms if isinstance(one, Alarm)}
    setting.timelines.update({name: one.timeline for name, one in found.items() if one.timeline is not None})
    for composite in children_first(one for one in alarms if isinstance(one, CompositeAlarm)):
        found[composite.name] = _composite(composite, setting)
    replays = tuple(_replayed(one, found[one.name], setting) for one in alarms)
    notes = list(history.notes)
    if len(inside) < len(incidents):
        notes.append(f"{len(incidents) - len(inside)} of {len(incidents)} incidents began outside of the span")
    return Report(
        moment(span.since), moment(span.until), replays, _tiers(replays, alarms, setting), inside, tuple(notes)
    )


def _refuse(alarms: Sequence[Alarm | CompositeAlarm], suppressors: Mapping[str, Suppressor]) -> None:
    names = {alarm.name for alarm in alarms}
    if len(names) < len(alarms):
        twice = Counter(alarm.name for alarm in alarms).most_common(1)[0][0]
        raise BadRequest(f"two alarms are called {twice}", "give each a name of its own")
    for composite, suppressor in suppressors.items():
        if composite in names and suppressor.alarm not in names:
            what = f"the suppressor {suppressor.alarm} of {composite} is not among the alarms"
            raise BadRequest(what, "replay it too")


def _composite(composite: CompositeAlarm, setting: _Setting) -> Watched:
    rule = rule_of(composite)
    lacking = [name for name in children(rule) if name not in setting.timelines]
    if lacking and len(lacking) == len(children(rule)):
        return Watched(None, "not replayed", ("none of its children could be replayed",))
    timeline = composed(rule, setting.timelines, since=setting.span.since, until=setting.span.until)
    setting.timelines[composite.name] = timeline
    return Watched(timeline, "rule", (f"blind to {', '.join(lacking)}",) if lacking else ())


def _replayed(alarm: Alarm | CompositeAlarm, found: Watched, setting: _Setting) -> AlarmReplay:
    is_metric = isinstance(alarm, Alarm)
    said = AlarmReplay(
        name=alarm.name,
        kind="metric" if is_metric else "composite",
        workload=alarm.workload,
        severity=alarm.severity,
        tier=tier_of(alarm),
        condition=alarm.condition if isinstance(alarm, Alarm) else alarm.expression,
        how=found.how,
        notes=found.notes,
    )
    timeline = found.timeline
    if timeline is None:
        return said
    suppressor = setting.suppressors.get(alarm.name)
    by = None if suppressor is None else setting.timelines.get(suppressor.alarm)
    acted = acts(
        timeline,
        suppressed=None if suppressor is None or by is None else (suppressor.periods, by),
        muted=setting.muted.get(alarm.name, ()),
    )
    starts, ends = timeline.runs(ALARM)
    pages = len(acted.of(ALARM)) if said.tier else 0
    calls = Calls(alarm.workload, acted.of(ALARM), window_seconds(alarm))
    return replace(
        said,
        pages=pages,
        pages_a_week=pages / setting.weeks,
        episodes=len(starts),
        flaps=int((starts[1:] - ends[:-1] <= max(FLAP_SECONDS, 2 * window_seconds(alarm))).sum()),
        alarm_seconds=timeline.seconds_in(ALARM),
        insufficient_seconds=timeline.seconds_in(INSUFFICIENT_DATA),
        longest_seconds=int(np.max(ends - starts, initial=0)),
        judgement=judged([calls], _concerning(alarm.workload, setting)) if setting.are_judged else None,
        timeline=timeline,
        acts=acted,
    )


def tier_of(alarm: Alarm | CompositeAlarm) -> Severity | None:
    """The tier that an alarm tells; None where it tells none."""
    return alarm.tier


def window_seconds(alarm: Alarm | CompositeAlarm) -> int:
    """How long the window is that an alarm decides by; a composite's has no length."""
    return alarm.evaluation_periods * alarm.series.period_seconds if isinstance(alarm, Alarm) else 0


def _concerning(workload: str, setting: _Setting) -> tuple[Incident, ...]:
    return tuple(one for one in setting.incidents if workload == STACK or one.concerns(workload))


def _tiers(
    replays: Sequence[AlarmReplay], alarms: Sequence[Alarm | CompositeAlarm], setting: _Setting
) -> tuple[TierReplay, ...]:
    found = []
    for tier in _SEVERITIES:
        of_tier = [(one, alarm) for one, alarm in zip(replays, alarms, strict=True) if one.tier == tier]
        if not of_tier:
            continue
        pages = sum(one.pages for one, _ in of_tier)
        calls = [Calls(one.workload, one.acts.of(ALARM), window_seconds(alarm)) for one, alarm in of_tier if one.acts]
        judgement = judged(calls, setting.incidents) if setting.are_judged else None
        found.append(TierReplay(tier, len(of_tier), pages, pages / setting.weeks, judgement))
    return tuple(found)
