"""Vector state: copied with its searches, and each damage disproven."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from opslib.backup.vectors import take_vectors, verify_vectors
from opslib.backup.vectors.npy import NotReadable, read_header, search
from opslib.backup.verdict import verdict_of
from opslib.errors import BadRequest, Refused


def npy(rows: list[list[float]], *, kind: str = "<f4") -> bytes:
    """A .npy file, as NumPy writes it."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    letter = {"<f2": "e", "<f4": "f", "<f8": "d"}[kind]
    values = struct.pack(f"<{len(rows) * len(rows[0])}{letter}", *(value for row in rows for value in row))
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


@pytest.fixture
def state(tmp_path: Path) -> Path:
    chance = random.Random(7)
    directory = tmp_path / "state"
    (directory / "deep").mkdir(parents=True)
    rows = [[chance.random() for _ in range(12)] for _ in range(300)]
    (directory / "embeddings.npy").write_bytes(npy(rows))
    (directory / "deep/ids.json").write_text(json.dumps(list(range(300))))
    (directory / "lines.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    (directory / "index.faiss").write_bytes(b"IxFl" + chance.randbytes(500))
    database = sqlite3.connect(directory / "meta.sqlite")
    database.execute("create table chunks (id integer primary key, text text)")
    database.executemany("insert into chunks (text) values (?)", [(f"chunk {number}" * 20,) for number in range(500)])
    database.commit()
    database.close()
    return directory


@pytest.fixture
def copy(state: Path, tmp_path: Path) -> Path:
    return take_vectors(state, tmp_path / "copy", name="embeddings", environment="prod", probes=5, nearest=7)


def verdicts(path: Path) -> dict[tuple[str, str], str]:
    return {(each.check, each.on): each.verdict for each in verify_vectors(path, name="embeddings")[0]}


@pytest.mark.feature("B4", "B5")
def test_a_copy_is_proven_opened_and_searched(copy: Path) -> None:
    findings, phases = verify_vectors(copy, name="embeddings", environment="prod")
    assert verdict_of(findings) == "proven"
    found = verdicts(copy)
    assert found["search", "data/embeddings.npy"] == "proven"
    assert found["opens", "data/meta.sqlite"] == found["opens", "data/deep/ids.json"] == "proven"
    assert found["opens", "data/index.faiss"] == "not checked"
    assert [phase.name for phase in phases] == ["checksum", "open", "search"]


def flip(name: str, at: int) -> Callable[[Path], None]:
    def do(copy: Path) -> None:
        content = bytearray((copy / name).read_bytes())
        content[at] ^= 1
        (copy / name).write_bytes(content)

    return do


DAMAGE: dict[str, tuple[Callable[[Path], None], tuple[str, str]]] = {
    "a flipped bit in a vector": (flip("data/embeddings.npy", 400), ("files", "data/embeddings.npy")),
    "a flipped bit in what nothing opens": (flip("data/index.faiss", 99), ("files", "data/index.faiss")),
    "a flipped bit in the manifest": (flip("manifest.json", 200), ("manifest", "manifest.json")),
    "a file gone": (lambda copy: (copy / "data/lines.jsonl").unlink(), ("files", "data/lines.jsonl")),
    "a file more": (lambda copy: (copy / "data/x.npy").write_bytes(b""), ("files", "data/x.npy")),
    "a matrix cut": (
        lambda copy: (copy / "data/embeddings.npy").write_bytes((copy / "data/embeddings.npy").read_bytes()[:-4]),
        ("opens", "data/embeddings.npy"),
    ),
    "JSON cut": (
        lambda copy: (copy / "data/deep/ids.json").write_text("[1, 2"),
        ("opens", "data/deep/ids.json"),
    ),
    "a damaged page of SQLite": (
        lambda copy: (copy / "data/meta.sqlite").write_bytes(
            (copy / "data/meta.sqlite").read_bytes()[:8192]
            + bytes(4096)
            + (copy / "data/meta.sqlite").read_bytes()[12288:]
        ),
        ("opens", "data/meta.sqlite"),
    ),
}


@pytest.mark.feature("B4")
@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_disproven(copy: Path, damage: str) -> None:
    do, where = DAMAGE[damage]
    do(copy)
    assert verdicts(copy)[where] == "disproven"
    assert verdict_of(verify_vectors(copy)[0]) == "disproven"


@pytest.mark.feature("B4")
def test_vectors_exchanged_between_rows_are_found_by_the_search_alone(copy: Path) -> None:
    """Were checksums recorded of the damaged file, the recorded searches would still tell."""
    path = copy / "data/embeddings.npy"
    matrix, content = read_header(path), path.read_bytes()
    size, manifest = matrix.row.size, json.loads((copy / "manifest.json").read_bytes())
    row = manifest["probes"][2]["nearest"][1]["row"]
    other = (row + 1) % 300
    rows = [content[matrix.start + number * size :][:size] for number in range(300)]
    rows[row], rows[other] = rows[other], rows[row]
    path.write_bytes(content[: matrix.start] + b"".join(rows))
    assert verdicts(copy)["search", "data/embeddings.npy"] == "disproven"


def test_any_directory_can_be_verified_and_without_a_manifest_nothing_is_proven_of_its_content(state: Path) -> None:
    found = verdicts(state)
    assert found["opens", "embeddings.npy"] == "proven"
    assert found["files", ""] == found["search", ""] == found["manifest", ""] == "not checked"
    assert verdict_of(verify_vectors(state)[0]) == "not checked"


def test_a_live_sqlite_database_is_copied_of_one_moment_with_what_is_in_its_log(state: Path, tmp_path: Path) -> None:
    live = sqlite3.connect(state / "meta.sqlite")
    live.execute("pragma journal_mode=wal")
    live.execute("insert into chunks (text) values ('in the log')")
    live.commit()
    copy = take_vectors(state, tmp_path / "copy", name="x")
    live.close()
    copied = sqlite3.connect(copy / "data/meta.sqlite")
    assert copied.execute("select count(*) from chunks where text = 'in the log'").fetchone() == (1,)
    copied.close()
    assert not (copy / "data/meta.sqlite-wal").exists()


def test_a_file_that_grows_while_it_is_copied_is_refused(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing, look = state / "growing.bin", os.fstat
    growing.write_bytes(bytes(1 << 20))

    def look_and_grow(handle: int) -> os.stat_result:
        status = look(handle)
        if status.st_ino == growing.stat().st_ino:
            with growing.open("ab") as file:
                file.write(b"more")
        return status

    monkeypatch.setattr(os, "fstat", look_and_grow)
    with pytest.raises(Refused, match="changed while it was copied"):
        take_vectors(state, tmp_path / "copy", name="x")
    assert not (tmp_path / "copy").exists()


def test_nothing_to_copy_is_a_bad_request(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(BadRequest, match="there is no"):
            take_vectors(path, tmp_path / "copy", name="x")


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8"])
def test_the_search_is_exact(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "m.npy"
    path.write_bytes(npy([[0, 0], [3, 4], [1, 0], [float("nan"), 0], [0, 2]], kind=kind))
    (found,) = search(path, read_header(path), [(0.0, 0.0)], 3)
    assert [(one.row, one.distance) for one in found] == [(0, 0.0), (2, 1.0), (4, 2.0)]
    assert len(search(path, read_header(path), [(0.0, 0.0)], 9)[0]) == 4


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff{", b"\x93NUMPY\x01\x00\x04\x00{1:}", b"PK"]
)
def test_what_is_no_matrix_is_not_readable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.npy").write_bytes(content)
    with pytest.raises(NotReadable):
        read_header(tmp_path / "m.npy")


def test_links_are_told_and_not_followed(state: Path, tmp_path: Path) -> None:
    (state / "secret").symlink_to("/etc/passwd")
    copy = take_vectors(state, tmp_path / "copy", name="x")
    assert json.loads((copy / "manifest.json").read_bytes())["left_out"] == ["secret"]
    assert not (copy / "data/secret").exists()
    shutil.rmtree(copy)
