"""The bucket of evidence: gone, without its lock, or open to others."""

from __future__ import annotations

import json
from typing import Any

from opslib.contract import Evidence
from tests.operate.doctor.breaking.means import Broken
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


def bucket(p: Product) -> Evidence:
    assert p.outputs.evidence is not None
    return p.outputs.evidence


def bucket_gone(p: Product) -> None:
    p.aws("s3").delete_bucket(Bucket=bucket(p).bucket)


def lock(p: Product, **configuration: Any) -> None:
    locked = {"ObjectLockEnabled": "Enabled", **configuration}
    p.aws("s3").put_object_lock_configuration(Bucket=bucket(p).bucket, ObjectLockConfiguration=locked)


def unlocked(p: Product) -> None:
    lock(p)


def locked_for_a_day(p: Product) -> None:
    lock(p, Rule={"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}})


def plain_bucket(p: Product) -> None:
    """Somebody has made it anew by hand: closed, and without versions."""
    s3, of = p.aws("s3"), {"Bucket": bucket(p).bucket}
    blocked = s3.get_public_access_block(**of)["PublicAccessBlockConfiguration"]
    policy = s3.get_bucket_policy(**of)["Policy"]
    s3.delete_bucket(**of)
    s3.create_bucket(**of, CreateBucketConfiguration={"LocationConstraint": bucket(p).region})
    s3.put_public_access_block(**of, PublicAccessBlockConfiguration=blocked)
    s3.put_bucket_policy(**of, Policy=policy)


def unblocked(p: Product) -> None:
    p.aws("s3").delete_public_access_block(Bucket=bucket(p).bucket)


def policy_gone(p: Product) -> None:
    p.aws("s3").delete_bucket_policy(Bucket=bucket(p).bucket)


def reading_opened(p: Product) -> None:
    """The statement is there, and spares everybody who calls from a network."""
    s3, name = p.aws("s3"), bucket(p).bucket
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    for statement in policy["Statement"]:
        if statement["Sid"] == "NobodyElseReads":
            statement["Condition"]["StringNotEquals"] = {"aws:SourceVpc": "vpc-1"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))


NAME = "parcel-staging-evidence"

BROKEN = (
    Broken("the bucket of evidence is gone", "evidence-there", NAME, bucket_gone),
    Broken("evidence is no longer locked", "evidence-locked", NAME, unlocked),
    Broken("evidence is locked for a day", "evidence-locked", NAME, locked_for_a_day),
    Broken("evidence has no versions", "evidence-locked", NAME, plain_bucket),
    Broken("public access to evidence is not blocked", "evidence-private", NAME, unblocked),
    Broken("the policy of evidence is gone", "evidence-private", NAME, policy_gone),
    Broken("the policy of evidence lets others read", "evidence-private", NAME, reading_opened),
)
