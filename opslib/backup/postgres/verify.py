"""Verify a dump: restore it into a throw-away server, and hold what comes out against its manifest and expectations."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opslib.backup.manifest import read_record
from opslib.backup.postgres.archive import Archive, look_at
from opslib.backup.postgres.binaries import choose, installations
from opslib.backup.postgres.checks import AFTER_DUMP, BEFORE, examine, unexamined
from opslib.backup.postgres.dump import DUMPS, GLOBALS
from opslib.backup.postgres.manifest import DumpManifest
from opslib.backup.postgres.options import Options
from opslib.backup.postgres.restore import restore
from opslib.backup.postgres.scratch import initialise, running, server_directory
from opslib.backup.postgres.subject import Examined, Subject
from opslib.backup.progress import Stopwatch
from opslib.backup.verdict import Finding, Phase
from opslib.errors import BadRequest

__all__ = ["Verified", "verify_dump"]

Verified = tuple[tuple[Finding, ...], tuple[Phase, ...]]
"""What was found, and how long each part took."""

_GZIP = b"\x1f\x8b"


def verify_dump(path: Path, options: Options | None = None, *, stopwatch: Stopwatch | None = None) -> Verified:
    """Restore a dump in a scratch server and compare it with its manifest.

    Args:
        path: The directory that `take_dump` made, or a dump from elsewhere in any of pg_dump's formats.
        options: What is expected.
        stopwatch: Times the phases.

    Returns:
        What was found, and how long each part took.

    Raises:
        BadRequest: there is nothing at the path, or a check is required that there is not.
        Refused: this machine has no PostgreSQL for it, or no scratch server can be made.
    """
    options = options or Options()
    subject, dump = _subject(path.absolute(), options, stopwatch or Stopwatch(options.name))
    findings = list(examine(BEFORE, subject))
    if dump is None or not dump.exists() or (dump.is_file() and not dump.stat().st_size):
        name = dump.name if dump else "the dump"
        says = f"{name} is {'empty' if dump and dump.exists() else 'missing'}"
        findings.append(Finding("files", "disproven", says, on=name))
        findings += unexamined(AFTER_DUMP, subject, "there is no dump to restore")
        return tuple(findings), tuple(subject.watch.phases)
    if subject.changed and not options.restore_changed_files:
        findings += unexamined(AFTER_DUMP, subject, "a file is not as it was taken, so it was not restored")
    else:
        findings += _restored(subject, dump)
    return tuple(findings), tuple(subject.watch.phases)


def _subject(path: Path, options: Options, watch: Stopwatch) -> tuple[Subject, Path | None]:
    """What is verified, and the dump itself."""
    if not path.exists():
        raise BadRequest(f"there is nothing at {path}", "name a backup's directory, or a dump")
    by_itself = path.is_file() or (path / "toc.dat").exists()
    place = path.parent if by_itself else path
    there = [path] if by_itself else [path / name for name in DUMPS.values() if (path / name).exists()]
    return Subject(place, options, watch, read_record(DumpManifest, place)), there[0] if there else None


def _restored(subject: Subject, dump: Path) -> Iterator[Finding]:
    """Everything that takes a server."""
    options = subject.options
    with server_directory(options.scratch) as directory, _unpacked(dump, directory) as (file, torn):
        if torn:
            yield Finding("files", "disproven", f"{dump.name} cannot be unpacked: {torn}", on=dump.name)
            yield from unexamined(AFTER_DUMP, subject, "it could not be unpacked")
            return
        archive = look_at(file, installations(options.binaries)[0], directory)
        if archive.format == "unknown":
            yield Finding("files", "disproven", f"{dump.name} is no dump of PostgreSQL's", on=dump.name)
            yield from unexamined(AFTER_DUMP, subject, "it is no dump")
            return
        yield from _served(subject, archive, directory)


def _served(subject: Subject, archive: Archive, directory: Path) -> Iterator[Finding]:
    options, manifest, watch = subject.options, subject.dump, subject.watch
    oldest = max(archive.major, manifest.server.major if manifest else 0, manifest.dumped_by if manifest else 0)
    installation = choose(oldest, given=options.binaries)
    superuser = manifest.server.first_superuser if manifest else "postgres"
    with watch.phase("server"):
        initialise(installation, directory, superuser=superuser)
    with running(installation, directory, superuser=superuser, settings=options.settings) as scratch:
        roles = subject.path / GLOBALS
        with watch.phase("restore"):
            result = restore(scratch, archive, roles if roles.is_file() else None, manifest, options.jobs)
        examined = Examined(
            *(subject.path, options, watch, subject.record, subject.changed),
            scratch=scratch,
            databases=(result.database,),
            archive=archive,
            restored=result,
        )
        if result.database:
            yield from examine(AFTER_DUMP, examined)
        else:
            yield from examine(AFTER_DUMP[:1], examined)
            yield from unexamined(AFTER_DUMP[1:], examined, "nothing was restored")


@contextmanager
def _unpacked(dump: Path, directory: Path) -> Iterator[tuple[Path, str]]:
    """The dump, out of gzip where it is in it; and what is wrong with that, if anything is."""
    if dump.is_file():
        with dump.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        if packed:
            plain = directory / "unpacked"
            try:
                with gzip.open(dump) as source, plain.open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            except (OSError, EOFError) as problem:
                yield plain, str(problem)
                return
            yield plain, ""
            return
    yield dump, ""
