"""Redis dumps on real servers: taken, proven, and each damage disproven."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from opslib.backup.manifest import sealed
from opslib.backup.redis import RdbManifest, RedisSource, loading, take_rdb, verify_rdb
from opslib.backup.redis.binaries import server_binary
from opslib.backup.redis.taking import DUMP
from opslib.backup.verdict import verdict_of
from opslib.errors import Refused


def verdicts(path: Path, **expected: str) -> dict[str, str]:
    findings, _ = verify_rdb(path, **expected)
    return {finding.check: finding.verdict for finding in findings}


def whole(path: Path, **expected: str) -> str:
    return verdict_of(verify_rdb(path, **expected)[0])


@pytest.fixture
def dump(full_redis: RedisSource, tmp_path: Path) -> Path:
    return take_rdb(full_redis, tmp_path / "taken", name="sessions", environment="prod")


@pytest.mark.feature("B4", "B5")
def test_a_dump_is_proven_with_every_database_and_digest(dump: Path) -> None:
    findings, phases = verify_rdb(dump, name="sessions", environment="prod")
    assert {finding.verdict for finding in findings} == {"proven"}
    assert [phase.name for phase in phases] == ["checksum", "format", "load"]
    manifest = json.loads((dump / "manifest.json").read_bytes())
    assert manifest["keys"]["db33"] == 1
    assert manifest["keys"]["db0"] >= 205
    assert len(manifest["digest"]) == 40


@pytest.mark.feature("B4")
def test_a_key_whose_time_is_over_by_now_is_no_false_alarm(full_redis: RedisSource, tmp_path: Path) -> None:
    with full_redis.connect() as client:
        client.set("short-lived", "x", px=1500)
        path = take_rdb(full_redis, tmp_path / "taken", name="sessions")
        assert client.exists("short-lived")
        while client.exists("short-lived"):
            time.sleep(0.05)
    assert whole(path) == "proven"


def flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x01]) + content[at + 1 :]


def without_checksum(content: bytes) -> bytes:
    return content[:-8] + bytes(8)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": lambda content: flip(content, len(content) // 2),
    "a flipped bit in a value, with the checksum zeroed": lambda content: without_checksum(
        flip(content, content.index(b"user-77") + 3)
    ),
    "the checksum zeroed": without_checksum,
    "cut in half": lambda content: content[: len(content) // 2],
    "its last byte gone": lambda content: content[:-1],
    "empty": lambda _: b"",
    "another file": lambda _: b"hello" * 100,
    "its format's version raised": lambda content: b"REDIS0099" + content[9:],
}


@pytest.mark.feature("B4")
@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_disproven(dump: Path, damage: str) -> None:
    file = dump / DUMP
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert whole(dump) == "disproven"


@pytest.mark.feature("B4")
def test_a_flip_that_parses_and_has_no_checksum_is_seen_by_the_digest_alone(dump: Path) -> None:
    """Were the file's SHA-256 not recorded, the content would still be compared."""
    file, manifest = dump / DUMP, dump / "manifest.json"
    content = DAMAGE["a flipped bit in a value, with the checksum zeroed"](file.read_bytes())
    file.write_bytes(content)
    told = RdbManifest.model_validate_json(manifest.read_bytes())
    record = told.files[0].model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
    manifest.write_bytes(sealed(told.model_copy(update={"files": (record,)})).text())
    found = verdicts(dump)
    assert (found["files"], found["format"], found["load"], found["keys"]) == ("proven",) * 4
    assert found["content"] == "disproven"


def test_without_a_manifest_it_loads_and_no_more_is_said(dump: Path) -> None:
    (dump / "manifest.json").unlink()
    found = verdicts(dump)
    assert found["load"] == found["format"] == "proven"
    assert found["content"] == found["files"] == found["manifest"] == "not checked"
    assert whole(dump) == "not checked"
    assert verdicts(dump / DUMP) == found


@pytest.mark.parametrize("expected", [{"name": "other"}, {"environment": "staging"}])
def test_a_backup_of_something_else_is_disproven(dump: Path, expected: dict[str, str]) -> None:
    assert verdicts(dump, **expected)["identity"] == "disproven"


def test_a_damaged_manifest_is_disproven(dump: Path) -> None:
    (dump / "manifest.json").write_text('{"kind": "redis"')
    assert verdicts(dump)["manifest"] == "disproven"


@pytest.mark.feature("B4")
def test_a_flipped_digit_of_the_manifest_is_disproven(dump: Path) -> None:
    """Its time decides whether the dump is younger than the RPO."""
    manifest = dump / "manifest.json"
    content = manifest.read_bytes()
    manifest.write_bytes(flip(content, content.index(b'"taken_at":"2') + 24))
    (finding,) = [each for each in verify_rdb(dump)[0] if each.check == "manifest"]
    assert (finding.verdict, "does not match its own SHA-256" in finding.says) == ("disproven", True)


def test_a_format_beyond_the_server_is_not_the_files_fault(dump: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.rdb"
    newer.write_bytes(b"REDIS0099" + (dump / DUMP).read_bytes()[9:])
    found = verdicts(newer)
    assert (found["format"], found["load"]) == ("not checked", "not checked")


def test_a_scratch_server_listens_on_no_port_and_its_socket_is_private(
    dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, object] = {}

    original = loading._answers

    def answers(process: object, client: object) -> bool:
        ready = original(process, client)  # type: ignore[arg-type]  # handed on
        config = client.config_get("*")  # type: ignore[attr-defined]  # a Redis
        directory = Path(config["dir"])
        seen.update(port=config["port"], mode=directory.stat().st_mode & 0o777, directory=directory)
        seen["sockets"] = _listening(process.pid)  # type: ignore[attr-defined]  # a Popen
        return ready

    monkeypatch.setattr(loading, "_answers", answers)
    assert loading.load_rdb(dump / DUMP, server_binary()).state == "loaded"
    assert (seen["port"], seen["mode"], seen["sockets"]) == ("0", 0o700, 0)
    assert isinstance(seen["directory"], Path)
    assert not seen["directory"].exists()


def _listening(pid: int) -> int:
    """How many TCP sockets a process listens on."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    count = 0
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        count += sum(line.split()[3] == "0A" and line.split()[9] in inodes for line in lines)
    return count


def test_a_source_that_does_not_answer_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not answer"):
        take_rdb(RedisSource(socket=str(tmp_path / "none")), tmp_path / "taken", name="x")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_forbids_replication_is_refused_and_says_what_to_do(
    full_redis: RedisSource, tmp_path: Path
) -> None:
    with full_redis.connect() as client:
        client.acl_setuser("nosync", enabled=True, nopass=True, commands=["+@all", "-sync", "-psync"], keys=["*"])
    denied = RedisSource(socket=full_redis.socket, username="nosync", password="hunter2")
    with pytest.raises(Refused, match="over replication") as caught:
        take_rdb(denied, tmp_path / "taken", name="x")
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_dump_is_never_written_over_another(dump: Path, full_redis: RedisSource) -> None:
    with pytest.raises(Refused, match="is there already"):
        take_rdb(full_redis, dump, name="sessions")
    assert whole(dump) == "proven"
