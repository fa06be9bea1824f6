"""What changes, against what is deployed and against another revision."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.preview.conftest import Ended
from tests.infra.preview.states import exported
from tests.infra.product import values_of

Call = Callable[..., Ended]
Write = Callable[..., Path]

GIT = {
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "A"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@b.example"),
    "GIT_CONFIG_GLOBAL": os.devnull,
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the program itself would have deployed of two services."""
    return exported("test", values_of(2), tmp_path_factory.mktemp("state") / "state.json")


def commit(repository: Path, message: str) -> None:
    for arguments in (("add", "--all"), ("commit", "--quiet", "-m", message)):
        git(repository, *arguments)


def git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(repository), *arguments], env={**os.environ, **GIT}, check=True)


@pytest.fixture
def repository(here: Path, stack_file: Write) -> Path:
    """A repository with the file of two services, committed."""
    git(here, "init", "--quiet", "--initial-branch=main")
    stack_file()
    commit(here, "first")
    return here


def changed(found: dict[str, Any]) -> dict[str, list[str]]:
    return {
        one["name"]: [field["says"] for field in one["fields"]]
        for one in found["changes"]["alarms"]
        if one["what"] == "changed"
    }


@pytest.mark.feature("P3")
def test_what_is_deployed_as_the_program_would_deploy_it_changes_nothing(
    call: Call, stack_file: Write, state: Path
) -> None:
    stack_file()
    found = call("--stack", "test", "--against", state, "--json").json
    assert found["changes"]["alarms"] == []
    assert found["changes"]["dashboards"] == []
    assert found["changes"]["alarms_before"] == len(found["alarms"])
    assert found["bill"]["difference"]["usd"] == 0
    assert found["bill"]["difference"]["counted_only"]
    assert "the stack test" in found["changes"]["against"]["says"]


@pytest.mark.feature("P3")
def test_changes_are_told_field_by_field_in_words(call: Call, stack_file: Write, state: Path) -> None:
    stack_file(3, thresholds={"responseSeconds": {"warning": 2, "critical": 3}})
    found = call("--stack", "test", "--against", state, "--json").json
    assert changed(found)["many-test-service-0-response-critical"] == ["critical threshold 5 s → 3 s"]
    added = [one for one in found["changes"]["alarms"] if one["what"] == "added"]
    assert {one["workload"] for one in added} == {"service-2"}
    boards = {one["name"]: one for one in found["changes"]["dashboards"]}
    says = boards["many-test-detailed-eu-central-1"]["says"]
    assert "line Response time: critical 5 s → 3 s (in 2 widgets)" in says
    assert any("widgets added: service-2" in one for one in says)
    by_workload = {one["workload"] for one in found["bill"]["difference"]["changes"] if one["kind"] == "alarms"}
    assert "service-2" in by_workload


@pytest.mark.feature("P3")
def test_what_goes_away_is_told_with_its_workload_and_its_price(call: Call, stack_file: Write, state: Path) -> None:
    stack_file(1)
    found = call("--stack", "test", "--against", state, "--json").json
    removed = [one for one in found["changes"]["alarms"] if one["what"] == "removed"]
    assert {one["workload"] for one in removed} == {"service-1"}
    assert found["bill"]["difference"]["usd"] < 0
    gone = [one for one in found["bill"]["difference"]["changes"] if one["after_usd"] == 0]
    assert {one["workload"] for one in gone} == {"service-1"}


def test_what_somebody_changed_by_hand_is_seen(call: Call, stack_file: Write, state: Path, here: Path) -> None:
    document = json.loads(state.read_text(encoding="utf-8"))
    for resource in document["deployment"]["resources"]:
        for given in (resource["inputs"], resource["outputs"]):
            if given.get("name") == "many-test-service-0-cpu-critical":
                given |= {"evaluationPeriods": 9, "datapointsToAlarm": 8, "treatMissingData": "ignore"}
                given["alarmActions"] = ["arn:aws:sns:eu-central-1:123456789012:somebody"]
            if given.get("name") == "many-test-service-0-errors-critical":
                given["metricQueries"][0]["expression"] = "errors"
    (here / "state.json").write_text(json.dumps(document), encoding="utf-8")
    stack_file()
    found = changed(call("--stack", "test", "--against", "state.json", "--json").json)
    cpu = found["many-test-service-0-cpu-critical"]
    assert any(says.startswith("looks at 8 of 9 points of 60 s → ") for says in cpu)
    assert any(says.startswith("silence missing points change nothing → ") for says in cpu)
    assert any("somebody" in says or "tells the tier" in says for says in cpu)
    assert found["many-test-service-0-errors-critical"][0].startswith("watches errors → IF(FILL(requests, 0)")


def test_an_empty_state_is_a_first_deploy(call: Call, stack_file: Write, here: Path) -> None:
    (here / "state.json").write_text('{"version": 3, "deployment": {"manifest": {}}}', encoding="utf-8")
    stack_file()
    found = call("--stack", "test", "--against", "state.json", "--json").json
    assert {one["what"] for one in found["changes"]["alarms"]} == {"added"}
    assert found["bill"]["difference"]["before_usd"] == 0


def test_a_state_of_another_stack_is_compared_and_said(call: Call, stack_file: Write, state: Path) -> None:
    stack_file(name="other")
    ended = call("--stack", "other", "--against", state)
    assert "is a state of the stack test, and the report is about other" in ended.out


@pytest.mark.feature("P3")
@pytest.mark.usefixtures("repository")
def test_a_revision_is_its_own_program_with_its_own_file(call: Call, stack_file: Write) -> None:
    stack_file(thresholds={"cpuPercent": {"warning": 60, "critical": 85}})
    found = call("--stack", "test", "--against", "main", "--json").json
    says = ["warning threshold 70% → 60%"]
    assert changed(found) == {f"many-test-service-{number}-cpu-warning": says for number in (0, 1)}
    assert found["changes"]["against"]["kind"] == "revision"
    assert "the revision main (" in found["changes"]["against"]["says"]
    assert found["bill"]["difference"] == {
        **found["bill"]["difference"],
        "usd": 0,
        "counted_only": False,
        "changes": [],
    }


def test_the_same_revision_changes_nothing_from_wherever_it_is_called(
    call: Call, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = repository / "stacks"
    below.mkdir()
    (repository / "Pulumi.test.yaml").rename(below / "Pulumi.test.yaml")
    commit(repository, "moved")
    monkeypatch.chdir(below)
    found = call("--stack", "test", "--against", "HEAD", "--json").json
    assert found["changes"]["alarms"] == found["changes"]["dashboards"] == []
    monkeypatch.chdir(repository)
    found = call("--stack", "test", "--config", "stacks/Pulumi.test.yaml", "--against", "HEAD", "--json").json
    assert found["changes"]["alarms"] == found["changes"]["dashboards"] == []


def test_a_branch_that_was_only_fetched_will_do(call: Call, repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/base", "main")
    found = call("--stack", "test", "--against", "base", "--json").json
    assert "the revision origin/base (" in found["changes"]["against"]["says"]


@pytest.mark.usefixtures("repository")
def test_of_a_stack_that_the_revision_does_not_have_everything_is_new(call: Call, stack_file: Write) -> None:
    stack_file(1, name="new")
    found = call("--stack", "new", "--against", "main", "--json").json
    assert {one["what"] for one in found["changes"]["alarms"]} == {"added"}
    assert found["bill"]["difference"]["usd"] == found["bill"]["monthly_usd"]
    assert "which has no Pulumi.new.yaml" in found["changes"]["against"]["says"]


@pytest.mark.usefixtures("repository")
def test_a_file_outside_of_the_repository_is_the_same_on_both_sides(
    call: Call, stack_file: Write, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere") / "stack.yaml"
    outside.write_bytes(stack_file(1, name="moved").read_bytes())
    found = call("--stack", "test", "--config", outside, "--against", "main", "--json").json
    assert found["changes"]["alarms"] == found["changes"]["dashboards"] == []


def test_a_file_is_a_state_even_where_a_branch_is_called_alike(call: Call, repository: Path, state: Path) -> None:
    (repository / "main").write_bytes(state.read_bytes())
    assert call("--stack", "test", "--against", "main", "--json").json["changes"]["against"]["kind"] == "state"


def test_a_users_own_program_is_compared_as_it_was(call: Call, repository: Path) -> None:
    own = repository / "own_monitoring.py"
    text = (
        "from opslib.monitoring import Alarm, Metric, Role\n"
        "def model():\n"
        "    metric = Metric('Shop', 'Waiting', (('Queue', 'a'),), 'Maximum')\n"
        "    alarm = Alarm('shop-waiting', 'waiting', 'queue', 'Too much waits', metric, 'GreaterThanThreshold',"
        " THRESHOLD, 'warning', Role.SYMPTOM, 'it says so', 3, 5, 'breaching')\n"
        "    return {'alarms': [alarm], 'region': 'eu-west-1'}\n"
    )
    own.write_text(text.replace("THRESHOLD", "100"), encoding="utf-8")
    commit(repository, "own")
    own.write_text(text.replace("THRESHOLD", "250"), encoding="utf-8")
    given = ("--stack", "shop", "--program", "own_monitoring:model", "--json")
    found = call(*given, "--against", "HEAD").json
    assert found["region"] == "eu-west-1"
    assert changed(found) == {"shop-waiting": ["warning threshold 100 → 250"]}
    assert [one["fires_on_silence"] for one in found["alarms"]] == [True]


def test_secrets_in_the_file_are_not_asked_for(call: Call, stack_file: Write) -> None:
    path = stack_file(alerting={"critical": [{"protocol": "https", "endpointSecret": "pagerUrl"}]})
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["config"]["opslib:pagerUrl"] = {"secure": "v1:nobody:can:read:this"}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    ended = call("--stack", "test", "--json")
    assert ended.code == 0
    assert "nobody:can:read" not in ended.out


@pytest.mark.usefixtures("repository")
def test_what_is_muted_when_is_compared_too(call: Call, stack_file: Write, here: Path) -> None:
    def windows(start: str) -> dict[str, Any]:
        return {"windows": {"sunday": {"days": ["Sun"], "start": start, "minutes": 60}}}

    path = stack_file(maintenance=windows("02:00"))
    config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    state = exported("test", config, here / "state.json")
    new = call("--stack", "test", "--against", "main", "--json").json
    assert {one["what"] for one in new["changes"]["mutes"]} == {"added"}
    assert new["mutes"]
    same = call("--stack", "test", "--against", state, "--json").json
    assert same["changes"]["mutes"] == []
    stack_file(maintenance=windows("03:00"))
    later = call("--stack", "test", "--against", state, "--json", "--markdown", "report.md").json
    assert {one["what"] for one in later["changes"]["mutes"]} == {"changed"}
    assert all(" → " in says for one in later["changes"]["mutes"] for says in one["says"])
    assert "mute rule" in Path("report.md").read_text(encoding="utf-8")
