"""The chain of reports: adding one, settling what a killed writer left, reading it.

A report is written under the directory's lock, in this order: report and page as `.partial-…`, the line of the index,
both get their names, the head. Killed before the line, nothing has happened; killed after it, the next writer ends what
was begun. So the index never names what was not whole on the disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from opslib.backup.evidence.page import render
from opslib.backup.evidence.report import FIRST, Draft, Entry, Head, Report, Signature
from opslib.backup.writing import PARTIAL, canonical, flush, locked, remove_partial, sha256_of, write_whole
from opslib.contract import describe
from opslib.errors import BadRequest, OpslibError, Refused

__all__ = ["HEAD", "INDEX", "LOCK", "add", "find_report", "read_entries", "read_head", "read_report"]

INDEX = "index.jsonl"
HEAD = "head.json"
LOCK = ".lock"


def add(directory: Path, draft: Draft, *, sign: Callable[[bytes], Signature] | None = None) -> tuple[Report, Entry]:
    """Add a report to a directory of evidence, which is made if there is none. Several writers may do so at once.

    Args:
        directory: Of the evidence.
        draft: The report without its place.
        sign: Signs a SHA-256; if it fails, the report is added without, and its line says why.

    Returns:
        The report, and its line in the index.

    Raises:
        Refused: the disk or the permissions do not allow it.
    """
    with locked(directory / LOCK, wait=True):
        head = _settle(directory)
        place = {"sequence": head.sequence + 1, "previous": head.sha256}
        report = Report.model_validate(draft.model_dump() | place)
        entry = _entry(report, render(report), sign)
        try:
            _write(directory, report, entry)
        except OSError as problem:
            raise Refused(
                f"the evidence in {directory} cannot be written ({problem.strerror})", "check the disk"
            ) from None
    return report, entry


def read_entries(directory: Path) -> tuple[Entry, ...]:
    """The lines of the index, in their order; a line that was cut off while it was written is none.

    Raises:
        BadRequest: there is no evidence, or a line is no line of an index.
    """
    try:
        content = (directory / INDEX).read_bytes()
    except OSError as problem:
        raise BadRequest(f"there is no evidence in {directory} ({problem.strerror})", "check the path") from None
    entries = []
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            entries.append(Entry.model_validate_json(line))
        except ValidationError as problem:
            raise BadRequest(
                f"line {number} of {directory / INDEX} is damaged: {describe(problem)}", "somebody has changed it"
            ) from None
    return tuple(entries)


def read_head(directory: Path) -> Head | None:
    """The head; None where there is none that can be read."""
    try:
        return Head.model_validate_json((directory / HEAD).read_bytes())
    except (OSError, ValidationError):
        return None


def read_report(directory: Path, entry: Entry) -> Report:
    """The report that a line of the index names.

    Raises:
        BadRequest: it is missing, or was changed.
    """
    path = directory / f"{entry.file}.json"
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise BadRequest(f"{path} cannot be read ({problem.strerror})", "it is missing from the evidence") from None
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BadRequest(f"{path} is not the report that was written: its SHA-256 differs", "somebody has changed it")
    return Report.model_validate_json(content)


def find_report(directory: Path, which: str = "") -> tuple[Report, Entry]:
    """A report by its number, its file's name or the beginning of its hash.

    Args:
        directory: Of the evidence.
        which: Which; empty: the last.

    Raises:
        BadRequest: there is none, several, or it was changed.
    """
    entries = read_entries(directory)
    name = which.removesuffix(".json").removesuffix(".html")
    found = [
        entry
        for entry in entries
        if not which
        or (which.isdigit() and entry.sequence == int(which))
        or entry.file == name
        or (len(which) >= 8 and entry.sha256.startswith(which))  # noqa: PLR2004  as git's short hashes
    ]
    if not found:
        raise BadRequest(f"there is no report {which!r} in {directory}", "`opslib backup evidence list` lists them")
    entry = found[-1]
    return read_report(directory, entry), entry


def _entry(report: Report, page: bytes, sign: Callable[[bytes], Signature] | None) -> Entry:
    digest = hashlib.sha256(report.text()).digest()
    signature, why = None, ""
    if sign:
        try:
            signature = sign(digest)
        except OpslibError as problem:  # evidence without a signature is better than none; its line says so
            why = str(problem)
    return Entry(
        sequence=report.sequence,
        file=report.stem,
        sha256=digest.hex(),
        page_sha256=hashlib.sha256(page).hexdigest(),
        previous=report.previous,
        signature=signature,
        unsigned_because=why,
    )


def _write(directory: Path, report: Report, entry: Entry) -> None:
    for suffix, content in ((".json", report.text()), (".html", render(report))):
        path = directory / f"{PARTIAL}{entry.file}{suffix}"
        path.write_bytes(content)
        flush(path)
    flush(directory)
    with (directory / INDEX).open("ab") as index:
        index.write(canonical(entry.model_dump(mode="json")))
        index.flush()
        os.fsync(index.fileno())
    _finish(directory, entry)


def _finish(directory: Path, entry: Entry) -> Head:
    """What remains to do once the index names a report; doing it again changes nothing."""
    for suffix, digest in ((".json", entry.sha256), (".html", entry.page_sha256)):
        partial = directory / f"{PARTIAL}{entry.file}{suffix}"
        if partial.exists() and sha256_of(partial) == digest:
            partial.rename(directory / f"{entry.file}{suffix}")
    flush(directory)
    head = Head(sequence=entry.sequence, sha256=entry.sha256)
    write_whole(directory / HEAD, canonical(head.model_dump()))
    return head


def _settle(directory: Path) -> Head:
    """End what a killed writer had begun, and say where the chain stands.

    The head says it, not the index: if the end of the index was cut off, the next report still follows the one that is
    gone, and the gap stays to be seen.
    """
    path = directory / INDEX
    head = read_head(directory) or Head(sequence=0, sha256=FIRST)
    if path.exists():
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            with path.open("r+b") as index:
                index.truncate(content.rfind(b"\n") + 1)
        for entry in _readable(content):
            if entry.sequence == head.sequence + 1 and entry.previous == head.sha256:
                head = _finish(directory, entry)
    remove_partial(directory)
    return head


def _readable(content: bytes) -> Iterator[Entry]:
    """The lines that can be read: what somebody did to the others stays to be found, and evidence goes on."""
    for line in content.split(b"\n")[:-1]:
        with suppress(ValidationError):
            yield Entry.model_validate_json(line)
