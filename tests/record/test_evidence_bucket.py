"""What is put into the bucket of evidence stays as it was, is put once, and is read back; by roles that may do so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opslib import Stack, record
from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.errors import Refused
from opslib.procedure import Declined, Journal, NotNow
from opslib.record import EvidenceBucket, Piece
from opslib.sandbox import Fault, Sandbox
from tests.procedure.toy import plan, set_value
from tests.record.conftest import Play
from tests.record.evidence import Shop

pytestmark = pytest.mark.feature("S4")

REPORT = Piece("backups/0123/000001-verify-orders.json", b'{"verdict":"proven"}\n', "application/json")


@pytest.fixture
def shop(aws: Sandbox) -> Shop:
    return Shop(aws)


def puts(shop: Shop) -> int:
    return sum(call.operation == "PutObject" for call in shop.sandbox.calls())


def test_it_is_put_once_and_read_back(shop: Shop) -> None:
    bucket = EvidenceBucket(shop.by("operator"))
    shop.sandbox.reset_calls()
    [kept] = bucket.keep([REPORT])
    assert (kept.is_new, kept.sha256, kept.size) == (True, REPORT.sha256, len(REPORT.content))
    assert kept.uri == f"s3://{shop.bucket}/evidence/{REPORT.key}"
    assert REPORT.sha256[:16] in REPORT.key
    [again] = bucket.keep([REPORT])
    assert (again.is_new, again.uri, puts(shop)) == (False, kept.uri, 1)
    [checked] = bucket.check()
    assert (checked.content, checked.faults) == (REPORT.content, ())
    assert checked.locked_until is not None
    assert 88 <= (checked.locked_until - shop.sandbox.clock.now()).days <= 90


@pytest.mark.feature("S3")
def test_the_journal_is_kept_as_it_is_exported(shop: Shop, journal: Journal, play: Play) -> None:
    assert record.journal_piece(journal) is None
    play(plan(set_value("writers", 0), plan_id="plan-one"))
    piece = record.journal_piece(journal)
    assert piece is not None
    assert [json.loads(line) for line in piece.content.splitlines()] == list(record.export(journal))
    assert piece == record.journal_piece(journal), "the same acts are the same piece"
    [kept] = EvidenceBucket(shop.by("ci")).keep([piece])
    assert kept.is_new
    assert shop.s3.get_object(Bucket=shop.bucket, Key=f"evidence/{piece.key}")["Body"].read() == piece.content
    play(plan(set_value("rule", "green"), plan_id="plan-two"))
    later = record.journal_piece(journal)
    assert later is not None
    assert later.content.startswith(piece.content)
    assert [one.is_new for one in EvidenceBucket(shop.by("ci")).keep([piece, later])] == [False, True]


@pytest.mark.parametrize("status", [None, 503])
def test_a_lost_answer_is_asked_for_again_and_nothing_is_put_twice(shop: Shop, status: int | None) -> None:
    bucket = EvidenceBucket(shop.by("operator"))
    shop.sandbox.faults(Fault.lost_response("s3", "PutObject", nth=1, times=1, status=status))
    [kept] = bucket.keep([REPORT])
    assert kept.is_new
    assert len(shop.s3.list_object_versions(Bucket=shop.bucket)["Versions"]) == 1


def test_what_aws_does_not_take_now_is_told(shop: Shop) -> None:
    bucket = EvidenceBucket(shop.by("operator"))
    shop.sandbox.faults(Fault.internal_error("s3", "PutObject"))
    with pytest.raises(NotNow, match="do it again"):
        bucket.keep([REPORT])


def test_two_who_put_the_same_at_once_put_it_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = EvidenceBucket(shop.by("operator")), EvidenceBucket(shop.by("ci"))
    monkeypatch.setattr(second, "_keys", lambda _: iter(()))  # it has looked before the first one put it
    assert first.keep([REPORT])[0].is_new
    assert not second.keep([REPORT])[0].is_new
    assert len(shop.s3.list_object_versions(Bucket=shop.bucket)["Versions"]) == 1


def overwritten(shop: Shop) -> None:
    shop.s3.delete_bucket_policy(Bucket=shop.bucket)
    put(shop, f"evidence/{REPORT.key}", b"{}")


def hidden(shop: Shop) -> None:
    shop.s3.delete_object(Bucket=shop.bucket, Key=f"evidence/{REPORT.key}")


def foreign(shop: Shop) -> None:
    shop.s3.delete_bucket_policy(Bucket=shop.bucket)
    put(shop, f"evidence/{Piece(REPORT.name, b'[]', '').key}", b"{}")


def unlocked(shop: Shop) -> None:
    unlocked = {"ObjectLockEnabled": "Enabled"}
    shop.s3.put_object_lock_configuration(Bucket=shop.bucket, ObjectLockConfiguration=unlocked)
    EvidenceBucket(shop.by("operator")).keep([Piece("journal/2026-01-01.jsonl", b"{}\n", "")])


def unsummed(shop: Shop) -> None:
    """By hand, with a checksum of another kind."""
    piece = Piece(REPORT.name, b"[]", "")
    shop.s3.put_object(
        Bucket=shop.bucket, Key=f"evidence/{piece.key}", Body=b"[]", ChecksumAlgorithm="SHA1", IfNoneMatch="*"
    )


def put(shop: Shop, key: str, body: bytes) -> None:
    shop.s3.put_object(Bucket=shop.bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (overwritten, "it was written 2 times"),
        (hidden, "somebody has deleted it: its versions are still there"),
        (foreign, "its content is not what its key says"),
        (unlocked, "it is not locked"),
        (unsummed, "it was not put there with its SHA-256"),
    ],
)
def test_what_was_done_to_evidence_is_found(shop: Shop, does: Any, says: str) -> None:
    EvidenceBucket(shop.by("operator")).keep([REPORT])
    does(shop)
    faults = [fault for one in EvidenceBucket(shop.by("viewer")).check() for fault in one.faults]
    assert says in faults, faults


def test_each_role_may_do_its_part_and_no_more(shop: Shop) -> None:
    for role, keeps, reads in (
        *(("operator", True, True), ("break-glass", True, True)),
        *(("ci", True, False), ("viewer", False, True)),
    ):
        bucket = EvidenceBucket(shop.by(role))
        piece = Piece(f"journal/{role}.jsonl", role.encode(), "")
        assert allowed(lambda bucket=bucket, piece=piece: bucket.keep([piece])) is keeps, role  # type: ignore[misc]  # a lambda with defaults
        assert allowed(lambda bucket=bucket: list(bucket.check())) is reads, role  # type: ignore[misc]  # as above
        assert bool(shop.held[role].denied) is not (keeps and reads), role


def allowed(does: Any) -> bool:
    try:
        does()
    except Declined as refused:
        if refused.code != "AccessDenied":
            raise
        return False
    return True


def test_a_stack_without_a_bucket_says_what_to_do(document: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="has no bucket of evidence: write opslib:evidence"):
        EvidenceBucket(Stack(StackOutputs.parse(document, source="here"), source="here", clients=Clients()))
