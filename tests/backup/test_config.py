"""backup.toml: what is right is read, what is wrong is one line that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from opslib.backup.config import PostgresSource, read_config
from opslib.errors import BadRequest

WHOLE = """
environment = "prod"
stack = "shop/prod"

[evidence]
kms_key = "alias/backup-evidence"

[sources.orders]
kind = "postgres"
database = "orders"
rpo_seconds = 3600
rto_seconds = 14400
retention = { days = 30, minimum = 5 }
required = ["restore", "content"]
freshness = [{ query = "select max(created_at) from orders", max_age_seconds = 3600 }]
business = [{ name = "paid orders", query = "select count(*) from orders", at_least = 1 }]

[sources.sessions]
kind = "redis"
password_variable = "REDIS_PASSWORD"

[sources.embeddings]
kind = "vectors"
path = "state/vectors"

[sources.exports]
kind = "files"
s3 = { bucket = "exports", prefix = "orders/", region = "eu-west-1" }
encryption = { algorithm = "aws:kms", key = "1234" }
second_copy = { s3 = { bucket = "exports-dr", prefix = "orders/", region = "us-east-1" } }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "backup.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.feature("B3", "B4")
def test_a_whole_configuration_is_read_and_its_paths_go_from_the_file(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, WHOLE))
    assert config.directory == tmp_path / "backups"
    assert config.evidence.directory == tmp_path / "evidence"
    orders = config.source("orders")
    assert isinstance(orders, PostgresSource)
    assert (orders.retention.days, orders.required) == (30, ("restore", "content"))
    assert config.sources["embeddings"].model_dump()["path"] == tmp_path / "state/vectors"


WRONG = {
    "a key that is not known": ("[sources.a]\nkind='redis'\nhosts='x'", "sources.a.hosts: is no key that is known"),
    "a kind that is not known": ("[sources.a]\nkind='mysql'", "sources.a"),
    "no source": ("", "sources: is missing"),
    "a port out of range": ("[sources.a]\nkind='redis'\nport=0", "sources.a.port"),
    "a password in a URI": (
        "[sources.a]\nkind='postgres'\nuri='postgresql://u:hunter2@h/d'",
        "sources.a.uri: holds a password",
    ),
    "a password in a query": (
        "[sources.a]\nkind='postgres'\nuri='postgresql://h/d?password=hunter2'",
        "sources.a.uri: holds a password",
    ),
    "two ways to a database": (
        "[sources.a]\nkind='postgres'\nuri='postgresql://h/d'\nservice='x'",
        "sources.a: wants exactly one of uri, service, dsn_variable, database",
    ),
    "a stack's database without a stack": ("[sources.a]\nkind='postgres'\ndatabase='x'", "no stack is named"),
    "a pattern that is none": (
        "[sources.a]\nkind='files'\ndirectory='x'\ntime_pattern='%Q'",
        "sources.a.time_pattern: is no strptime pattern",
    ),
    "a pattern without a day": (
        "[sources.a]\nkind='files'\ndirectory='x'\ntime_pattern='orders-%Y-%m'",
        "does not say year, month and day",
    ),
    "both places": ("[sources.a]\nkind='files'\ndirectory='x'\ns3={bucket='b'}", "wants either directory or s3"),
    "a name that is a path": ("[sources.'../a']\nkind='redis'", "is no name"),
    "no expectation": (
        "[sources.a]\nkind='postgres'\nservice='x'\nbusiness=[{name='n', query='select 1'}]",
        "sources.a.business.0: wants an expectation",
    ),
    "no TOML": ("[sources", "is not TOML"),
    "a time of nothing": ("[sources.a]\nkind='redis'\nrpo_seconds=0", "sources.a.rpo_seconds"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line_with_the_key_and_no_secret(tmp_path: Path, case: str) -> None:
    text, said = WRONG[case]
    with pytest.raises(BadRequest) as caught:
        read_config(written(tmp_path, f"environment='prod'\n{text}\n"))
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert "hunter2" not in message


def test_a_file_that_is_not_there_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_config(tmp_path / "nope.toml")
