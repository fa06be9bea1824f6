"""Runs: take a backup, verify one. Each leaves a report in the evidence, and sweeps what killed ones have left."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opslib.backup.config import BackupConfig
from opslib.backup.evidence.report import Skipped, Subject
from opslib.backup.history import Proof, read_history
from opslib.backup.kinds import Job, Kind, kind_of, new_job
from opslib.backup.leftovers import LEFTOVERS, LOCK, remove_leftovers
from opslib.backup.manifest import moment_name
from opslib.backup.progress import Tell, silent
from opslib.backup.recording import Recording, Run, recorded
from opslib.backup.subject import describe_subject, newest_backup
from opslib.backup.verdict import Finding
from opslib.backup.words import duration
from opslib.backup.writing import locked
from opslib.clients import Clients
from opslib.errors import BadRequest

__all__ = ["INVENTORY_CHECKS", "require", "take", "verify"]

INVENTORY_CHECKS = (
    *("points", "identity", "age", "gaps", "retention", "unchanged", "expiry", "versions", "encryption", "key"),
    *("second copy", "evidence"),
)


def take(
    config: BackupConfig, name: str, *, tell: Tell = silent, clients: Clients | None = None, now: datetime | None = None
) -> Run:
    """Take a backup of a source; it appears whole, with its manifest, or not at all.

    Args:
        config: The configuration.
        name: Of the source.
        tell: Is told what goes on.
        clients: AWS clients, for what needs them.
        now: The time that names the backup; None: now.

    Raises:
        BadRequest: there is no such source, or what is configured for it cannot be.
        Refused: the source or this machine lacks something; nothing was kept.
        Overtaken: another run is taking the same source.
    """
    job = new_job(config, name, tell, clients)
    kind = kind_of(job.source)
    with recorded(job, "take") as run, locked(job.directory / LOCK, wait=False, about={"action": "take"}):
        run.findings = remove_leftovers(job.directory, held=True)
        path = kind.take(job, job.directory / moment_name(now or datetime.now(UTC)))
        run.path, run.subject = path, describe_subject(path)
        says = f"{path.name} is there whole, {run.subject.size} bytes, with its manifest"
        run.findings = (*run.findings, Finding("taken", "proven", says))
    return run.ended()


def verify(
    config: BackupConfig,
    name: str,
    *,
    path: Path | None = None,
    skip_proven: bool = False,
    tell: Tell = silent,
    clients: Clients | None = None,
) -> Run:
    """Restore a backup of a source where nobody is disturbed, and check what it holds.

    Args:
        config: The configuration.
        name: Of the source.
        path: The backup; None: the newest.
        skip_proven: Whether to run nothing if the evidence has a proof of the very same bytes by the very same checks.
        tell: Is told what goes on.
        clients: AWS clients, for what needs them.

    Raises:
        BadRequest: there is no such source or backup.
        Refused: this machine lacks something that the checks need.
    """
    job = new_job(config, name, tell, clients)
    kind = kind_of(job.source)
    with recorded(job, "verify") as run:
        run.findings = left = remove_leftovers(job.directory, held=False)
        found = path.resolve() if path else newest_backup(job.directory.resolve())
        if found is None:
            says = f"there is no backup of {name} in {job.directory}"
            run.findings = (*left, Finding("points", "disproven", says))
        else:
            with job.stopwatch.phase("read"):
                run.path, run.subject = found, describe_subject(found)
            proof = _proof(config, name, run, run.subject) if skip_proven else None
            run.findings = (*left, *(_skipped(run, proof) if proof else _verified(job, kind, found, run)))
    return run.ended()


def _verified(job: Job, kind: Kind, path: Path, run: Recording) -> tuple[Finding, ...]:
    checks = tuple(kind.checks())
    _refuse_unknown(job, checks)
    findings, phases = kind.verify(job, path)  # they are those of the job's own stopwatch
    restored = [phase.seconds for phase in phases if phase.name in kind.restoring]
    broken = any(finding.check in kind.restoring and finding.verdict != "proven" for finding in findings)
    run.rto_seconds = limit = job.source.rto_seconds
    run.restored_seconds = round(sum(restored), 3) if restored and not broken else None
    if not any(finding.check == "rto" for finding in findings):
        findings = (*findings, _in_time(run.restored_seconds, limit))
    return require(findings, job.required(checks))


def _in_time(restored_seconds: float | None, rto_seconds: int) -> Finding:
    if restored_seconds is None:
        return Finding("rto", "not checked", "nothing was restored")
    says = f"restored in {duration(restored_seconds)}; RTO {duration(rto_seconds)}"
    return Finding("rto", "proven" if restored_seconds <= rto_seconds else "disproven", says)


def _refuse_unknown(job: Job, checks: Collection[str]) -> None:
    known = {*checks, *INVENTORY_CHECKS}
    for check in job.source.required or ():
        if check not in known:
            raise BadRequest(
                f"sources.{job.name}.required: there is no check {check!r}", f"there are {', '.join(sorted(known))}"
            )


def require(findings: Iterable[Finding], required: Collection[str]) -> tuple[Finding, ...]:
    """What the configuration requires, instead of what the kind of source does; what was not found was not checked.

    Args:
        findings: Of all checks.
        required: The names of those that have to be proven; none: as the findings say.
    """
    found = tuple(findings)
    if not required:
        return found
    counted = {finding.check for finding in found if finding.required}
    there = {finding.check for finding in found}
    return (
        *(
            replace(each, required=each.check in required and (each.required or each.check not in counted))
            for each in found
        ),
        *(
            Finding(check, "not checked", "the configuration requires it, and nothing checked it")
            for check in required
            if check not in there
        ),
    )


def _proof(config: BackupConfig, name: str, run: Recording, subject: Subject) -> Proof | None:
    """The report that proved the same bytes by the same checks."""
    history = read_history(config.evidence.directory, name, since=datetime.now(UTC) - timedelta(days=1))
    proof = history.proven.get(subject.name)
    same = proof and proof.report.subject and proof.report.subject.sha256 == subject.sha256
    return proof if proof and same and proof.report.checks == run.checks else None


def _skipped(run: Recording, proof: Proof) -> tuple[Finding, ...]:
    at = proof.report.ended_at
    run.skipped = Skipped(sequence=proof.report.sequence, sha256=proof.entry.sha256, proven_at=at)
    words = f"not run again; report {proof.report.sequence} of {at:%Y-%m-%d %H:%M} UTC: "
    return tuple(
        replace(finding, says=words + finding.says, facts={"evidence": proof.entry.sha256})
        for finding in proof.report.found()
        if finding.check != LEFTOVERS
    )
