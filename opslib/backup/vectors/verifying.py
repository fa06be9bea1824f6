"""Verify a copy of vector state: every file, opened where that is known, and searched again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from opslib.backup.manifest import MANIFEST, compare_files, compare_identity, read_record
from opslib.backup.progress import Event, Stopwatch
from opslib.backup.vectors.npy import NotReadable, read_header, search
from opslib.backup.vectors.opening import open_file
from opslib.backup.vectors.taking import Found, Probe, VectorsManifest, regular_files
from opslib.backup.verdict import Finding, Phase
from opslib.backup.writing import sha256_of

__all__ = ["verify_vectors"]

NOTHING_TO_COMPARE = "there is no manifest, so that nothing says what it should hold"


def verify_vectors(
    path: Path, *, name: str = "", environment: str = "", stopwatch: Stopwatch | None = None
) -> tuple[tuple[Finding, ...], tuple[Phase, ...]]:
    """Compare a copy with its manifest, open its files, and repeat the recorded searches.

    Args:
        path: The directory that `take_vectors` made, or any directory of vector state.
        name: The source that it should be of; empty: any.
        environment: The environment that it should be of; empty: any.
        stopwatch: Times the phases.

    Returns:
        What was found, and how long it took.
    """
    watch = stopwatch or Stopwatch(name)
    files = tuple(file for file in regular_files(path)[0] if file != MANIFEST)
    record = read_record(VectorsManifest, path)
    if not files:
        return (Finding("files", "disproven", f"there is no file in {path.name}"),), tuple(watch.phases)
    findings: list[Finding] = []
    with watch.phase("checksum"):
        if isinstance(record, Finding):
            findings += [record, Finding("files", "not checked", NOTHING_TO_COMPARE)]
        else:
            findings.append(compare_identity(record, name=name, environment=environment))
            found = {file: ((path / file).stat().st_size, sha256_of(path / file)) for file in files}
            findings += compare_files(record, found)
    with watch.phase("open"):
        for number, file in enumerate(files):
            watch.tell(Event(watch.source, "open", number, len(files)))
            findings.append(open_file(path / file, file))
    with watch.phase("search"):
        findings += _searches(path, files, record if isinstance(record, VectorsManifest) else None)
    return tuple(findings), tuple(watch.phases)


def _searches(path: Path, files: tuple[str, ...], manifest: VectorsManifest | None) -> Iterator[Finding]:
    recorded: dict[str, list[Probe]] = defaultdict(list)
    for probe in manifest.probes if manifest else ():
        recorded[probe.path].append(probe)
    if not recorded:
        why = "no search was recorded when it was taken" if manifest else NOTHING_TO_COMPARE
        yield Finding("search", "not checked", why, required=False)
    for name, probes in recorded.items():
        if name in files:
            yield _search(path / name, name, probes)


def _search(path: Path, name: str, probes: list[Probe]) -> Finding:
    try:
        matrix = read_header(path)
    except NotReadable as problem:
        return Finding("search", "disproven", f"{name} cannot be searched: {problem}", on=name)
    if matrix.searchable or any(len(probe.vector) != matrix.shape[1] for probe in probes):
        why = matrix.searchable or "its vectors have another length than when it was taken"
        return Finding("search", "disproven", f"{name} cannot be searched any more: {why}", on=name)
    most = max(len(probe.nearest) for probe in probes)
    answers = search(path, matrix, [probe.vector for probe in probes], most)
    for probe, answer in zip(probes, answers, strict=True):
        now = tuple(Found(row=one.row, distance=one.distance) for one in answer)
        if now != probe.nearest:
            facts = {"row": probe.row, "then": [one.row for one in probe.nearest], "now": [one.row for one in now]}
            says = f"{name}: the search for row {probe.row} finds other neighbours than when it was taken"
            return Finding("search", "disproven", says, on=name, facts=facts)
    says = f"{name}: {len(probes)} searches find the neighbours that they found when it was taken"
    return Finding("search", "proven", says, on=name, facts={"searches": len(probes), "shape": list(matrix.shape)})
