"""A run while it goes on, and what came of it: its findings become a report of the evidence, also when it fails."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opslib import __version__
from opslib.backup.evidence import Draft, Entry, Report, Signer, Subject, add
from opslib.backup.evidence.report import Action, Skipped
from opslib.backup.kinds import Job
from opslib.backup.verdict import EXIT_CODES, Finding, Verdict
from opslib.backup.writing import canonical
from opslib.errors import BadRequest, OpslibError, Overtaken, Refused

__all__ = ["Recording", "Run", "recorded"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to.

    Attributes:
        report: As the evidence holds it.
        entry: Its line in the evidence's index.
        evidence: The directory of the evidence.
        path: The backup that was made or verified; None where there was none.
    """

    report: Report
    entry: Entry
    evidence: Path
    path: Path | None = None

    @property
    def verdict(self) -> Verdict:
        """On the whole."""
        return self.report.verdict

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return EXIT_CODES[self.verdict]

    @property
    def page(self) -> Path:
        """The report as a page for people."""
        return self.evidence / f"{self.entry.file}.html"


@dataclass(slots=True)
class Recording:
    """A run under way: whoever runs it fills this in.

    Attributes:
        job: What is run.
        action: What is done.
        began_at: When it began.
        findings: What was found.
        subject: What it is about.
        path: Where that is.
        restored_seconds: How long a restore took.
        rto_seconds: How long it may take.
        points: What an inventory saw.
        skipped: That nothing was run.
    """

    job: Job
    action: Action
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    findings: tuple[Finding, ...] = ()
    subject: Subject | None = None
    path: Path | None = None
    restored_seconds: float | None = None
    rto_seconds: int | None = None
    points: dict[str, dict[str, Any]] | None = None
    skipped: Skipped | None = None

    @property
    def checks(self) -> str:
        """A hash of everything that says what is checked: the same checks have the same."""
        source = self.job.source.model_dump(mode="json", exclude={"schedule", "second_copy", "encryption", "retention"})
        return hashlib.sha256(canonical([__version__, self.job.config.environment, source])).hexdigest()

    def ended(self) -> Run:
        """Add the report to the evidence."""
        config = self.job.config
        draft = Draft.of(
            self.findings,
            tuple(self.job.stopwatch.phases),
            action=self.action,
            source=self.job.name,
            kind=self.job.source.kind,
            environment=config.environment,
            began_at=self.began_at,
            ended_at=datetime.now(UTC),
            by=f"opslib {__version__} on {socket.gethostname()}",
            subject=self.subject,
            restored_seconds=self.restored_seconds,
            rto_seconds=self.rto_seconds,
            points=self.points,
            skipped=self.skipped,
            checks=self.checks,
        )
        place = config.evidence
        signer = Signer(place.kms_key, self.job.clients, place.region) if place.kms_key else None
        report, entry = add(place.directory, draft, sign=signer.sign if signer else None)
        return Run(report=report, entry=entry, evidence=place.directory, path=self.path)


@contextmanager
def recorded(job: Job, action: Action) -> Iterator[Recording]:
    """Run something. If it fails, that is in the evidence as well: a restore test that broke off is a fact.

    Raises:
        Refused: the evidence cannot be written; nothing was run.
    """
    run = Recording(job, action)
    _refuse_unwritable(job.config.evidence.directory)
    try:
        yield run
    except (BadRequest, Overtaken):
        raise  # nothing was run
    except Exception as problem:
        says = str(problem) if isinstance(problem, OpslibError) else f"{type(problem).__name__}, a bug in opslib"
        run.findings = (*run.findings, Finding("run", "not checked", f"it ended before its time: {says}"))
        with suppress(OpslibError):
            run.ended()
        raise


def _refuse_unwritable(directory: Path) -> None:
    """Before anything is done: what was done without a report could not be told from what was not."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        why = "" if os.access(directory, os.W_OK | os.X_OK) else "no permission to write there"
    except OSError as problem:
        why = str(problem.strerror)
    if why:
        raise Refused(f"the evidence cannot be kept in {directory} ({why})", "name a directory that can be written")
