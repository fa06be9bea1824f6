"""Count the backups of each source and judge them; and remove those that are no longer wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opslib.backup.config import BackupConfig, FilesSource
from opslib.backup.expectation import Place, S3Place
from opslib.backup.files.copies import compare_copies
from opslib.backup.files.deciding import Question, decide
from opslib.backup.files.directory import observe_directory
from opslib.backup.files.points import Observation
from opslib.backup.files.s3 import observe_s3
from opslib.backup.history import History, read_history
from opslib.backup.kinds import Job, new_job
from opslib.backup.leftovers import LOCK
from opslib.backup.progress import Tell, silent
from opslib.backup.recording import Run, recorded
from opslib.backup.retention import RetentionPlan, apply_retention, plan_retention
from opslib.backup.runs import INVENTORY_CHECKS, require
from opslib.backup.verdict import Finding
from opslib.backup.writing import locked, remove_partial
from opslib.clients import Clients
from opslib.errors import BadRequest, Refused

__all__ = ["inventory", "prune"]

MARGIN = timedelta(days=2)
"""The record is read back further than points are kept, for those that were taken just before."""


def inventory(
    config: BackupConfig,
    names: Iterable[str] = (),
    *,
    tell: Tell = silent,
    clients: Clients | None = None,
    now: datetime | None = None,
) -> tuple[Run, ...]:
    """Count the points of sources: age, gaps, retention, encryption, versions, the second copy. Nothing is changed.

    Args:
        config: The configuration.
        names: Of the sources; none: all.
        tell: Is told what goes on.
        clients: AWS clients, for what is in S3.
        now: The time; None: now.

    Returns:
        A run for each source, in their order.

    Raises:
        BadRequest: there is no such source.
        Refused: a place cannot be read.
    """
    wanted = tuple(names) or tuple(config.sources)
    jobs = [new_job(config, name, tell, clients) for name in wanted]
    return tuple(_counted(job, now or datetime.now(UTC)) for job in jobs)


def prune(
    config: BackupConfig,
    name: str,
    *,
    apply: bool = False,
    tell: Tell = silent,
    clients: Clients | None = None,
    now: datetime | None = None,
) -> tuple[RetentionPlan, Run | None]:
    """Plan which backups of a source may go, and remove them if asked. The last proven one never goes.

    Args:
        config: The configuration.
        name: Of the source.
        apply: Whether to remove what the plan says, or only to say it.
        tell: Is told what goes on.
        clients: AWS clients.
        now: The time; None: now.

    Returns:
        The plan; and the run that carried it out, if it was.

    Raises:
        BadRequest: there is no such source, or its points are in S3, where lifecycle rules remove them.
        Refused: the evidence is damaged, so that nobody knows what was proven; nothing was removed.
        Overtaken: another run is taking the same source.
    """
    job = new_job(config, name, tell, clients)
    directory = _place(job).directory
    if directory is None:
        raise BadRequest(f"the points of {name} are in S3", "let a lifecycle rule remove them there")
    moment = now or datetime.now(UTC)
    if not apply or not directory.is_dir():
        return _planned(job, directory, moment), None
    with locked(directory / LOCK, wait=False, about={"action": "prune"}):
        plan = _planned(job, directory, moment)
        if not plan.remove:
            return plan, None
        with recorded(job, "prune") as run:
            run.points = {point.name: {"time": point.time.isoformat(), "mark": point.mark} for point in plan.remove}
            days = job.source.retention.days
            says = f"{len(plan.remove)} are past {days} days and are removed; {len(plan.keep)} stay"
            run.findings = (Finding("retention", "proven", says, facts={"removed": sorted(run.points)}),)
        # Recorded before it is done: killed in between, nobody looks for a point that we removed ourselves.
        ended = run.ended()
        apply_retention(plan, directory)
        remove_partial(directory)
        return plan, ended


def _planned(job: Job, directory: Path, moment: datetime) -> RetentionPlan:
    history = _history(job, moment)
    if history.damaged:
        raise Refused(f"the evidence is damaged ({history.damaged[0]})", "`opslib backup evidence verify` says more")
    seen = observe_directory(directory, time_pattern=job.source.time_pattern)
    # Of another directory's backup of the same name, a proof says nothing about this one's bytes.
    here = str(directory.resolve())
    about = {name: proof.report.subject for name, proof in history.proven.items()}
    proven = [name for name, of in about.items() if of and of.place == here and (here, name) not in history.broken]
    return plan_retention(seen.points, job.source.retention, now=moment, proven=proven)


def _counted(job: Job, now: datetime) -> Run:
    with recorded(job, "inventory") as run:
        expect = job.source
        with job.stopwatch.phase("list"):
            seen = _observe(job, _place(job), digest=expect.second_copy is not None)
        run.points = seen.record()
        history = _history(job, now)
        question = Question(
            seen=seen,
            expect=expect,
            now=now,
            name=job.name,
            environment=job.config.environment,
            earlier=history.points,
            recorded_since=history.since,
        )
        findings = [*decide(question)]
        findings += [Finding("evidence", "disproven", words) for words in history.damaged]
        if expect.second_copy is not None and seen.points:
            with job.stopwatch.phase("second copy"):
                copy = _observe(job, expect.second_copy, digest=True)
            both = seen.kind == copy.kind == "s3"
            findings += compare_copies(question.kept or seen.points[-1:], copy, same_service=both)
        run.findings = require(findings, job.required(INVENTORY_CHECKS))
    return run.ended()


def _place(job: Job) -> Place:
    if isinstance(job.source, FilesSource):
        return Place(directory=job.source.directory, s3=job.source.s3)
    return Place(directory=job.directory)


def _observe(job: Job, place: Place, *, digest: bool) -> Observation:
    pattern = job.source.time_pattern
    if place.s3 is not None:
        region = place.s3.region or None
        return observe_s3(
            S3Place(bucket=place.s3.bucket, prefix=place.s3.prefix, region=region), job.clients, time_pattern=pattern
        )
    return observe_directory(place.directory or Path(), time_pattern=pattern, digest_newest=digest)


def _history(job: Job, now: datetime) -> History:
    since = now - timedelta(days=job.source.retention.days) - MARGIN
    return read_history(job.config.evidence.directory, job.name, since=since)
