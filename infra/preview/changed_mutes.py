"""Mute rules of two versions held against one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.preview.document import MuteChange, MutePart
from infra.preview.words import counted, few

__all__ = ["mute_changes"]


def mute_changes(before: Mapping[str, MutePart], after: Mapping[str, MutePart]) -> Iterator[MuteChange]:
    """The rules that are other, new or gone.

    Args:
        before: The rules by name, as they were.
        after: As they would be.
    """
    for name, one in after.items():
        if name in before and (says := tuple(_rule(before[name], one))):
            yield MuteChange(name=name, what="changed", says=says)
    for what, those, others in (("added", after, before), ("removed", before, after)):
        for name, one in those.items():
            if name not in others:
                says = (f"{one.says or when(one)}: {counted(len(one.alarms), 'alarm')}",)
                yield MuteChange.model_validate({"name": name, "what": what, "says": says})


def when(rule: MutePart) -> str:
    """When a rule mutes, as it is written."""
    return f"{rule.expression} {rule.zone} for {rule.duration}"


def _rule(before: MutePart, after: MutePart) -> Iterator[str]:
    if when(before) != when(after):
        yield f"{when(before)} → {when(after)}"
    new = [name for name in after.alarms if name not in before.alarms]
    gone = [name for name in before.alarms if name not in after.alarms]
    if new:
        yield f"also mutes {few(new)}"
    if gone:
        yield f"no longer mutes {few(gone)}"
