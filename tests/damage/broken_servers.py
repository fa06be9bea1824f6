"""Servers without checksums whose files were damaged while they stood still: PostgreSQL starts, serves and backs up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from opslib.backup.postgres import Options, take_base_backup, verify_base_backup
from opslib.backup.postgres.binaries import Installation, choose, give_to_server
from opslib.backup.postgres.scratch import running, server_directory
from tests.damage.cluster import SETTINGS, start_cluster
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["BROKEN", "StoppedTrial"]

PAGE = 8192
RELATIONS = ("public.orders", "public.orders_pkey", "public.customer", "public.customer_pkey")
META, LEAF = 8, 1
"""Flags of B-tree pages (`BTP_META`, `BTP_LEAF` in access/nbtree.h)."""


@dataclass
class StoppedTrial:
    """A server that stands still, to be damaged, started and backed up.

    Attributes:
        installation: Its PostgreSQL.
        directory: Where it is.
        place: Where its backup goes.
        files: The file of each relation.
        repair: Run once it has started, before it is backed up.
    """

    installation: Installation
    directory: Path
    place: Path
    files: dict[str, str]
    repair: list[str] = field(default_factory=list)

    def judge(self) -> Findings:
        """Start it, back it up, and verify the backup."""
        with running(self.installation, self.directory, settings=SETTINGS) as server:
            conninfo = f"host={server.directory / 's'} port=5432 user=postgres dbname=shop"
            with psycopg.connect(conninfo, autocommit=True) as connection:
                for statement in self.repair:
                    connection.execute(statement.encode())
            path = take_base_backup(conninfo, self.place / "backup", name="shop", environment="test", format="plain")
        return verify_base_backup(path, Options(name="shop", environment="test", database="shop"))[0]

    def is_damaged(self) -> bool:
        """It is, wherever this is asked."""
        return True

    def edit(self, relation: str, chance: Random, change: Callable[[bytearray, Random], str]) -> str:
        """Change one page of a relation."""
        file = self.directory / "data" / self.files[relation]
        content = bytearray(file.read_bytes())
        pages = [number for number in range(len(content) // PAGE) if _fits(content, number, relation)]
        number = chance.choice(pages)
        page = content[number * PAGE : (number + 1) * PAGE]
        did = change(page, chance)
        content[number * PAGE : (number + 1) * PAGE] = page
        file.write_bytes(content)
        return f"{relation}, page {number}: {did}"


def _fits(content: bytearray, number: int, relation: str) -> bool:
    page = content[number * PAGE : (number + 1) * PAGE]
    if len(_items(page)) < 20:
        return False
    flags = int.from_bytes(page[PAGE - 4 : PAGE - 2], "little")
    return not relation.endswith("_pkey") or (bool(flags & LEAF) and not flags & META)


def _items(page: bytearray) -> list[int]:
    """Where on the page each of its tuples begins."""
    lower = int.from_bytes(page[12:14], "little")
    return [int.from_bytes(page[at : at + 4], "little") & 0x7FFF for at in range(24, lower, 4)]


def lose_entry(page: bytearray, _: Random) -> str:
    """The last entry of an index page."""
    lower = int.from_bytes(page[12:14], "little")
    page[12:14] = (lower - 4).to_bytes(2, "little")
    return "the last entry is gone"


def swap_entries(page: bytearray, chance: Random) -> str:
    """Two entries of an index page, out of their order."""
    count = len(_items(page))
    one, two = sorted(chance.sample(range(2, count), 2))
    a, b = slice(24 + 4 * one, 28 + 4 * one), slice(24 + 4 * two, 28 + 4 * two)
    page[a], page[b] = page[b], page[a]
    return f"entries {one + 1} and {two + 1} exchanged"


def flip_key(page: bytearray, chance: Random) -> str:
    """One bit of a key in an index page."""
    items = _items(page)
    item, bit = chance.randrange(2, len(items)), chance.randrange(8)
    page[items[item] + 8] ^= 1 << bit
    return f"bit {bit} of the key of entry {item + 1} flipped"


def flip_value(page: bytearray, chance: Random) -> str:
    """One bit of a row's first column, which is in an index."""
    items = _items(page)
    item, bit = chance.randrange(len(items)), chance.randrange(8)
    start = items[item]
    page[start + page[start + 22]] ^= 1 << bit
    return f"bit {bit} of the id of row {item + 1} flipped"


def future_row(page: bytearray, chance: Random) -> str:
    """A row by a transaction that never was."""
    items = _items(page)
    item = chance.randrange(len(items))
    start = items[item]
    page[start : start + 4] = (1 << 30).to_bytes(4, "little")
    page[start + 20 : start + 22] = (int.from_bytes(page[start + 20 : start + 22], "little") & ~0x0700).to_bytes(
        2, "little"
    )
    return f"row {item + 1} is of transaction {1 << 30}"


def astray(page: bytearray, chance: Random) -> str:
    """A pointer to a row that leads into nowhere."""
    items = _items(page)
    item = chance.randrange(len(items))
    page[24 + 4 * item : 28 + 4 * item] = (items[item] + 4 | 1 << 15 | 200 << 17).to_bytes(4, "little")
    return f"the pointer to row {item + 1} leads 4 bytes too far"


def damaged(relation: str, change: Callable[[bytearray, Random], str]) -> Callable[[StoppedTrial, Random], str]:
    """One page of a relation, changed."""

    def injected(trial: StoppedTrial, chance: Random) -> str:
        return trial.edit(relation, chance, change)

    return injected


def mended(trial: StoppedTrial) -> None:
    """An index that was damaged and has been built anew."""
    trial.edit("public.orders_pkey", Random(0), lose_entry)
    trial.repair.append("reindex index public.orders_pkey")


def _stand_still(installation: Installation, into: Path) -> None:
    with start_cluster(installation, checksums=False) as cluster:
        files = {name: str(cluster.run(f"select pg_relation_filepath('{name}')")[0][0]) for name in RELATIONS}
        cluster.run("vacuum freeze", "checkpoint")
        server = cluster.server
        installation.run(
            "pg_ctl", "-D", str(server.data), "-w", "-m", "fast", "stop", cwd=server.directory, as_server=True
        )
        shutil.copytree(server.data, into / "data")
    (into / "files.json").write_text(json.dumps(files), encoding="utf-8")


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[StoppedTrial]:
    installation = choose(major, exactly=True)
    template = ground.sound(f"stopped-{major}", lambda path: _stand_still(installation, path))
    with ExitStack() as stack:
        directory = stack.enter_context(server_directory())
        shutil.copytree(template / "data", directory / "data", dirs_exist_ok=True)
        (directory / "data").chmod(0o700)
        give_to_server(directory / "data")
        files = json.loads((template / "files.json").read_text(encoding="utf-8"))
        yield StoppedTrial(installation, directory, place, files)


BROKEN = Scene("a server without checksums", _opened, versions=True)
