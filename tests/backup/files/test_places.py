"""Points observed where they are: in directories, and in S3 of the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opslib.backup import Run, inventory
from opslib.backup.config import BackupConfig
from opslib.backup.expectation import S3Place
from opslib.backup.files import observe_directory, observe_s3
from opslib.clients import Clients
from opslib.errors import Refused
from opslib.sandbox import Sandbox

REGION = "eu-west-1"
DR = "us-east-1"


def moments(count: int) -> list[str]:
    """Names of hourly points, the newest half an hour old."""
    now = datetime.now(UTC)
    return [f"{now - timedelta(hours=hours, minutes=30):%Y%m%dT%H%M%SZ}" for hours in range(count - 1, -1, -1)]


def disproven(run: Run) -> set[str]:
    return {finding.check for finding in run.report.findings if finding.verdict == "disproven"}


def unchecked(run: Run) -> set[str]:
    return {each.check for each in run.report.findings if each.verdict == "not checked" and each.required}


def test_a_directory_is_observed_with_its_times_and_what_is_in_progress(tmp_path: Path) -> None:
    whole = tmp_path / "20260310T115900Z"
    whole.mkdir()
    (whole / "dump.rdb").write_bytes(b"x" * 10)
    (whole / "manifest.json").write_text(
        json.dumps({"kind": "redis", "name": "a", "environment": "prod", "taken_at": "2026-03-10T11:58:00Z"})
    )
    (tmp_path / "orders-2026-03-09.dump").write_bytes(b"y" * 5)
    (tmp_path / "plain.age").write_bytes(b"age-encryption.org/v1\n")
    os.utime(tmp_path / "plain.age", (0, 0))
    (tmp_path / ".partial-20260310T120000Z").mkdir()
    (tmp_path / ".lock").touch()
    seen = observe_directory(tmp_path)
    assert [(each.name, each.time_from) for each in seen.points] == [
        ("plain.age", "modified"),
        ("orders-2026-03-09.dump", "name"),
        ("20260310T115900Z", "manifest"),
    ]
    assert seen.points[2].time == datetime(2026, 3, 10, 11, 58, tzinfo=UTC)
    assert [part.encryption for part in seen.points[0].parts] == ["file"]
    assert seen.in_progress == (".partial-20260310T120000Z",)


def test_a_mark_stays_and_changes_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(b"1")
    before = observe_directory(tmp_path).points[0].mark
    os.utime(tmp_path / "a/x", (5, 5))
    assert observe_directory(tmp_path).points[0].mark == before
    (tmp_path / "a/x").write_bytes(b"12")
    assert observe_directory(tmp_path).points[0].mark != before


@pytest.mark.feature("B1")
def test_a_directory_with_its_copy_and_what_is_lost_later(
    configured: Callable[..., BackupConfig], tmp_path: Path
) -> None:
    for place in ("points", "copy"):
        for name in moments(30):
            (tmp_path / place).mkdir(exist_ok=True)
            (tmp_path / place / f"orders-{name}.dump").write_bytes(name.encode() * 100)
    config = configured(
        orders={
            "kind": "files",
            "directory": "points",
            "retention": {"days": 1},
            "second_copy": {"directory": "copy"},
        }
    )
    (first,) = inventory(config)
    assert (first.verdict, first.exit_code) == ("proven", 0)
    newest = max((tmp_path / "copy").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1] + b"!")
    sorted((tmp_path / "points").iterdir())[-3].unlink()
    changed = sorted((tmp_path / "points").iterdir())[-2]
    changed.write_bytes(b"short")
    (second,) = inventory(config)
    assert disproven(second) == {"second copy", "retention", "gaps", "unchanged"}
    (third,) = inventory(config)
    assert "retention" in disproven(third)


def test_a_place_that_is_not_there_has_no_point(configured: Callable[..., BackupConfig]) -> None:
    (run,) = inventory(configured(orders={"kind": "files", "directory": "none"}))
    assert disproven(run) == {"points"}


@pytest.fixture
def bucket(aws: Sandbox) -> Callable[..., Any]:
    """Makes a bucket that is as it should be, with hourly points, and gives its client."""

    def make(name: str, key: str, names: list[str], region: str = REGION) -> Any:
        s3 = aws.client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **where)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for each in names:
            put(s3, name, each, key)
        return s3

    return make


def put(s3: Any, bucket: str, name: str, key: str, body: bytes = b"content") -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    s3.put_object(
        Bucket=bucket, Key=f"orders/{name}/x", Body=body + name.encode(), ChecksumAlgorithm="SHA256", **encryption
    )


@pytest.fixture
def exports(
    aws: Sandbox, bucket: Callable[..., Any], configured: Callable[..., BackupConfig]
) -> tuple[BackupConfig, Any, str, list[str]]:
    """Two buckets in two regions with the same points; the configuration, the first one's client, and its key."""
    names = moments(26)
    keys = [aws.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (REGION, DR)]
    s3 = bucket("exports", keys[0], names)
    bucket("exports-dr", keys[1], names, DR)
    config = configured(
        orders={
            "kind": "files",
            "s3": {"bucket": "exports", "prefix": "orders/", "region": REGION},
            "second_copy": {"s3": {"bucket": "exports-dr", "prefix": "orders/", "region": DR}},
            "retention": {"days": 1},
            "encryption": {"algorithm": "aws:kms", "key": keys[0]},
        }
    )
    return config, s3, keys[0], names


@pytest.mark.feature("B1")
def test_points_in_s3_that_are_as_they_should_be_are_proven(exports: tuple[BackupConfig, Any, str, list[str]]) -> None:
    (run,) = inventory(exports[0])
    assert (disproven(run), unchecked(run), run.verdict) == (set(), set(), "proven")
    assert len(run.report.points or {}) == 26


def expire(s3: Any) -> None:
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "orders/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="exports", LifecycleConfiguration={"Rules": [rule]})


S3_DAMAGE: dict[str, tuple[Callable[[Any, list[str]], Any], set[str]]] = {
    "a point deleted, hidden by a marker": (
        lambda s3, names: s3.delete_object(Bucket="exports", Key=f"orders/{names[-5]}/x"),
        {"versions", "gaps", "retention"},
    ),
    "an object replaced": (lambda s3, names: put(s3, "exports", names[-4], "", b"other"), {"unchanged", "encryption"}),
    "versioning suspended": (
        lambda s3, _: s3.put_bucket_versioning(Bucket="exports", VersioningConfiguration={"Status": "Suspended"}),
        {"versions"},
    ),
    "an object not encrypted": (
        lambda s3, names: put(s3, "exports", names[-1], ""),
        {"encryption"},
    ),
}


@pytest.mark.feature("B1")
@pytest.mark.parametrize("case", S3_DAMAGE)
def test_each_damage_in_s3_is_disproven(exports: tuple[BackupConfig, Any, str, list[str]], case: str) -> None:
    config, s3, _, names = exports
    assert inventory(config)[0].verdict == "proven"
    do, checks = S3_DAMAGE[case]
    do(s3, names)
    assert checks <= disproven(inventory(config)[0])


@pytest.mark.feature("B1")
def test_a_version_that_was_seen_and_is_gone_is_disproven(exports: tuple[BackupConfig, Any, str, list[str]]) -> None:
    config, s3, key, names = exports
    where = {"Bucket": "exports", "Key": f"orders/{names[-3]}/x"}
    first = s3.head_object(**where)["VersionId"]
    put(s3, "exports", names[-3], key)  # the same content once more: nothing but the versions changes
    (run,) = inventory(config)
    assert run.verdict == "proven", disproven(run)
    assert [each.facts["older_versions"] for each in run.report.findings if each.check == "versions"] == [1]
    s3.delete_object(**where, VersionId=first)
    (run,) = inventory(config)
    (said,) = [each.says for each in run.report.findings if each.verdict == "disproven"]
    assert said.startswith(f"{names[-3]}: of 2 versions that inventories have seen, 1 are gone")


@pytest.mark.feature("B1")
def test_a_hidden_point_says_from_what_it_can_be_got_back(exports: tuple[BackupConfig, Any, str, list[str]]) -> None:
    config, s3, _, names = exports
    s3.delete_object(Bucket="exports", Key=f"orders/{names[-3]}/x")
    (said,) = [each.says for each in inventory(config)[0].report.findings if each.check == "versions"]
    assert said.endswith("a delete marker hides it; 1 older versions are there to get it back from")


@pytest.mark.feature("B1")
def test_a_rule_that_removes_points_too_soon_is_disproven(exports: tuple[BackupConfig, Any, str, list[str]]) -> None:
    config, s3, _, _ = exports
    expire(s3)
    source = config.sources["orders"]
    longer = source.model_copy(update={"retention": source.retention.model_copy(update={"days": 7})})
    (run,) = inventory(config.model_copy(update={"sources": {"orders": longer}}))
    assert disproven(run) == {"expiry"}


@pytest.mark.feature("B1")
def test_a_disabled_key_is_disproven(aws: Sandbox, exports: tuple[BackupConfig, Any, str, list[str]]) -> None:
    config, _, key, _ = exports
    aws.client("kms", REGION).disable_key(KeyId=key.rpartition("/")[2])
    assert disproven(inventory(config)[0]) == {"key"}


@pytest.mark.feature("B1")
def test_a_copy_that_is_missing_or_other_in_the_second_region_is_disproven(
    aws: Sandbox, exports: tuple[BackupConfig, Any, str, list[str]]
) -> None:
    config, _, _, names = exports
    copy = aws.client("s3", DR)
    put(copy, "exports-dr", names[-2], "", b"C0ntent")
    assert disproven(inventory(config)[0]) == {"second copy"}
    copy.delete_object(Bucket="exports-dr", Key=f"orders/{names[-3]}/x")
    findings = inventory(config)[0].report.findings
    assert sum(each.check == "second copy" and each.verdict == "disproven" for each in findings) == 2


def test_a_bucket_that_is_not_there_is_refused(aws: Sandbox) -> None:
    assert aws
    with pytest.raises(Refused, match="NoSuchBucket"):
        observe_s3(S3Place(bucket="none"), Clients())


def test_a_manifest_in_s3_says_the_time(aws: Sandbox, bucket: Callable[..., Any]) -> None:
    assert aws
    s3 = bucket("points", "", ["20260310T115900Z"])
    manifest = {"kind": "redis", "name": "orders", "environment": "prod", "taken_at": "2026-03-10T11:58:00+00:00"}
    s3.put_object(Bucket="points", Key="orders/20260310T115900Z/manifest.json", Body=json.dumps(manifest).encode())
    (point,) = observe_s3(S3Place(bucket="points", prefix="orders/", region=REGION), Clients()).points
    assert (point.time_from, point.time.minute, point.manifest) == (
        "manifest",
        58,
        {"kind": "redis", "name": "orders", "environment": "prod"},
    )
