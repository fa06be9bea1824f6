"""Vector state: a directory with a matrix, a database of metadata, an index that nothing opens, and lines of JSON."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from opslib.backup.manifest import MANIFEST, FileRecord, sealed
from opslib.backup.vectors import VectorsManifest, take_vectors, verify_vectors
from opslib.backup.writing import sha256_of
from tests.damage.flipping import flip_bit
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["VECTORS", "VectorsTrial"]

ROWS, WIDTH = 400, 16


@dataclass
class VectorsTrial:
    """A copy of vector state to be damaged.

    Attributes:
        path: Its directory.
    """

    path: Path

    def judge(self) -> Findings:
        """Compare, open and search it."""
        return verify_vectors(self.path, name="embeddings", environment="test")[0]

    def is_damaged(self) -> bool:
        """Every byte of these files counts."""
        return True

    @property
    def files(self) -> list[Path]:
        """What was copied."""
        return sorted(path for path in (self.path / "data").rglob("*") if path.is_file())


def write_state(directory: Path) -> None:
    """The state that is backed up."""
    chance = Random(7)
    (directory / "deep").mkdir(parents=True)
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {WIDTH}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    values = struct.pack(f"<{ROWS * WIDTH}f", *(chance.random() for _ in range(ROWS * WIDTH)))
    matrix = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values
    (directory / "embeddings.npy").write_bytes(matrix)
    (directory / "deep/ids.json").write_text(json.dumps(list(range(ROWS))), encoding="utf-8")
    (directory / "lines.jsonl").write_text('{"a": 1}\n{"a": 2}\n', encoding="utf-8")
    (directory / "index.faiss").write_bytes(b"IxFl" + chance.randbytes(3000))
    database = sqlite3.connect(directory / "meta.sqlite")
    database.execute("create table chunks (id integer primary key, text text)")
    database.executemany("insert into chunks (text) values (?)", [(f"chunk {number}" * 20,) for number in range(500)])
    database.execute("create index by_text on chunks (text)")
    database.commit()
    database.close()


def flip(trial: VectorsTrial, chance: Random) -> str:
    """One bit of any file, each as likely as it is long, but at least as likely as a kilobyte."""
    files = trial.files
    file = chance.choices(files, weights=[max(1000, path.stat().st_size) for path in files])[0]
    return flip_bit(file, chance)


def flip_manifest(trial: VectorsTrial, chance: Random) -> str:
    """One bit of the manifest."""
    return flip_bit(trial.path / MANIFEST, chance)


def lose_file(trial: VectorsTrial, chance: Random) -> str:
    """One of the files."""
    file = chance.choice(trial.files)
    file.unlink()
    return f"{file.name} removed"


def cut(trial: VectorsTrial, chance: Random) -> str:
    """The end of one of the files."""
    file = chance.choice(trial.files)
    at = chance.randrange(file.stat().st_size)
    with file.open("r+b") as opened:
        opened.truncate(at)
    return f"{file.name} cut after {at} bytes"


def _matrix(trial: VectorsTrial) -> tuple[Path, bytes, list[bytes]]:
    file = trial.path / "data/embeddings.npy"
    content = file.read_bytes()
    start, size = len(content) - ROWS * WIDTH * 4, WIDTH * 4
    return file, content[:start], [content[at : at + size] for at in range(start, len(content), size)]


def reorder(trial: VectorsTrial, chance: Random) -> str:
    """The matrix's rows in another order, so that each id has another's vector."""
    file, head, rows = _matrix(trial)
    by = chance.randrange(1, ROWS)
    file.write_bytes(head + b"".join(rows[by:] + rows[:by]))
    return f"the rows moved by {by}"


def cut_matrix(trial: VectorsTrial, chance: Random) -> str:
    """Rows missing at the end of the matrix."""
    file, head, rows = _matrix(trial)
    left = chance.randrange(1, ROWS)
    file.write_bytes(head + b"".join(rows[:left]))
    return f"{left} of {ROWS} rows are there"


def zero_page(trial: VectorsTrial, chance: Random) -> str:
    """A page of the SQLite database, zeroed."""
    file = trial.path / "data/meta.sqlite"
    content = bytearray(file.read_bytes())
    page = chance.randrange(1, len(content) // 4096)
    content[page * 4096 : (page + 1) * 4096] = bytes(4096)
    file.write_bytes(content)
    return f"page {page} of {file.name} zeroed"


def digested_anew(inject: Callable[[VectorsTrial, Random], str]) -> Callable[[VectorsTrial, Random], str]:
    """The same, with the digests of the damaged files in the manifest: only opening and searching give it away."""

    def injected(trial: VectorsTrial, chance: Random) -> str:
        did = inject(trial, chance)
        manifest = VectorsManifest.model_validate_json((trial.path / MANIFEST).read_bytes())
        files = tuple(
            FileRecord(path=file.relative_to(trial.path).as_posix(), size=file.stat().st_size, sha256=sha256_of(file))
            for file in trial.files
        )
        (trial.path / MANIFEST).write_bytes(sealed(manifest.model_copy(update={"files": files})).text())
        return did

    return injected


def _take(into: Path) -> None:
    state = into.with_name("state")
    write_state(state)
    take_vectors(state, into, name="embeddings", environment="test")


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[VectorsTrial]:
    del major
    shutil.copytree(ground.sound("vectors", _take), place / "backup")
    yield VectorsTrial(place / "backup")


VECTORS = Scene("a directory of vector state", _opened)
