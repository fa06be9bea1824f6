"""The README says what the table of types says."""

from __future__ import annotations

import re
from pathlib import Path

import opslib.sandbox
from opslib.sandbox.provider import RESOURCE_TYPES

README = (Path(opslib.sandbox.__file__).parent / "README.md").read_text()


def test_every_type_is_listed_with_what_asks_for_a_new_resource() -> None:
    rows = re.findall(r"^\| `(aws:\S+)`[^|]*\|[^|]*\| ([^|;]*)", README, re.MULTILINE)
    listed = {token: frozenset(properties.replace(" ", "").split(",")) - {"nothing"} for token, properties in rows}
    assert listed == {token: row.replace_on for token, row in RESOURCE_TYPES.items()}
    assert list(listed) == sorted(listed)


def test_every_change_in_aws_is_listed() -> None:
    for token, row in RESOURCE_TYPES.items():
        [calls] = re.findall(rf"^\| `{token}`[^|]*\| ([^|]*)\|", README, re.MULTILINE)
        made = {row.create.operation, row.delete.operation}
        made |= {change.call.operation for change in row.changes if change.at_create or len(row.changes) == 1}
        named = {word.lower() for word in re.findall(r"\w+", calls)}
        assert {operation.replace("_", "") for operation in made} <= named, token
