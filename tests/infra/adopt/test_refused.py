"""What is wrong is told on one line; nothing of the team's is overwritten, in AWS or on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.adopt import main
from opslib import clients
from opslib.sandbox import Fault, Sandbox
from tests.infra.adopt.conftest import REGION

pytestmark = pytest.mark.feature("P5")


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(arguments)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("infra.adopt: ")
    assert said.err.count("\n") == 1
    return code, said.err


BAD = {
    "no stack file": (["--out", "stack.yaml"], "call it Pulumi.NAME.yaml"),
    "no directory": (["--out", "nowhere/Pulumi.prod.yaml"], "there is no directory nowhere"),
    "a tag without a value": (["--out", "Pulumi.prod.yaml", "--tag", "team"], "write it as KEY=VALUE"),
    "two histories": (["--out", "Pulumi.prod.yaml", "--history", ".", "--days", "3"], "give one of them"),
    "incidents alone": (["--out", "Pulumi.prod.yaml", "--incidents", "i.csv"], "give --history or --days"),
    "no days": (["--out", "Pulumi.prod.yaml", "--days", "0"], "give a number of days"),
    "a long name": (["--out", "Pulumi.a-very-long-environment.yaml"], "give another with --environment"),
    "capitals": (["--out", "Pulumi.Prod.yaml"], "Prod cannot be the name of an environment"),
}


@pytest.mark.parametrize(("arguments", "says"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_before_aws_is_asked(
    arguments: list[str],
    says: str,
    no_aws: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    no_aws.chdir(tmp_path)
    code, said = refused(arguments, capsys)
    assert code == 2
    assert says in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten(shop: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out.write_text("theirs")
    code, said = refused(["--out", str(out)], capsys)
    assert (code, out.read_text()) == (2, "theirs")
    assert "nothing is overwritten" in said
    assert shop.calls() == []


def test_no_credentials(no_aws: pytest.MonkeyPatch, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    no_aws.setenv("AWS_REGION", REGION)
    code, said = refused(["--out", str(out)], capsys)
    assert code == 3
    assert "there are no AWS credentials" in said
    assert not out.exists()


def test_no_region(no_aws: pytest.MonkeyPatch, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert no_aws
    assert refused(["--out", str(out)], capsys)[0] == 3


def test_no_such_profile(aws: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert aws
    code, said = refused(["--out", str(out), "--profile", "nobody"], capsys)
    assert code == 2
    assert "nobody" in said


def test_nothing_runs(aws: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert aws
    code, said = refused(["--out", str(out), "--tag", "team=none"], capsys)
    assert code == 2
    assert "nothing that can be watched runs in 123456789012 eu-west-1 with team=none" in said


def test_names_without_anything_in_common(aws: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("orders", "billing", "mail"):
        aws.client("sqs", REGION).create_queue(QueueName=name)
    code, said = refused(["--out", str(out)], capsys)
    assert code == 2
    assert "--product" in said
    assert main(["--out", str(out), "--product", "shop"]) == 0


def clashing(kind: str, shop: Sandbox, put_alarm: Any) -> None:
    if kind == "alarm":
        put_alarm("shop-prod-api-cpu-warning")
    elif kind == "topic":
        shop.client("sns", REGION).create_topic(Name="shop-prod-critical")
    else:
        put_dashboard = shop.client("cloudwatch", REGION).put_dashboard
        put_dashboard(DashboardName="shop-prod-overview-eu-west-1", DashboardBody='{"widgets": []}')


@pytest.mark.parametrize("kind", ["alarm", "topic", "dashboard"])
def test_a_name_that_is_taken_is_refused_for_aws_would_overwrite_it(
    shop: Sandbox, out: Path, put_alarm: Any, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    clashing(kind, shop, put_alarm)
    shop.reset_calls()
    code, said = refused(["--out", str(out)], capsys)
    assert code == 3
    assert f"the {kind} shop-prod-" in said
    assert "nothing was written" in said
    assert not out.exists()
    assert [call for call in shop.calls() if call.mutating] == []
    assert main(["--out", str(out), "--product", "store"]) == 0


@pytest.mark.parametrize(
    "denied", ["elasticache:DescribeReplicationGroups", "cloudfront:ListDistributions", "ec2:DescribeInstances"]
)
def test_what_aws_does_not_answer_is_named(
    shop: Sandbox, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], denied: str
) -> None:
    monkeypatch.setitem(clients._ATTEMPTS["read"]["retries"], "total_max_attempts", 1)
    shop.faults(Fault.internal_error(*denied.split(":")))
    code, said = refused(["--out", str(out)], capsys)
    assert code == 3
    assert f"{denied} in eu-west-1" in said
    assert not out.exists()
