"""Runs from end to end on real servers: what they leave in the evidence, what they skip, what a kill leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opslib.backup import evidence, inventory, prune, take, verify
from opslib.backup.config import BackupConfig
from opslib.backup.evidence import read_entries, verify_chain
from opslib.backup.progress import Event
from opslib.backup.redis import RedisSource
from opslib.backup.scratch import scratch_root
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


@pytest.mark.feature("B5")
@pytest.mark.parametrize("spoiled", ["since", "elsewhere"])
def test_a_proof_that_no_longer_holds_or_is_of_another_place_keeps_the_earlier_one(
    config: BackupConfig, tmp_path: Path, spoiled: str
) -> None:
    earlier, later, _ = paths = [take(config, "sessions", now=NOW - timedelta(days=days)).path for days in (40, 30, 1)]
    assert earlier
    assert later
    assert verify(config, "sessions", path=earlier).verdict == "proven"
    if spoiled == "since":
        assert verify(config, "sessions", path=later).verdict == "proven"
        (later / "dump.rdb").write_bytes(b"REDIS0009")
        assert verify(config, "sessions", path=later).verdict == "disproven"
    else:
        assert verify(config, "sessions", path=shutil.copytree(later, tmp_path / later.name)).verdict == "proven"
    for path in paths:  # their manifests are of today
        assert path is not None
        (path / "manifest.json").unlink()
    plan = prune(config, "sessions", now=NOW)[0]
    assert next((kept.point.name, kept.why) for kept in plan.keep) == (earlier.name, "the last that was proven")
    assert [point.name for point in plan.remove] == [later.name]


def test_listing_what_would_go_changes_nothing(config: BackupConfig) -> None:
    assert prune(config, "others")[0].keep == ()
    assert prune(config, "others", apply=True)[1] is None
    assert not (config.directory.parent / "others").exists()


def test_what_cannot_be_recorded_is_not_done(config: BackupConfig) -> None:
    place = config.evidence.model_copy(update={"directory": config.directory.parent / "a file"})
    place.directory.write_text("")
    with pytest.raises(Refused, match="the evidence cannot be kept"):
        take(config.model_copy(update={"evidence": place}), "sessions")
    assert not (config.directory / "sessions").exists()


@pytest.mark.feature("B4", "B6")
def test_what_a_killed_run_has_left_is_in_the_next_report(config: BackupConfig, scratch_in: Path) -> None:
    half = config.directory / "sessions" / ".partial-x"
    half.mkdir(parents=True)
    dead = scratch_root(scratch_in) / "redis-dead"
    dead.mkdir()
    run = take(config, "sessions")
    (found,) = [each for each in run.report.findings if each.check == "leftovers"]
    assert (found.verdict, found.required, run.verdict) == ("proven", False, "proven")
    assert (found.facts["scratch"], found.facts["half"]) == (["redis-dead"], [".partial-x"])
    assert not half.exists()
    assert not dead.exists()
    half.mkdir()
    found, *rest = [each for each in verify(config, "sessions").report.findings if each.check == "leftovers"]
    assert (found.facts["half"], rest) == ([".partial-x"], [])
    skipped = verify(config, "sessions", skip_proven=True).report
    assert skipped.skipped is not None
    assert "leftovers" not in {each.check for each in skipped.findings}


def test_a_verification_lets_be_what_another_run_is_writing(config: BackupConfig) -> None:
    take(config, "sessions")
    half = config.directory / "sessions" / ".partial-x"
    half.mkdir()
    with locked(config.directory / "sessions" / ".lock", wait=False):
        assert verify(config, "sessions").verdict == "proven"
        assert half.is_dir()


def test_nothing_is_removed_while_the_evidence_is_damaged(config: BackupConfig) -> None:
    take(config, "sessions")
    entry = read_entries(config.evidence.directory)[0]
    (config.evidence.directory / f"{entry.file}.json").write_text("{}")
    with pytest.raises(Refused, match="the evidence is damaged"):
        prune(config, "sessions", apply=True)
