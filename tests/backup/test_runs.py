"""Runs from end to end on real servers: what they leave in the evidence, what they skip, what a kill leaves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opslib.backup import evidence, inventory, prune, take, verify
from opslib.backup.config import BackupConfig
from opslib.backup.evidence import read_entries, read_report, verify_chain
from opslib.backup.progress import Event
from opslib.backup.redis import RedisSource
from opslib.backup.scratch import scratch_root, sweep
from opslib.backup.verdict import verdict_of
from opslib.backup.writing import locked
from opslib.errors import BadRequest, Overtaken, Refused

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def config(configured: Callable[..., BackupConfig], full_redis: RedisSource) -> BackupConfig:
    return configured(
        sessions={"kind": "redis", "socket": full_redis.socket, "retention": {"days": 7, "minimum": 1}},
        gone={"kind": "redis", "socket": "/nonexistent/s"},
        others={"kind": "files", "directory": "others"},
    )


def last(config: BackupConfig) -> evidence.Report:
    return evidence.find_report(config.evidence.directory)[0]


@pytest.mark.feature("B4", "B5", "B6")
def test_taken_and_proven_with_phases_rto_and_evidence(config: BackupConfig) -> None:
    told: list[Event] = []
    taken = take(config, "sessions", tell=told.append)
    assert [event.says for event in told] == ["dump", "load", "checksum"]
    run = verify(config, "sessions")
    assert (run.verdict, run.exit_code, run.path) == ("proven", 0, taken.path)
    assert {phase.name for phase in run.report.phases} == {"read", "checksum", "format", "load"}
    assert run.report.restored_seconds is not None
    assert "rto" in {finding.check for finding in run.report.findings}
    assert run.page.read_text().startswith("<!doctype html>")
    assert verdict_of(verify_chain(config.evidence.directory)) == "proven"


@pytest.mark.feature("B6")
def test_what_was_proven_is_skipped_only_when_asked_and_only_the_same_bytes_by_the_same_checks(
    config: BackupConfig,
) -> None:
    path = take(config, "sessions").path
    assert path is not None
    assert verify(config, "sessions", skip_proven=True).report.skipped is None
    proof = last(config)
    assert verify(config, "sessions").report.skipped is None
    skipped = verify(config, "sessions", skip_proven=True)
    assert skipped.verdict == "proven"
    assert skipped.report.skipped is not None
    assert skipped.report.skipped.sequence == proof.sequence + 1
    assert all("not run again" in finding.says for finding in skipped.report.findings)
    content = (path / "dump.rdb").read_bytes()
    (path / "dump.rdb").write_bytes(content + b"x")
    changed = verify(config, "sessions", skip_proven=True)
    assert (changed.report.skipped, changed.verdict) == (None, "disproven")
    (path / "dump.rdb").write_bytes(content)
    assert verify(config, "sessions", skip_proven=True).report.skipped is not None
    stricter = config.sources["sessions"].model_copy(update={"rto_seconds": 500})
    assert (
        verify(
            config.model_copy(update={"sources": {"sessions": stricter}}), "sessions", skip_proven=True
        ).report.skipped
        is None
    )


def test_evidence_that_was_changed_proves_nothing(config: BackupConfig) -> None:
    take(config, "sessions")
    report = verify(config, "sessions")
    page = config.evidence.directory / f"{report.entry.file}.json"
    page.write_text(page.read_text().replace('"it parses', '"It parses'))
    assert verify(config, "sessions", skip_proven=True).report.skipped is None


def test_over_the_rto_is_disproven(config: BackupConfig) -> None:
    take(config, "sessions")
    slow = config.sources["sessions"].model_copy(update={"rto_seconds": 0})
    run = verify(config.model_copy(update={"sources": {"sessions": slow}}), "sessions")
    assert {finding.check for finding in run.report.findings if finding.verdict == "disproven"} == {"rto"}


def test_what_does_not_load_was_not_restored_in_time(config: BackupConfig) -> None:
    path = take(config, "sessions").path
    assert path is not None
    (path / "dump.rdb").write_bytes(b"REDIS0009")
    found = {finding.check: finding.verdict for finding in verify(config, "sessions").report.findings}
    assert (found["load"], found["rto"]) == ("disproven", "not checked")


@pytest.mark.parametrize(
    ("required", "verdict"),
    [(("load", "format"), "proven"), (None, "not checked"), (("load", "content"), "not checked")],
)
def test_the_configuration_says_which_checks_are_required(
    config: BackupConfig, required: tuple[str, ...] | None, verdict: str
) -> None:
    path = take(config, "sessions").path
    assert path is not None
    (path / "manifest.json").unlink()
    source = config.sources["sessions"].model_copy(update={"required": required})
    assert verify(config.model_copy(update={"sources": {"sessions": source}}), "sessions").verdict == verdict


def test_a_required_check_that_there_is_not_is_a_bad_request(config: BackupConfig) -> None:
    take(config, "sessions")
    source = config.sources["sessions"].model_copy(update={"required": ("lode",)})
    with pytest.raises(BadRequest, match=r"sources\.sessions\.required: there is no check 'lode'"):
        verify(config.model_copy(update={"sources": {"sessions": source}}), "sessions")


def test_no_backup_at_all_is_disproven(config: BackupConfig) -> None:
    assert verify(config, "sessions").exit_code == 1


def test_a_run_that_fails_is_in_the_evidence_and_keeps_nothing(config: BackupConfig) -> None:
    with pytest.raises(Refused, match="does not answer"):
        take(config, "gone")
    report = last(config)
    assert (report.action, report.verdict, report.findings[0].check) == ("take", "not checked", "run")
    assert [path.name for path in (config.directory / "gone").iterdir()] == [".lock"]


def test_files_of_others_are_counted_only(config: BackupConfig) -> None:
    with pytest.raises(BadRequest, match="neither taken nor verified"):
        take(config, "others")


def test_two_takes_of_a_source_at_once_are_one(config: BackupConfig) -> None:
    with locked(config.directory / "sessions" / ".lock", wait=False), pytest.raises(Overtaken):
        take(config, "sessions")


@pytest.mark.feature("B1", "B5")
def test_old_ones_go_when_asked_but_never_the_last_proven(config: BackupConfig) -> None:
    paths = [take(config, "sessions", now=NOW - timedelta(days=days)).path for days in (40, 30, 20, 1)]
    assert prune(config, "sessions", now=NOW)[0].remove == ()  # none was ever proven
    assert verify(config, "sessions", path=paths[1]).verdict == "proven"
    for path in paths:  # their manifests are of today
        assert path is not None
        (path / "manifest.json").unlink()
    plan, run = prune(config, "sessions", now=NOW)
    assert [point.name for point in plan.remove] == [path.name for path in (paths[0], paths[2]) if path]
    assert run is None
    assert all(path and path.exists() for path in paths)
    prune(config, "sessions", apply=True, now=NOW)
    assert [bool(path and path.exists()) for path in paths] == [False, True, False, True]
    found = inventory(config, ["sessions"], now=NOW)[0].report
    assert not [each for each in found.findings if each.check == "retention" and each.verdict == "disproven"]


def test_nothing_is_removed_while_the_evidence_is_damaged(config: BackupConfig) -> None:
    take(config, "sessions")
    entry = read_entries(config.evidence.directory)[0]
    (config.evidence.directory / f"{entry.file}.json").write_text("{}")
    with pytest.raises(Refused, match="the evidence is damaged"):
        prune(config, "sessions", apply=True)


PROGRAM = """
import sys
from pathlib import Path
from opslib.backup import read_config, take, verify
config = read_config(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    take(config, "sessions") if sys.argv[2] == "take" else verify(config, "sessions")
"""


@pytest.mark.feature("B4")
@pytest.mark.parametrize("action", ["take", "verify"])
def test_killed_at_any_moment_nothing_half_stays(
    full_redis: RedisSource, tmp_path: Path, scratch_in: Path, action: str
) -> None:
    from opslib.backup import read_config

    with full_redis.connect() as client:
        client.mset({f"more:{number}": "x" * 100 for number in range(5000)})
    toml = tmp_path / "backup.toml"
    toml.write_text(f'environment = "prod"\n[sources.sessions]\nkind = "redis"\nsocket = "{full_redis.socket}"\n')
    config = read_config(toml)
    first = take(config, "sessions").path
    assert verify(config, "sessions").verdict == "proven"
    chance = random.Random(11)
    for _ in range(int(os.environ.get("OPSLIB_TEST_KILLS", "5"))):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(toml), action],
            env=os.environ | {"TMPDIR": str(scratch_in)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.01, 0.9))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    sweep()
    assert [path.name for path in scratch_root().iterdir()] == [".lock"]
    assert _servers_in(scratch_in) == []
    taken = take(config, "sessions").path
    points = [path for path in (config.directory / "sessions").iterdir() if not path.name.startswith(".")]
    assert {first, taken} <= set(points)
    assert [path.name for path in (config.directory / "sessions").iterdir() if path.name.startswith(".p")] == []
    assert {verify(config, "sessions", path=path).verdict for path in points[:6]} == {"proven"}
    evidence.verify_chain(config.evidence.directory)
    assert verdict_of(verify_chain(config.evidence.directory)) == "proven"
    assert all(read_report(config.evidence.directory, entry) for entry in read_entries(config.evidence.directory))


def _servers_in(directory: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if where.startswith(str(directory)):
            found.append(where)
    return found
