"""The table of checks: what each proves, and whether a backup counts as proven without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from opslib.backup.postgres import base_files, comparing, expected, integrity, searching
from opslib.backup.postgres.connecting import one_line
from opslib.backup.postgres.limits import is_of_machine
from opslib.backup.postgres.options import Options
from opslib.backup.postgres.subject import Subject
from opslib.backup.verdict import Finding
from opslib.errors import BadRequest

__all__ = [
    "AFTER_BASE",
    "AFTER_DUMP",
    "BASE_FILES",
    "BEFORE",
    "CHECKS",
    "CONTENT",
    "Check",
    "check_names",
    "examine",
    "unexamined",
]


@dataclass(frozen=True, slots=True)
class Check:
    """A check.

    Attributes:
        name: As findings and configurations have it.
        title: For a report.
        proves: What is known when it is proven.
        run: Finds; called with a `Subject` before a server runs, with an `Examined` after.
        required: Whether it has to be, where nobody says otherwise.
    """

    name: str
    title: str
    proves: str
    run: Callable[[Any], Iterator[Finding]]
    required: bool = True


BEFORE = (
    Check("manifest", "Manifest", "it is known what the backup should be", expected.manifest),
    Check("files", "Files", "every file is as it was written", expected.files),
    Check("identity", "Identity", "it is of the right source, environment, database and cluster", expected.identity),
    Check("age", "Age", "it is younger than the RPO", expected.age),
)
_RESTORE = Check("restore", "Restore", "a server of this machine restores it without a complaint", expected.restored)
_SOUND = (
    Check("foreign keys", "Foreign keys", "no row refers to one that is not there", integrity.foreign_keys),
    Check("ids", "Ids", "no sequence will give out an id that is in use", integrity.sequences_ahead),
    Check("amcheck", "Pages and indexes", "heaps and B-trees are sound and agree", integrity.amcheck),
    Check("search", "Vectors", "searches find what they found, and indexes what is there", searching.search),
    Check("freshness", "Freshness", "the newest rows are as new as they should be", expected.freshness),
    Check("business", "Business", "people's own queries get the right answers", expected.answers),
    Check("rows", "Not empty", "there is something in it", expected.not_empty),
    Check("rto", "Restore time", "a restore takes less than the RTO", expected.rto),
)
CONTENT = (Check("content", "Content", "every table holds the rows that it held", comparing.content),)
AFTER_DUMP = (
    _RESTORE,
    Check("complete", "Complete", "a plain dump was not cut", expected.complete),
    Check("roles", "Roles", "every role is there, with its rights", comparing.roles),
    Check("extensions", "Extensions", "every extension is there", comparing.extensions),
    Check("schema", "Schema", "every object is there, with its definition", comparing.schema),
    *CONTENT,
    Check("sequences", "Sequences", "no sequence is behind where it was", comparing.sequences),
    *_SOUND,
)
AFTER_BASE = (
    _RESTORE,
    *_SOUND,
)
BASE_FILES = (
    Check("base backup", "Base backup", "files and WAL are as pg_basebackup wrote them", base_files.base_files),
)
CHECKS = (*BEFORE, *BASE_FILES, *AFTER_DUMP)
"""Every check by which a backup of PostgreSQL is judged."""


def check_names() -> tuple[str, ...]:
    """What may be required."""
    return tuple(check.name for check in CHECKS)


def examine(checks: Sequence[Check], subject: Subject) -> Iterator[Finding]:
    """Run checks one after the other, and time each.

    An error of the server in a check is an answer about the backup, which the server was made of.

    Raises:
        BadRequest: a check is required that there is not.
    """
    _refuse_unknown(subject.options)
    for check in checks:
        with subject.watch.phase(f"check {check.name}"):
            try:
                found = list(check.run(subject))
            except psycopg.DatabaseError as error:
                says = f"the restored database cannot be read: {one_line(error)}"
                found = [Finding(check.name, "not checked" if is_of_machine(error) else "disproven", says)]
        yield from (replace(each, required=_required(check, each, subject.options)) for each in found)


def unexamined(checks: Sequence[Check], subject: Subject, why: str, *, required: bool = True) -> Iterator[Finding]:
    """What is to be said of checks that could not be run, and that are only required where somebody says so."""
    for check in checks:
        wanted = required or check.name in (subject.options.required or ())
        finding = Finding(check.name, "not checked", why, required=wanted)
        yield replace(finding, required=_required(check, finding, subject.options))


def _required(check: Check, finding: Finding, options: Options) -> bool:
    if options.required is not None:
        return finding.required and check.name in options.required
    return finding.required and check.required


def _refuse_unknown(options: Options) -> None:
    if unknown := sorted(set(options.required or ()) - set(check_names())):
        raise BadRequest(f"there is no check {unknown[0]!r}", f"there are {', '.join(check_names())}")
