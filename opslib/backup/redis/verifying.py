"""Verify a Redis dump: its file, its format, and what it holds once it is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from opslib.backup.manifest import compare_files, compare_identity, read_record
from opslib.backup.progress import Stopwatch
from opslib.backup.redis.binaries import server_binary
from opslib.backup.redis.loading import Loaded, check_format, load_rdb
from opslib.backup.redis.rdb import read_rdb
from opslib.backup.redis.taking import DUMP, RdbManifest, version_of
from opslib.backup.verdict import Finding, Phase, Verdict
from opslib.backup.writing import sha256_of

__all__ = ["verify_rdb"]

NOTHING_TO_COMPARE = "there is no manifest, so that nothing says what it should hold"


def verify_rdb(
    path: Path, *, name: str = "", environment: str = "", stopwatch: Stopwatch | None = None
) -> tuple[tuple[Finding, ...], tuple[Phase, ...]]:
    """Load a dump in a scratch server and compare it with its manifest.

    Args:
        path: The directory that `take_rdb` made, or an RDB file from elsewhere.
        name: The source that it should be of; empty: any.
        environment: The environment that it should be of; empty: any.
        stopwatch: Times the phases.

    Returns:
        What was found, and how long it took.

    Raises:
        Refused: this machine has no Redis or Valkey server.
    """
    watch = stopwatch or Stopwatch(name)
    directory, file = (path, path / DUMP) if path.is_dir() else (path.parent, path)
    record = read_record(RdbManifest, directory)
    manifest = record if isinstance(record, RdbManifest) else None
    findings: list[Finding] = [] if manifest else [record] if isinstance(record, Finding) else []
    if manifest:
        findings.append(compare_identity(manifest, name=name, environment=environment))
    if not file.is_file():
        return (*findings, Finding("files", "disproven", f"{file.name} is missing", on=file.name)), tuple(watch.phases)
    with watch.phase("checksum"):
        findings += _files(manifest, file)
    binary = server_binary(version_of(str(manifest.source["version"])) if manifest else ())
    with watch.phase("format"):
        findings.append(_format(file, *check_format(file, binary)))
    with watch.phase("load"):
        loaded = load_rdb(file, binary)
    findings.append(_load(loaded))
    findings += _content(loaded, manifest)
    return tuple(_without_server_limits(findings, loaded)), tuple(watch.phases)


def _files(manifest: RdbManifest | None, file: Path) -> tuple[Finding, ...]:
    if manifest:
        return compare_files(manifest, {file.name: (file.stat().st_size, sha256_of(file))})
    return (Finding("files", "not checked", NOTHING_TO_COMPARE, on=file.name),)


def _format(file: Path, right: bool, says: str) -> Finding:
    found = read_rdb(file)
    facts = {"rdb_version": found.version, "bytes": found.size, "has_checksum": found.has_checksum}
    if found.version is None:
        return Finding("format", "disproven", "it is no RDB file, or was cut off", on=file.name, facts=facts)
    if not right:
        return Finding("format", "disproven", f"redis-check-rdb: {says}", on=file.name, facts=facts)
    if not found.has_checksum:
        words = "it parses; it carries no checksum of its own (CRC zero), so that a changed byte can go unseen here"
        return Finding("format", "proven", words, on=file.name, facts=facts)
    return Finding("format", "proven", "it parses, and matches its own CRC-64", on=file.name, facts=facts)


def _load(loaded: Loaded) -> Finding:
    if loaded.state == "loaded":
        return Finding("load", "proven", f"{loaded.server} loads it", facts={"server": loaded.server})
    verdict: Verdict = "disproven" if loaded.state == "refused" else "not checked"
    return Finding("load", verdict, f"{loaded.server}: {loaded.says}", facts={"server": loaded.server})


def _content(loaded: Loaded, manifest: RdbManifest | None) -> tuple[Finding, ...]:
    facts = {"digest": loaded.digest, "keys": loaded.keys}
    if loaded.state != "loaded" or manifest is None:
        why = "it could not be loaded" if loaded.state != "loaded" else NOTHING_TO_COMPARE
        return Finding("content", "not checked", why, facts=facts), Finding("keys", "not checked", why, facts=facts)
    keys = (
        Finding("keys", "proven", f"{sum(manifest.keys.values())} keys, in each database as many as when it was taken")
        if loaded.keys == manifest.keys
        else Finding("keys", "disproven", f"it holds {loaded.keys}, and when it was taken {manifest.keys}", facts=facts)
    )
    if loaded.digest == manifest.digest:
        words = "every key and value is as when it was taken (DEBUG DIGEST); when a key expires is not in the digest"
        return Finding("content", "proven", words, facts=facts), keys
    if loaded.server != manifest.loaded_by and loaded.keys == manifest.keys:
        words = f"{loaded.server} computes another digest than {manifest.loaded_by} did; they may not be comparable"
        return Finding("content", "not checked", words, facts=facts), keys
    words = f"the digest of what was loaded is {loaded.digest}, and was {manifest.digest} when it was taken"
    return Finding("content", "disproven", words, facts=facts), keys


def _without_server_limits(findings: list[Finding], loaded: Loaded) -> list[Finding]:
    """What a server too old for a file's format says against the format proves nothing."""
    if loaded.state != "unable":
        return findings
    words = f"{loaded.server} cannot tell: {loaded.says}"
    return [
        replace(finding, verdict="not checked", says=words)
        if finding.check == "format" and finding.facts["rdb_version"] is not None
        else finding
        for finding in findings
    ]
