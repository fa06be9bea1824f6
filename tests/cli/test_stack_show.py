"""`opslib stack`, run as a user runs it: a process, its exit code, its two streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opslib.contract import json_schema
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("M26")

Document = dict[str, Any]
REGION = "eu-west-1"


def opslib(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sys; from opslib.cli import main; sys.exit(main())", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def only_line(run: subprocess.CompletedProcess[str]) -> str:
    """Standard error's one line, which is all that was printed."""
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith("opslib: ")
    assert run.stderr.endswith("\n")
    assert run.stderr.count("\n") == 1
    return run.stderr


@pytest.fixture
def outputs(tmp_path: Path, document: Document) -> Callable[[Document], str]:
    """Writes outputs to a file; the document as it is now unless another one is given."""

    def write(given: Document | None = None) -> str:
        (tmp_path / "out.json").write_text(json.dumps(given or document))
        return str(tmp_path / "out.json")

    return write


# What it shows


def test_it_shows_what_is_watched_and_how_it_is(
    aws: Sandbox, document: Document, write_mirror: Callable[..., None], put_alarms: Callable[[Document], None]
) -> None:
    write_mirror(document)
    put_alarms(document)
    aws.client("cloudwatch", "us-east-1").set_alarm_state(
        AlarmName="shop-prod-site-down", StateValue="ALARM", StateReason="no answer"
    )
    run = opslib("stack", "show", "prod")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == "shop/prod"
    assert "account   123456789012" in lines
    assert "region    eu-west-1" in lines
    assert "revision  0123abc 2026-01-02T03:04:05Z" in lines
    assert "outputs   SSM" in lines
    words = [line.split() for line in lines]
    assert ["unwatched", "edge", "loadBalancers", "0"] in words
    assert ["ALARM", "stack", "stack", "1"] in words
    alarms = words[words.index(["Alarms"]) + 2 : words.index(["Topics"]) - 1]
    assert alarms[0][:7] == ["ALARM", "emergency", "stack", "site-down", "is", "bad", alarms[0][6]]
    assert len(alarms) == 5
    assert ["overview", "shop-prod"] in words
    assert ["shop-journal", "eu-west-1"] in words


def test_columns_are_aligned_and_plain_where_nobody_looks(
    aws: Sandbox, outputs: Callable[..., str], document: Document, put_alarms: Callable[[Document], None]
) -> None:
    assert aws.url
    document["alarms"][0]["title"] = "evil \x1b[31m\r\ntitle [bold]"
    put_alarms(document)
    run = opslib("stack", "show", "--outputs", outputs(), FORCE_COLOR="1")
    assert "\x1b" not in run.stdout
    assert run.stdout.isascii()
    assert "evil  [31m  title [bold]" in run.stdout
    table = run.stdout.split("Alarms\n")[1].split("\n\n")[0].splitlines()
    severity = table[0].index("SEVERITY")
    assert {line[severity - 2 : severity] for line in table} == {"  "}
    assert {line[severity:].split()[0] for line in table} == {"SEVERITY", "emergency", "critical", "warning"}


def test_a_missing_alarm_ends_with_1_and_is_named(
    aws: Sandbox, outputs: Callable[..., str], document: Document, put_alarms: Callable[[Document], None]
) -> None:
    put_alarms(document)
    aws.client("cloudwatch", REGION).delete_alarms(AlarmNames=["shop-prod-api-5xx"])
    run = opslib("stack", "show", "--outputs", outputs())
    assert run.returncode == 1
    assert "1 of 5 alarms are missing in AWS" in run.stdout
    assert ["missing", "api", "services", "3"] in [line.split() for line in run.stdout.splitlines()]


def test_json_has_a_stable_shape(
    aws: Sandbox, outputs: Callable[..., str], document: Document, put_alarms: Callable[[Document], None]
) -> None:
    put_alarms(document)
    aws.client("cloudwatch", REGION).delete_alarms(AlarmNames=["shop-prod-api-5xx"])
    run = opslib("stack", "show", "prod", "--outputs", outputs(), "--json")
    assert run.returncode == 1
    report = json.loads(run.stdout)
    assert set(report) == {
        "source", "complete", "stack", "workloads", "alarms", "missing", "topics", "dashboards", "journal"
    }  # fmt: skip
    assert report["complete"] is False
    assert report["missing"] == ["shop-prod-api-5xx"]
    assert report["stack"] == document["stack"]
    assert report["workloads"][0] == {"key": "api", "section": "services", "alarms": 3, "state": "missing"}
    assert report["workloads"][1] == {"key": "edge", "section": "loadBalancers", "alarms": 0, "state": None}
    assert report["alarms"][0]["state"] == "missing"
    promised = {alarm["name"]: alarm for alarm in document["alarms"]}
    for alarm in report["alarms"]:
        live = {key: alarm.pop(key) for key in ("state", "reason", "since", "actionsEnabled")}
        assert live["since"] is None or "T" in live["since"]
        assert {key: value for key, value in alarm.items() if value is not None} == promised[alarm["name"]]


# What goes wrong

UNUSABLE = [
    ("not JSON", "{", "not JSON"),
    ("not outputs", "{}", "no schemaVersion"),
    ("too old", '{"schemaVersion": 0}', "version 0, too old: this opslib reads version 1"),
    ("too new", '{"schemaVersion": 2}', "version 2, too new: this opslib reads version 1"),
    ("malformed", '{"schemaVersion": 1, "stack": {"account": "x"}}', "stack.account"),
]


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize(("content", "said"), [row[1:] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_unusable_outputs_are_a_bad_request(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "out.json").write_text(content)
    run = opslib("stack", "show", "--outputs", str(tmp_path / "out.json"))
    assert run.returncode == 2
    assert said in only_line(run)


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stack", "show", "--outputs", "/nowhere/out.json"], "/nowhere/out.json cannot be read"),
        (["stack", "show"], "no stack is named"),
        (["stack", "show", "a/b/c"], "'a/b/c' is no stack's name"),
        (["stack", "show", "prod", "--nix"], "No such option: --nix (`opslib stack show --help`"),
        (["stack", "show", "prod", "twice"], "`opslib stack show --help` says more"),
        (["stack", "show", "--outputs"], "requires an argument (`opslib --help`"),
        (["nix"], "No such command 'nix' (`opslib --help`"),
    ],
)
def test_bad_usage_is_a_bad_request(arguments: list[str], said: str) -> None:
    run = opslib(*arguments)
    assert run.returncode == 2
    assert said in only_line(run)


@pytest.mark.usefixtures("aws")
def test_another_account_is_refused(outputs: Callable[..., str], document: Document) -> None:
    document["stack"]["account"] = "999999999999"
    run = opslib("stack", "show", "--outputs", outputs())
    assert run.returncode == 3
    assert "AWS account 999999999999, and the credentials are for 123456789012" in only_line(run)


@pytest.mark.usefixtures("no_aws")
def test_no_credentials_are_refused(outputs: Callable[..., str]) -> None:
    run = opslib("stack", "show", "--outputs", outputs())
    assert run.returncode == 3
    assert "there are no AWS credentials" in only_line(run)


@pytest.mark.usefixtures("aws")
def test_an_endpoint_without_a_server_is_refused(outputs: Callable[..., str]) -> None:
    run = opslib("stack", "show", "--outputs", outputs(), AWS_ENDPOINT_URL="http://user:secret@127.0.0.1:9")
    assert run.returncode == 3
    assert "http://127.0.0.1:9 does not answer" in only_line(run)


@pytest.mark.usefixtures("aws")
def test_a_stack_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    run = opslib("stack", "show", "prod", PATH=str(tmp_path))
    assert run.returncode == 3
    assert "SSM: nothing like" in only_line(run)


# The schema


def test_the_schema_is_printed() -> None:
    run = opslib("stack", "schema")
    assert run.returncode == 0
    assert json.loads(run.stdout) == json_schema()
