"""The report of a run, the line of the index that names it, and the head."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from opslib.backup.manifest import Sha256
from opslib.backup.verdict import Finding, Phase, Verdict, verdict_of
from opslib.backup.writing import canonical

__all__ = ["FIRST", "Action", "Draft", "Entry", "Head", "Report", "Signature", "Skipped", "Subject", "json_schema"]

FIRST = "0" * 64
"""What the first report names as the one before."""

Action = Literal["take", "verify", "inventory", "prune"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Subject(_Record):
    """What a run was about.

    Attributes:
        name: Of the backup: its directory or file, without the way to it.
        place: Where it is.
        sha256: Of its manifest, or of the file that has none; empty where there is neither.
        taken_at: When it was taken, where that is known.
        size: Bytes, where that is known.
    """

    name: str
    place: str = ""
    sha256: str = ""
    taken_at: AwareDatetime | None = None
    size: int | None = None


class Skipped(_Record):
    """That nothing was run, because the same had been proven.

    Attributes:
        sequence: Of the report that proved it.
        sha256: Of that report.
        proven_at: When.
    """

    sequence: int
    sha256: Sha256
    proven_at: AwareDatetime


class _Found(_Record):
    """A finding, as `opslib.backup.verdict` defines it."""

    check: str
    verdict: Verdict
    says: str
    on: str = ""
    required: bool = True
    facts: dict[str, Any] = Field(default_factory=dict)


class _Phase(_Record):
    """A part of the run, and its wall-clock time."""

    name: str
    seconds: float


class Draft(_Record):
    """A report before it has its place in the chain.

    Attributes:
        action: What was done.
        source: The name of the source; `*` for an inventory of several.
        kind: Of the source.
        environment: Which one.
        began_at: When the run began.
        ended_at: When it ended.
        by: Who ran it: opslib's version and the machine.
        verdict: On the whole.
        findings: Of every check.
        phases: In their order.
        restored_seconds: How long the phases that a restore consists of took; None where nothing was restored.
        rto_seconds: How long a restore may take; None where that is no question.
        subject: What it was about; None where nothing was found.
        points: What an inventory saw: name, and whatever identifies each point's content.
        skipped: That nothing was run, and why; None: it was run.
        checks: SHA-256 of the part of the configuration that says what was checked.
    """

    action: Action
    source: str
    kind: str
    environment: str
    began_at: AwareDatetime
    ended_at: AwareDatetime
    by: str
    verdict: Verdict
    findings: tuple[_Found, ...]
    phases: tuple[_Phase, ...] = ()
    restored_seconds: float | None = None
    rto_seconds: int | None = None
    subject: Subject | None = None
    points: dict[str, dict[str, Any]] | None = None
    skipped: Skipped | None = None
    checks: str = ""

    @classmethod
    def of(cls, findings: tuple[Finding, ...], phases: tuple[Phase, ...] = (), **rest: Any) -> Self:
        """A draft of findings and phases; the verdict follows from the findings."""
        fields = {
            "verdict": verdict_of(findings),
            "findings": [_plain(asdict(finding)) for finding in findings],
            "phases": [asdict(phase) for phase in phases],
        }
        return cls.model_validate(fields | rest)


class Report(Draft):
    """A report in its place.

    Attributes:
        schema_version: Of this document.
        sequence: Its number in the chain, from 1.
        previous: The SHA-256 of the report before it; 64 zeros for the first.
    """

    schema_version: Literal[1] = 1
    sequence: int = Field(ge=1)
    previous: Sha256

    @property
    def stem(self) -> str:
        """The name of its files, without the suffix."""
        return f"{self.sequence:06}-{self.action}-{'all' if self.source == '*' else self.source}"

    @property
    def seconds(self) -> float:
        """How long the run took, from beginning to end."""
        return round((self.ended_at - self.began_at).total_seconds(), 3)

    def found(self) -> tuple[Finding, ...]:
        """Its findings as records."""
        return tuple(Finding(**finding.model_dump()) for finding in self.findings)

    def text(self) -> bytes:
        """The file's content: canonical JSON."""
        return canonical(self.model_dump(mode="json"))

    def digest(self) -> str:
        """The SHA-256 of that content, in hexadecimal digits."""
        return hashlib.sha256(self.text()).hexdigest()


class Signature(_Record):
    """A signature of a report's SHA-256, by KMS.

    Attributes:
        key: The ARN of the key that signed.
        algorithm: KMS's name of it, such as `ECDSA_SHA_256`.
        value: In Base64.
    """

    key: str
    algorithm: str
    value: str


class Entry(_Record):
    """A line of the index.

    Attributes:
        sequence: Of the report.
        file: Its name, without the suffix.
        sha256: Of the report's file.
        page_sha256: Of the page for people.
        previous: As in the report.
        signature: Of `sha256`; None: it was not signed.
        unsigned_because: Why it was not, where it should have been.
    """

    sequence: int
    file: str
    sha256: Sha256
    page_sha256: Sha256
    previous: Sha256
    signature: Signature | None = None
    unsigned_because: str = ""


class Head(_Record):
    """The last report: without it, cutting off the end of the index would go unseen."""

    sequence: int
    sha256: Sha256


def _plain(value: object) -> Any:
    """What a check found, in JSON types: no NaN, and no characters that are none (of a file's name in another code)."""
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def json_schema() -> Mapping[str, Any]:
    """The report as JSON Schema (draft 2020-12)."""
    schema = Report.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "opslib backup evidence report, version 1",
    }
