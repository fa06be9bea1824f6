"""`opslib doctor`: its words, its exit code, its two streams."""

from __future__ import annotations

import gc
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from opslib.cli import main
from opslib.operate.doctor import CHECKS, PAGE
from opslib.sandbox import Fault, Sandbox
from tests.conftest import REGION

pytestmark = pytest.mark.feature("O14")

Document = dict[str, Any]
TABLE = "shop-journal"


@dataclass(frozen=True)
class Run:
    returncode: int
    stdout: str
    stderr: str


def opslib(*arguments: str) -> Run:
    """The command in this process, which has imported everything already."""
    out, err, threshold = io.StringIO(), io.StringIO(), gc.get_threshold()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    gc.set_threshold(*threshold)
    return Run(code, out.getvalue(), err.getvalue())


@pytest.fixture
def outputs(tmp_path: Path, document: Document) -> str:
    path = tmp_path / "out.json"
    path.write_text(json.dumps(document))
    return str(path)


@pytest.fixture
def journal(aws: Sandbox) -> Sandbox:
    """An account in which the journal's table is, and nothing else of the stack."""
    aws.client("dynamodb", REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
    return aws


def test_all_in_place_is_one_line_and_ends_with_0(journal: Sandbox, outputs: str) -> None:
    run = opslib("doctor", "prod", "--outputs", outputs, "--only", "journal-there", "--only", "plan-ended")
    assert (run.returncode, run.stderr) == (0, "")
    (line,) = run.stdout.splitlines()
    assert line.startswith("shop/prod: 2 checks in place, of 2 looks (")
    assert not [call for call in journal.calls() if call.mutating and call.operation != "CreateTable"]


def test_what_is_in_place_is_listed_when_it_is_asked_for(journal: Sandbox, outputs: str) -> None:
    assert journal.url
    run = opslib("doctor", "--outputs", outputs, "--only", "journal-there", "-v")
    assert run.returncode == 0
    assert "in place  1       journal-there  the journal's table is there and active" in run.stdout


def test_what_is_missing_is_told_by_group_with_what_to_do_and_ends_with_1(journal: Sandbox, outputs: str) -> None:
    assert journal.url
    run = opslib("doctor", "--outputs", outputs, "--only", "journal-recoverable", "--only", "topic-there")
    assert (run.returncode, run.stderr) == (1, "")
    lines = run.stdout.splitlines()
    headings = [line for line in lines if line in ("Telling people", "Rolling back")]
    assert headings == ["Telling people", "Rolling back"], "what keeps people from hearing of anything comes first"
    (row,) = [line for line in lines if line.startswith("warning") and TABLE in line]
    assert "point-in-time recovery of the journal's table is off" in row
    assert f"aws dynamodb update-continuous-backups --table-name {TABLE}" in row
    assert lines[-1].startswith("shop/prod: 0 checks in place, of 3 looks; 3 missing, 2 of them critical (")


def test_what_could_not_be_looked_at_ends_with_3(journal: Sandbox, outputs: str) -> None:
    journal.faults(Fault.internal_error("dynamodb", "DescribeTimeToLive"))
    run = opslib("doctor", "--outputs", outputs, "--only", "journal-expires", "--only", "journal-there")
    assert run.returncode == 3
    assert "Not checked" in run.stdout
    assert "DescribeTimeToLive failed at the server with 500" in run.stdout
    assert "1 checks in place, of 1 looks; 1 not checked" in run.stdout


def test_json_has_a_stable_shape(journal: Sandbox, outputs: str) -> None:
    assert journal.url
    run = opslib("doctor", "--outputs", outputs, "--only", "journal-recoverable", "--json")
    assert run.returncode == 1
    found = json.loads(run.stdout)
    assert set(found) == {"stack", "exitCode", "findings", "notChecked", "checks", "calls", "seconds"}
    assert (found["stack"], found["exitCode"], found["notChecked"]) == ("shop/prod", 1, [])
    (finding,) = found["findings"]
    assert set(finding) == {"check", "group", "level", "on", "what", "why", "nextStep"}
    assert found["checks"] == [
        {"check": "journal-recoverable", "group": "Rolling back", "verdict": "missing", "things": 1}
    ]


def test_a_stack_that_is_not_there_at_all_is_told_in_full_and_never_breaks(journal: Sandbox, outputs: str) -> None:
    assert journal.url
    run = opslib("doctor", "--outputs", outputs, "--json")
    assert run.stderr == ""
    found = json.loads(run.stdout)
    assert run.returncode == found["exitCode"] == 1
    told = {one["check"] for one in found["findings"]}
    assert told >= {"topic-there", "alarm-there", "service-there", "database-there", "cache-there", "function-there"}
    assert {one["check"] for one in found["notChecked"]} == {"caller-may"}, "of a user whom IAM does not know"


def test_a_test_page_is_sent_only_when_it_is_asked_for(aws: Sandbox, tmp_path: Path, document: Document) -> None:
    sns = aws.client("sns", REGION)
    arn = sns.create_topic(Name="shop-critical")["TopicArn"]
    document["topics"] = {"critical": {REGION: arn}}
    (tmp_path / "out.json").write_text(json.dumps(document))
    sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+4915112345678")
    asked = ("doctor", "--outputs", str(tmp_path / "out.json"), "--only", "topic-there")
    assert opslib(*asked).returncode == 0
    assert [call for call in aws.calls() if call.operation == "Publish"] == []
    run = opslib(*asked, "--page", "critical", "-v")
    assert run.returncode == 0, run.stdout
    assert "in place  1       page-arrives" in run.stdout
    assert len([call for call in aws.calls() if call.operation == "Publish"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--only", "journal"), 2, "there is no check 'journal': `opslib doctor --list` names them"),
        (("--only", "topic-there", "--page", "nobody"), 2, "shop/prod has no tier 'nobody': there is: critical"),
    ],
)
def test_bad_input_is_one_line(aws: Sandbox, outputs: str, arguments: tuple[str, ...], code: int, said: str) -> None:
    assert aws.url
    run = opslib("doctor", "--outputs", outputs, *arguments)
    assert (run.returncode, run.stdout) == (code, "")
    assert run.stderr == f"opslib: {said}\n"


def test_another_account_is_refused_before_anything_is_looked_at(
    aws: Sandbox, tmp_path: Path, document: Document
) -> None:
    document["stack"]["account"] = "999999999999"
    (tmp_path / "out.json").write_text(json.dumps(document))
    run = opslib("doctor", "--outputs", str(tmp_path / "out.json"))
    assert (run.returncode, run.stdout) == (3, "")
    assert "is in AWS account 999999999999" in run.stderr
    assert [call.operation for call in aws.calls()] == ["GetCallerIdentity"]


def test_the_checks_are_listed_without_a_stack(no_aws: pytest.MonkeyPatch) -> None:
    assert no_aws
    listed = json.loads(opslib("doctor", "--list", "--json").stdout)
    assert [one["check"] for one in listed] == [check.id for check in (*CHECKS, PAGE)]
    assert "topic-key" in opslib("doctor", "--list").stdout
