"""Scratch directories: gone at the end, and swept when their owner was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opslib.backup.scratch import scratch_directory, scratch_root, sweep
from opslib.errors import Refused

OWNER = """
import subprocess, sys
from opslib.backup.scratch import scratch_directory
with scratch_directory("test") as directory:
    child = subprocess.Popen(["sleep", "600"], cwd=directory, stdin=-3, stdout=-3)
    print(directory, child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.feature("B4")
def test_a_live_owner_is_let_be_and_a_killed_one_swept_with_its_server(scratch_in: Path) -> None:
    assert scratch_in
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    directory, child = owner.stdout.readline().split()
    assert sweep() == ()
    assert Path(directory).is_dir()
    owner.kill()
    owner.communicate()
    (swept,) = sweep()
    assert (swept["directory"], swept["owner"]["pid"]) == (Path(directory).name, owner.pid)
    assert swept["servers_stopped"] == 1
    assert not Path(directory).exists()
    assert not _works_in(int(child), directory)


def _works_in(pid: int, directory: str) -> bool:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink()).startswith(directory)
    except OSError:
        return False


def test_a_directory_without_a_mark_is_of_a_dead_owner(scratch_in: Path) -> None:
    assert scratch_in
    (scratch_root() / "redis-1-x").mkdir()
    assert len(sweep()) == 1


def test_it_is_gone_when_the_block_ends_also_badly(scratch_in: Path) -> None:
    assert scratch_in
    with pytest.raises(KeyError), scratch_directory("test") as directory:
        raise KeyError
    assert not directory.exists()


def test_nobody_elses_directory_is_used(scratch_in: Path) -> None:
    (scratch_in / f"opslib-scratch-{os.getuid()}").symlink_to(scratch_in)
    with pytest.raises(Refused, match="not a private directory"):
        scratch_root()
