"""Observe the points under a prefix in S3: the names up to the next slash are the points."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from opslib.backup.expectation import S3Place
from opslib.backup.files.directory import BESIDE, read_manifest_facts
from opslib.backup.files.points import Expiry, Observation, Part, Point, Versions, mark_of, time_in_name
from opslib.backup.manifest import MANIFEST
from opslib.clients import Clients, aws_call
from opslib.errors import OpslibError, Refused

__all__ = ["observe_s3"]

AT_ONCE = 8
MOST_MANIFEST_BYTES = 16 << 20


def observe_s3(place: S3Place, clients: Clients, *, time_pattern: str | None = None) -> Observation:
    """List a prefix's points with all their versions, how they are encrypted, and what will remove them.

    Args:
        place: Bucket, prefix and region.
        clients: AWS clients.
        time_pattern: See `time_in_name`.

    Raises:
        Refused: there is no such bucket, or AWS refuses to list it.
    """
    reading = _Reading(place, clients)
    current, deleted, versions = reading.versions()
    grouped: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for version in current:
        grouped[_point_name(version["Key"], place.prefix)].append(version)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        headed = dict(zip([item["Key"] for item in current], threads.map(reading.head, current), strict=True))
    points = [reading.point(name, items, headed, time_pattern) for name, items in grouped.items() if name]
    keys = {part.key for point in points for part in point.parts if part.key}
    return Observation(
        place=f"s3://{place.bucket}/{place.prefix}",
        kind="s3",
        points=tuple(sorted(points, key=lambda point: (point.time, point.name))),
        versioning=reading.versioning(),
        deleted={name: time for name, time in deleted.items() if name and name not in grouped},
        versions=versions,
        expiries=reading.expiries(),
        key_states={key: state for key in sorted(keys) if (state := reading.key_state(key))},
        notes=tuple(reading.notes),
    )


class _Reading:
    """One reading of a place. What may not be asked is noted, and later not counted as checked."""

    def __init__(self, place: S3Place, clients: Clients) -> None:
        self._place = place
        self._clients = clients
        self._s3: Any = clients.client("s3", region=place.region)  # type: ignore[call-overload]  # no stubs needed
        self.notes: list[str] = []

    def versions(self) -> tuple[list[Mapping[str, Any]], dict[str, datetime], dict[str, Versions]]:
        """The current versions; by point, the time of each delete marker that is current, and all its versions."""
        where = {"Bucket": self._place.bucket, "Prefix": self._place.prefix}
        current: list[Mapping[str, Any]] = []
        deleted: dict[str, datetime] = {}
        by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        with aws_call(f"listing s3://{self._place.bucket}/{self._place.prefix}"):
            for page in self._s3.get_paginator("list_object_versions").paginate(**where):
                for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    by_key[item["Key"]].append(item)
                current += [item for item in page.get("Versions", ()) if item["IsLatest"]]
                for marker in page.get("DeleteMarkers", ()):
                    if marker["IsLatest"]:
                        deleted[_point_name(marker["Key"], self._place.prefix)] = marker["LastModified"]
        return current, deleted, _versions(by_key, self._place.prefix)

    def head(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """An object's own headers."""
        with aws_call(f"looking at s3://{self._place.bucket}/{item['Key']}"):
            answer: Mapping[str, Any] = self._s3.head_object(
                Bucket=self._place.bucket, Key=item["Key"], ChecksumMode="ENABLED"
            )
            return answer

    def point(
        self,
        name: str,
        items: list[Mapping[str, Any]],
        headed: Mapping[str, Mapping[str, Any]],
        time_pattern: str | None,
    ) -> Point:
        """A point of its objects."""
        parts, facts, taken_at = [], None, None
        for item in items:
            head, key = headed[item["Key"]], str(item["Key"])
            path = key.removeprefix(self._place.prefix).partition("/")[2] or name
            if path == MANIFEST or path.endswith(BESIDE):
                facts, taken_at = self._manifest(key, item["Size"])
            parts.append(
                Part(
                    path=path,
                    size=item["Size"],
                    digests=_digests(item, head),
                    encryption=str(head.get("ServerSideEncryption", "")),
                    key=str(head.get("SSEKMSKeyId", "")),
                    version=str(item.get("VersionId", "")),
                )
            )
        named = time_in_name(name, time_pattern)
        modified = max(item["LastModified"] for item in items).astimezone(UTC)
        return Point(
            name=name,
            time=taken_at or named or modified,
            time_from="manifest" if taken_at else "name" if named else "modified",
            parts=tuple(sorted(parts, key=lambda part: part.path)),
            mark=mark_of((part.path, part.size, part.digests.get("etag", "")) for part in parts),
            manifest=facts,
        )

    def versioning(self) -> str | None:
        """S3's word for the bucket's versioning."""
        answer = self._asked("versioning", "get_bucket_versioning")
        return None if answer is None else str(answer.get("Status", ""))

    def expiries(self) -> tuple[Expiry, ...] | None:
        """The rules that remove objects under the prefix."""
        answer = self._asked("lifecycle", "get_bucket_lifecycle_configuration", none="NoSuchLifecycleConfiguration")
        if answer is None:
            return None
        rules = (rule for rule in answer.get("Rules", ()) if rule.get("Status") == "Enabled")
        found = (expiry for rule in rules for expiry in _expiries(rule))
        ours = self._place.prefix
        return tuple(one for one in found if ours.startswith(one.prefix) or one.prefix.startswith(ours))

    def key_state(self, key: str) -> str:
        """KMS's word for a key's state; empty if it may not be asked."""
        region = key.split(":")[3] if key.startswith("arn:") else self._place.region
        kms: Any = self._clients.client("kms", region=region)  # type: ignore[call-overload]  # no stubs needed
        try:
            with aws_call(f"describing the KMS key {key}"):
                return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
        except Refused as problem:
            if "NotFoundException" in str(problem):
                return "there is no such key"
            self.notes.append(str(problem))
            return ""

    def _manifest(self, key: str, size: int) -> tuple[dict[str, Any] | None, datetime | None]:
        if size > MOST_MANIFEST_BYTES:
            return None, None
        with aws_call(f"reading s3://{self._place.bucket}/{key}"):
            content = self._s3.get_object(Bucket=self._place.bucket, Key=key)["Body"].read()
        try:
            return read_manifest_facts(json.loads(content))
        except ValueError:
            return None, None

    def _asked(self, what: str, operation: str, none: str = "") -> Mapping[str, Any] | None:
        try:
            with aws_call(f"asking for the {what} of {self._place.bucket}"):
                answer: Mapping[str, Any] = getattr(self._s3, operation)(Bucket=self._place.bucket)
                return answer
        except OpslibError as problem:
            if none and none in str(problem):
                return {}
            self.notes.append(str(problem))
            return None


def _point_name(key: str, prefix: str) -> str:
    name = key.removeprefix(prefix).partition("/")[0]
    return name.removesuffix(BESIDE) if not name.startswith(".") else ""


def _versions(by_key: Mapping[str, list[Mapping[str, Any]]], prefix: str) -> dict[str, Versions]:
    """By point: S3 keeps no version for itself as `null` where versioning is off, so those are none."""
    current: dict[str, list[str]] = defaultdict(list)
    older: dict[str, dict[str, datetime]] = defaultdict(dict)
    for key, items in by_key.items():
        name = _point_name(key, prefix)
        newest_first = sorted(items, key=lambda item: (item["IsLatest"], item["LastModified"]), reverse=True)
        since = None
        for item in newest_first:
            if "Size" in item and item["VersionId"] != "null":  # a delete marker has no size
                version = Versions.name_of(key, item["VersionId"])
                if since is None:
                    current[name].append(version)
                else:
                    older[name][version] = since
            since = item["LastModified"]
    return {name: Versions(tuple(current[name]), older[name]) for name in {**current, **older} if name}


def _digests(item: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, str]:
    """What S3 knows of the content.

    An ETag is the MD5 only of an object of one part without KMS; a checksum is that of the whole only where it has no
    `-` and a number at its end.
    """
    etag = str(item["ETag"]).strip('"')
    found = {"etag": etag}
    if re.fullmatch(r"[0-9a-f]{32}", etag) and not str(head.get("ServerSideEncryption", "")).startswith("aws:kms"):
        found["md5"] = etag
    checksum = str(head.get("ChecksumSHA256", ""))
    if checksum and "-" not in checksum:
        found["sha256"] = base64.b64decode(checksum).hex()
    return found


def _expiries(rule: Mapping[str, Any]) -> Iterable[Expiry]:
    filters = rule.get("Filter", {})
    both = filters.get("And", {})
    prefix = str(rule.get("Prefix") or filters.get("Prefix") or both.get("Prefix") or "")
    some = bool(set(filters) - {"Prefix", "And"} or set(both) - {"Prefix"})
    name = str(rule.get("ID", ""))
    expiration = rule.get("Expiration", {})
    if "Days" in expiration:
        yield Expiry(name, prefix, int(expiration["Days"]), some=some)
    if "Date" in expiration:
        days = (expiration["Date"] - datetime.now(UTC)).days
        yield Expiry(name, prefix, max(0, days), some=some)
    later = rule.get("NoncurrentVersionExpiration", {})
    if "NoncurrentDays" in later:
        yield Expiry(name, prefix, int(later["NoncurrentDays"]), noncurrent=True, some=some)
