"""STS: who calls. moto takes every unknown key for `arn:aws:sts::…:user/moto`, an ARN that AWS never gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_MOTOS_OWN = ":user/moto"


def get_caller_identity(call: GapCall) -> Mapping[str, Any]:
    """A key that nobody was given is taken for the IAM user of that name, who need not exist."""
    answer = call.through()
    if str(answer["Arn"]).endswith(_MOTOS_OWN):
        key = call.request.access_key
        answer |= {"Arn": f"arn:aws:iam::{call.account_id}:user/{key}", "UserId": key}
    return answer


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("sts", "GetCallerIdentity"): get_caller_identity,
}
