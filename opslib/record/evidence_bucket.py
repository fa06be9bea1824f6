"""The stack's bucket of evidence: what is put there stays as it was, and can be read back and checked.

A key ends in the first digits of its content's SHA-256: whatever has the same key is the same, so that what is there
already is never put again, and never has to be read to know that. S3 itself refuses to write a key twice
(`If-None-Match: *`), checks the SHA-256 of what arrives, and locks it for as long as the bucket says.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from opslib.contract import Evidence
from opslib.errors import OpslibError, Refused
from opslib.procedure import Call, Declined, Journal, NotNow, Unknown
from opslib.procedure.aws import AwsPorts, regional
from opslib.record.listing import export
from opslib.stack import Stack

__all__ = ["Checked", "EvidenceBucket", "Kept", "Piece", "journal_piece"]

_DIGITS: Final = 16
_ATTEMPTS: Final = 3
"""Putting the same again is refused where the lost first attempt has arrived: repeating is safe."""

_THERE: Final = "PreconditionFailed"
_MEANWHILE: Final = "ConditionalRequestConflict"
"""S3's answers where a key is taken, and where somebody else is just writing it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is evidence.

    Attributes:
        name: Where it goes, below the bucket's prefix: `journal/2026-11-21.jsonl`.
        content: Its bytes.
        media_type: What it is, for whoever opens it.
    """

    name: str
    content: bytes
    media_type: str

    @property
    def sha256(self) -> str:
        """Of its content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def key(self) -> str:
        """Its name, with the first digits of its SHA-256 before the ending."""
        path = PurePosixPath(self.name)
        return str(path.with_name(f"{path.stem}.{self.sha256[:_DIGITS]}{path.suffix}"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece that is in the bucket.

    Attributes:
        uri: Where: `s3://bucket/key`.
        sha256: Of its content.
        size: Bytes.
        is_new: Whether it was put there now; otherwise it was there.
    """

    uri: str
    sha256: str
    size: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A piece that was read back.

    Attributes:
        key: Its key.
        content: Its bytes; empty where it cannot be read.
        locked_until: Until when nobody can remove it; None: it is not locked.
        faults: What is wrong with it; none: nothing.
    """

    key: str
    content: bytes
    locked_until: datetime | None
    faults: tuple[str, ...]


class EvidenceBucket:
    """The bucket of evidence of a stack.

    Args:
        stack: The stack.

    Raises:
        Refused: it has none.
        WrongAccount: the credentials are of another account.
    """

    def __init__(self, stack: Stack) -> None:
        self._where = _evidence(stack)
        stack.check_account()
        self._home = stack.outputs.stack.region
        self._ports = AwsPorts(stack.clients, {})
        # Whoever has come by the name of a bucket that was deleted gets nothing.
        self._of = {"Bucket": self._where.bucket, "ExpectedBucketOwner": stack.outputs.stack.account}

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self._where.bucket

    def keep(self, pieces: Iterable[Piece]) -> tuple[Kept, ...]:
        """Put into the bucket what is not there yet. Killed and run again, it goes on where it was.

        Raises:
            Declined: AWS refuses.
            NotNow: AWS does not take it now.
        """
        wanted = tuple(pieces)
        folders = {str(PurePosixPath(piece.name).parent) for piece in wanted}
        there = {key for folder in folders for key in self._keys(folder)}
        return tuple(self._put(piece, there) for piece in wanted)

    def check(self, folder: str = "") -> Iterator[Checked]:
        """Read back all that was ever put there, by key.

        Args:
            folder: Only of this folder, such as `journal`.

        Raises:
            Declined: AWS refuses to show it.
            NotNow: AWS does not show it now.
        """
        versions: dict[str, list[Mapping[str, Any]]] = {}
        hidden: set[str] = set()
        for page in self._pages("s3", "ListObjectVersions", folder):
            for one in page.get("Versions", ()):
                versions.setdefault(one["Key"], []).append(one)
            hidden |= {one["Key"] for one in page.get("DeleteMarkers", ())}
        for key in sorted({*versions, *hidden}):
            yield self._checked(key, versions.get(key, []), hidden=key in hidden)

    def _keys(self, folder: str) -> Iterator[str]:
        for page in self._pages("s3", "ListObjectsV2", folder):
            yield from (one["Key"] for one in page.get("Contents", ()))

    def _pages(self, service: str, operation: str, folder: str) -> Iterator[Mapping[str, Any]]:
        asked = {**self._of, "Prefix": f"{self._where.prefix}{folder}/" if folder else self._where.prefix}
        while True:
            page = self._read(service, operation, **asked)
            yield page
            if not page.get("IsTruncated"):
                return
            for answer, request in _NEXT.items():
                if page.get(answer):
                    asked[request] = page[answer]

    def _read(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        return self._ports[regional(service, self._where.region, self._home)].read(operation, parameters)

    def _put(self, piece: Piece, there: set[str]) -> Kept:
        key = f"{self._where.prefix}{piece.key}"
        is_new = key not in there and self._sent(
            Call(
                regional("s3", self._where.region, self._home),
                "PutObject",
                {
                    **self._of,
                    "Key": key,
                    "Body": piece.content,
                    "ContentType": piece.media_type,
                    "ChecksumAlgorithm": "SHA256",
                    "ChecksumSHA256": base64.b64encode(bytes.fromhex(piece.sha256)).decode("ascii"),
                    "IfNoneMatch": "*",
                },
            )
        )
        return Kept(f"s3://{self.name}/{key}", piece.sha256, len(piece.content), is_new)

    def _sent(self, call: Call) -> bool:
        """Send it; whether it is new."""
        problem: OpslibError = NotNow(f"{call.port}:{call.operation} was not sent")
        for attempt in range(_ATTEMPTS):
            try:
                self._ports[call.port].send(call)
            except Declined as refused:
                if refused.code == _THERE:
                    return attempt > 0  # a lost attempt of ours has arrived
                if refused.code != _MEANWHILE:
                    raise
                problem = refused
            except (NotNow, Unknown) as lost:
                problem = lost
            else:
                return True
        raise NotNow(problem.what, "do it again: what is there already is not put twice")

    def _checked(self, key: str, versions: list[Mapping[str, Any]], *, hidden: bool) -> Checked:
        faults = []
        if hidden:
            faults.append("somebody has deleted it" + (": its versions are still there" if versions else ""))
        if len(versions) > 1:
            faults.append(f"it was written {len(versions)} times")
        if hidden or not versions:
            return Checked(key, b"", None, tuple(faults))
        found = self._read("s3", "GetObject", **self._of, Key=key, ChecksumMode="ENABLED")
        content: bytes = found["Body"].read()
        digest = hashlib.sha256(content)
        if PurePosixPath(key).stem.rpartition(".")[2] != digest.hexdigest()[:_DIGITS]:
            faults.append("its content is not what its key says")
        if found.get("ChecksumSHA256") != base64.b64encode(digest.digest()).decode("ascii"):
            faults.append("it was not put there with its SHA-256")
        until = found.get("ObjectLockRetainUntilDate")
        if until is None:
            faults.append("it is not locked")
        return Checked(key, content, until, tuple(faults))


_NEXT: Final = {
    "NextContinuationToken": "ContinuationToken",
    "NextKeyMarker": "KeyMarker",
    "NextVersionIdMarker": "VersionIdMarker",
}


def _evidence(stack: Stack) -> Evidence:
    where = stack.outputs.evidence
    if where is None:
        raise Refused(
            f"the stack {stack.name} has no bucket of evidence",
            "write opslib:evidence into its file, then `pulumi up` (docs/evidence.md)",
        )
    return where


def journal_piece(journal: Journal, since: datetime | None = None) -> Piece | None:
    """Every act of the journal as evidence; the same acts are the same piece, whoever keeps them and whenever.

    Args:
        journal: The journal.
        since: Only plans made at that time or later; aware.

    Returns:
        The lines of :func:`export`, called after the day of the newest; None where there is none.

    Raises:
        JournalUnreachable: the journal does not answer.
    """
    acts = tuple(export(journal, since))
    if not acts:
        return None
    lines = "".join(json.dumps(act, sort_keys=True, ensure_ascii=False) + "\n" for act in acts)
    day = max(str(act["at"]) for act in acts)[:10]
    return Piece(f"journal/{day}.jsonl", lines.encode("utf-8"), "application/x-ndjson")
