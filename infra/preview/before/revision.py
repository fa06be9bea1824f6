"""The model of another git revision: its own program, run in a process of its own on a copy of that revision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.preview.before.version import Version
from infra.preview.document import SCHEMA_VERSION, AgainstPart, Report, bill_of
from opslib.contract import describe
from opslib.errors import BadRequest
from opslib.monitoring.bill import Bill, prices_of

__all__ = ["GitMissing", "commit_of", "read_revision"]

TIMEOUT_SECONDS = 300
_NEXT = "give a later revision, or the file that `pulumi stack export` writes"


class GitMissing(BadRequest):
    """There is no git here, or no repository."""


def commit_of(revision: str) -> str | None:
    """The commit that a revision means; None where git knows none.

    Raises:
        GitMissing: There is no git, or the current directory is in no repository.
    """
    ran = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if ran.returncode == 0:
        return ran.stdout.decode().strip()
    _top()
    return None


def read_revision(
    revision: str, commit: str, *, stack: str, config: Path | None, program: str | None, region: str
) -> Version:
    """The model at a revision.

    Args:
        revision: As it was given.
        commit: The commit it means.
        stack: The stack's name.
        config: The stack's file, where another one than `Pulumi.NAME.yaml` was given.
        program: A user's own program, where one was given.
        region: Where the stack is, for a revision that does not have it.

    Raises:
        BadRequest: The revision has no preview, or its program refuses its own configuration.
    """
    top, here, says = _top(), Path.cwd(), _says(revision, commit)
    called = f"--against {revision}"
    with tempfile.TemporaryDirectory(prefix="opslib-preview-") as scratch:
        _unpack(commit, top, Path(scratch), called)
        moved = _Moved(top.resolve(), Path(scratch).resolve())
        where, file = moved.path(here), moved.path((config or Path(f"Pulumi.{stack}.yaml")).absolute())
        if program is None and not file.exists():
            return _nothing(
                AgainstPart(kind="revision", name=revision, says=f"{says}, which has no {file.name}"), region
            )
        if not where.is_dir():
            raise BadRequest(f"{called}: {here} is not in it", _NEXT)
        arguments = ["--stack", stack, "--json"]
        if config is not None and file.exists():
            arguments += ["--config", str(file)]
        if program is not None:
            arguments += ["--program", program]
        document = _run(arguments, where, moved, called)
    report = _report(document, called)
    return Version(
        against=AgainstPart(kind="revision", name=revision, says=says),
        alarms={one.name: one for one in report.alarms},
        dashboards={one.name: one for one in report.dashboards},
        bill=bill_of(report.bill),
        mutes={one.name: one for one in report.mutes},
    )


def _nothing(against: AgainstPart, region: str) -> Version:
    """A stack that the revision does not have yet: all of it is new."""
    return Version(against, {}, {}, Bill((), prices_of(region), region))


class _Moved:
    """Where a path of the repository is in the copy; others stay where they are."""

    def __init__(self, top: Path, scratch: Path) -> None:
        self._top, self._scratch = top, scratch

    def path(self, path: Path) -> Path:
        """The path in the copy; one outside of the repository is the path itself."""
        resolved = path.resolve()
        return self._scratch / resolved.relative_to(self._top) if resolved.is_relative_to(self._top) else path

    def search_path(self, entries: Sequence[str]) -> list[str]:
        """Python's path, with the repository's own directories in the copy; installed packages stay."""
        return [
            entry if not entry or "site-packages" in entry or ".venv" in entry else str(self.path(Path(entry)))
            for entry in entries
        ]


def _unpack(commit: str, top: Path, scratch: Path, called: str) -> None:
    packed = scratch.parent / f"{scratch.name}.tar"
    try:
        ran = _git("archive", "--format=tar", f"--output={packed}", commit, directory=top)
        if ran.returncode:
            raise BadRequest(f"{called}: git cannot pack it ({_last(ran.stderr)})", "fetch the revision with its files")
        with tarfile.open(packed) as archive:
            # Links may lead out of it, as they do in the repository; files may not.
            archive.extractall(scratch, filter="tar")
    except (OSError, tarfile.TarError) as problem:
        raise BadRequest(
            f"{called}: it cannot be unpacked ({problem})", "make room in the temporary directory"
        ) from None
    finally:
        packed.unlink(missing_ok=True)


def _run(arguments: Sequence[str], where: Path, moved: _Moved, called: str) -> bytes:
    paths = [str(where), *moved.search_path([entry for entry in sys.path if entry])]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    environment |= {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "infra.preview", *arguments]
    try:
        ran = subprocess.run(  # noqa: S603  this program, with the arguments that it was given itself
            command,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadRequest(f"{called}: its program took more than {TIMEOUT_SECONDS} s", _NEXT) from None
    said = _last(ran.stderr)
    if ran.returncode in (0, 1) and ran.stdout.startswith(b"{"):
        return ran.stdout
    if "No module named" in said and "infra.preview" in said:
        raise BadRequest(f"{called} is older than infra.preview", _NEXT)
    raise BadRequest(f"{called}: its program says: {said or 'nothing'}", _NEXT)


def _report(document: bytes, called: str) -> Report:
    try:
        found: Any = json.loads(document)
        theirs = found.get("schema_version")
        if theirs != SCHEMA_VERSION:
            raise BadRequest(f"{called} reports in version {theirs}, and this program reads {SCHEMA_VERSION}", _NEXT)
        return Report.model_validate(found)
    except ValidationError as problem:
        raise BadRequest(f"{called}: its report cannot be read: {describe(problem)}", _NEXT) from None
    except ValueError as problem:
        raise BadRequest(f"{called}: its report is not JSON ({problem})", _NEXT) from None


def _says(revision: str, commit: str) -> str:
    short = commit[:10]
    when = _git("show", "--no-patch", "--format=%cs", commit).stdout.decode().strip()
    named = f"the revision {revision}" if commit.startswith(revision) else f"the revision {revision} ({short})"
    return f"{named} of {when}" if when else named


def _top() -> Path:
    ran = _git("rev-parse", "--show-toplevel")
    if ran.returncode:
        what = f"git finds no repository for {Path.cwd()} ({_last(ran.stderr)})"
        raise GitMissing(what, "run it in the repository, or give a state file")
    return Path(ran.stdout.decode().strip())


def _git(*arguments: str, directory: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(directory or Path.cwd()), *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)  # noqa: S603  a revision stands behind --end-of-options or is a commit
    except FileNotFoundError:
        raise GitMissing("there is no git on PATH", "install it, or give a state file") from None
    except subprocess.SubprocessError as problem:
        raise GitMissing(f"git {arguments[0]} failed ({type(problem).__name__})", "try again") from None


def _last(text: bytes) -> str:
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:400] if lines else ""
