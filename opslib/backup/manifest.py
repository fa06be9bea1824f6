"""The manifest that lies beside what was taken: what a verification compares with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from opslib.backup.verdict import Finding
from opslib.backup.writing import canonical
from opslib.contract import describe

__all__ = [
    "MANIFEST",
    "FileRecord",
    "Manifest",
    "compare_files",
    "compare_identity",
    "moment_name",
    "read_record",
    "sealed",
]

MANIFEST = "manifest.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FileRecord(BaseModel):
    """A file of a backup.

    Attributes:
        path: Relative to the manifest's directory.
        size: Bytes.
        sha256: Of its content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    size: int = Field(ge=0)
    sha256: Sha256


class Manifest(BaseModel):
    """What every manifest of this room says, with its own digest: a flipped bit in it is not taken for a fact.

    Attributes:
        schema_version: Of the manifest.
        kind: Of the source.
        name: Of the source in the configuration.
        environment: Of the configuration.
        taken_at: When the copy was begun: nothing later than this is promised to be in it.
        taken_by: The program that took it.
        files: Every file of the backup but the manifest itself.
        sha256: Of the manifest's canonical JSON without this one; empty where it is not sealed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    kind: str
    name: str
    environment: str
    taken_at: AwareDatetime
    taken_by: str
    files: tuple[FileRecord, ...]
    sha256: str = ""

    def own_sha256(self) -> str:
        """What `sha256` should be."""
        return hashlib.sha256(canonical(self.model_dump(mode="json", exclude={"sha256"}))).hexdigest()

    @model_validator(mode="after")
    def _is_as_written(self) -> Self:
        if self.sha256 and self.sha256 != self.own_sha256():
            raise ValueError("does not match its own SHA-256")
        return self

    def text(self) -> bytes:
        """The file's content."""
        return canonical(self.model_dump(mode="json"))


M = TypeVar("M", bound=Manifest)


def sealed(manifest: M) -> M:
    """A manifest with its digest in it."""
    return manifest.model_copy(update={"sha256": manifest.own_sha256()})


def read_record(kind: type[M], directory: Path) -> M | Finding:
    """The manifest of a backup, or the finding that there is none, or none that can be read."""
    path = directory / MANIFEST
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Finding("manifest", "not checked", "there is no manifest beside the backup, so nothing to compare with")
    except (OSError, ValidationError) as problem:
        says = describe(problem) if isinstance(problem, ValidationError) else str(problem.strerror)
        return Finding("manifest", "disproven", f"the manifest is damaged or of another kind: {says}", on=path.name)


def compare_identity(manifest: Manifest, *, name: str, environment: str) -> Finding:
    """Whether a backup is of the source and the environment that it is taken for."""
    ours = {"name": name, "environment": environment}
    theirs = {"name": manifest.name, "environment": manifest.environment}
    wrong = [f"{key} {theirs[key]!r}, not {value!r}" for key, value in ours.items() if value and theirs[key] != value]
    if wrong:
        return Finding("identity", "disproven", f"the backup is of {' and '.join(wrong)}", facts={"manifest": theirs})
    return Finding(
        "identity", "proven", f"it is of {manifest.name} in {manifest.environment}", facts={"manifest": theirs}
    )


def compare_files(manifest: Manifest, found: Mapping[str, tuple[int, str]]) -> tuple[Finding, ...]:
    """Every file of a manifest against what is there.

    Args:
        manifest: What was taken.
        found: Size and SHA-256 by the path of each file that is there now.
    """
    recorded = {file.path: (file.size, file.sha256) for file in manifest.files}
    wrong = []
    for path in sorted(recorded.keys() | found.keys()):
        now, then = found.get(path), recorded.get(path)
        if now == then:
            continue
        if now is None or then is None:
            says = "is missing" if now is None else "is not in the manifest"
        elif now[0] != then[0]:
            says = f"has {now[0]} bytes, and had {then[0]} when it was taken"
        else:
            says = "has other content than when it was taken (SHA-256)"
        wrong.append(Finding("files", "disproven", f"{path} {says}", on=path))
    if wrong:
        return tuple(wrong)
    total = sum(size for size, _ in recorded.values())
    return (
        Finding(
            "files",
            "proven",
            f"as they were taken (SHA-256): files {len(recorded)}, bytes {total}",
            facts={"files": len(recorded), "bytes": total},
        ),
    )


def moment_name(moment: datetime) -> str:
    """A time as the name of a backup: to the microsecond, sorted by name as by time."""
    return moment.strftime("%Y%m%dT%H%M%S.%fZ")
