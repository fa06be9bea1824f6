"""The restored database against its manifest: roles, extensions, schema, content, sequences."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.backup.postgres.fingerprint import ALGORITHM, UNSEEN, TableContent
from opslib.backup.postgres.manifest import DumpManifest
from opslib.backup.postgres.schema import Difference, compare_schemas, read_roles, read_sequences
from opslib.backup.postgres.subject import NO_MANIFEST, Examined, gathered
from opslib.backup.verdict import Finding

__all__ = ["content", "extensions", "roles", "schema", "sequences"]

_BY_DATABASE = ("database", "setting of the database")
"""What only a dump that makes its database brings with it."""

_LARGE = "the large objects"


def roles(subject: Examined) -> Iterator[Finding]:
    """Every role of the manifest is there, with its attributes, settings and memberships."""
    dump, restored = subject.dump, subject.restored
    if dump is None or restored is None:
        yield Finding("roles", "not checked", NO_MANIFEST)
        return
    if not restored.with_roles:
        yield Finding("roles", "disproven", "the backup holds no file of the server's roles")
        return
    with subject.reading() as connection:
        now = read_roles(connection)
    wrong = [(name, f"the role {name} is missing") for name in sorted(dump.roles.keys() - now.keys())]
    for name in sorted(dump.roles.keys() & now.keys()):
        before, after = dump.roles[name], now[name]
        wrong += [
            (name, f"the role {name}: {part} is {after.get(part)}, and was {before[part]}")
            for part in sorted(before)
            if before[part] != after.get(part)
        ]
    yield from gathered("roles", wrong)
    if not wrong:
        says = f"roles are as they were: {len(dump.roles)}; passwords are not in a backup"
        yield Finding("roles", "proven", says, facts={"roles": len(dump.roles)})


def extensions(subject: Examined) -> Iterator[Finding]:
    """Every extension of the manifest is there; one that this machine lacks says nothing about the backup."""
    dump = subject.dump
    if dump is None:
        yield Finding("extensions", "not checked", NO_MANIFEST)
        return
    with subject.reading() as connection:
        here = {
            row[0] for row in connection.execute("select quote_ident(name) from pg_available_extensions").fetchall()
        }
    now = subject.schema["extension"]
    then = dump.objects["extension"]
    wanting = [name for name in sorted(then) if name not in now]
    absent = [
        (name, "this machine's PostgreSQL does not have it: install it here") for name in wanting if name not in here
    ]
    yield from gathered("extensions", absent, "not checked")
    lost = [(name, f"the extension {name} is missing") for name in wanting if name in here]
    yield from gathered("extensions", lost)
    for name in sorted(then.keys() & now.keys()):
        if then[name]["version"] != now[name]["version"]:
            says = f"{name} {now[name]['version']} is what this machine has; the source had {then[name]['version']}"
            yield Finding("extensions", "not checked", says, on=name, required=False)
    if not wanting:
        yield Finding("extensions", "proven", f"extensions are there: {', '.join(sorted(then)) or 'none was'}")


def schema(subject: Examined) -> Iterator[Finding]:
    """Every object of the manifest is there, with the same definition, and no other."""
    dump, restored = subject.dump, subject.restored
    if dump is None or restored is None:
        yield Finding("schema", "not checked", NO_MANIFEST)
        return
    left_out = {"extension"} if restored.with_properties else {"extension", *_BY_DATABASE}
    then = {kind: found for kind, found in dump.objects.items() if kind not in left_out}
    every = compare_schemas(
        then, subject.schema, other_major=subject.other_major, without_roles=not restored.with_roles
    )
    differences = list(every)
    wrong = [each for each in differences if not each.by_version]
    yield from gathered("schema", [_named(each) for each in wrong], subject.blame)
    excused = [each for each in differences if each.by_version]
    majors = f"PostgreSQL {dump.server.major} and {subject.scratch.installation.major}"
    for each in excused:
        says = f"{majors} say it in other words, which cannot be compared: {each.says}"
        yield Finding("schema", "not checked", says, on=f"{each.kind} {each.name}")
    if not differences:
        count = sum(len(found) for found in then.values())
        says = f"every object is there, with the definition that it had: {count}"
        yield Finding("schema", "proven", says, facts={"objects": count, "sha256": dump.schema_sha256})
    if not restored.with_properties:
        why = restored.locale or f"a dump in the {dump.format} format does not carry them"
        says = f"the database's own settings, owner and rights: {why}"
        yield Finding("schema", "not checked", says, required=False)


def content(subject: Examined) -> Iterator[Finding]:
    """Every table holds as many rows as it did, with the same fingerprint."""
    dump = subject.dump
    if dump is None or dump.algorithm != ALGORITHM:
        why = NO_MANIFEST if dump is None else f"this opslib does not know the fingerprint {dump.algorithm}"
        rows = subject.content.rows if dump is None else None
        yield Finding("content", "not checked", why, facts={} if rows is None else {"rows": rows})
        return
    now = {**subject.content.tables, _LARGE: subject.content.large_objects}
    every = {**dump.tables, _LARGE: dump.large_objects}
    found = [each for name, table in every.items() if (each := _table(name, table, now.get(name)))]
    wrong = [each for each in found if each.verdict == "disproven"]
    yield from gathered("content", [(each.on, each.says) for each in wrong], subject.blame)
    yield from (each for each in found if each.verdict == "not checked")
    if not wrong:
        said = {each.on for each in found}
        tables = sum(table.kind == "table" and name not in said for name, table in dump.tables.items())
        facts = {"tables": tables, "rows": subject.content.rows, "large_objects": dump.large_objects.rows}
        says = f"rows are as they were: {facts['rows']} in {tables} tables; {UNSEEN}"
        yield Finding("content", "proven", says, facts=facts)


def _table(name: str, then: TableContent, now: TableContent | None) -> Finding | None:
    """What is to be said of one table; None when it is as it was."""
    derived = then.kind != "table"  # nothing of it is in the dump but its definition
    if now is None or now.broken:
        says = f"{name} cannot be read: {now.broken}" if now else f"{name} is missing"
        return Finding("content", "disproven", says, on=name)
    if why := then.not_checked or now.not_checked:
        when = "was not read when the backup was taken" if then.not_checked else "cannot be read"
        return Finding("content", "not checked", f"{name} {when}: {why}", on=name, required=not derived)
    if (then.rows, then.fingerprint) == (now.rows, now.fingerprint):
        return None
    says = (
        f"{name} holds {now.rows} rows, and held {then.rows}"
        if then.rows != now.rows
        else f"{name} holds as many rows as it did ({now.rows}), with other values"
    )
    if derived:
        why = "a restore computes a materialised view anew"
        return Finding("content", "not checked", f"{says}; {why}", on=name, required=False)
    return Finding("content", "disproven", says, on=name, facts={"then": then.fingerprint, "now": now.fingerprint})


def sequences(subject: Examined) -> Iterator[Finding]:
    """No sequence is behind where it was; one may be further, for sequences belong to no snapshot."""
    dump = subject.dump
    if dump is None:
        yield Finding("sequences", "not checked", NO_MANIFEST)
        return
    with subject.reading() as connection:
        now = read_sequences(connection)
    behind: list[tuple[str, str]] = []
    unknown: list[tuple[str, str]] = []
    for name, then in dump.sequences.items():
        here = now.get(name)
        if name not in now:
            behind.append((name, f"the sequence {name} is missing"))
        elif then is None or here is None:
            unknown.append((name, "it could not be read"))
        elif _cycles(dump, name) and tuple(then) != here:
            unknown.append((name, f"it is at {here[0]} and was at {then[0]}, and it begins anew at its end"))
        elif _is_behind(dump, name, (then[0], then[1]), here):
            behind.append((name, f"the sequence {name} is at {here[0]}, and was at {then[0]}"))
    yield from gathered("sequences", behind, subject.blame)
    yield from gathered("sequences", unknown, "not checked")
    if not behind and len(unknown) < max(1, len(dump.sequences)):
        yield Finding("sequences", "proven", f"sequences are where they were, or further: {len(dump.sequences)}")


def _cycles(dump: DumpManifest, name: str) -> bool:
    return bool(dump.objects["sequence"].get(name, {}).get("cycle"))


def _is_behind(dump: DumpManifest, name: str, then: tuple[int, bool], now: tuple[int, bool]) -> bool:
    down = str(dump.objects["sequence"].get(name, {}).get("increment", "1")).startswith("-")
    before, after = (-then[0], -now[0]) if down else (then[0], now[0])
    return after < before or (after == before and then[1] and not now[1])


def _named(difference: Difference) -> tuple[str, str]:
    on = f"{difference.kind} {difference.name}"
    return on, f"{on} {difference.says}" if difference.says.startswith(("is ", "was ")) else f"{on}: {difference.says}"
