"""Whether a directory of evidence is as it was written: nothing changed, missing, reordered, cut off or added."""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from opslib.backup.evidence.chain import LOCK, read_entries, read_head
from opslib.backup.evidence.report import FIRST, Entry, Report
from opslib.backup.evidence.signing import Signer
from opslib.backup.verdict import Finding
from opslib.backup.writing import PARTIAL
from opslib.errors import BadRequest, OpslibError

__all__ = ["verify_chain"]


def verify_chain(directory: Path, *, signer: Signer | None = None, head: str | None = None) -> tuple[Finding, ...]:
    """Check every report of a directory and their order.

    Args:
        directory: Of the evidence.
        signer: The key whose signature each report must have; None: signatures are not checked.
        head: The hash of a report that was noted elsewhere and must be in the chain; None: none was.

    Returns:
        What was found: check `reports`, `pages`, `order`, `added`, `head`, `signatures`.

    Raises:
        BadRequest: there is no evidence, or the noted hash is none.
    """
    if not directory.is_dir():
        raise BadRequest(f"there is no evidence in {directory}", "check the path")
    if head is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", head):
        raise BadRequest(f"{head!r} is not the hash of a report", "it has 64 hexadecimal digits")
    with _written(directory):
        return _findings(directory, signer, head.lower() if head else "")


def _findings(directory: Path, signer: Signer | None, head: str) -> tuple[Finding, ...]:
    try:
        entries = read_entries(directory)
    except BadRequest as problem:
        return (Finding("order", "disproven", problem.what, on="index.jsonl"),)
    checks = {
        "reports": tuple(_reports(directory, entries)),
        "pages": tuple(_pages(directory, entries)),
        "order": tuple(_order(entries)),
        "added": tuple(_added(directory, entries)),
        "head": tuple(_head(directory, entries, head)),
        "signatures": tuple(_signatures(entries, signer)),
    }
    return tuple(
        finding
        for check, wrong in checks.items()
        for finding in (wrong or (Finding(check, "proven", WORDS[check].format(len(entries))),))
    )


WORDS = {
    "reports": "{} reports, each with the content that the index names",
    "pages": "{} pages, each as it was written",
    "order": "each of {} names the one before it, without a gap",
    "added": "no report is there that the index does not name",
    "head": "the head names the last of {}",
    "signatures": "each of {} is signed by the key",
}


def _reports(directory: Path, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    for entry in entries:
        name = f"{entry.file}.json"
        content = _content(directory, name)
        if content is None:
            yield Finding("reports", "disproven", f"{name} is missing", on=name)
        elif hashlib.sha256(content).hexdigest() != entry.sha256:
            yield Finding("reports", "disproven", f"{name} was changed: its SHA-256 is not the index's", on=name)
        else:
            try:
                report = Report.model_validate_json(content)
            except ValidationError:
                yield Finding("reports", "disproven", f"{name} is no report", on=name)
                continue
            if (report.sequence, report.previous, report.stem) != (entry.sequence, entry.previous, entry.file):
                says = f"{name} has another place in the chain than the index says"
                yield Finding("reports", "disproven", says, on=name)


def _pages(directory: Path, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    for entry in entries:
        name = f"{entry.file}.html"
        content = _content(directory, name)
        if content is None:
            yield Finding("pages", "disproven", f"{name} is missing", on=name)
        elif hashlib.sha256(content).hexdigest() != entry.page_sha256:
            yield Finding("pages", "disproven", f"{name} was changed: its SHA-256 is not the index's", on=name)


def _order(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    if entries and (entries[0].sequence, entries[0].previous) != (1, FIRST):
        yield Finding("order", "disproven", f"the first in the index is number {entries[0].sequence}", entries[0].file)
    for before, entry in pairwise(entries):
        if entry.sequence != before.sequence + 1:
            says = f"number {entry.sequence} follows number {before.sequence} in the index"
            yield Finding("order", "disproven", says, on=entry.file)
        elif entry.previous != before.sha256:
            says = f"number {entry.sequence} does not name the report before it"
            yield Finding("order", "disproven", says, on=entry.file)


def _added(directory: Path, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    known = {f"{entry.file}{suffix}" for entry in entries for suffix in (".json", ".html")}
    for path in sorted(directory.glob("[0-9]*")):
        if path.name not in known:
            yield Finding("added", "disproven", f"{path.name} is not in the index", on=path.name)


def _head(directory: Path, entries: tuple[Entry, ...], noted: str) -> Iterator[Finding]:
    head = read_head(directory)
    hashes = [entry.sha256 for entry in entries]
    if noted and noted not in hashes:
        says = f"the report {noted[:12]}…, which was noted elsewhere, is not in the chain"
        yield Finding("head", "disproven", says)
    if head is None:
        if len(entries) == 1:
            yield Finding("head", "not checked", "there is no head: the first writer was killed, or it was removed")
        elif entries:
            yield Finding("head", "disproven", "head.json is missing or damaged", on="head.json")
        return
    if not entries or (head.sequence, head.sha256) != (entries[-1].sequence, entries[-1].sha256):
        last = entries[-1].sequence if entries else 0
        if last == head.sequence + 1 and entries[-1].previous == head.sha256:
            says = "the index is one report ahead of the head: its writer was killed, and the next run settles it"
            yield Finding("head", "not checked", says, on="head.json")
        else:
            says = f"the head names number {head.sequence} ({head.sha256[:12]}…), and the index ends with {last}"
            yield Finding("head", "disproven", says, on="head.json")


def _signatures(entries: tuple[Entry, ...], signer: Signer | None) -> Iterator[Finding]:
    if signer is None:
        signed = sum(entry.signature is not None for entry in entries)
        says = f"{signed} of {len(entries)} are signed; no key was given to check with"
        yield Finding("signatures", "not checked", says, required=False)
        return
    for entry in entries:
        if entry.signature is None:
            why = f": {entry.unsigned_because}" if entry.unsigned_because else ""
            yield Finding("signatures", "not checked", f"number {entry.sequence} is not signed{why}", on=entry.file)
            continue
        try:
            valid = signer.is_valid(entry.signature, bytes.fromhex(entry.sha256))
        except OpslibError as problem:
            yield Finding("signatures", "not checked", str(problem), on=entry.file)
            return
        except ValueError:
            valid = False
        if not valid:
            says = f"the signature of number {entry.sequence} is not by {signer.key}, or not of this report"
            yield Finding("signatures", "disproven", says, on=entry.file)


@contextmanager
def _written(directory: Path) -> Iterator[None]:
    """While nobody writes, where that can be seen: in a copy there may be no lock, and nobody who writes."""
    with ExitStack() as stack:
        with suppress(OSError):
            fcntl.flock(stack.enter_context((directory / LOCK).open("rb")), fcntl.LOCK_SH)
        yield


def _content(directory: Path, name: str) -> bytes | None:
    """A file's content; also of one whose writer was killed before it could name it."""
    for path in (directory / name, directory / f"{PARTIAL}{name}"):
        try:
            return path.read_bytes()
        except OSError:
            continue
    return None
