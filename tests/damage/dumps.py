"""Dumps of PostgreSQL: taken by opslib, damaged in their files or dumped from a database that has changed meanwhile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from opslib.backup.postgres import DumpManifest, Options, read_manifest, take_dump, verify_dump
from opslib.backup.postgres.manifest import records_of, sealed
from tests.damage.cluster import Cluster
from tests.damage.flipping import flip_bit
from tests.damage.ground import Ground
from tests.damage.restored import restored_text
from tests.damage.row import Findings, Scene

__all__ = ["COMPRESSED", "DIRECTORY", "PLAIN", "UNCOMPRESSED", "DumpTrial", "cut", "flip", "reseal", "sealed_anew"]

EMPTY = ("drop schema public cascade", "create schema public")
ORPHANS = ("set session_replication_role = replica", "delete from customer where id = {customer}")
OTHER = (*EMPTY, "create table invoice (id serial primary key, amount int)", "insert into invoice values (1, 2)")
"""What makes another database of the shop's."""


@dataclass
class DumpTrial:
    """A dump to be damaged.

    Attributes:
        ground: Where the servers are.
        cluster: The server that it is of.
        path: Its directory.
        take: Takes another one like it, of the database as it is then.
        how: Which kind of dump.
        options: What the verification expects.
    """

    ground: Ground
    cluster: Cluster
    path: Path
    take: Callable[[Path], Path]
    how: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The dump itself."""
        return next(path for path in self.path.iterdir() if path.name.startswith("database."))

    def judge(self) -> Findings:
        """Restore and compare it."""
        expected = {"name": "shop", "environment": "test"} | self.options
        return verify_dump(self.path, Options(**expected))[0]

    def is_damaged(self) -> bool:
        """Whether PostgreSQL's programs make another database of it than of the sound one, or complain."""
        major = self.cluster.server.installation.major
        sound = self.ground.sound(f"{self.how}-{major}", self.take)
        text = self.ground.sound(
            f"{self.how}-{major}-text",
            lambda path: path.write_text(restored_text(self.cluster, sound / self.file.name), encoding="utf-8"),
        )
        return restored_text(self.cluster, self.file) != text.read_text(encoding="utf-8")

    def dumped_after(self, *statements: str) -> None:
        """Put in the dump of a database in which something is other than the manifest says."""
        with self.cluster.changed(*statements):
            other = self.take(self.path.with_name("other"))
        for name in (self.file.name, "globals.sql"):
            target = self.path / name
            shutil.rmtree(target) if target.is_dir() else target.unlink()
            (other / name).rename(target)
        reseal(self)


def reseal(trial: DumpTrial, **update: Any) -> None:
    """Write the manifest anew for the files as they are, so that only what is in them can give them away."""
    manifest = _manifest(trial)
    (trial.path / "manifest.json").unlink()
    changed = manifest.model_copy(update={"files": records_of(trial.path), **update})
    (trial.path / "manifest.json").write_bytes(sealed(changed).text())


def _manifest(trial: DumpTrial) -> DumpManifest:
    manifest = read_manifest(trial.path)
    if not isinstance(manifest, DumpManifest):
        raise TypeError(f"{trial.path} has no manifest of a dump")
    return manifest


def sealed_anew(inject: Callable[[DumpTrial, Random], str]) -> Callable[[DumpTrial, Random], str]:
    """The same damage, done before the digests were taken."""

    def injected(trial: DumpTrial, chance: Random) -> str:
        did = inject(trial, chance)
        reseal(trial)
        return did

    return injected


def flip(trial: DumpTrial, chance: Random) -> str:
    """One bit of the dump, anywhere."""
    return flip_bit(trial.file, chance)


def flip_contents(trial: DumpTrial, chance: Random) -> str:
    """One bit of the table of contents, at a dump's beginning."""
    return flip_bit(trial.file, chance, 5, 16000)


def flip_manifest(trial: DumpTrial, chance: Random) -> str:
    """One bit of the manifest."""
    return flip_bit(trial.path / "manifest.json", chance)


def cut(trial: DumpTrial, chance: Random) -> str:
    """The end of the dump, from anywhere on."""
    size = trial.file.stat().st_size
    at = chance.randrange(1, size)
    with trial.file.open("r+b") as file:
        file.truncate(at)
    return f"cut after {at} of {size} bytes"


def cut_in_data(trial: DumpTrial, chance: Random, *, manifest: bool = True) -> str:
    """A plain dump inside of a COPY, where psql notices nothing."""
    content = trial.file.read_bytes()
    copies = [found.span() for found in re.finditer(rb"^COPY .*?^\\\.$", content, re.MULTILINE | re.DOTALL)]
    start, end = chance.choice([span for span in copies if span[1] - span[0] > 400])
    at = content.rindex(b"\n", start + 200, chance.randrange(start + 300, end - 3)) + 1
    trial.file.write_bytes(content[:at])
    if manifest:
        reseal(trial)
    else:
        (trial.path / "manifest.json").unlink()
    return f"cut after byte {at} of {len(content)}, between two rows of a COPY"


def cut_after_data(trial: DumpTrial, chance: Random, *, ended: bool) -> str:
    """A plain dump between two statements after the last row."""
    content = trial.file.read_bytes()
    after = content.rindex(b"\n\\.\n") + 4
    ends = [found.end() for found in re.finditer(rb";\n", content[after:])]
    at = after + chance.choice([0, *ends[:-4]])
    last = b"\n--\n-- PostgreSQL database dump complete\n--\n\n" if ended else b""
    trial.file.write_bytes(content[:at] + last)
    reseal(trial)
    return f"cut after byte {at} of {len(content)}, after the last row{', and the last line put back' if ended else ''}"


def emptied(trial: DumpTrial, _: Random) -> str:
    """An empty file."""
    trial.file.write_bytes(b"")
    reseal(trial)
    return "the file has no byte"


def of_another_time(trial: DumpTrial, chance: Random) -> str:
    """A dump of some time ago, which says so."""
    manifest = _manifest(trial)
    hours = chance.randrange(2, 400)
    reseal(trial, taken_at=manifest.taken_at - timedelta(hours=hours))
    trial.options["rpo_seconds"] = 3600
    return f"taken {hours} h ago, with an RPO of one"


def without_role(trial: DumpTrial, chance: Random) -> str:
    """A role's lines gone from the file of roles."""
    role = chance.choice(("shop_reader", "shop_owner"))
    file = trial.path / "globals.sql"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if role not in line), encoding="utf-8")
    reseal(trial)
    return f"{role} is not in the file of roles"


def without_roles(trial: DumpTrial, _: Random) -> str:
    """No file of roles."""
    (trial.path / "globals.sql").unlink()
    reseal(trial)
    return "globals.sql removed"


def with_other_rights(trial: DumpTrial, _: Random) -> str:
    """A role that may do more than it could."""
    file = trial.path / "globals.sql"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("ALTER ROLE shop_reader WITH NOSUPERUSER", "ALTER ROLE shop_reader WITH SUPERUSER"))
    reseal(trial)
    return "shop_reader is a superuser"


def of_another(trial: DumpTrial, chance: Random) -> str:
    """Looked at as something else."""
    expected = chance.choice([{"environment": "prod"}, {"name": "billing"}, {"database": "billing"}])
    trial.options |= expected
    return f"a dump of shop in test, verified as of {expected}"


def other_vector(trial: DumpTrial, chance: Random) -> str:
    """The last digit of one number of a vector; where there is no pgvector, of an array."""
    number = chance.randrange(1, 101)
    if trial.cluster.has_vectors:
        value = "format('[%s,%s,%s,1.0000001]', id, id / 2.0, id / 3.0)::vector"
        return changed(f"update embedding set v = {value} where id = {number}")(trial, chance)
    retake(
        trial,
        made
        := "create table embedding as select n as id, array[n, n / 2.0]::float4[] as v from generate_series(1, 100) n",
    )
    return changed(made, f"update embedding set v[2] = v[2] * 1.0000002 where id = {number}")(trial, chance)


def retake(trial: DumpTrial, *statements: str) -> None:
    """Take it anew, manifest and all, of the database after some statements."""
    shutil.rmtree(trial.path)
    with trial.cluster.changed(*statements):
        trial.take(trial.path)


def retaken(*statements: str) -> Callable[[DumpTrial, Random], str]:
    """A backup taken in good faith of a database that was damaged before."""

    def injected(trial: DumpTrial, chance: Random) -> str:
        filled = [statement.format(customer=chance.randrange(1, 151)) for statement in statements]
        retake(trial, *filled)
        return "; ".join(filled)

    return injected


def changed(
    *statements: str, pick: Callable[[Random], dict[str, Any]] = lambda _: {}
) -> Callable[[DumpTrial, Random], str]:
    """The dump of a database after some statements, with values at random in them."""

    def injected(trial: DumpTrial, chance: Random) -> str:
        filled = [statement.format(**pick(chance)) for statement in statements]
        trial.dumped_after(*filled)
        return "; ".join(filled)

    return injected


@contextmanager
def _opened(
    ground: Ground,
    place: Path,
    major: int,
    *,
    how: str,
    format: str,  # noqa: A002  # pg_dump's own word
    compress: str = "",
) -> Iterator[DumpTrial]:
    cluster = ground.cluster(major)

    def take(into: Path) -> Path:
        more: dict[str, Any] = {"format": format, "compress": compress, "name": "shop", "environment": "test"}
        return take_dump(cluster.conninfo(), into, **more)

    sound = ground.sound(f"{how}-{major}", take)
    shutil.copytree(sound, place / "backup")
    yield DumpTrial(ground, cluster, place / "backup", take, how)


def _scene(how: str, format: str, compress: str = "") -> Scene:  # noqa: A002  # pg_dump's own word
    return Scene(how, partial(_opened, how=how, format=format, compress=compress), versions=True)


COMPRESSED = _scene("a custom dump", "custom")
UNCOMPRESSED = _scene("an uncompressed custom dump", "custom", "0")
PLAIN = _scene("a plain dump", "plain")
DIRECTORY = _scene("a dump in the directory format", "directory")
