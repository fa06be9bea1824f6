"""The bucket of evidence: there, with versions, locked as promised, and closed to all but who is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.contract import Evidence, StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS"]

_GONE: Final = frozenset({"NoSuchBucket", "404"})
_NOT_BLOCKED: Final = frozenset({"NoSuchPublicAccessBlockConfiguration"})
_NOT_LOCKED: Final = frozenset({"ObjectLockConfigurationNotFoundError"})
_NO_POLICY: Final = frozenset({"NoSuchBucketPolicy"})

_BLOCKS: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

_DENIED: Final = {
    "s3:GetObject": "read it",
    "s3:PutObject": "add to it",
    "s3:DeleteObjectVersion": "delete its versions",
    "s3:BypassGovernanceRetention": "end its locks",
}
"""What the bucket's policy denies to everybody who is not named there, and what that is to a person."""


@dataclass(frozen=True, slots=True)
class BucketSeen:
    """The bucket as S3 has it.

    Attributes:
        bucket: Its name.
        exists: Whether there is one.
        versions: What S3 says of its versions; empty: there were never any.
    """

    bucket: str
    exists: bool
    versions: str = ""


@dataclass(frozen=True, slots=True)
class LockSeen:
    """Whether what is in the bucket stays as it was.

    Attributes:
        promised: As it was deployed.
        versions: What S3 says of its versions; empty: there were never any.
        mode: `governance` or `compliance`; empty: they are not locked.
        days: For how long.
    """

    promised: Evidence
    versions: str
    mode: str
    days: int


@dataclass(frozen=True, slots=True)
class AccessSeen:
    """Who can do what with the bucket.

    Attributes:
        bucket: Its name.
        unblocked: What of public access is not blocked.
        denied: The actions that its policy denies to all but some.
    """

    bucket: str
    unblocked: tuple[str, ...]
    denied: frozenset[str]


def _evidence_of(outputs: StackOutputs) -> Iterator[Evidence]:
    if outputs.evidence is not None:
        yield outputs.evidence


def _ask(look: Look, promised: Evidence, operation: str) -> Mapping[str, Any]:
    return look.read(regional("s3", promised.region, look.home), operation, Bucket=promised.bucket)


def _see_bucket(look: Look, promised: Evidence) -> BucketSeen:
    found = look.unless_gone(_GONE, lambda: _ask(look, promised, "GetBucketVersioning"))
    if found is None:
        return BucketSeen(promised.bucket, exists=False)
    return BucketSeen(promised.bucket, exists=True, versions=found.get("Status", ""))


def _see_lock(look: Look, promised: Evidence) -> LockSeen | None:
    seen = _see_bucket(look, promised)
    if not seen.exists:
        return None
    found = look.unless_gone(_NOT_LOCKED, lambda: _ask(look, promised, "GetObjectLockConfiguration"))
    lock = (found or {}).get("ObjectLockConfiguration", {})
    default = lock.get("Rule", {}).get("DefaultRetention", {})
    days = default.get("Days", 0) or default.get("Years", 0) * 365
    return LockSeen(promised, seen.versions, default.get("Mode", "").lower(), days)


def _see_access(look: Look, promised: Evidence) -> AccessSeen | None:
    if not _see_bucket(look, promised).exists:
        return None
    blocked = look.unless_gone(_NOT_BLOCKED, lambda: _ask(look, promised, "GetPublicAccessBlock"))
    settings = (blocked or {}).get("PublicAccessBlockConfiguration", {})
    found = look.unless_gone(_NO_POLICY, lambda: _ask(look, promised, "GetBucketPolicy"))
    policy = json.loads(found["Policy"]) if found else {}
    return AccessSeen(
        promised.bucket,
        tuple(name for name in _BLOCKS if not settings.get(name)),
        frozenset(_denied_to_others(policy.get("Statement", ()))),
    )


def _denied_to_others(statements: Any) -> Iterator[str]:
    """What is denied to everybody but who is named: a condition on anything else spares whom it likes."""
    for one in [statements] if isinstance(statements, Mapping) else statements:
        others = one.get("Condition", {"ArnNotEquals": {"aws:PrincipalArn": ()}})
        everybody = one.get("Principal") in ("*", {"AWS": "*"})
        if one.get("Effect") == "Deny" and everybody and _spares_the_named(others):
            actions = one.get("Action", ())
            yield from [actions] if isinstance(actions, str) else actions


def _spares_the_named(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(
        test in ("ArnNotEquals", "ArnNotLike") and list(keys) == ["aws:PrincipalArn"]
        for test, keys in condition.items()
    )


def _gone(seen: BucketSeen, _: datetime) -> Iterator[Fault]:
    if not seen.exists:
        yield Fault(seen.bucket, "the bucket of evidence is not there")


def _not_as_promised(seen: LockSeen, _: datetime) -> Iterator[Fault]:
    lock, days = seen.promised.lock, seen.promised.keep_days
    if seen.versions != "Enabled":
        yield Fault(seen.promised.bucket, "it keeps no versions: what is put over evidence replaces it")
    if not seen.mode:
        yield Fault(seen.promised.bucket, f"what is put there is not locked; {lock}, {days} days, was deployed")
    elif (seen.mode, seen.days) != (lock, days):
        what = f"what is put there is locked for {seen.days} days ({seen.mode}); {days} ({lock}) was deployed"
        yield Fault(seen.promised.bucket, what)


def _open(seen: AccessSeen, _: datetime) -> Iterator[Fault]:
    if seen.unblocked:
        yield Fault(seen.bucket, f"public access is not blocked: {', '.join(seen.unblocked)} is off")
    may = [says for action, says in _DENIED.items() if action not in seen.denied]
    if may:
        yield Fault(seen.bucket, f"whoever has S3's permissions may {', '.join(may)}: its policy does not deny it")


_UP: Final = "`pulumi refresh`, then `pulumi up`; the account's trail says who changed it"

CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="evidence-there",
        group="Safeguards",
        level="critical",
        looks_at="the bucket of evidence is there",
        why="what was done, and what was proven of backups, is nowhere but where it can be changed",
        next_step="`pulumi refresh`, then `pulumi up`; what was in it is gone",
        subjects=_evidence_of,
        read=_see_bucket,
        judge=_gone,
        on=lambda promised: promised.bucket,
    ),
    Check(
        id="evidence-locked",
        group="Safeguards",
        level="critical",
        looks_at="the bucket of evidence keeps versions, and locks what is put there as it was deployed",
        why="whoever takes over the account can delete what they did",
        next_step=_UP,
        subjects=_evidence_of,
        read=_see_lock,
        judge=_not_as_promised,
        on=lambda promised: promised.bucket,
    ),
    Check(
        id="evidence-private",
        group="Safeguards",
        level="critical",
        looks_at="the bucket of evidence is closed to the public, and to all but who is named",
        why="others read it, or end its locks",
        next_step=_UP,
        subjects=_evidence_of,
        read=_see_access,
        judge=_open,
        on=lambda promised: promised.bucket,
    ),
)
"""What is checked of evidence."""
