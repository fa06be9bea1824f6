"""Plain moto, held against what we know of it: a moto upgrade shows what it mended, and where we can delete something.

When a row fails after an upgrade, look at the file that it names: what moto now does right need not be corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from botocore import xform_name
from moto import mock_aws

import opslib.sandbox
from opslib.sandbox import gaps
from tests.sandbox.moto_as_found import (
    rows_containers,
    rows_edge,
    rows_functions,
    rows_records,
    rows_scaling,
    rows_stores,
    rows_watching,
)
from tests.sandbox.moto_as_found.found import Moto, Row
from tests.sandbox.moto_as_found.lacking import LACKING

HOME = Path(opslib.sandbox.__file__).parent
SUBJECTS = (rows_containers, rows_edge, rows_functions, rows_records, rows_scaling, rows_stores, rows_watching)
ROWS: list[Row] = [row for subject in SUBJECTS for row in subject.ROWS.all]
LACKED = [(file, operation) for file, operations in LACKING.items() for operation in operations]


@pytest.fixture(scope="module")
def clients() -> Iterator[Moto]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
            environment.delenv(name, raising=False)
        # Of each region that a row uses moto would first make a thousand machine images: half of the time of all rows.
        environment.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        yield Moto()


@pytest.fixture
def moto(clients: Moto) -> Iterator[Moto]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield clients


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.operations[0]}: {row.aws}")
def test_what_moto_does_otherwise_than_aws(moto: Moto, row: Row) -> None:
    assert row.ask(moto) == row.found, f"moto has changed: look at opslib/sandbox/{row.file}. AWS: {row.aws}"


def test_what_moto_lacks(moto: Moto) -> None:
    """All at once: each of them would reset all of moto first."""
    has = []
    for file, operation in LACKED:
        service, _, name = operation.partition(":")
        client = moto.unchecked(service)
        shape = client.meta.service_model.operation_model(name).input_shape
        in_path = [key for key, one in shape.members.items() if one.serialization.get("location") == "uri"]
        try:
            getattr(client, xform_name(name))(**dict.fromkeys(in_path, "none"))
        except NotImplementedError:
            continue
        except Exception as error:  # noqa: BLE001  # whatever it says: it is there, unless it says that it is not
            if "Not yet implemented" in str(error):
                continue
            has.append(f"{operation} ({type(error).__name__}: {error}): look at opslib/sandbox/{file}")
        else:
            has.append(f"{operation}: look at opslib/sandbox/{file}")
    assert has == []


def test_every_operation_of_ours_corrects_something_that_is_known() -> None:
    ours = {
        f"{service}:{operation}"
        for home in set(gaps._HOMES.values())
        for service, operation in import_module(f"opslib.sandbox.gaps.{home}").OPERATIONS
    }
    known = {operation for row in ROWS for operation in row.operations} | {operation for _, operation in LACKED}
    assert known == ours


def test_every_file_that_is_named_is_there() -> None:
    named = {row.file for row in ROWS} | set(LACKING)
    assert [file for file in sorted(named) if not (HOME / file).exists()] == []
