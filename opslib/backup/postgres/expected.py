"""A backup against what people expect of it: the right source, young enough, quick to restore, the right answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from opslib.backup.manifest import compare_files, compare_identity
from opslib.backup.postgres.asking import as_text, ask, complaint, staleness
from opslib.backup.postgres.connecting import one_line
from opslib.backup.postgres.limits import is_of_machine
from opslib.backup.postgres.subject import NO_MANIFEST, Examined, Subject, gathered
from opslib.backup.verdict import Finding, Verdict
from opslib.backup.writing import sha256_of

__all__ = ["age", "answers", "complete", "files", "freshness", "identity", "manifest", "not_empty", "restored", "rto"]

_RESTORING = ("server", "roles", "restore", "unpack", "recover")
"""The phases that a restore in earnest has as well."""


def manifest(subject: Subject) -> Iterator[Finding]:
    """There is a manifest, and it is as it was written."""
    if isinstance(subject.record, Finding):
        yield subject.record
    else:
        yield Finding("manifest", "proven", f"of {subject.record.taken_at:%Y-%m-%d %H:%M:%S %Z}")


def files(subject: Subject) -> Iterator[Finding]:
    """Every file of the backup is as it was written."""
    if subject.manifest is None:
        yield Finding("files", "not checked", NO_MANIFEST)
        return
    place = subject.path
    there = {path.relative_to(place).as_posix(): path for path in _below(place)}
    there.pop("manifest.json", None)
    if subject.base:  # pg_verifybackup reads the others
        recorded = {record.path for record in subject.manifest.files}
        there = {name: path for name, path in there.items() if name in recorded}
    found = compare_files(
        subject.manifest, {name: (path.stat().st_size, sha256_of(path)) for name, path in there.items()}
    )
    subject.changed = any(finding.verdict == "disproven" for finding in found)
    yield from found


def _below(place: Path) -> list[Path]:
    return [path for path in sorted(place.rglob("*")) if path.is_file()]


def identity(subject: Subject) -> Iterator[Finding]:
    """It is a backup of the source, the environment, the database and the cluster that it is taken for."""
    known, options = subject.manifest, subject.options
    if known is None:
        yield Finding("identity", "not checked", NO_MANIFEST)
        return
    server = getattr(known, "server", None)
    wrong = []
    if options.database and subject.dump and subject.dump.database.name != options.database:
        wrong.append(("database", f"it is of the database {subject.dump.database.name}, not {options.database}"))
    if options.system_identifier and server and server.system_identifier != options.system_identifier:
        wrong.append(("cluster", f"it is of the cluster {server.system_identifier}, not {options.system_identifier}"))
    yield from gathered("identity", wrong)
    found = compare_identity(known, name=options.name, environment=options.environment)
    if found.verdict != "proven" or not wrong:
        yield found


def age(subject: Subject) -> Iterator[Finding]:
    """It is not older than the recovery point objective."""
    limit = subject.options.rpo_seconds
    if limit is None or subject.manifest is None:
        why = "no RPO is given" if limit is None else NO_MANIFEST
        yield Finding("age", "not checked", why, required=limit is not None)
        return
    seconds = (datetime.now(UTC) - subject.manifest.taken_at).total_seconds()
    facts = {"age_seconds": round(seconds), "rpo_seconds": limit}
    if seconds > limit:
        yield Finding("age", "disproven", f"it is {seconds:.0f} s old; the RPO is {limit:.0f} s", facts=facts)
    else:
        yield Finding("age", "proven", f"it is {seconds:.0f} s old, within the RPO of {limit:.0f} s", facts=facts)


def complete(subject: Examined) -> Iterator[Finding]:
    """A plain dump ends with pg_dump's last line; psql alone does not notice a file that is cut."""
    archive = subject.archive
    if archive is None or archive.complete is None:
        return
    if archive.complete:
        yield Finding("complete", "proven", "its last line is there", on=archive.path.name)
    else:
        yield Finding("complete", "disproven", "pg_dump's last line is not there: it was cut", on=archive.path.name)


def restored(subject: Examined) -> Iterator[Finding]:
    """It can be restored, without one complaint."""
    result = subject.restored
    if result is None:
        yield Finding(
            "restore", "proven", f"the server starts with it: PostgreSQL {subject.scratch.installation.version}"
        )
        return
    errors = (*result.role_errors, *result.errors)
    facts = {"errors": list(errors[:100]), "database": result.database}
    if result.limits:
        lacks = "; ".join(result.limits)
        says = f"this machine's PostgreSQL lacks something that the backup needs, so its errors say nothing: {lacks}"
        yield Finding("restore", "not checked", says, facts=facts)
    elif errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        yield Finding("restore", "disproven", f"{errors[0]}{more}", facts=facts)
    else:
        yield Finding(
            "restore", "proven", f"restored by PostgreSQL {subject.scratch.installation.version}", facts=facts
        )
    if result.locale:
        says = f"restored with the locale C, for this machine does not have the database's own: {result.locale}"
        yield Finding("restore", "not checked", says, on="locale", required=False)


def not_empty(subject: Examined) -> Iterator[Finding]:
    """There is at least one row in it: a copy of nothing is faithful and useless."""
    rows = subject.content.rows
    tables = len(subject.content.tables)
    if rows or subject.options.may_be_empty:
        yield Finding(
            "rows", "proven", f"it holds {rows} rows in {tables} tables", facts={"rows": rows, "tables": tables}
        )
    else:
        says = f"it holds no row, in {tables} tables; where that is right, say that it may be empty"
        yield Finding("rows", subject.blame, says, facts={"rows": 0, "tables": tables})


def freshness(subject: Examined) -> Iterator[Finding]:
    """The newest rows are as new as they should be, seen from the moment of the backup."""
    if not subject.options.freshness:
        yield Finding("freshness", "not checked", "no query is given for it", required=False)
    for each in subject.options.freshness:
        with subject.database.connect() as connection:
            connection.execute("set default_transaction_read_only = on")
            try:
                value = ask(connection, each.query)
            except psycopg.DatabaseError as error:
                verdict = _blame(subject, error)
                yield Finding("freshness", verdict, f"the query fails: {one_line(error)}", on=each.name)
                continue
        wrong, seconds = staleness(each, value, subject.moment)
        facts = {"newest": as_text(value), "age_seconds": seconds, "limit_seconds": each.max_age_seconds}
        says = wrong or f"the newest row is of {as_text(value)}"
        yield Finding("freshness", subject.blame if wrong else "proven", says, on=each.name, facts=facts)


def answers(subject: Examined) -> Iterator[Finding]:
    """The queries of the business get the answers that are expected, and those that the source gave."""
    if not subject.options.business:
        yield Finding("business", "not checked", "no query is given for it", required=False)
    recorded = subject.dump.answers if subject.dump else {}
    for each in subject.options.business:
        with subject.database.connect() as connection:
            connection.execute("set default_transaction_read_only = on")
            try:
                value = ask(connection, each.query)
            except psycopg.DatabaseError as error:
                verdict = _blame(subject, error)
                yield Finding("business", verdict, f"the query fails: {one_line(error)}", on=each.name)
                continue
        wrong, then = complaint(each, value), recorded.get(each.name)
        if not wrong and then and then.query == each.query and then.answer != as_text(value):
            wrong = f"the answer is {as_text(value)}, and was {then.answer} when the backup was taken"
        says = wrong or f"the answer is {as_text(value)}"
        facts = {"answer": as_text(value), "query": each.query}
        yield Finding("business", subject.blame if wrong else "proven", says, on=each.name, facts=facts)


def _blame(subject: Examined, error: psycopg.Error) -> Verdict:
    return "not checked" if is_of_machine(error) else subject.blame


def rto(subject: Examined) -> Iterator[Finding]:
    """The restore took no longer than the recovery time objective, on this machine."""
    limit = subject.options.rto_seconds
    seconds = sum(phase.seconds for phase in subject.watch.phases if phase.name in _RESTORING)
    facts = {"restore_seconds": round(seconds, 3), "rto_seconds": limit}
    if limit is None:
        yield Finding(
            "rto", "not checked", f"restored in {seconds:.1f} s; no RTO is given", required=False, facts=facts
        )
    elif seconds > limit:
        yield Finding("rto", "disproven", f"restored in {seconds:.1f} s; the RTO is {limit:.0f} s", facts=facts)
    else:
        yield Finding(
            "rto", "proven", f"restored in {seconds:.1f} s here, within the RTO of {limit:.0f} s", facts=facts
        )
