"""The bucket of evidence: locked, private, read and added to by the named; and whoever deploys is not locked out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import program
from infra.config import StackConfig
from opslib.contract import StackOutputs
from opslib.errors import BadRequest
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.shop import ACCOUNT, of_type, only

pytestmark = pytest.mark.feature("S4")

AUDITOR = f"arn:aws:iam::{ACCOUNT}:role/auditor"
VERIFIER = f"arn:aws:iam::{ACCOUNT}:role/verify-backups"
ROLES: dict[str, Any] = {
    "viewer": {"sso": ["Developers"]},
    "operator": {"sso": ["Platform"]},
    "breakGlass": {"principals": [f"arn:aws:iam::{ACCOUNT}:user/emergency"]},
    "ci": {"repository": "shop/platform", "environments": ["prod"]},
}
EVIDENCE: dict[str, Any] = {"keepDays": 90, "readers": [AUDITOR], "writers": [VERIFIER]}


def written(roles: dict[str, Any] = ROLES, **evidence: Any) -> dict[str, Any]:
    given = {**EVIDENCE, **evidence}
    return {
        "product": "shop",
        "environment": "prod",
        "protect": True,
        "mirror": False,
        "roles": roles,
        "evidence": given,
    }


def up(provider: StandInProvider | None = None, **evidence: Any) -> Run:
    values = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in written(**evidence).items()}}
    return run_program(program.main, project="opslib", stack="test", config=values, provider=provider)


@pytest.fixture(scope="module")
def ran() -> Run:
    return up()


def test_it_is_locked_versioned_encrypted_and_private(ran: Run) -> None:
    bucket = only(ran, "aws:s3/bucket:Bucket")
    assert bucket.inputs["objectLockEnabled"] is True, "which brings versions, for good"
    assert bucket.protect
    lock = only(ran, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 90}}
    assert lock.protect
    block = only(ran, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert [block[name] for name in block if name != "bucket"] == [True] * 4
    owned = only(ran, "aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert owned["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    encrypted = only(
        ran, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ).inputs["rules"][0]
    assert encrypted["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    key = of_type(ran, "aws:kms/key:Key")["evidence-key"]
    assert (key.inputs["deletionWindowInDays"], key.inputs["enableKeyRotation"], key.protect) == (30, True, True)


def test_nothing_goes_by_itself_and_nothing_hidden_before_its_lock_has_ended(ran: Run) -> None:
    [rule] = only(ran, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert "expiration" not in rule
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    [firm] = of_type(
        up(mode="compliance"), "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    ).values()
    assert firm.inputs["rule"]["defaultRetention"]["mode"] == "COMPLIANCE"


def denied(ran: Run, principal: str, action: str, on: str = "/evidence/x", **context: str) -> bool:
    """Whether the bucket's policy denies it: AWS's rules for the operators that it uses."""
    bucket = f"arn:aws:s3:::shop-prod-evidence-{ACCOUNT}-{REGION}"
    keys = {"aws:PrincipalArn": principal, "aws:SecureTransport": "true", **context}
    for statement in json.loads(only(ran, "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]:
        assert statement["Effect"] == "Deny", "who may is said by their own policies"
        assert statement["Principal"] == "*"
        actions, resources = statement["Action"], statement["Resource"]
        hit = actions == "s3:*" or action in actions
        there = [resources] if isinstance(resources, str) else resources
        hit = hit and (f"{bucket}/*" if on else bucket) in there
        if hit and all(MET[test](keys, values) for test, values in statement.get("Condition", {}).items()):
            return True
    return False


MET: dict[str, Any] = {
    "Bool": lambda keys, values: all(keys.get(key) == value for key, value in values.items()),
    "ArnNotEquals": lambda keys, values: all(keys[key] not in named for key, named in values.items()),
    "Null": lambda keys, values: all((key not in keys) == (value == "true") for key, value in values.items()),
}
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
FOR_NEW = {"s3:if-none-match": "*"}


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/shop-prod-{name}"


WHO: dict[str, tuple[bool, bool, bool]] = {
    role("viewer"): (True, False, False),
    role("operator"): (True, True, False),
    role("break-glass"): (True, True, True),
    role("ci"): (False, True, False),
    AUDITOR: (True, False, False),
    VERIFIER: (False, True, False),
    ADMIN: (False, False, False),
    f"arn:aws:iam::{ACCOUNT}:root": (False, False, False),
    f"arn:aws:iam::{ACCOUNT}:role/elsewhere/shop-prod-operator": (False, False, False),
}
"""Who may read, add, and end a lock."""


@pytest.mark.parametrize("who", WHO)
def test_everybody_is_denied_what_they_are_not_named_for(ran: Run, who: str) -> None:
    reads, adds, ends = WHO[who]
    assert [denied(ran, who, name) for name in ("s3:GetObject", "s3:GetObjectVersion")] == [not reads] * 2
    assert denied(ran, who, "s3:PutObject", **FOR_NEW) is not adds
    for name in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"):
        assert denied(ran, who, name) is not ends, name


def test_nobody_overwrites_or_calls_in_plain_text(ran: Run) -> None:
    assert denied(ran, role("operator"), "s3:PutObject"), "without If-None-Match"
    for action, on in (("s3:GetObject", "/evidence/x"), ("s3:ListBucket", "")):
        assert denied(ran, role("operator"), action, on, **{"aws:SecureTransport": "false"})


def test_whoever_deploys_is_not_locked_out(ran: Run) -> None:
    of_a_bucket = (
        *("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:DeleteBucket"),
        *("s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration"),
        *("s3:PutBucketPublicAccessBlock", "s3:PutBucketOwnershipControls", "s3:PutBucketTagging"),
    )
    assert [name for name in of_a_bucket if denied(ran, ADMIN, name, "")] == []


def test_who_is_not_there_is_not_named() -> None:
    few = {"aws:region": REGION} | {
        f"opslib:{key}": value for key, value in written({"operator": {"sso": ["Platform"]}}, readers=[]).items()
    }
    ran = run_program(program.main, project="opslib", stack="test", config=few)
    assert denied(ran, role("viewer"), "s3:GetObject"), "a role of that name is somebody else's"
    assert denied(ran, role("break-glass"), "s3:DeleteObjectVersion")
    assert not denied(ran, role("operator"), "s3:GetObject")


@pytest.mark.feature("M26")
def test_the_contract_names_it_and_a_stack_without_it_says_nothing(ran: Run) -> None:
    found = StackOutputs.parse(ran.outputs, source="run").evidence
    assert found is not None
    assert found.model_dump() == {
        "bucket": f"shop-prod-evidence-{ACCOUNT}-{REGION}",
        "region": REGION,
        "prefix": "evidence/",
        "lock": "governance",
        "keep_days": 90,
    }
    values = {"aws:region": REGION, "opslib:product": "shop", "opslib:environment": "prod", "opslib:mirror": False}
    without = run_program(program.main, project="opslib", stack="test", config=values)
    assert "evidence" not in without.outputs
    assert not of_type(without, "aws:s3/bucket:Bucket")


def test_what_is_put_there_is_locked(aws: Sandbox) -> None:
    up(StandInProvider(endpoint_url=aws.url, region=REGION))
    s3 = aws.client("s3", REGION)
    bucket = f"shop-prod-evidence-{ACCOUNT}-{REGION}"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    session = aws.client("sts").assume_role(RoleArn=role("operator"), RoleSessionName="ada")["Credentials"]
    operator = aws.client("s3", REGION, actor=session["AccessKeyId"])
    what = {"Bucket": bucket, "Key": "evidence/x", "Body": b"x", "ChecksumAlgorithm": "SHA256"}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(**what, IfNoneMatch="*")
    operator.put_object(**what, IfNoneMatch="*")
    held = operator.head_object(Bucket=bucket, Key="evidence/x")
    assert (held["ObjectLockMode"], held["ServerSideEncryption"]) == ("GOVERNANCE", "aws:kms")
    assert 89 <= (held["ObjectLockRetainUntilDate"] - held["LastModified"]).days <= 90


MISTAKES = [
    ({"keepDays": 0}, r"evidence\.keepDays"),
    ({"mode": "firm"}, r"evidence\.mode"),
    ({"bucket": "Not A Bucket"}, r"evidence\.bucket"),
    ({"readers": ["*"]}, r"evidence\.readers"),
    ({"writers": [f"arn:aws:iam::{ACCOUNT}:user/ada"]}, r"evidence\.writers"),
    ({"days": 3}, r"evidence\.days"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_path(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said) as refused:
        StackConfig.parse(written(**change), source="test")
    assert "\n" not in str(refused.value)


def test_evidence_that_nobody_may_read_or_add_to_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"nobody may read it: name roles\.operator"):
        StackConfig.parse(written({"ci": ROLES["ci"]}, readers=[]), source="test")
    with pytest.raises(BadRequest, match="nobody may add to it"):
        StackConfig.parse(written({"viewer": ROLES["viewer"]}, writers=[]), source="test")
    StackConfig.parse(written({}), source="test")
