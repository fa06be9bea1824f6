"""Revision ids of functions and aliases, which guard one caller's update against another's; moto's never change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.invoking import new_id

__all__ = ["check_revision", "check_settled", "next_version", "renew", "revision_of", "same_as_published"]

_REVISION = "sandbox_revision"
_UPDATING = "sandbox_updating_until"
_HIGHEST = "sandbox_highest_version"

_MISMATCH = (
    "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve the latest Revision Id"
)

# What of a version's configuration is not what was published.
_OF_THE_VERSION = ("Version", "FunctionArn", "LastModified", "Description", "LastUpdateStatus")


def revision_of(account: Account, function: Any) -> str:
    """The revision id of a version of a function."""
    if not hasattr(function, _REVISION):
        renew(account, function)
    revision: str = getattr(function, _REVISION)
    return revision


def renew(account: Account, function: Any, *, updating_until: datetime | None = None) -> None:
    """Something of a function has changed."""
    setattr(function, _REVISION, new_id(account))
    if updating_until is not None:
        setattr(function, _UPDATING, updating_until)


def check_revision(wanted: str | None, current: str, read_with: str) -> None:
    """Refuse a change of something that has changed since its caller read it.

    Args:
        wanted: The revision id that the caller gave, if any.
        current: The one that holds.
        read_with: The operation that reads it (`GetFunction/GetFunctionConfiguration`).

    Raises:
        AwsError: They differ.
    """
    if wanted and wanted != current:
        raise AwsError("PreconditionFailedException", _MISMATCH.format(read_with), 412, Type="User")


def check_settled(function: Any, now: datetime) -> None:
    """Refuse to change a function whose last change is still under way.

    Raises:
        AwsError: It is.
    """
    if is_updating(function, now):
        message = (
            "The operation cannot be performed at this time. An update is in progress for resource: "
            f"{function.function_arn}"
        )
        raise AwsError("ResourceConflictException", message, 409, Type="User")


def is_updating(function: Any, now: datetime) -> bool:
    """Whether the last change of a function is still under way."""
    until: datetime | None = getattr(function, _UPDATING, None)
    return until is not None and now < until


def same_as_published(function: Any, published: Any) -> bool:
    """Whether a function has not changed since a version of it was published: AWS then publishes no other."""
    one, other = (
        {name: value for name, value in each.get_configuration().items() if name not in _OF_THE_VERSION}
        for each in (function, published)
    )
    return bool(one == other)


def next_version(function: Any, versions: list[Any]) -> int:
    """The number of the next version: AWS never uses one again, not that of a deleted version either."""
    highest = max([getattr(function, _HIGHEST, 0), *(int(each.version) for each in versions)])
    setattr(function, _HIGHEST, highest + 1)
    return int(highest) + 1
