"""Bad input: one line that says what is wrong and what to do, exit 2, nothing written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.preview.conftest import Ended
from tests.infra.preview.test_changes import commit, git

Call = Callable[..., Ended]
Write = Callable[..., Path]

HISTORY = "namespace,metric,time,value\nAWS/ECS,CPUUtilization,2026-11-01T00:00:00Z,41\n"

FILES = {
    "torn.json": '{"version": 3, "deploy',
    "list.json": "[1, 2]",
    "no-deployment.json": "{}",
    "odd.json": '{"deployment": {"resources": ["a"]}}',
    "bad-alarm.json": '{"deployment": {"resources": [{"type": "aws:cloudwatch/metricAlarm:MetricAlarm", "urn": "u"}]}}',
    "good/history.csv": HISTORY,
    "bad/history.csv": "namespace,metric,time,value\nAWS/ECS,CPUUtilization,yesterday,41\n",
    "empty/readme.txt": "nothing",
    "incidents.csv": "start,end\n2026-11-01,tomorrow\n",
    "raises.py": "def model():\n    raise RuntimeError('no luck\\ntoday')\ndef number():\n    return 7\nvalue = 3\n"
    "def alarms():\n    return {'alarms': ['cpu']}\ndef odd():\n    return {'alarmz': []}\n",
    "broken.py": "import nothing_of_that_name\n",
    "syntax.py": "def model(:\n",
}

CASES = {
    "no such stack": (["--stack", "nowhere"], "there is no Pulumi.nowhere.yaml"),
    "no such file": (["--stack", "test", "--config", "nothing.yaml"], "there is no nothing.yaml"),
    "no such state": (["--stack", "test", "--against", "gone.json"], "there is no such file"),
    "torn state": (["--stack", "test", "--against", "torn.json"], "torn.json: it is not JSON"),
    "a list": (["--stack", "test", "--against", "list.json"], "it has no `deployment`"),
    "no deployment": (["--stack", "test", "--against", "no-deployment.json"], "it has no `deployment`"),
    "odd resources": (["--stack", "test", "--against", "odd.json"], "are no list of resources"),
    "no alarm": (["--stack", "test", "--against", "bad-alarm.json"], "is no alarm"),
    "no revision": (["--stack", "test", "--against", "v99"], "git knows no such revision"),
    "an option": (["--stack", "test", "--against=--output=x"], "git knows no such revision"),
    "nothing": (["--stack", "test", "--against="], "git knows no such revision"),
    "no history": (["--stack", "test", "--history", "missing"], "there is no such directory"),
    "empty history": (["--stack", "test", "--history", "empty"], "there is no CSV or Parquet file"),
    "bad history": (["--stack", "test", "--history", "bad"], "line 2"),
    "bad incidents": (["--stack", "test", "--history", "good", "--incidents", "incidents.csv"], "line 2"),
    "no incidents": (["--stack", "test", "--history", "good", "--incidents", "no.csv"], "no.csv"),
    "incidents alone": (["--stack", "test", "--incidents", "incidents.csv"], "without --history"),
    "not a program": (["--stack", "test", "--program", "raises"], "write it as module:function"),
    "no module": (["--stack", "test", "--program", "nowhere:model"], "nowhere cannot be imported"),
    "broken module": (["--stack", "test", "--program", "broken:model"], "nothing_of_that_name"),
    "syntax": (["--stack", "test", "--program", "syntax:model"], "SyntaxError"),
    "no function": (["--stack", "test", "--program", "raises:missing"], "has no function missing"),
    "no callable": (["--stack", "test", "--program", "raises:value"], "has no function value"),
    "it raises": (["--stack", "test", "--program", "raises:model"], "RuntimeError: no luck today"),
    "a number": (["--stack", "test", "--program", "raises:number"], "returns a int"),
    "no alarms": (["--stack", "test", "--program", "raises:alarms"], "number 1 of its alarms is a str"),
    "odd keys": (["--stack", "test", "--program", "raises:odd"], "alarmz"),
    "nowhere to write": (["--stack", "test", "--html", "torn.json/report.html"], "cannot be written"),
}


@pytest.fixture
def files(here: Path, stack_file: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(text, encoding="utf-8")
    stack_file(1)
    git(here, "init", "--quiet", "--initial-branch=main")
    monkeypatch.setattr(sys, "path", [str(here), *sys.path])
    return here


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line_and_exit_2(call: Call, case: str) -> None:
    arguments, says = CASES[case]
    ended = call(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1, ended.err
    assert ended.err.startswith("infra.preview: ")
    assert says in ended.err
    sys.modules.pop("raises", None)


def test_a_wrong_configuration_is_one_line(call: Call, stack_file: Write) -> None:
    stack_file(nothing={"of": "this"})
    ended = call("--stack", "test")
    assert (ended.code, ended.out) == (2, "")
    assert "nothing: is no key that is known here" in ended.err
    stack_file(bill={"limitUsd": -1})
    assert "bill.limitUsd" in call("--stack", "test").err


def test_a_revision_without_a_preview_is_too_old(call: Call, files: Path) -> None:
    (files / "infra").mkdir()
    (files / "infra" / "__init__.py").write_text("")
    commit(files, "a program from before")
    ended = call("--stack", "test", "--against", "main")
    assert (ended.code, ended.out) == (2, "")
    assert "--against main is older than infra.preview" in ended.err


def test_a_revision_whose_own_file_is_wrong_is_said_to_be(call: Call, files: Path, stack_file: Write) -> None:
    stack_file(1, nothing=1)
    commit(files, "wrong")
    stack_file(1)
    ended = call("--stack", "test", "--against", "main")
    assert (ended.code, ended.out) == (2, "")
    assert "--against main: its program says: infra.preview: Pulumi.test.yaml: nothing" in ended.err


def test_without_git_a_revision_is_not_looked_for(call: Call, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "bin").mkdir()
    monkeypatch.setenv("PATH", str(files / "bin"))
    ended = call("--stack", "test", "--against", "main")
    assert (ended.code, ended.out) == (2, "")
    assert "there is no git on PATH" in ended.err


def test_outside_of_a_repository_it_says_so(call: Call, stack_file: Write) -> None:
    stack_file(1)
    ended = call("--stack", "test", "--against", "main")
    assert ended.code == 2
    assert "git finds no repository" in ended.err
