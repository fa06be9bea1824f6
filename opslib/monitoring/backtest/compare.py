"""Two versions of a program's alarms over one history: what would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from opslib.contract import Severity
from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.backtest.acts import Suppressor
from opslib.monitoring.backtest.history import Bind, History
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.replaying import Known, replay_known, span_of
from opslib.monitoring.backtest.report import AlarmReplay, Report, TierReplay
from opslib.monitoring.evaluate import MuteRule

__all__ = ["Comparison", "Difference", "TierDifference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One alarm in both versions.

    Attributes:
        name: The alarm.
        what: Whether it was added or removed, is defined otherwise, or is the same and yet behaves otherwise, because
            of another alarm.
        before: What it would have done; None where it is new.
        after: What it would do; None where it is gone.
    """

    name: str
    what: Literal["added", "removed", "changed", "affected"]
    before: AlarmReplay | None
    after: AlarmReplay | None

    @property
    def pages_a_week(self) -> float:
        """How many more pages a week; negative for fewer."""
        return (self.after.pages_a_week if self.after else 0.0) - (self.before.pages_a_week if self.before else 0.0)

    def document(self) -> dict[str, Any]:
        """The difference in JSON types."""
        return {
            "name": self.name,
            "what": self.what,
            "pagesAWeek": round(self.pages_a_week, 4),
            "before": self.before.document() if self.before else None,
            "after": self.after.document() if self.after else None,
        }


@dataclass(frozen=True, slots=True)
class TierDifference:
    """One tier in both versions; None where a version has no alarm that tells it."""

    tier: Severity
    before: TierReplay | None
    after: TierReplay | None

    def document(self) -> dict[str, Any]:
        """The difference in JSON types."""
        return {
            "tier": self.tier,
            "before": self.before.document() if self.before else None,
            "after": self.after.document() if self.after else None,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions over one history.

    Attributes:
        before: The report on the first.
        after: The report on the second.
        differences: The alarms that are defined or behave otherwise: the changed ones first, then added, removed,
            affected.
        tiers: Every tier that one of them tells.
    """

    before: Report
    after: Report
    differences: tuple[Difference, ...]
    tiers: tuple[TierDifference, ...]

    def document(self) -> dict[str, Any]:
        """The comparison in JSON types: ``since``, ``until``, ``differences``, ``tiers``; fields may be added."""
        return {
            "schemaVersion": 1,
            "since": self.after.since.isoformat(),
            "until": self.after.until.isoformat(),
            "differences": [difference.document() for difference in self.differences],
            "tiers": [tier.document() for tier in self.tiers],
        }


def compare(
    before: Iterable[Alarm | CompositeAlarm],
    after: Iterable[Alarm | CompositeAlarm],
    history: History,
    incidents: Iterable[Incident] = (),
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    bind: Bind | None = None,
    suppressors: Mapping[str, Suppressor] | None = None,
    mutes: Iterable[MuteRule] = (),
) -> Comparison:
    """Replay two versions over one history; alarms that are the same in both are replayed once.

    Args:
        before: The alarms as they are.
        after: The alarms as they would be; an alarm is known by its name.
        history: As for `replay`, and so are the others.
        incidents: What was really wrong.
        since: From when.
        until: Until when.
        bind: Says what stands behind references in dimensions.
        suppressors: What suppresses composites, in both versions.
        mutes: Mute rules, in both versions.

    Raises:
        BadRequest: As `replay`.
    """
    olds, news = tuple(before), tuple(after)
    known: Known = {}
    was, would = (
        replay_known(
            alarms,
            history,
            tuple(incidents),
            span=span_of(history, since, until),
            bind=bind,
            suppressors=suppressors or {},
            mutes=tuple(mutes),
            known=known,
        )
        for alarms in (olds, news)
    )
    return Comparison(was, would, _differences(olds, news, was, would), _tiers(was, would))


def _differences(
    olds: tuple[Alarm | CompositeAlarm, ...], news: tuple[Alarm | CompositeAlarm, ...], was: Report, would: Report
) -> tuple[Difference, ...]:
    definitions = [{alarm.name: alarm for alarm in alarms} for alarms in (olds, news)]
    replays = [{one.name: one for one in report.alarms} for report in (was, would)]
    found = []
    for name in dict.fromkeys((*definitions[1], *definitions[0])):
        old, new = (definition.get(name) for definition in definitions)
        before, after = (replayed.get(name) for replayed in replays)
        if old is None:
            found.append(Difference(name, "added", before, after))
        elif new is None:
            found.append(Difference(name, "removed", before, after))
        elif old != new:
            found.append(Difference(name, "changed", before, after))
        elif before != after:
            found.append(Difference(name, "affected", before, after))
    order = ("changed", "added", "removed", "affected")
    return tuple(sorted(found, key=lambda one: order.index(one.what)))


def _tiers(was: Report, would: Report) -> tuple[TierDifference, ...]:
    before, after = ({one.tier: one for one in report.tiers} for report in (was, would))
    order: tuple[Severity, ...] = ("info", "warning", "critical", "emergency")
    return tuple(
        TierDifference(tier, before.get(tier), after.get(tier)) for tier in order if tier in before or tier in after
    )
