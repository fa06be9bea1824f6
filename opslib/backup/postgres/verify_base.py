"""Verify a base backup: pg_verifybackup, then a throw-away server that recovers from it, then what its databases hold.

What they held at their source is not recorded, so the content is never proven here: the pages, the keys and people's
own queries are.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from opslib.backup.manifest import read_record
from opslib.backup.postgres.base_backup import BASE
from opslib.backup.postgres.base_files import Unpacked, unpack
from opslib.backup.postgres.binaries import Installation, give_to_server
from opslib.backup.postgres.checks import AFTER_BASE, BASE_FILES, BEFORE, CONTENT, examine, unexamined
from opslib.backup.postgres.manifest import BaseBackupManifest
from opslib.backup.postgres.options import Options
from opslib.backup.postgres.scratch import Scratch, running, server_directory
from opslib.backup.postgres.subject import Examined, Subject
from opslib.backup.postgres.verify import Verified
from opslib.backup.progress import Stopwatch
from opslib.backup.verdict import Finding
from opslib.errors import BadRequest, Refused

__all__ = ["verify_base_backup"]

_CONTENT = (
    "what the databases held is not recorded with a base backup, only with a dump; unlogged tables are empty in one"
)
_NOT_STARTED = "a file is not as it was taken, so it was not started"
_OF_ORIGINAL = {
    "max_connections setting": "max_connections",
    "max_worker_processes setting": "max_worker_processes",
    "max_prepared_xacts setting": "max_prepared_transactions",
    "max_locks_per_xact setting": "max_locks_per_transaction",
    "max_wal_senders setting": "max_wal_senders",
}
"""By pg_controldata's words, what a server that recovers must have no less of than the original had."""

_LEFT_BEHIND = ("standby.signal", "recovery.signal", "postmaster.pid")
"""What would make the copy follow another server, or wait for one."""


def verify_base_backup(
    path: Path,
    options: Options | None = None,
    *,
    earlier: Sequence[Path] = (),
    stopwatch: Stopwatch | None = None,
) -> Verified:
    """Start a scratch server from a base backup and look into its databases.

    Args:
        path: The directory that `take_base_backup` or pg_basebackup made.
        options: What is expected.
        earlier: pg_basebackup's directories that an incremental backup builds on, in plain format, the full one first.
        stopwatch: Times the phases.

    Returns:
        What was found, and how long each part took.

    Raises:
        BadRequest: there is no such directory, or a check is required that there is not.
        Refused: this machine has no PostgreSQL of its major version, or no scratch server can be made.
    """
    options = options or Options()
    if not path.is_dir():
        raise BadRequest(f"{path} is not a directory", "name a base backup's")
    place = path.absolute()
    watch = stopwatch or Stopwatch(options.name)
    subject = Subject(place, options, watch, read_record(BaseBackupManifest, place))
    findings = list(examine(BEFORE, subject))
    if subject.changed and not options.restore_changed_files:
        findings += unexamined((*BASE_FILES, *AFTER_BASE), subject, _NOT_STARTED)
    else:
        base = place / BASE if (place / BASE).is_dir() else place
        findings += _restored(subject, base, [each.absolute() for each in earlier])
    findings += unexamined(CONTENT, subject, _CONTENT, required=False)
    return tuple(findings), tuple(watch.phases)


def _restored(subject: Subject, base: Path, earlier: Sequence[Path]) -> Iterator[Finding]:
    """Everything that takes the files."""
    with server_directory(subject.options.scratch) as directory:
        try:
            with subject.watch.phase("unpack"):
                installation = unpack(subject, base, earlier, directory)
        except (OSError, tarfile.TarError, EOFError) as problem:
            yield Finding("base backup", "disproven", f"it cannot be unpacked: {problem}")
            yield from unexamined(AFTER_BASE, subject, "it could not be unpacked")
            return
        unpacked = Unpacked(
            *(subject.path, subject.options, subject.watch, subject.record, subject.changed),
            installation=installation,
            data=directory / "data",
        )
        found = list(examine(BASE_FILES, unpacked))
        yield from found
        if found[0].verdict == "disproven" and not subject.options.restore_changed_files:
            yield from unexamined(AFTER_BASE, subject, _NOT_STARTED)
        else:
            yield from _started(subject, installation, directory)


def _started(subject: Subject, installation: Installation, directory: Path) -> Iterator[Finding]:
    data = directory / "data"
    superuser = subject.base.server.first_superuser if subject.base else subject.options.superuser
    settings = {**_as_the_original(installation, data), "wal_level": "replica", "allow_in_place_tablespaces": "on"}
    for name in _LEFT_BEHIND:
        (data / name).unlink(missing_ok=True)
    if (data / "pg_tblspc").is_dir() and any((data / "pg_tblspc").iterdir()):
        (data / "tablespace_map").unlink(missing_ok=True)
    give_to_server(data)
    with ExitStack() as server:
        try:
            with subject.watch.phase("recover"):
                scratch = server.enter_context(
                    running(
                        installation, directory, superuser=superuser, settings={**settings, **subject.options.settings}
                    )
                )
        except Refused as problem:
            yield Finding("restore", "disproven", problem.what)
            yield from unexamined(AFTER_BASE[1:], subject, "no server started from it")
            return
        yield from _examined(subject, scratch)


def _examined(subject: Subject, scratch: Scratch) -> Iterator[Finding]:
    with scratch.database("template1").connect() as connection:
        query = "select datname from pg_database where not datistemplate and datallowconn order by datname"
        names = [row[0] for row in connection.execute(query).fetchall()]
    wanted = subject.options.database
    recorded = subject.base.databases if subject.base else ()
    for name in sorted({*recorded, *([wanted] if wanted else [])} - set(names)):
        yield Finding("restore", "disproven", f"the database {name} is not in it", on=name)
    first = wanted if wanted in names else next((name for name in names if name != "postgres"), "postgres")
    ordered = [first, *(name for name in names if name != first)]
    of = (subject.path, subject.options, subject.watch, subject.record, subject.changed)
    yield from examine(AFTER_BASE, Examined(*of, scratch=scratch, databases=ordered))


def _as_the_original(installation: Installation, data: Path) -> dict[str, str]:
    ran = installation.run("pg_controldata", str(data), cwd=data.parent)
    told = dict(re.findall(r"^([\w ]+):\s+(\S+)$", ran.output, re.MULTILINE))
    return {setting: told[name] for name, setting in _OF_ORIGINAL.items() if name in told}
