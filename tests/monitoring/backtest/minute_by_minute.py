"""The reference: alarms evaluated one moment after the other by the plain evaluator, from lists and without numpy.

It shares nothing with `opslib.monitoring.backtest` but its data classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from opslib.monitoring import Alarm, CompositeAlarm, Expression, Metric
from opslib.monitoring.backtest import Column, History, MetricId, Suppressor
from opslib.monitoring.evaluate import (
    MuteRule,
    Settings,
    State,
    Suppression,
    WarmUp,
    acts_at_end,
    advance,
    compute,
    evaluate,
    evaluate_composite,
    parse_rule,
    windows,
)

Point = float | None


def point(column: Column, counts: Column | None, start: int, end: int) -> Point:
    """One period's point, from the pieces of a history that are in it."""
    unit = math.gcd(column.step_seconds, end - start)
    pieces, weights = [], []
    for at in range(start, end, unit):
        value = at_moment(column, at)
        if value is None:
            continue
        share = column.step_seconds // unit
        pieces.append(value / share if column.statistic in ("Sum", "SampleCount") else value)
        weight = None if counts is None else at_moment(counts, at)
        weights.append(weight / share if weight else 1.0)
    if not pieces:
        return None
    match column.statistic:
        case "Sum" | "SampleCount":
            return sum(pieces)
        case "Minimum":
            return min(pieces)
        case "Maximum":
            return max(pieces)
    if len(pieces) == 1:
        return pieces[0]
    return sum(value * weight for value, weight in zip(pieces, weights, strict=True)) / sum(weights)


def at_moment(column: Column, at: int) -> Point:
    place = (at - column.start) // column.step_seconds
    if not 0 <= place < len(column.values):
        return None
    value = float(column.values[place])
    return None if math.isnan(value) else value


@dataclass
class Minutes:
    """Everything that happens, moment by moment."""

    history: History
    since: int
    until: int
    states: dict[str, list[tuple[int, State]]] = field(default_factory=dict)
    acts: dict[str, list[tuple[int, State]]] = field(default_factory=dict)
    open: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def state(self, name: str, at: int) -> State:
        return next(state for moment, state in reversed(self.states[name]) if moment <= at)

    def metric_alarm(self, alarm: Alarm) -> None:
        metrics = {"only": alarm.series} if isinstance(alarm.series, Metric) else dict(alarm.series.inputs)
        columns = {key: self.history.of(MetricId.of(metric), metric.statistic) for key, metric in metrics.items()}
        counts = {key: self.history.of(MetricId.of(metric), "SampleCount") for key, metric in metrics.items()}
        settings = Settings.of(alarm, warm_up=WarmUp(alarm.warm_up_minutes) if alarm.warm_up_minutes else None)
        period = settings.period_seconds
        tick = math.lcm(
            3_600 if period > 86_400 else 60,
            *(math.gcd(period, found[0].step_seconds) for found in columns.values() if found),
        )
        state: State = "INSUFFICIENT_DATA"
        self.states[alarm.name] = [(self.since, state)]
        for now in range((self.since // tick + 1) * tick, self.until + 1, tick):
            begins = now - settings.points_considered * period
            windows = {
                key: [
                    point(found[0], counts[key][0] if counts[key] else None, start, start + period) if found else None
                    for start in range(begins, now, period)
                ]
                for key, found in columns.items()
            }
            points: Sequence[Point] = next(iter(windows.values()))
            if isinstance(alarm.series, Expression):
                points = compute(alarm.series.expression, windows, start=begins, period_seconds=period)
            samples = None
            if settings.fewest_samples and counts.get("only"):
                samples = point(counts["only"][0], None, now - settings.evaluation_periods * period, now) or 0.0
            state = evaluate(points, settings, state, sample_count=samples, age_seconds=now - self.since).state
            self.states[alarm.name].append((now, state))

    def composite(self, alarm: CompositeAlarm) -> None:
        rule = parse_rule(alarm.expression)
        times = sorted({self.since, *(at for name in alarm.children for at, _ in self.states.get(name, ()))})
        self.states[alarm.name] = [(self.since, "INSUFFICIENT_DATA")]
        for at in times:
            known = {name: self.state(name, at) for name in alarm.children if name in self.states}
            self.states[alarm.name].append((at, evaluate_composite(rule, known).state))

    def act(self, name: str, suppressor: Suppressor | None = None, mutes: Sequence[MuteRule] = ()) -> None:
        mutes = [rule for rule in mutes if name in rule.alarms]
        wanted: list[tuple[int, State]] = []
        if suppressor is None:
            changes = self.changes(name)
            wanted = changes[1:]
        else:
            now = Suppression()
            for at in range(self.since, self.until + 1, 60):
                states = self.state(name, at), self.state(suppressor.alarm, at)
                now, due = advance(now, suppressor.periods, at=at, composite=states[0], suppressor=states[1])
                wanted += [(int(act.at), act.state) for act in due]
        found = [(at, state) for at, state in wanted if not self.is_muted(mutes, at)]
        for at in range(self.since + 60, self.until + 1, 60):
            is_end = self.is_muted(mutes, at - 60) and not self.is_muted(mutes, at)
            if is_end and acts_at_end(self.state(name, at)):
                found = [(then, state) for then, state in found if then != at]
                found.append((at, self.state(name, at)))
        self.acts[name] = sorted(found)

    def is_muted(self, mutes: Sequence[MuteRule], at: int) -> bool:
        return any(start <= at < end for rule in mutes for start, end in self.windows(rule))

    def windows(self, rule: MuteRule) -> list[tuple[float, float]]:
        key = repr(rule)
        if key not in self.open:
            start, end = (datetime.fromtimestamp(at, UTC) for at in (self.since, self.until + 60))
            self.open[key] = [(one.start.timestamp(), one.end.timestamp()) for one in windows(rule, start, end)]
        return self.open[key]

    def changes(self, name: str) -> list[tuple[int, State]]:
        """Each run of a state once."""
        found = self.states[name][:1]
        for at, state in self.states[name][1:]:
            if state != found[-1][1]:
                found.append((at, state))
        return found


def minutes(
    alarms: Sequence[Alarm | CompositeAlarm],
    history: History,
    *,
    since: int,
    until: int,
    suppressors: Mapping[str, Suppressor] | None = None,
    mutes: Sequence[MuteRule] = (),
) -> Minutes:
    """Replay alarms; composites come after their children."""
    found = Minutes(history, since, until)
    for alarm in alarms:
        if isinstance(alarm, Alarm):
            found.metric_alarm(alarm)
        else:
            found.composite(alarm)
    for alarm in alarms:
        found.act(alarm.name, (suppressors or {}).get(alarm.name), mutes)
    return found
