"""Their alarms and ours over one history; numpy is loaded with it, and only where there is a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.preview.replaying import read_directory
from opslib.clients import Clients
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.monitoring.backtest import (
    Cost,
    History,
    Incident,
    Query,
    Report,
    Suggestion,
    estimate_cost,
    queries_of,
    read_history,
    read_incidents,
    replay,
    suggest,
)
from opslib.monitoring.metric import Insights

__all__ = ["Replayed", "Wanted", "from_cloudwatch", "from_files", "replayed", "wanted"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What all alarms would have done.

    Attributes:
        theirs: The team's.
        ours: Those of the configuration.
        suggestions: Settings with which theirs would have done better; only where incidents are recorded.
    """

    theirs: Report
    ours: Report
    suggestions: tuple[Suggestion, ...]

    def document(self) -> dict[str, Any]:
        """Both in JSON types."""
        return {
            "since": self.theirs.since.isoformat(),
            "until": self.theirs.until.isoformat(),
            "theirs": [one.document() for one in self.theirs.alarms],
            "ours": [one.document() for one in self.ours.alarms],
            "suggestions": [one.document() for one in self.suggestions],
            "notes": list(self.theirs.notes),
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What would be read from CloudWatch, and what that costs."""

    queries: tuple[Query, ...]
    cost: Cost


def wanted(alarms: Sequence[Alarm | CompositeAlarm], *, days: int, now: datetime, cache: Path | None) -> Wanted:
    """What has to be read to replay alarms over the last days.

    Args:
        alarms: The alarms, bound.
        days: How many days.
        now: The present.
        cache: Where earlier readings are kept.

    Raises:
        BadRequest: CloudWatch keeps nothing from so long ago.
    """
    of_metrics = [one for one in alarms if isinstance(one, Alarm) and not isinstance(one.series, Insights)]
    queries = queries_of(of_metrics, since=now - timedelta(days=days), until=now, now=now)
    return Wanted(queries, estimate_cost(queries, cache=cache))


def from_cloudwatch(clients: Clients, what: Wanted, *, now: datetime, cache: Path | None) -> History:
    """Read it.

    Raises:
        Refused: AWS denies it, throttles it, or does not answer.
    """
    from opslib.stack.metric_history import CloudWatchReader

    return read_history(CloudWatchReader(clients), what.queries, now=now, cache=cache)


def from_files(directory: Path) -> History:
    """All histories of a directory.

    Raises:
        BadRequest: There are none, or one cannot be read.
    """
    return read_directory(directory)


def replayed(
    theirs: Sequence[Alarm | CompositeAlarm],
    ours: Sequence[Alarm],
    composites: Sequence[CompositeAlarm],
    history: History,
    incidents_file: Path | None,
    *,
    since: datetime | None = None,
) -> Replayed:
    """Replay both over the same history.

    Args:
        theirs: The team's alarms.
        ours: The configuration's metric alarms, bound.
        composites: Its composites.
        history: What the metrics were.
        incidents_file: What was really wrong; None: nobody has written it down.
        since: From when; None: where the history begins.

    Raises:
        BadRequest: The history is empty, or the incidents cannot be read.
    """
    incidents: tuple[Incident, ...] = read_incidents(incidents_file) if incidents_file else ()
    return Replayed(
        theirs=replay(_known(theirs), history, incidents, since=since),
        ours=replay([*ours, *composites], history, incidents, since=since),
        suggestions=suggest(theirs, history, incidents, since=since) if incidents else (),
    )


def _known(theirs: Sequence[Alarm | CompositeAlarm]) -> list[Alarm | CompositeAlarm]:
    """Without composites over alarms that are not there."""
    names = {one.name for one in theirs}
    return [one for one in theirs if isinstance(one, Alarm) or set(one.children) <= names]
