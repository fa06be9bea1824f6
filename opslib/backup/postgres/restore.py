"""A dump restored into a scratch server: its roles first, then the database as it was, or as near as we can here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from opslib.backup.postgres.archive import Archive
from opslib.backup.postgres.binaries import Ran
from opslib.backup.postgres.connecting import Connection, one_line
from opslib.backup.postgres.limits import lacking
from opslib.backup.postgres.manifest import DatabaseFacts, DumpManifest
from opslib.backup.postgres.scratch import Scratch

__all__ = ["Restored", "restore"]

_OWN_DATABASES = ("postgres", "template0", "template1")
_NO_ROLE = re.compile(r'role "[^"]+" does not exist$')


@dataclass(frozen=True, slots=True)
class Restored:
    """How a restore went.

    Attributes:
        database: The restored database's name; empty where there is none.
        errors: What the server or the program complained of, the first first.
        role_errors: The same of the roles.
        with_roles: Whether roles were there to be restored.
        with_properties: Whether the dump made the database itself, with its settings and rights.
        locale: Why the database has another locale than it had; empty where it has its own.
        limits: What this machine's PostgreSQL lacks for the dump, in its own words.
    """

    database: str
    errors: tuple[str, ...] = ()
    role_errors: tuple[str, ...] = ()
    with_roles: bool = False
    with_properties: bool = False
    locale: str = ""
    limits: tuple[str, ...] = ()


def restore(
    scratch: Scratch, archive: Archive, roles: Path | None, manifest: DumpManifest | None, jobs: int
) -> Restored:
    """Restore a dump.

    Args:
        scratch: An empty server.
        archive: The dump.
        roles: The file of `pg_dumpall --globals-only`, where there is one.
        manifest: Of the dump, where there is one.
        jobs: How many processes.
    """
    role_errors = _restore_roles(scratch, roles) if roles else ()
    facts = manifest.database if manifest else None
    locale = _missing_locale(scratch, facts) if facts else ""
    itself = archive.makes_database or (facts is not None and archive.format != "plain" and not locale)
    name = facts.name if facts else archive.database or "restored"
    _make_room(scratch, name, facts, locale, itself=itself)
    before = _databases(scratch)
    if archive.format == "plain":
        with archive.path.open("rb") as file:
            # Without the roles each of their names is an error, at which nobody should stop.
            ran = _psql(scratch, file, "template1" if itself else name, stop=roles is not None)
    else:
        options = ["--create"] if itself else []
        options += [] if roles else ["--no-owner", "--no-privileges"]
        options += [f"--jobs={jobs}"] if archive.format != "tar" else []
        target = make_conninfo("", dbname="template1" if itself else name)
        ran = scratch.installation.run(
            *("pg_restore", "--no-tablespaces", *options, "-d", target, str(archive.path)),
            cwd=scratch.directory,
            env=scratch.environment(),
        )
    made = [each for each in _databases(scratch) if each not in before] if itself else [name]
    complaints = (ran.errors or (ran.first_error,)) if ran.code else ran.errors if archive.format == "plain" else ()
    if roles is None:
        complaints = tuple(line for line in complaints if not _NO_ROLE.search(line))
    return Restored(
        name if name in made else next(iter(made), ""),
        complaints,
        role_errors,
        roles is not None,
        itself,
        locale,
        lacking((*role_errors, *complaints, *scratch.complaints)),
    )


def _restore_roles(scratch: Scratch, roles: Path) -> tuple[str, ...]:
    """Run the file of roles, but for the one role that is there already; tablespaces are made in the data directory."""
    own = sql.Identifier(scratch.superuser).as_string(None)
    is_there = {f"CREATE ROLE {own};", f"CREATE ROLE {own.strip(chr(34))};"}
    settings = "set allow_in_place_tablespaces = on;\n"
    with TemporaryFile("w+b", dir=scratch.directory) as file:
        file.write(settings.encode())
        for line in roles.read_text(encoding="utf-8", errors="replace").splitlines():
            if line not in is_there:
                file.write((re.sub(r"^(CREATE TABLESPACE .*LOCATION )'.*';$", r"\1'';", line) + "\n").encode())
        file.seek(0)
        ran = _psql(scratch, file, "postgres", stop=False)
    return ran.errors


def _psql(scratch: Scratch, file: IO[bytes], database: str, *, stop: bool) -> Ran:
    """Run a file as the server's user, for psql's own commands reach the machine."""
    stopping = "1" if stop else "0"
    return scratch.installation.run(
        *("psql", "-X", "-q", "-o", "/dev/null", "-v", f"ON_ERROR_STOP={stopping}", "-f", "-"),
        cwd=scratch.directory,
        env=scratch.environment(database),
        as_server=True,
        stdin=file,
    )


def _make_room(scratch: Scratch, name: str, facts: DatabaseFacts | None, locale: str, *, itself: bool) -> None:
    """An empty database of the name, or, where the dump makes it, none."""
    with _maintenance(scratch) as connection:
        if name in _OWN_DATABASES:
            connection.execute("update pg_database set datistemplate = false where datname = 'postgres'")
            connection.execute("drop database if exists postgres")
        if not itself:
            connection.execute(_create(name, facts, locale))


def _create(name: str, facts: DatabaseFacts | None, locale: str) -> sql.Composed:
    start = sql.SQL("create database {} template template0").format(sql.Identifier(name))
    if facts is None:
        return start
    encoding = sql.SQL(" encoding {}").format(facts.encoding)
    if locale:
        return start + encoding + sql.SQL(" locale 'C'")
    parts: Sequence[sql.Composable] = (
        sql.SQL(" locale_provider {} lc_collate {} lc_ctype {}").format(
            sql.Identifier(facts.provider), facts.collate, facts.ctype
        )
        if facts.provider != "libc"
        else sql.SQL(" lc_collate {} lc_ctype {}").format(facts.collate, facts.ctype),
        sql.SQL(" {} {}").format(sql.SQL("icu_locale" if facts.provider == "icu" else "builtin_locale"), facts.locale)
        if facts.locale
        else sql.SQL(""),
    )
    return start + encoding + sql.Composed(parts)


def _missing_locale(scratch: Scratch, facts: DatabaseFacts) -> str:
    """What this machine says of the database's locale; empty where it has it."""
    probe = "opslib_locale_probe"
    with _maintenance(scratch) as connection:
        try:
            connection.execute(_create(probe, facts, ""))
        except psycopg.DatabaseError as error:
            return one_line(error)
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(probe)))
    return ""


def _databases(scratch: Scratch) -> list[str]:
    with _maintenance(scratch) as connection:
        return [row[0] for row in connection.execute("select datname from pg_database order by oid").fetchall()]


@contextmanager
def _maintenance(scratch: Scratch) -> Iterator[Connection]:
    with scratch.database("template1").connect() as connection:
        yield connection
