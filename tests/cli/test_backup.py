"""`opslib backup`: exit codes, one line for what is wrong, JSON that fits its schema."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from opslib.backup import evidence
from opslib.backup.redis import RedisSource
from opslib.backup.redis.binaries import server_binary
from opslib.cli import backup as commands
from opslib.cli import main
from opslib.errors import Refused


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="ops", dir="/tmp") as directory:
        path = f"{directory}/s"
        server = subprocess.Popen(
            [server_binary().path, "--port", "0", "--unixsocket", path, "--dir", directory], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                RedisSource(socket=path).describe()
                break
            except Refused:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        with RedisSource(socket=path).connect() as client:
            client.set("a", "b")
        yield path
        server.kill()
        server.wait()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: str) -> Path:
    """A directory with a backup.toml, which is where the command runs."""
    (tmp_path / "backup.toml").write_text(
        f'environment = "prod"\n[sources.sessions]\nkind = "redis"\nsocket = "{socket}"\n'
        '[sources.gone]\nkind = "redis"\nsocket = "/nonexistent/s"\n'
        '[sources.exports]\nkind = "files"\ndirectory = "exports"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPSLIB_BACKUP_CONFIG", raising=False)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["backup", *arguments])


@pytest.mark.feature("B4", "B6")
def test_the_whole_way_from_take_to_evidence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("take", "sessions") == 0
    out, err = capsys.readouterr()
    assert "taken" in out
    assert err.splitlines() == ["sessions: dump", "sessions: load", "sessions: checksum"]
    assert run("verify", "sessions") == 0
    assert run("verify", "sessions", "--skip-proven") == 0
    assert "nothing was run: proven by report 2" in capsys.readouterr().out
    assert run("evidence", "verify") == 0
    assert run("evidence", "list") == 0
    assert "verify" in capsys.readouterr().out
    assert run("evidence", "show", "2") == 0
    assert "DEBUG DIGEST" in capsys.readouterr().out
    assert run("prune", "sessions") == 0
    assert "nothing is removed yet" in capsys.readouterr().out
    (dump,) = (here / "backups/sessions").glob("2*/dump.rdb")
    dump.write_bytes(dump.read_bytes()[:-3])
    assert run("verify", "sessions") == 1
    assert "disproven" in capsys.readouterr().out
    report = here / "evidence/000002-verify-sessions.json"
    report.write_text(report.read_text().replace("prod", "test"))
    assert run("evidence", "verify") == 1
    assert run("evidence", "list") == 0
    assert "damaged" in capsys.readouterr().out


@pytest.mark.feature("B6")
def test_json_fits_the_schema_that_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here
    assert run("evidence", "schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert run("take", "sessions", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    document = json.loads(out)
    assert Path(document.pop("path")).is_dir()
    assert len(document.pop("sha256")) == 64
    jsonschema.validate(document, schema)
    assert run("evidence", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "proven"
    assert run("inventory", "--json") == 1
    assert [each["source"] for each in json.loads(capsys.readouterr().out)] == ["sessions", "gone", "exports"]


def test_the_published_schema_is_the_one_that_is_printed() -> None:
    published = json.loads(Path("docs/evidence.schema.json").read_text(encoding="utf-8"))
    assert published == evidence.json_schema()


WRONG = {
    ("verify", "nope"): (2, "there is no source 'nope'"),
    ("take", "gone"): (3, "does not answer"),
    ("take", "exports"): (2, "neither taken nor verified"),
    ("verify", "sessions", "--path", "nothing"): (2, "cannot be read"),
    ("take", "sessions", "--config", "nowhere.toml"): (2, "cannot be read"),
    ("evidence", "verify", "--directory", "nowhere"): (2, "there is no evidence"),
    ("evidence", "list"): (2, "there is no evidence"),
    ("evidence", "show", "7"): (2, "there is no evidence"),
    ("inventory", "nope"): (2, "there is no source"),
    ("verify", "sessions", "--path", ""): (2, "--path is empty"),
    ("evidence", "verify", "--directory", ""): (2, "--directory is empty"),
    ("evidence", "verify", "--key", ""): (2, "--key is empty"),
    ("evidence", "verify", "--head", ""): (2, "--head is empty"),
    ("evidence", "verify", "--directory", ".", "--head", "abc"): (2, "64 hexadecimal digits"),
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_is_one_line_and_an_exit_code(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert here
    code, said = WRONG[arguments]
    assert run(*arguments) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("opslib: ")]
    assert len(lines) == 1
    assert said in lines[0]


def test_a_run_that_is_told_to_end_does_so_in_order() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, commands._progress(as_json=True):
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_the_extra_it_says_what_to_install(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here
    real = importlib.util.find_spec
    monkeypatch.setattr(commands, "find_spec", lambda name: None if name == "psycopg" else real(name))
    assert run("verify", "sessions") == 3
    assert "pip install 'opslib-aws[backup]'" in capsys.readouterr().err


def test_importing_it_loads_neither_a_driver_nor_boto3() -> None:
    program = "import sys, opslib.backup, opslib.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"psycopg", "redis", "jinja2", "boto3", "rich"}.isdisjoint(told.stdout.split())
