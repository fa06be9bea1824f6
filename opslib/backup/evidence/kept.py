"""The chain of reports in the stack's bucket of evidence: what of a directory goes there, and whether all of it came.

Each report is three objects in the folder of its chain: the report, its page, and its line of the index. A chain is
called after its first report, so that several machines may each have one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from opslib.backup.evidence.chain import read_entries
from opslib.backup.evidence.checking import verify_chain
from opslib.backup.evidence.report import FIRST, Report
from opslib.backup.writing import canonical
from opslib.errors import Refused
from opslib.record import Piece

__all__ = ["FOLDER", "disorder", "pieces"]

FOLDER = "backups"
"""Of all chains."""

_DIGITS = 12


def pieces(directory: Path) -> tuple[Piece, ...]:
    """The reports of a directory, as they go into the bucket.

    Args:
        directory: Of the evidence.

    Raises:
        BadRequest: there is no evidence.
        Refused: it is damaged: what was changed would be kept as if it were the truth.
    """
    wrong = next((found for found in verify_chain(directory) if found.verdict == "disproven"), None)
    if wrong is not None:
        raise Refused(f"the evidence in {directory} is damaged: {wrong.says}", "`opslib backup evidence verify`")
    entries = read_entries(directory)
    found: list[Piece] = []
    for entry in entries:
        folder = f"{FOLDER}/{entries[0].sha256[:_DIGITS]}"
        line = canonical(entry.model_dump(mode="json"))
        found += [
            Piece(f"{folder}/{entry.file}.json", (directory / f"{entry.file}.json").read_bytes(), "application/json"),
            Piece(f"{folder}/{entry.file}.html", (directory / f"{entry.file}.html").read_bytes(), "text/html"),
            Piece(f"{folder}/{entry.file}.entry", line, "application/json"),
        ]
    return tuple(found)


def disorder(contents: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """What is missing or out of order in the chains of a bucket, with the key where it shows.

    Args:
        contents: What was read back, by key.
    """
    chains: dict[str, dict[int, tuple[str, Report, str]]] = {}
    for key, content in sorted(contents.items()):
        path = PurePosixPath(key)
        if path.suffix != ".json" or path.parent.parent.name != FOLDER:
            continue
        try:
            report = Report.model_validate_json(content)
        except ValidationError:
            yield key, "it is no report"
            continue
        chain = chains.setdefault(str(path.parent), {})
        if report.sequence in chain:
            yield key, f"there is another report {report.sequence}: {chain[report.sequence][0]}"
            continue
        chain[report.sequence] = (key, report, hashlib.sha256(content).hexdigest())
    for chain in chains.values():
        yield from _gaps([chain[number] for number in sorted(chain)])


def _gaps(chain: list[tuple[str, Report, str]]) -> Iterator[tuple[str, str]]:
    key, first, _ = chain[0]
    if first.sequence != 1 or first.previous != FIRST:
        yield key, f"the reports before number {first.sequence} are not there"
    for (_, before, digest), (key, report, _) in pairwise(chain):
        if report.sequence != before.sequence + 1:
            yield key, f"number {before.sequence + 1} is not there"
        elif report.previous != digest:
            yield key, f"it does not follow the report {before.sequence} that is there"
