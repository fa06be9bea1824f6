"""`opslib evidence`, as an operator runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opslib.backup import evidence
from opslib.cli import main
from opslib.procedure import Journal, run
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.sandbox import Sandbox
from tests.backup.evidence.test_chain import draft
from tests.procedure.toy import ToyClock, plan, set_value
from tests.procedure.toy import World as Toy
from tests.record.evidence import Shop

pytestmark = pytest.mark.feature("S4")

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def shop(aws: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """The stack, and an operator's session; the outputs are in a file."""
    made = Shop(aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.taken_on("operator"))
    monkeypatch.setenv("OPSLIB_OUTPUTS", str(tmp_path / "outputs.json"))
    (tmp_path / "outputs.json").write_text(json.dumps(made.outputs.document()), encoding="utf-8")
    return made


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    for _ in range(3):
        evidence.add(tmp_path / "evidence", draft())
    return tmp_path / "evidence"


def told(capsys: Printed) -> Any:
    return json.loads(capsys.readouterr().out)


def test_reports_are_kept_once_and_read_back(shop: Shop, chain: Path, capsys: Printed) -> None:
    keep = ["evidence", "backups", "--directory", str(chain)]
    assert main(keep) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 9
    assert printed[0].startswith(f"kept s3://{shop.bucket}/evidence/backups/")
    evidence.add(chain, draft())
    assert main([*keep, "--json"]) == 0
    assert [one["new"] for one in told(capsys)] == [False] * 9 + [True] * 3
    assert main(keep) == 0
    assert capsys.readouterr().out.startswith("12 of 12 were there: s3://")
    assert main(["evidence", "verify"]) == 0
    assert "12 of 12 objects are as they were put there" in capsys.readouterr().out


@pytest.mark.feature("S3")
def test_the_journal_is_kept(shop: Shop, capsys: Printed) -> None:
    assert main(["evidence", "journal"]) == 0
    assert capsys.readouterr().err == "nothing was done yet\n"
    assert shop.outputs.journal is not None
    clock = ToyClock()
    store = DynamoDbStore(
        shop.by("operator").clients, table=shop.outputs.journal.table, region=shop.outputs.stack.region
    )
    run(plan(set_value("writers", 0)), {"toy": Toy(clock)}, Journal(store), clock=clock, runner="ada")
    assert main(["history", "--export"]) == 0
    exported = capsys.readouterr().out
    assert main(["evidence", "journal", "--json"]) == 0
    [kept] = told(capsys)
    found = shop.s3.get_object(Bucket=shop.bucket, Key=kept["uri"].partition(f"{shop.bucket}/")[2])
    assert found["Body"].read().decode("utf-8") == exported
    assert main(["evidence", "journal", "--since", "yesterday"]) == 2


def test_what_somebody_removed_is_missed(shop: Shop, chain: Path, capsys: Printed) -> None:
    assert main(["evidence", "backups", "--directory", str(chain)]) == 0
    capsys.readouterr()
    versions = shop.s3.list_object_versions(Bucket=shop.bucket)["Versions"]
    for one in versions:
        if "/000002-" in one["Key"]:
            shop.s3.delete_object(
                Bucket=shop.bucket, Key=one["Key"], VersionId=one["VersionId"], BypassGovernanceRetention=True
            )
    assert main(["evidence", "verify"]) == 1
    printed = capsys.readouterr().out
    assert "number 2 is not there" in printed
    assert "5 of 6 objects" in printed
    assert main(["evidence", "verify", "--json"]) == 1
    assert sum(bool(one["faults"]) for one in told(capsys)["objects"]) == 1
