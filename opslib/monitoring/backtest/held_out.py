"""Would it have paid to follow a suggestion? Made from one part of a history, judged on what came after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.monitoring.alarm import Alarm
from opslib.monitoring.backtest.history import Bind, History, moment, seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.replaying import span_of
from opslib.monitoring.backtest.settings_tried import Trial
from opslib.monitoring.backtest.suggest import Suggestion, suggest
from opslib.monitoring.backtest.watching import Span
from opslib.monitoring.backtest.weighing import Evidence, evidence

__all__ = ["HeldOut", "held_out"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What became of an alarm after the time at which a suggestion was asked for.

    Attributes:
        alarm: The alarm as it was.
        suggestion: What was suggested by then; None: nothing, and the alarm stayed as it was.
        before: How the alarm did afterwards as it was.
        after: How it did as suggested; the same where nothing was.
    """

    alarm: Alarm
    suggestion: Suggestion | None
    before: Evidence
    after: Evidence

    def document(self) -> dict[str, Any]:
        """Both in JSON types."""
        return {
            "alarm": self.alarm.name,
            "suggestion": self.suggestion.document() if self.suggestion else None,
            "before": self.before.document(),
            "after": self.after.document(),
        }


def held_out(
    alarm: Alarm,
    history: History,
    incidents: Iterable[Incident],
    *,
    asked: datetime | None = None,
    bind: Bind | None = None,
) -> HeldOut | None:
    """Ask for a suggestion within a history, as if the rest had not happened yet, and judge it by the rest.

    Args:
        alarm: The alarm.
        history: What its metrics were.
        incidents: What was really wrong; those that were not over when it was asked were not known then.
        asked: When; None: in the middle.
        bind: Says what stands behind references in dimensions.

    Returns:
        What came of it; None where the alarm cannot be replayed.

    Raises:
        BadRequest: It was asked before the history begins, or after it ends.
    """
    whole = span_of(history, None, None)
    at = moment((whole.since + whole.until) // 2) if asked is None else asked
    rest = span_of(history, at, None)
    known = list(incidents)
    over = [one for one in known if one.end <= at]
    suggestion = next(iter(suggest([alarm], history, over, until=at, bind=bind)), None)
    own = [one for one in known if one.concerns(alarm.workload) and seconds(one.start) >= rest.since]
    trial = Trial(history, own, Span(rest.since, rest.until), bind)
    both = [trial.calls(one) for one in (alarm, suggestion.suggested if suggestion else alarm)]
    found = [evidence(calls, own, trial.span) for calls in both if calls is not None]
    return HeldOut(alarm, suggestion, found[0], found[1]) if len(found) == len(both) else None
