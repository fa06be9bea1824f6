"""Signatures by KMS, made and checked in the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.stub import Stubber

from opslib.backup import evidence
from opslib.backup.evidence.report import Signature
from opslib.backup.verdict import Finding, verdict_of
from opslib.clients import Clients
from opslib.errors import Refused
from opslib.sandbox import Sandbox

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def draft() -> evidence.Draft:
    return evidence.Draft.of(
        (Finding("load", "proven", "it loads"),),
        action="verify",
        source="orders",
        kind="redis",
        environment="prod",
        began_at=NOW,
        ended_at=NOW,
        by="a test",
    )


def new_signer(aws: Sandbox, **more: str) -> evidence.Signer:
    settings = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"} | more
    arn = aws.client("kms").create_key(**settings)["KeyMetadata"]["Arn"]
    return evidence.Signer(str(arn), Clients())


def signatures(directory: Path, signer: evidence.Signer) -> list[Finding]:
    return [finding for finding in evidence.verify_chain(directory, signer=signer) if finding.check == "signatures"]


@pytest.mark.feature("B6")
@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_signed_reports_are_proven_by_their_key_and_disproven_by_another(
    aws: Sandbox, tmp_path: Path, spec: str
) -> None:
    signer, other = new_signer(aws, KeySpec=spec), new_signer(aws, KeySpec=spec)
    for _ in range(2):
        evidence.add(tmp_path, draft(), sign=signer.sign)
    assert [entry.unsigned_because for entry in evidence.read_entries(tmp_path)] == ["", ""]
    assert verdict_of(evidence.verify_chain(tmp_path, signer=signer)) == "proven"
    assert [finding.verdict for finding in signatures(tmp_path, signer)] == ["proven"]
    assert {finding.verdict for finding in signatures(tmp_path, other)} == {"disproven"}


@pytest.mark.feature("B6")
def test_a_chain_written_anew_by_who_has_no_key_is_not_proven(aws: Sandbox, tmp_path: Path) -> None:
    signer, thief = new_signer(aws), new_signer(aws)
    evidence.add(tmp_path / "unsigned", draft())
    evidence.add(tmp_path / "own", draft(), sign=thief.sign)
    assert verdict_of(evidence.verify_chain(tmp_path / "unsigned", signer=signer)) == "not checked"
    assert verdict_of(evidence.verify_chain(tmp_path / "own", signer=signer)) == "disproven"


def test_a_key_named_by_its_alias_signs(aws: Sandbox, tmp_path: Path) -> None:
    kms = aws.client("kms", "eu-west-1")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/backup-evidence", TargetKeyId=key)
    by_alias = evidence.Signer("alias/backup-evidence", Clients())
    evidence.add(tmp_path, draft(), sign=by_alias.sign)
    assert verdict_of(evidence.verify_chain(tmp_path, signer=by_alias)) == "proven"


def test_without_its_key_evidence_is_written_and_says_that_it_is_unsigned(aws: Sandbox, tmp_path: Path) -> None:
    assert aws
    missing = evidence.Signer("alias/none", Clients())
    _, entry = evidence.add(tmp_path, draft(), sign=missing.sign)
    assert entry.signature is None
    assert "alias/none" in entry.unsigned_because
    assert [finding.verdict for finding in signatures(tmp_path, missing)] == ["not checked"]


def test_a_key_that_cannot_sign_is_refused(aws: Sandbox) -> None:
    signer = new_signer(aws, KeyUsage="ENCRYPT_DECRYPT", KeySpec="SYMMETRIC_DEFAULT")
    with pytest.raises(Refused, match="signs no SHA-256"):
        signer.sign(bytes(32))


def test_what_kms_calls_invalid_is_invalid(aws: Sandbox) -> None:
    """AWS raises an error for a wrong signature, where the sandbox answers that it is not valid."""
    signer = new_signer(aws)
    with Stubber(signer._kms("read")) as kms:
        kms.add_client_error("verify", "KMSInvalidSignatureException")
        assert not signer.is_valid(Signature(key="k", algorithm="ECDSA_SHA_256", value=""), bytes(32))
