"""`opslib summary`, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opslib.cli import main
from opslib.sandbox import Sandbox
from tests.conftest import REGION

pytestmark = pytest.mark.feature("M13")


@pytest.fixture
def outputs(
    aws: Sandbox, document: dict[str, Any], put_alarms: Callable[[dict[str, Any]], None], tmp_path: Path
) -> str:
    """The outputs of shop/prod in a file; one of its alarms rings."""
    put_alarms(document)
    aws.client("cloudwatch", REGION).set_alarm_state(
        AlarmName="shop-prod-api-5xx", StateValue="ALARM", StateReason="by the test"
    )
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def test_it_is_what_the_mail_says(outputs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "--outputs", outputs, "--zone", "Europe/Berlin"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("shop/prod on ")
    assert "critical  shop-prod-api-5xx" in printed.out
    assert printed.err == ""


def test_the_same_as_json(outputs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "--outputs", outputs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {
        "stack",
        "at",
        "since",
        "ringing",
        "stuck",
        "blind",
        "missing",
        "muted",
        "rang",
        "unheard",
        "complete",
    } == set(found)
    assert "shop-prod-api-5xx" in [one["name"] for one in found["ringing"]]


@pytest.mark.parametrize("wrong", [["--hours", "0"], ["--hours", "721"], ["--outputs", "/nowhere"]])
def test_what_is_wrong_is_one_line(wrong: list[str], aws: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    del aws
    assert main(["summary", *wrong]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
