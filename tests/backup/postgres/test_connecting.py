from __future__ import annotations

from pathlib import Path

import pytest

from opslib.backup.postgres import Database, take_dump
from opslib.errors import BadRequest, Refused
from tests.backup.postgres.conftest import Source

SECRET = "sword fish'"


def test_a_password_is_in_no_argument_and_no_message() -> None:
    database = Database.of("postgresql://me:sword%20fish'@192.0.2.1:1/shop?connect_timeout=2")
    assert "sword" not in database.conninfo
    assert "sword" not in repr(database)
    assert "sword" not in database.says
    assert database.environment()["PGPASSWORD"] == SECRET
    with pytest.raises(Refused, match=r"no connection to shop on 192\.0\.2\.1") as refused:
        Database.of("postgresql://me:swordfish@192.0.2.1:1/shop?connect_timeout=2").connect()
    assert "swordfish" not in str(refused.value)


@pytest.mark.parametrize("source", ["postgresql://me:swordfish@[host/x", "nonsense=swordfish", "host='swordfish"])
def test_a_connection_string_that_cannot_be_read_is_not_quoted(source: str) -> None:
    with pytest.raises(BadRequest, match="the connection string cannot be read") as bad:
        Database.of(source)
    assert "swordfish" not in str(bad.value)


def test_a_secret_that_only_an_argument_could_carry_is_refused() -> None:
    with pytest.raises(BadRequest, match="sslpassword"):
        Database.of("host=x sslpassword=swordfish")


def test_no_server_is_refused_and_leaves_nothing(place: Path) -> None:
    with pytest.raises(Refused, match="no connection to shop"):
        take_dump(f"host={place} dbname=shop", place / "one", name="shop")
    assert list(place.iterdir()) == []


def test_everything_can_come_from_the_environment(source: Source, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in source.server.environment(source.name).items():
        monkeypatch.setenv(name, value)
    assert (take_dump("", place / "one", name="shop") / "manifest.json").exists()


def test_a_service_file_is_used_from_wherever_it_is(
    source: Source, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = {"host": str(source.server.directory / "s"), "port": "5432", "user": "postgres", "dbname": source.name}
    (place / "services").write_text("[shop]\n" + "".join(f"{key}={value}\n" for key, value in pairs.items()))
    monkeypatch.chdir(place)
    monkeypatch.setenv("PGSERVICEFILE", "services")
    assert (take_dump("service=shop", place / "one", name="shop") / "manifest.json").exists()


def test_a_password_reaches_pg_dump(source: Source, place: Path) -> None:
    """The server takes any; what counts is that the dump works with one given."""
    assert take_dump(source.conninfo + r" password='it\'s'", place / "one", name="shop").is_dir()
