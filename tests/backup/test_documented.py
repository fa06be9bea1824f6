"""docs/backup.md says what is there: its configurations are read, its commands exist, its checks are the code's."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from opslib.backup.config import parse_config
from opslib.backup.kinds import REDIS_CHECKS, VECTORS_CHECKS
from opslib.backup.postgres.checks import check_names
from opslib.backup.runs import INVENTORY_CHECKS
from opslib.backup.subject import describe_subject
from opslib.cli import main

PAGE = Path(__file__).parents[2].joinpath("docs/backup.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^opslib (backup [a-z]+(?: (?:verify|list|show))?)", PAGE, re.MULTILINE)
CONFIGURATIONS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_each_configuration_is_read(text: str) -> None:
    assert parse_config(tomllib.loads(text), place=Path("/"), source="docs/backup.md").sources


@pytest.mark.parametrize(
    "command", re.findall(r"^opslib (backup [a-z]+(?: (?:verify|list|show))?)", PAGE, re.MULTILINE)
)
def test_each_command_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.removesuffix(" orders").split(), "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("heading", "checks"),
    [
        ("PostgreSQL, a dump", {*check_names(), "manifest"}),
        ("Redis and Valkey:", {*REDIS_CHECKS}),
        ("Vector state", {*VECTORS_CHECKS}),
        ("Inventory, of", {*INVENTORY_CHECKS} - {"evidence"}),
    ],
)
def test_each_table_of_checks_is_that_of_the_code(heading: str, checks: set[str]) -> None:
    table = PAGE.split(heading, 1)[1].split("|---|---|", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| ([a-z, ]+) \|", table, re.MULTILINE)
    assert {check.strip() for row in rows for check in row.split(",")} == checks


def test_the_hash_of_a_backup_is_what_the_page_says(tmp_path: Path) -> None:
    for name in ("b", "a b", "deep/c", "B", "ä"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (command,) = re.findall(r"```sh\n(find .*)\n```", PAGE)
    told = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == describe_subject(tmp_path).sha256
