"""The tables are complete: every operation that is called stands in one, every row has its rule, test and source."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.sandbox.documented.operations_used import HOME, in_file, operations_of, used
from tests.sandbox.documented.tables import DOCUMENTS, TableRow, behaviour_rows, plain_rows
from tests.sandbox.documented.tables import HOME as SANDBOX

ROWS = list(behaviour_rows())
TESTS = (HOME / "tests" / "sandbox", HOME / "tests" / "monitoring")


@cache
def known_tests() -> frozenset[str]:
    """The names of all tests, and of their files."""
    files = [path for home in TESTS for path in home.rglob("test_*.py")]
    return frozenset(
        {path.stem for path in files}
        | {found for path in files for found in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))}
    )


def test_every_operation_that_is_called_is_in_a_table() -> None:
    described = {operation for row in ROWS for operation in row.operations}
    described |= {(row.service, operation) for row in plain_rows() for operation in row.operations}
    missing = [
        f"{service}:{name} ({place})" for (service, name), place in used().items() if (service, name) not in described
    ]
    assert missing == [], "describe them in opslib/sandbox/behaviour/*.md, or in opslib/sandbox/operations.md"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_row_says_everything(document: str) -> None:
    rows = [row for row in ROWS if row.document == document]
    assert len(rows) > 5
    empty = [row for row in rows if not all((row.rule, row.here, row.test, row.source))]
    assert empty == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_is_there(document: str) -> None:
    rows = [row for row in ROWS if row.document == document]
    lost = [(name, row.rule) for row in rows for name in row.tests if not _is_there(name)]
    assert lost == []
    assert [row for row in rows if not row.tests and "the same test" not in row.test] == []


def _is_there(name: str) -> bool:
    if name.endswith("…"):
        return any(test.startswith(name[:-1]) for test in known_tests())
    return name in known_tests()


def test_what_is_plain_moto_is_an_operation_and_has_its_test() -> None:
    rows = list(plain_rows())
    assert len(rows) > 5
    for row in rows:
        assert set(row.operations) <= set(operations_of(row.service).values()), row.service
        assert row.relied_on
        assert set(re.findall(r"`(test_\w+)`", row.test)) <= known_tests()
        assert "`test_" in row.test


def test_nothing_is_called_plain_moto_that_we_correct() -> None:
    from opslib.sandbox.gaps import gap_of

    corrected = [(row.service, name) for row in plain_rows() for name in row.operations if gap_of(row.service, name)]
    assert corrected == []


def test_every_document_of_a_behaviour_is_read() -> None:
    with_tables = {
        str(path.relative_to(SANDBOX))
        for path in SANDBOX.rglob("*.md")
        if "| operation | AWS's rule | here | test | source |" in path.read_text(encoding="utf-8")
    }
    assert with_tables == set(DOCUMENTS)


def test_each_document_is_linked_from_the_readme() -> None:
    readme = (SANDBOX / "README.md").read_text(encoding="utf-8")
    assert [document for document in DOCUMENTS if f"({document})" not in readme] == []


CALLS = {
    'read("ecs", "DescribeServices", cluster="a")': {("ecs", "DescribeServices")},
    'Call("ecs@eu-west-1", "UpdateService", {})': {("ecs", "UpdateService")},
    'read(regional("ecr", region, home), "DescribeImages")': {("ecr", "DescribeImages")},
    'ports["iam"].read("GetRole", {})': {("iam", "GetRole")},
    'ssm = clients.client("ssm")\nssm.get_parameter(Name="a")': {("ssm", "GetParameter")},
    'read("points", "List")\nfound.get_parameter()': set(),
}


@pytest.mark.parametrize(("source", "operations"), CALLS.items(), ids=CALLS)
def test_calls_are_found_however_they_are_made(source: str, operations: set[tuple[str, str]]) -> None:
    assert set(in_file(ast.parse(source))) == operations


def test_a_row_below_another_is_of_the_same_operations() -> None:
    rows = [row for row in ROWS if row.document == "behaviour/metrics.md"]
    assert isinstance(rows[1], TableRow)
    assert rows[1].operations == rows[0].operations == (("cloudwatch", "PutMetricData"),)
