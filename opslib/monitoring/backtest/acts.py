"""When an alarm acts: at its changes, unless a suppressor or a mute window is in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from opslib.monitoring.backtest.history import moment, seconds
from opslib.monitoring.backtest.timeline import STATES, Codes, Moments, Timeline
from opslib.monitoring.evaluate import (
    ActionsSuppressor,
    MuteRule,
    Suppression,
    acts_at_end,
    advance,
    windows,
)

__all__ = ["Acts", "Suppressor", "acts", "mute_windows"]


@dataclass(frozen=True, slots=True)
class Suppressor:
    """What suppresses the actions of a composite alarm.

    Attributes:
        alarm: The name of the alarm that suppresses while it is in ALARM.
        periods: How long the composite waits for it, before and after.
    """

    alarm: str
    periods: ActionsSuppressor


@dataclass(frozen=True, slots=True, eq=False)
class Acts:
    """The actions of an alarm.

    Attributes:
        times: When it acted, in seconds since 1970.
        states: By which state's actions, as a code.
    """

    times: Moments
    states: Codes

    def of(self, state: int) -> Moments:
        """When it ran the actions of one state."""
        chosen: Moments = self.times[self.states == state]
        return chosen


def acts(
    timeline: Timeline,
    *,
    suppressed: tuple[ActionsSuppressor, Timeline] | None = None,
    muted: Sequence[tuple[int, int]] = (),
) -> Acts:
    """The actions of an alarm over its states.

    Args:
        timeline: The alarm's states.
        suppressed: The periods of its suppressor, and that alarm's states.
        muted: When it is muted: windows in order that do not touch. An alarm that is in ALARM at the end of one acts
            then, even if its suppressor would have kept it silent (assumed: AWS does not say which of them wins).
    """
    times, states = timeline.changes if suppressed is None else _suppressed(timeline, *suppressed)
    if not muted:
        return Acts(times, states)
    starts, ends = (np.array(edge, np.int64) for edge in zip(*muted, strict=True))
    window = np.searchsorted(starts, times, side="right") - 1
    inside = (window >= 0) & (times < ends[window])
    over = ends[(ends > timeline.starts[0]) & (ends <= timeline.end)]
    at_end = timeline.at(over)
    acting = np.array([acts_at_end(STATES[code]) for code in at_end], np.bool_)
    # At the very end of a window the alarm acts once, whether it has just changed or not.
    inside |= np.isin(times, over[acting])
    merged = np.concatenate((times[~inside], over[acting]))
    order = np.argsort(merged, kind="stable")
    return Acts(merged[order], np.concatenate((states[~inside], at_end[acting]))[order])


def mute_windows(rules: Iterable[MuteRule], *, since: int, until: int) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """When each alarm is muted, by its name, in seconds since 1970; windows that touch are one.

    Args:
        rules: Mute rules.
        since: From when, in seconds since 1970.
        until: Until when, inside.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for rule in rules:
        opened = [
            (seconds(window.start), seconds(window.end)) for window in windows(rule, moment(since), moment(until + 1))
        ]
        for alarm in rule.alarms:
            found.setdefault(alarm, []).extend(opened)
    return {alarm: _merged(opened) for alarm, opened in found.items() if opened}


def _merged(opened: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(opened):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _suppressed(timeline: Timeline, periods: ActionsSuppressor, by: Timeline) -> tuple[Moments, Codes]:
    """The evaluator's own state machine, from change to change."""
    now = Suppression()
    found: list[tuple[float, int]] = []
    times = np.unique(np.concatenate((timeline.changes[0], by.changes[0])))
    for at, code, other in zip(times.tolist(), timeline.at(times).tolist(), by.at(times).tolist(), strict=True):
        now, due = advance(now, periods, at=at, composite=STATES[code], suppressor=STATES[other])
        found += [(act.at, STATES.index(act.state)) for act in due]
    now, due = advance(now, periods, at=timeline.end)
    found += [(act.at, STATES.index(act.state)) for act in due]
    return np.array([at for at, _ in found], np.int64), np.array([code for _, code in found], np.int8)
