"""Scratch directories: gone at the end, and swept when their owner was killed, with what works in them."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opslib.backup import processes
from opslib.backup.processes import end_processes, processes_in
from opslib.backup.scratch import OWNER, scratch_directory, scratch_root, sweep
from opslib.errors import Refused

pytestmark = pytest.mark.feature("B4")

RUN = """
import os, subprocess, sys
from opslib.backup.scratch import scratch_directory
with scratch_directory("test") as directory:
    command = ["sh", "-c", "trap '' TERM QUIT; echo ready; while :; do echo x > f 2>/dev/null; sleep 0.001; done"]
    child = subprocess.Popen(command, cwd=directory, stdin=-3, stdout=-1, start_new_session=True)
    child.stdout.readline()
    print(directory, child.pid, flush=True)
    sys.stdin.read()
"""


def test_a_living_run_is_let_be_and_a_killed_one_swept_with_what_works_in_it(scratch_in: Path) -> None:
    assert scratch_in
    run = subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    told, child = run.stdout.readline().split()
    directory = Path(told)
    assert sweep() == ()
    assert directory.is_dir()
    run.kill()
    run.communicate()
    (swept,) = sweep()
    # It wrote all the time: had it not been gone, its file would be there again.
    assert not directory.exists()
    assert (swept.directory, swept.owner["pid"]) == (directory, run.pid)
    assert int(child) in {process.pid for process in swept.ended}
    assert is_gone(int(child))


def is_gone(pid: int) -> bool:
    """Also when nobody has asked how it ended: in a container its parent may never do."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def working_in(directory: Path, *command: str, terminal: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    ours, theirs = pty.openpty()
    program = (sys.executable, "-c", "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])")
    process = subprocess.Popen(
        [*program, *command] if terminal else command,
        cwd=directory,
        stdin=theirs if terminal else subprocess.DEVNULL,
        start_new_session=not terminal,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_persons_shell_in_one_is_let_be(tmp_path: Path) -> None:
    with working_in(tmp_path, "sleep", "600") as ours, working_in(tmp_path, "sleep", "600", terminal=True) as theirs:
        while int(Path(f"/proc/{theirs.pid}/stat").read_text().rpartition(")")[2].split()[4]) == 0:
            assert theirs.poll() is None
        assert [process.pid for process in end_processes(tmp_path)] == [ours.pid]
        assert theirs.poll() is None


def test_without_proc_they_are_known_by_their_command_lines(tmp_path: Path) -> None:
    with working_in(tmp_path, "sh", "-c", "while :; do sleep 1; done", f"{tmp_path}/data") as process:
        found = {each.pid: each.name for each in processes._by_ps(tmp_path)}
        assert found[process.pid] == "sh"
        assert list(processes._by_ps(tmp_path / "dat")) == []


def test_without_handles_on_processes_they_are_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    with working_in(tmp_path, "sleep", "600") as process:
        assert {each.pid for each in end_processes(tmp_path)} == {process.pid}
        assert process.wait(30) == -9
    assert processes_in(tmp_path) == ()


def test_what_cannot_be_ended_keeps_its_directory_for_the_next_sweep(
    scratch_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = scratch_root(scratch_in) / "test-x"
    stuck.mkdir()
    with working_in(stuck, "sleep", "600"):
        monkeypatch.setattr(processes, "FORCE_SECONDS", 0)
        assert sweep() == ()
        assert stuck.is_dir()
        monkeypatch.undo()
        assert [each.directory for each in sweep(scratch_in)] == [stuck]


def test_a_directory_without_a_mark_is_of_a_dead_owner_as_is_one_with_half_a_mark(scratch_in: Path) -> None:
    assert scratch_in
    for name, mark in {"redis-1": None, "redis-2": "", "redis-3": '{"pid": 1'}.items():
        (scratch_root() / name).mkdir()
        if mark is not None:
            (scratch_root() / name / OWNER).write_text(mark)
    assert [(each.directory.name, each.owner) for each in sweep()] == [
        ("redis-1", {}),
        ("redis-2", {}),
        ("redis-3", {}),
    ]


def test_it_is_gone_when_the_block_ends_also_badly(scratch_in: Path) -> None:
    assert scratch_in
    with pytest.raises(KeyError), scratch_directory("test") as directory:
        raise KeyError
    assert not directory.exists()


def test_it_is_private_unless_a_server_of_another_user_has_to_get_there(scratch_in: Path) -> None:
    before = os.umask(0o077)
    try:
        with scratch_directory("a", within=scratch_in) as private, scratch_directory("b", mode=0o711) as passable:
            assert [stat.S_IMODE(each.stat().st_mode) for each in (private, passable)] == [0o700, 0o711]
            assert stat.S_IMODE(scratch_root().stat().st_mode) == 0o711
            assert private.parent == passable.parent
    finally:
        os.umask(before)


def test_a_place_that_somebody_else_could_write_to_is_refused(scratch_in: Path) -> None:
    root = scratch_root()
    root.chmod(0o777)
    with pytest.raises(Refused, match="that only we may write to"):
        sweep()
    root.rmdir()
    root.symlink_to(scratch_in)
    with pytest.raises(Refused, match="that only we may write to"):
        scratch_root()


def test_what_is_not_ours_is_not_swept(scratch_in: Path) -> None:
    (scratch_in / "photos").mkdir()
    (scratch_root() / "link").symlink_to("/etc")
    theirs = scratch_root() / "theirs"
    theirs.mkdir()
    if os.geteuid() == 0:  # only root can give a directory away
        os.chown(theirs, 12345, 12345)
    swept = sweep()
    assert (scratch_in / "photos").is_dir()
    assert (scratch_root() / "link").is_symlink()
    assert [each.directory for each in swept] == ([] if os.geteuid() == 0 else [theirs])


def test_a_place_that_cannot_be_is_refused_in_words(scratch_in: Path) -> None:
    with pytest.raises(Refused, match="cannot be made"):
        scratch_root(scratch_in / "none")


def test_where_the_temporary_directory_has_too_long_a_path_it_is_tmp(
    scratch_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = scratch_in / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert scratch_root().parent == Path("/tmp")


def test_a_run_that_ends_while_others_sweep_was_not_killed(tmp_path: Path) -> None:
    """Its directory is gone file by file; who looks meanwhile still sees whose it is."""
    ends, swept = threading.Event(), []

    def sweep_on() -> None:
        while not ends.is_set():
            swept.extend(sweep(tmp_path))

    sweeper = threading.Thread(target=sweep_on)
    sweeper.start()
    try:
        for _ in range(25):
            with scratch_directory("redis", within=tmp_path) as path:
                (path / "data").mkdir()
                for number in range(40):
                    (path / "data" / f"{number}").touch()
                    (path / f"{number}").touch()
    finally:
        ends.set()
        sweeper.join()
    assert swept == []
