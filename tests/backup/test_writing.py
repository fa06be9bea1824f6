"""Whole or not at all, and locks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from opslib.backup.writing import PARTIAL, canonical, locked, remove_partial, whole_directory, write_whole
from opslib.errors import Overtaken, Refused


def test_a_directory_is_not_there_before_its_block_ends_well(tmp_path: Path) -> None:
    with whole_directory(tmp_path / "a") as directory:
        (directory / "x").write_text("1")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a/x").read_text() == "1"
    with pytest.raises(KeyError), whole_directory(tmp_path / "b"):
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(Refused, match="is there already"), whole_directory(tmp_path / "a"):
        pytest.fail("it was entered")


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    program = (
        "import os, signal, pathlib, sys; from opslib.backup.writing import whole_directory\n"
        "with whole_directory(pathlib.Path(sys.argv[1])) as d:\n"
        "    (d / 'x').write_text('1'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a")], check=False)
    write_whole(tmp_path / "kept", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PARTIAL}a", "kept"]
    assert remove_partial(tmp_path) == (f"{PARTIAL}a",)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_who_comes_second_is_told_and_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from opslib.backup.writing import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), wait=False): print('held', flush=True); sys.stdin.read()"
    )
    lock = tmp_path / ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Overtaken, match=str(holder.pid)), locked(lock, wait=False):
        pytest.fail("both hold it")
    holder.kill()
    holder.communicate()
    with locked(lock, wait=False):
        pass


def test_canonical_json_is_one_sequence_of_bytes() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}\n'.encode()
    assert canonical({"a": "é", "b": 1}) == canonical({"b": 1, "a": "é"})
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
