"""A threshold or M of N that would have done better, where there is evidence for it.

The history is cut in two. A setting is chosen by one part alone and has to prove itself on the other, which the choice
has not seen. Nothing is suggested without incidents, nor where the other part does not confirm it, nor where the same
calls would have done as well by chance.

What is counted is what people feel: each incident that was told counts once, however often an alarm went on and off in
it, and the less the later it was told; each call outside of incidents counts in full (`weighing`).

What one incident can show is not the same in both directions. That a more sensitive setting is quiet, any quiet time
proves. That a less sensitive one still tells, only incidents do, so with a single one the setting moves no further than
that one asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.backtest.history import Bind, History, seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.replaying import span_of
from opslib.monitoring.backtest.settings_tried import Trial, choice
from opslib.monitoring.backtest.watching import Span
from opslib.monitoring.backtest.weighing import Evidence, Gain, affordable, chance, evidence, gain

__all__ = ["Suggestion", "suggest"]

BY_CHANCE: Final = 0.1
"""Where more than one in ten of all other times would have shown the same, it is no evidence."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another setting for an alarm.

    Attributes:
        alarm: The alarm as it is.
        suggested: The alarm as it would do better.
        gain: What is better.
        chosen_on: How both did where the setting was chosen: as it is, as suggested.
        proven_on: How both did in the part that the choice had not seen.
        chance: How likely the same calls would have done as well had the incidents been at any other time.
    """

    alarm: Alarm
    suggested: Alarm
    gain: Gain
    chosen_on: tuple[Evidence, Evidence]
    proven_on: tuple[Evidence, Evidence]
    chance: float

    @property
    def why(self) -> str:
        """The evidence in one line."""
        what = f"{self.alarm.name}: {self.suggested.condition} instead of {self.alarm.condition}"
        chosen, proven = (_in_words(*pair) for pair in (self.chosen_on, self.proven_on))
        since, until = self.proven_on[0].since, self.proven_on[0].until
        unseen = f"from {since:%Y-%m-%d} to {until:%Y-%m-%d}, which the choice had not seen"
        if self.proven_on[0].incidents:
            return f"{what}; {unseen}, it {proven}"
        return f"{what}; it {chosen}; {unseen} and had no incident, it {proven}"

    def document(self) -> dict[str, Any]:
        """The suggestion in JSON types."""
        return {
            "alarm": self.alarm.name,
            "condition": self.alarm.condition,
            "suggested": {
                "threshold": self.suggested.threshold,
                "datapointsToAlarm": self.suggested.datapoints_to_alarm,
                "evaluationPeriods": self.suggested.evaluation_periods,
                "condition": self.suggested.condition,
            },
            "gain": self.gain,
            "chance": self.chance,
            "why": self.why,
            "chosenOn": [evidence.document() for evidence in self.chosen_on],
            "provenOn": [evidence.document() for evidence in self.proven_on],
        }


def suggest(
    alarms: Iterable[Alarm | CompositeAlarm],
    history: History,
    incidents: Iterable[Incident],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    split: datetime | None = None,
    bind: Bind | None = None,
) -> tuple[Suggestion, ...]:
    """Look for settings that clearly do better; most often there is none, and nothing is said.

    Args:
        alarms: The alarms; composites and alarms with a band are passed over.
        history: What their metrics were.
        incidents: What was really wrong. An alarm is judged by those that concern its workload.
        since: From when; None: where the history begins.
        until: Until when; None: where it ends.
        split: Where the history is cut: chosen before it, proven after it. None: between incidents, so that about half
            of them are in each part; a single incident is in the part that chooses, whichever that is.
        bind: Says what stands behind references in dimensions.

    Raises:
        BadRequest: The span is empty.
    """
    span = span_of(history, since, until)
    inside = sorted(one for one in incidents if span.since <= seconds(one.start) < span.until)
    found = []
    for alarm in alarms:
        if isinstance(alarm, Alarm) and alarm.threshold is not None:
            of_alarm = [one for one in inside if one.concerns(alarm.workload)]
            if of_alarm:
                cut = seconds(split) if split else None
                chosen_by, proven_by = _parts(of_alarm, span, cut)
                found.append(_suggestion(alarm, Trial(history, of_alarm, span, bind), chosen_by, proven_by))
    return tuple(one for one in found if one is not None)


def _suggestion(alarm: Alarm, trial: Trial, chosen_by: Span, proven_by: Span) -> Suggestion | None:
    now = trial.calls(alarm)
    if now is None or not _begin_in(chosen_by, trial.incidents) or proven_by.since >= proven_by.until:
        return None
    before = (evidence(now, trial.incidents, chosen_by), evidence(now, trial.incidents, proven_by))
    best = choice(alarm, trial, chosen_by)
    if best is None:
        return None
    found = _proven(alarm, best.setting, trial, before, (chosen_by, proven_by))
    if found is not None and found.gain == "fewer false calls" and not before[1].incidents:
        return _proven(alarm, best.nearest, trial, before, (chosen_by, proven_by))
    return found


def _proven(
    alarm: Alarm, setting: Alarm, trial: Trial, before: tuple[Evidence, Evidence], parts: tuple[Span, Span]
) -> Suggestion | None:
    """A setting as a suggestion, if it is clearly better where it was chosen and that is confirmed where it was not."""
    calls = trial.calls(setting)
    if calls is None:
        return None
    after = (evidence(calls, trial.incidents, parts[0]), evidence(calls, trial.incidents, parts[1]))
    better = gain(before[0], after[0], window_seconds=calls.late_seconds)
    if better is None or not _is_confirmed(better, before[1], after[1], calls.late_seconds):
        return None
    was, would = (sum(one.judgement.false_calls for one in both) for both in (before, after))
    if would > affordable(was, sum(one.weeks for one in after)):
        return None
    by_chance = chance(calls, trial.incidents, trial.span)
    if by_chance > BY_CHANCE:
        return None
    return Suggestion(alarm, setting, better, (before[0], after[0]), (before[1], after[1]), by_chance)


def _is_confirmed(better: Gain, before: Evidence, after: Evidence, window: int) -> bool:
    """Whether the part that the choice has not seen says the same, or where it has no incident, nothing against it."""
    if before.incidents:
        return gain(before, after, window_seconds=window) is not None
    was, would = before.judgement.false_calls, after.judgement.false_calls
    if better == "fewer false calls":
        return was > 1 and 2 * would <= was
    return would <= (affordable(was, after.weeks) if better == "more told" else was)


def _in_words(now: Evidence, then: Evidence) -> str:
    was, would = now.judgement, then.judgement
    calls = f"{would.false_calls} false calls instead of {was.false_calls}"
    if not now.incidents:
        return f"makes {calls}"
    late = ""
    if was.delay_seconds is not None and would.delay_seconds is not None:
        late = f", after {would.delay_seconds / 60:.0f} min instead of {was.delay_seconds / 60:.0f}"
    return (
        f"tells {len(would.detected)} of {now.incidents} incidents instead of {len(was.detected)}{late}, with {calls}"
    )


def _begin_in(part: Span, incidents: Sequence[Incident]) -> bool:
    return any(part.since <= seconds(one.start) < part.until for one in incidents)


def _parts(incidents: Sequence[Incident], span: Span, cut: int | None) -> tuple[Span, Span]:
    """The part that chooses and the part that proves."""
    middle = (span.since + span.until) // 2
    backwards = False
    if cut is None and len(incidents) == 1:
        start, end = seconds(incidents[0].start), seconds(incidents[0].end) + 1
        backwards = span.until - end < start - span.since
        cut = min(start, middle) if backwards else max(end, middle)
    elif cut is None:
        cut = _between(incidents, middle)
    first, second = Span(span.since, cut), Span(cut, span.until)
    return (second, first) if backwards else (first, second)


def _between(incidents: Sequence[Incident], middle: int) -> int:
    """Between two incidents, so that about half of them are before it."""
    gaps = []
    for place in range(1, len(incidents)):
        end = max(seconds(one.end) for one in incidents[:place])
        start = seconds(incidents[place].start)
        if end < start:
            cut = (end + start) // 2
            gaps.append((abs(2 * place - len(incidents)), abs(cut - middle), cut))
    return min(gaps)[2] if gaps else middle
