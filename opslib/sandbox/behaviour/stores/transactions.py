"""Transactions that are known by their token: the same one again changes nothing, another one is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from opslib.sandbox.answer import AwsError

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["is_repetition", "remember"]

_RECORD = "transaction tokens"


def is_repetition(account: Account, region: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a transaction was made already: what a caller asks whose first answer was lost.

    Raises:
        AwsError: Another transaction was made with its token.
    """
    token = parameters.get("ClientRequestToken")
    known = account.record(_RECORD, region)
    lasts = timedelta(seconds=account.behaviour["stores"].token_seconds)
    made: tuple[datetime, str] | None = known.get(token) if token else None
    if made is None or account.clock.now() - made[0] >= lasts:
        return False
    if made[1] != _written(parameters):
        message = (
            "DynamoDB rejected the request because you retried a request with a different payload but with an "
            "idempotent token that was already used."
        )
        raise AwsError("IdempotentParameterMismatchException", message)
    return True


def remember(account: Account, region: str, parameters: Mapping[str, Any]) -> None:
    """A transaction was made."""
    if token := parameters.get("ClientRequestToken"):
        account.record(_RECORD, region)[token] = (account.clock.now(), _written(parameters))


def _written(parameters: Mapping[str, Any]) -> str:
    return json.dumps(parameters["TransactItems"], sort_keys=True, default=str)
