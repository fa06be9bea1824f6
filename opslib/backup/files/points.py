"""What an inventory sees: points, their parts, and the place they are in. Only what was observed; no judgement."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

__all__ = ["Expiry", "Observation", "Part", "Point", "Versions", "mark_of", "time_in_name"]

MOST_VERSIONS = 200
"""Of a point in the record: of more, nothing is recorded, for a report is made for every inventory."""

TimeFrom = Literal["manifest", "name", "modified"]


@dataclass(frozen=True, slots=True)
class Part:
    """A file or an object of a point.

    Attributes:
        path: Relative to the point; the point's own name if it is a single file.
        size: Bytes.
        digests: Of the content, by the name of the digest: `sha256`, `md5`, or S3's `etag`, which only compares with
            another ETag.
        encryption: How it is encrypted at rest, in S3's words, or `file` for a file that is encrypted itself; empty:
            it is not; None: that was not looked at.
        key: The KMS key, where there is one.
        version: S3's version id.
    """

    path: str
    size: int
    digests: Mapping[str, str] = field(default_factory=dict)
    encryption: str | None = None
    key: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A recovery point: one backup.

    Attributes:
        name: Of its file or directory.
        time: To which moment it goes back.
        time_from: Where that is known from, best first: the manifest, the name, the time of the last change.
        parts: Its files.
        mark: Changes when its content does, as far as a listing shows.
        manifest: Name, environment and kind as its manifest says; None: it has none.
    """

    name: str
    time: datetime
    time_from: TimeFrom
    parts: tuple[Part, ...]
    mark: str
    manifest: Mapping[str, Any] | None = None

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a point's objects, each by a digest of its key and id.

    Attributes:
        current: Those that are seen.
        older: Since when each of the others is no longer; what was overwritten or deleted can be got back from them.
    """

    current: tuple[str, ...] = ()
    older: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.current, *self.older))

    @staticmethod
    def name_of(key: str, version: str) -> str:
        """The digest by which a version is known: shorter than S3's ids, of which a record holds thousands."""
        return hashlib.sha256(f"{key}\0{version}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Expiry:
    """A rule by which S3 removes objects.

    Attributes:
        rule: Its id.
        prefix: Of the keys that it is for.
        days: After which they go.
        noncurrent: Whether it is for versions that are no longer the current one.
        some: Whether it is for some of them only, by tag or size.
    """

    rule: str
    prefix: str
    days: int
    noncurrent: bool = False
    some: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """A place and the points in it.

    Attributes:
        place: In words for people.
        kind: What it is.
        points: By time, oldest first.
        in_progress: Names of what is being written, or was left by a killed writer.
        versioning: S3's word for it; empty: never enabled; None: it could not be asked.
        deleted: Time by name of points that a delete marker hides.
        versions: Of each point, by its name, also of the hidden ones; empty where the place keeps none.
        expiries: The rules that remove objects; None: they could not be asked.
        key_states: KMS's word for the state of each key, by the key as the objects name it, where it may be asked.
        notes: What could not be observed, and why.
    """

    place: str
    kind: Literal["directory", "s3"]
    points: tuple[Point, ...]
    in_progress: tuple[str, ...] = ()
    versioning: str | None = None
    deleted: Mapping[str, datetime] = field(default_factory=dict)
    versions: Mapping[str, Versions] = field(default_factory=dict)
    expiries: tuple[Expiry, ...] | None = None
    key_states: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, dict[str, Any]]:
        """What the evidence keeps of each point, for the next inventory to compare with."""
        record: dict[str, dict[str, Any]] = {}
        for point in self.points:
            record[point.name] = {"time": point.time.isoformat(), "bytes": point.size, "mark": point.mark}
            versions = self.versions.get(point.name, Versions())
            if 0 < len(versions.every) <= MOST_VERSIONS:
                since = dict.fromkeys(versions.current, "") | {
                    name: moment.isoformat() for name, moment in versions.older.items()
                }
                record[point.name]["versions"] = dict(sorted(since.items()))
        return record


USUAL_TIMES = (
    (re.compile(r"\d{8}T\d{6}\.\d{1,6}Z"), "%Y%m%dT%H%M%S.%fZ"),
    (re.compile(r"\d{8}T\d{6}Z?"), "%Y%m%dT%H%M%S"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d"), "%Y-%m-%dT%H-%M-%S"),
    (re.compile(r"\d{4}-\d\d-\d\d[_-]\d\d[:-]\d\d[:-]\d\d"), "%Y-%m-%d-%H-%M-%S"),
    (re.compile(r"\d{4}-\d\d-\d\d[_T-]\d\d[:-]?\d\d"), "%Y-%m-%d-%H-%M"),
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S"),
    (re.compile(r"\d{8}[_-]\d{6}"), "%Y%m%d-%H%M%S"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "%Y-%m-%d"),
    (re.compile(r"\d{8}"), "%Y%m%d"),
)
"""How times are usually written into names, the most exact first."""


def time_in_name(name: str, pattern: str | None = None) -> datetime | None:
    """The time in a point's name, in UTC if it does not say.

    Args:
        name: Of the point.
        pattern: A `strptime` pattern of the whole name; None: usual ways of writing a time are looked for.
    """
    if pattern:
        return _parsed(name, pattern)
    for shape, usual in USUAL_TIMES:
        if found := shape.search(name):
            return _parsed(_as(found[0], usual), usual)
    return None


def _as(text: str, pattern: str) -> str:
    """A time with the separators of a pattern."""
    if pattern.startswith("%Y%m%dT"):
        return text if pattern.endswith("Z") else text.removesuffix("Z")
    if pattern.startswith("%Y%m%d"):
        return text.replace("_", "-")
    wanted = re.sub(r"[:_]", "-", text)
    wanted = wanted if "T%H" in pattern else wanted.replace("T", "-")
    if pattern.endswith("-%H-%M") and re.fullmatch(r"\d{4}-\d\d-\d\d-\d{4}", wanted):
        wanted = f"{wanted[:-2]}-{wanted[-2:]}"
    return wanted


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, pattern)  # noqa: DTZ007  what has no zone is made UTC in the next line
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def mark_of(parts: Iterable[tuple[str, int, str]]) -> str:
    """A point's mark from the path, the size and a cheap digest of each part."""
    lines = sorted(f"{path}\0{size}\0{digest}\n" for path, size, digest in parts)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
