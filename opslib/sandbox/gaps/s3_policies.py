"""What the policies of buckets deny about objects, and to whom. moto knows no conditions: it denies to everybody.

IAM User Guide, "Policy evaluation logic": an explicit deny wins. What nobody denies is left to who may call, which the
sandbox does not ask.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall

__all__ = ["refuse_denied"]

_ACTIONS: Mapping[str, tuple[str, str]] = {
    "DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "PutObject": ("s3:PutObject", "s3:PutObject"),
}
"""IAM's name of an operation, and where it is of a version."""

_BYPASS = "x-amz-bypass-governance-retention"

Keys = Mapping[str, str]
"""The condition keys of a call that are known here; of others there is none."""


def refuse_denied(call: GapCall) -> None:
    """Refuse what the bucket's policy denies.

    Raises:
        AwsError: It does.
    """
    backend = s3_backends[call.account_id]["aws"]
    if not any(bucket.policy for bucket in backend.buckets.values()):
        return
    asked = call.parameters
    bucket = backend.buckets.get(asked["Bucket"])
    if bucket is None or not bucket.policy:
        return
    bucket.get_permission = lambda *_: PermissionResult.NEUTRAL
    resource = f"arn:aws:s3:::{asked['Bucket']}/{asked['Key']}"
    keys = {"aws:PrincipalArn": _principal(call), "aws:SecureTransport": "true"}
    if held := call.header("If-None-Match"):
        keys["s3:if-none-match"] = held
    statements = json.loads(bucket.policy)["Statement"]
    for action in _asked(call, asked):
        for statement in [statements] if isinstance(statements, dict) else statements:
            if statement["Effect"] == "Deny" and _applies(statement, action, resource, keys):
                raise AwsError("AccessDenied", "Access Denied", 403)


def _asked(call: GapCall, asked: Mapping[str, Any]) -> Iterator[str]:
    yield _ACTIONS[call.request.operation or ""][bool(asked.get("VersionId"))]
    if call.header(_BYPASS) == "true":
        yield "s3:BypassGovernanceRetention"


def _principal(call: GapCall) -> str:
    """Of a session its role; a key that nobody was given is the IAM user of that name's."""
    key = call.request.access_key
    session = sts_backends[call.account_id]["aws"].get_assumed_role_from_access_key(key)
    if session is not None:
        return str(session.role_arn)
    for user in iam_backends[call.account_id]["aws"].users.values():
        if any(one.access_key_id == key for one in user.access_keys):
            return str(user.arn)
    return f"arn:aws:iam::{call.account_id}:user/{key}"


def _applies(statement: Mapping[str, Any], action: str, resource: str, keys: Keys) -> bool:
    return (
        statement.get("Principal") in ("*", {"AWS": "*"})
        and _any(statement.get("Action", ()), action)
        and _any(statement.get("Resource", ()), resource)
        and all(
            test in _TESTS and all(_TESTS[test](keys.get(key), _listed(values)) for key, values in tested.items())
            for test, tested in statement.get("Condition", {}).items()
        )
    )


_TESTS: Mapping[str, Callable[[str | None, Iterable[str]], bool]] = {
    "ArnNotEquals": lambda value, named: value is None or not _any(named, value),
    "ArnNotLike": lambda value, named: value is None or not _any(named, value),
    "Bool": lambda value, wanted: value in list(wanted),
    "Null": lambda value, wanted: (value is None) == ("true" in list(wanted)),
}
"""What a condition of another kind says is not known here: its statement denies nothing."""


def _any(patterns: str | Iterable[str], value: str) -> bool:
    written = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in _listed(patterns))
    return any(re.fullmatch(one, value, re.DOTALL) for one in written)


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
