"""The backtest in the report; numpy and pyarrow are loaded with it, and only where there is a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_snake

from infra.config import TIERS
from infra.preview.before import Version
from infra.preview.document import (
    AlarmReplayPart,
    ReplayFigures,
    ReplayPart,
    SuggestionPart,
    TierFigures,
    TierReplayPart,
)
from infra.preview.given import Model
from infra.preview.restored import bound, restored
from opslib.contract import Severity
from opslib.errors import BadRequest
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.monitoring.backtest import (
    AlarmReplay,
    Difference,
    History,
    Incident,
    Report,
    TierReplay,
    compare,
    read_csv,
    read_incidents,
    read_parquet,
    replay,
    suggest,
)
from opslib.monitoring.backtest.composites import children_first, rule_of
from opslib.monitoring.evaluate import MuteRule

__all__ = ["Replayed", "read_directory", "replayed"]

_READERS = {".csv": read_csv, ".parquet": read_parquet}
_INCIDENTS = ("incidents.csv", "incidents.json")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a history said.

    Attributes:
        backtest: What each alarm would have done.
        replay: The history, the tiers, the suggestions.
        history: The history itself, for pictures.
    """

    backtest: tuple[AlarmReplayPart, ...]
    replay: ReplayPart
    history: History


def read_directory(directory: Path) -> History:
    """All histories of a directory as one; a single file is one, too.

    Args:
        directory: With files that end with `.csv` or `.parquet`; those called `incidents` are none.

    Raises:
        BadRequest: There are none, or one of them cannot be read.
    """
    if not directory.exists():
        raise BadRequest(f"--history {directory}: there is no such directory", "name one with CSV or Parquet files")
    found = sorted(directory.iterdir()) if directory.is_dir() else [directory]
    files = [one for one in found if one.suffix in _READERS and one.name not in _INCIDENTS]
    if not files:
        raise BadRequest(f"--history {directory}: there is no CSV or Parquet file in it", "see docs/backtest.md")
    history = History()
    for file in files:
        read = _READERS[file.suffix](file)
        history = history.with_columns(read.columns, read.notes)
    return history


def incidents_of(directory: Path, given: Path | None) -> tuple[Incident, ...]:
    """The recorded incidents: those given, else those beside the history, else none.

    Raises:
        BadRequest: They cannot be read.
    """
    beside = (directory / name for name in _INCIDENTS) if directory.is_dir() else ()
    file = given or next((one for one in beside if one.is_file()), None)
    return read_incidents(file) if file else ()


def replayed(model: Model, directory: Path, incidents_file: Path | None, before: Version | None) -> Replayed:
    """Replay the model's alarms, and those of the version before.

    Args:
        model: The model.
        directory: Where its history is.
        incidents_file: What was really wrong; None: a file `incidents` beside the history, or nothing.
        before: What there was; None: nothing is compared.

    Raises:
        BadRequest: The history or the incidents cannot be read.
    """
    history, incidents = read_directory(directory), incidents_of(directory, incidents_file)
    alarms, notes = replayable([*(bound(one, model.bind) for one in model.alarms), *model.composites])
    mutes = [MuteRule.parse(one.expression, one.duration, timezone=one.zone, alarms=one.alarms) for one in model.mutes]
    changed: Mapping[str, Difference] = {}
    tiers_before: Mapping[Severity, TierReplay] = {}
    if before is None:
        report = replay(alarms, history, incidents, mutes=mutes)
    else:
        olds, _ = replayable(restored(before.alarms.values(), {one.name: one for one in alarms}))
        comparison = compare(olds, alarms, history, incidents, mutes=mutes)
        report = comparison.after
        changed = {one.name: one for one in comparison.differences}
        tiers_before = {one.tier: one.before for one in comparison.tiers if one.before is not None}
    known = {one.name for one in report.alarms if one.how != "not replayed"}
    worst = _worst(report, changed)
    suggestions = suggest([one for one in alarms if one.name in worst], history, incidents) if incidents else ()
    return Replayed(
        backtest=tuple(_alarms(report, changed)),
        replay=ReplayPart(
            **_snake({key: value for key, value in report.document().items() if key in _SPAN}),
            notes=(*report.notes, *notes),
            alarms=len(report.alarms),
            replayed=len(known),
            tiers=tuple(_tiers(report, tiers_before)),
            suggestions=tuple(
                SuggestionPart(
                    alarm=one.alarm.name, condition=one.alarm.condition, suggested=one.suggested.condition, why=one.why
                )
                for one in suggestions
            ),
        ),
        history=history,
    )


_SPAN = frozenset({"since", "until", "weeks", "incidents"})

_TRIED = 50
"""For so many alarms other settings are tried: it takes a second for each where months of minutes are there."""


def replayable(alarms: Iterable[Alarm | CompositeAlarm]) -> tuple[list[Alarm | CompositeAlarm], tuple[str, ...]]:
    """What can be replayed of a model that AWS would refuse, and what had to be left out, one line each.

    Args:
        alarms: All of them.
    """
    once = {one.name: one for one in alarms}
    found = [one for one in once.values() if not isinstance(one, CompositeAlarm) or _is_readable(one)]
    notes = [f"{name} has a rule that cannot be evaluated" for name in once.keys() - {one.name for one in found}]
    try:
        children_first(one for one in found if isinstance(one, CompositeAlarm))
    except BadRequest as circle:
        found = [one for one in found if isinstance(one, Alarm)]
        notes.append(f"no composite was replayed: {circle.what}")
    return found, tuple(sorted(notes))


def _is_readable(composite: CompositeAlarm) -> bool:
    try:
        rule_of(composite)
    except BadRequest:
        return False
    return True


def _worst(report: Report, changed: Mapping[str, Difference]) -> frozenset[str]:
    """The alarms that leave most to be wished for: those that change before the others."""

    def rank(one: AlarmReplay) -> tuple[bool, int]:
        judgement = one.judgement
        return one.name in changed, len(judgement.missed) + judgement.false_calls if judgement else 0

    wanting = [one for one in report.alarms if one.kind == "metric" and rank(one)[1]]
    return frozenset(one.name for one in sorted(wanting, key=rank, reverse=True)[:_TRIED])


def _alarms(report: Report, changed: Mapping[str, Difference]) -> Iterable[AlarmReplayPart]:
    for one in report.alarms:
        difference = changed.get(one.name)
        was = difference.before if difference else None
        yield AlarmReplayPart.model_validate(
            {
                **_snake(one.document()),
                "change": difference.what if difference else None,
                "before": ReplayFigures.model_validate(_snake(was.document())) if was else None,
            }
        )
    for difference in changed.values():
        if difference.what == "removed" and difference.before is not None:
            was_there = _snake(difference.before.document())
            yield AlarmReplayPart.model_validate(
                {**was_there, **_NOTHING, "change": "removed", "before": ReplayFigures.model_validate(was_there)}
            )


_NOTHING: Mapping[str, Any] = {
    "pages": 0,
    "pages_a_week": 0.0,
    "episodes": 0,
    "flaps": 0,
    "alarm_seconds": 0,
    "insufficient_seconds": 0,
    "longest_seconds": 0,
    "judgement": None,
}
"""What an alarm does that is gone."""


def _tiers(report: Report, before: Mapping[Severity, TierReplay]) -> Iterable[TierReplayPart]:
    after = {one.tier: one for one in report.tiers}
    for tier in TIERS:
        if tier in after or tier in before:
            yield TierReplayPart.model_validate(
                {"tier": tier, "after": _figures(after.get(tier)), "before": _figures(before.get(tier))}
            )


def _figures(tier: TierReplay | None) -> TierFigures | None:
    return None if tier is None else TierFigures.model_validate(_snake(tier.document()))


def _snake(value: Any) -> Any:
    """JSON with keys in the names of this document."""
    if isinstance(value, Mapping):
        return {to_snake(key): _snake(inner) for key, inner in value.items()}
    return [_snake(inner) for inner in value] if isinstance(value, list) else value
