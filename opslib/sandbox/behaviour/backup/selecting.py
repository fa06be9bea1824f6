"""Which resources a selection means. Pure.

AWS Backup API, BackupSelection, and AWS's knowledge centre, "backup assign resources": an ARN or one of the tags is
enough, and every condition has to hold besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["all_hold", "holds", "selects"]

_TAG = "aws:ResourceTag/"

_CONDITIONS: Mapping[str, Callable[[str | None, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringNotEquals": lambda value, wanted: value != wanted,
    "StringLike": lambda value, wanted: value is not None and _like(value, wanted),
    "StringNotLike": lambda value, wanted: value is None or not _like(value, wanted),
}


def _like(value: str, pattern: str) -> bool:
    """With `*` for anything; what else `fnmatch` would read as a pattern stands for itself."""
    return fnmatchcase(value, pattern.replace("[", "[[]").replace("?", "[?]"))


def selects(selection: Mapping[str, Any], arn: str, tags: Mapping[str, str]) -> bool:
    """Whether a selection means a resource.

    Args:
        selection: As CreateBackupSelection was given it.
        arn: The resource's ARN.
        tags: Its tags.
    """
    named, tagged = selection.get("Resources") or (), selection.get("ListOfTags") or ()
    meant = (
        not (named or tagged)
        or any(_like(arn, one) for one in named)
        or any(tags.get(_key(one["ConditionKey"])) == one["ConditionValue"] for one in tagged)
    )
    left_out = any(_like(arn, one) for one in selection.get("NotResources") or ())
    return (
        meant and not left_out and all_hold(selection.get("Conditions") or {}, tags, "ConditionKey", "ConditionValue")
    )


def all_hold(conditions: Mapping[str, Any], tags: Mapping[str, str], key: str, value: str) -> bool:
    """Whether every condition on tags holds.

    Args:
        conditions: Lists of them by operator.
        tags: The resource's tags.
        key: What a condition calls its key.
        value: What it calls its value.
    """
    return all(
        _CONDITIONS[operator](tags.get(_key(one[key])), one[value])
        for operator, wanted in conditions.items()
        for one in wanted or ()
    )


def holds(conditions: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """The same of a restore-testing selection, which names key and value otherwise."""
    return all_hold(conditions, tags, "Key", "Value")


def _key(written: str) -> str:
    return written.removeprefix(_TAG)
