"""The workflows: pinned, with the least permissions, safe for forks, and without a command that no test runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"^\s*- uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\b")
ACTIONLINT = ROOT / ".tools" / "bin" / "actionlint"

pytestmark = pytest.mark.feature("P1")


def parsed(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads `on` as a truth; GitHub does not.
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else str(key): value for key, value in found.items()}


PREVIEW = parsed(ROOT / ".github" / "workflows" / "preview.yml")
JOBS: dict[str, Any] = PREVIEW["jobs"]


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job]["steps"]
    return found


def uses(job: str, action: str) -> list[dict[str, Any]]:
    return [step for step in steps(job) if step.get("uses", "").startswith(f"{action}@")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"\buses:", line)]
    assert lines
    assert [line for line in lines if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_has_one_pin_in_all_workflows(path: Path) -> None:
    pins = {line.split("uses: ")[1] for one in WORKFLOWS for line in one.read_text().splitlines() if "uses: " in line}
    actions = [pin.partition("@")[0] for pin in {pin.split(",")[0] for pin in pins}]
    assert path in WORKFLOWS
    assert len(actions) == len(set(actions))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_granted_that_is_not_asked_for_job_by_job(path: Path) -> None:
    workflow = parsed(path)
    assert workflow.get("permissions") == {}
    for name, job in workflow["jobs"].items():
        assert isinstance(job.get("permissions"), dict), name
        assert "write-all" not in str(job["permissions"])
        assert job.get("timeout-minutes"), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_shell_is_given_what_others_wrote(path: Path) -> None:
    for name, job in parsed(path)["jobs"].items():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name}: an expression in a shell is an injection: use env"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_checkouts_leave_no_token_behind_and_no_head_is_checked_out_with_rights(path: Path) -> None:
    workflow = parsed(path)
    assert "pull_request_target" not in str(workflow["on"])
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name
                assert "head" not in str(step["with"].get("ref", "")), name


def test_the_preview_runs_for_pull_requests_one_at_a_time() -> None:
    assert list(PREVIEW["on"]) == ["pull_request"] or PREVIEW["on"] == {"pull_request": None}
    assert PREVIEW["concurrency"]["cancel-in-progress"] is True
    assert "github.event.pull_request.number" in PREVIEW["concurrency"]["group"]


def test_what_forks_run_has_no_rights_and_no_secrets() -> None:
    assert JOBS["report"]["permissions"] == {"contents": "read"}
    assert "if" not in JOBS["report"]
    assert "secrets." not in str(JOBS["report"])
    assert "github.token" not in str(JOBS["report"])


@pytest.mark.parametrize("job", ["engine", "comment"])
def test_what_has_rights_is_not_for_forks(job: str) -> None:
    condition = " ".join(JOBS[job]["if"].split())
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    # All of it is joined by "and": no way around.
    assert "||" not in condition
    assert "github.actor != 'dependabot[bot]'" in condition


def test_each_right_is_in_one_job() -> None:
    assert JOBS["engine"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert JOBS["comment"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert set(JOBS) == {"report", "engine", "comment"}


def test_there_is_no_key_only_a_role() -> None:
    (credentials,) = uses("engine", "aws-actions/configure-aws-credentials")
    assert credentials["with"]["role-to-assume"] == "${{ vars.PREVIEW_ROLE_ARN }}"
    whole = (ROOT / ".github" / "workflows" / "preview.yml").read_text()
    assert "secrets." not in whole
    assert "access-key" not in whole


def test_whoever_may_comment_runs_the_base_alone() -> None:
    (checkout,) = uses("comment", "actions/checkout")
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert [step["run"] for step in steps("comment") if "run" in step] == ["make preview-comment"]


def test_the_page_with_its_pictures_is_kept_though_the_check_fails() -> None:
    (upload,) = uses("report", "actions/upload-artifact")
    assert upload["if"] == "${{ !cancelled() }}"
    assert upload["with"]["name"] == "preview-report"
    assert JOBS["comment"]["if"].split()[1] == "!cancelled()"


def goals() -> dict[str, str]:
    """The Makefile's goals, with their recipes."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z][a-z-]*):(?!=)[^\n]*\n((?:\t[^\n]*\n)*)", text, re.MULTILINE))


WORD = r"(?:[\w./=:@-]+|\"\$[A-Z_]+\")"
COMMAND = re.compile(rf"(?:make|(?:\.venv/bin/)?opslib|(?:\.venv/bin/)?python -m)(?: {WORD})+")
"""A goal of the Makefile, or a command that is tested as such; with variables of its environment, in quotes."""


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_run_are_commands_that_tests_run_and_nothing_else(path: Path) -> None:
    runs = [step["run"] for job in parsed(path)["jobs"].values() for step in job["steps"] if "run" in step]
    lines = [line.strip() for run in runs for line in run.replace("\\\n", " ").splitlines() if line.strip()]
    assert lines
    assert [line for line in lines if not COMMAND.fullmatch(" ".join(line.split()))] == []
    made = {word for line in lines if line.startswith("make ") for word in line.split()[1:] if "=" not in word}
    assert made <= {*goals(), "install"}


def test_the_preview_runs_goals_alone() -> None:
    assert {step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step} == {
        "make install",
        "make preview-report",
        "make preview-engine",
        "make preview-comment",
    }


@pytest.mark.parametrize("run", ["make a; curl x", "make a | sh", "curl x", "make $(x)", "make ${X}", "python x.py"])
def test_more_than_a_command_is_noticed(run: str) -> None:
    assert not COMMAND.fullmatch(run)


def test_files_pass_between_jobs_under_the_names_that_the_goals_know() -> None:
    recipes = goals()
    for job, directory in (("report", "build/preview/"), ("engine", "build/preview-engine/")):
        (upload,) = uses(job, "actions/upload-artifact")
        assert upload["with"]["path"] == directory
        assert f"{directory}" in recipes[f"preview-{job}"]
        assert f"build/{upload['with']['name']}/" in recipes["preview-comment"]
    (download,) = uses("comment", "actions/download-artifact")
    assert download["with"] == {"pattern": "preview-*", "path": "build/"}


def test_the_report_of_a_pull_request_is_made_by_the_goal(tmp_path: Path) -> None:
    """The very command of the workflow, on this checkout, in a directory of its own."""
    for name in ("Makefile", "infra", "opslib", "Pulumi.staging.yaml", "pyproject.toml", "requirements.lock", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    summary = tmp_path / "summary.md"
    run = subprocess.run(
        ["make", "--no-print-directory", "--assume-old=.venv/.installed", "preview-report"],
        cwd=tmp_path,
        env={**os.environ, "STACK": "staging", "SUMMARY": "1", "GITHUB_STEP_SUMMARY": str(summary), "AGAINST": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    comment = (tmp_path / "build" / "preview" / "comment.md").read_text()
    assert comment.startswith("<!-- opslib-preview: staging -->")
    assert summary.read_text() == comment
    assert "<svg" in (tmp_path / "build" / "preview" / "report.html").read_text()


@pytest.mark.skipif(not ACTIONLINT.exists(), reason="make actionlint has not been run: there is no Go")
class TestActionlint:
    def test_the_workflows_are_right(self) -> None:
        run = self.check(*WORKFLOWS)
        assert (run.returncode, run.stdout) == (0, "")

    def test_it_finds_what_is_wrong(self, tmp_path: Path) -> None:
        broken = tmp_path / "preview.yml"
        text = (ROOT / ".github" / "workflows" / "preview.yml").read_text()
        broken.write_text(text.replace("needs: [report, engine]", "needs: [report, engin]"))
        run = self.check(broken)
        assert run.returncode == 1
        assert "engin" in run.stdout

    @staticmethod
    def check(*paths: Path) -> subprocess.CompletedProcess[str]:
        command = [str(ACTIONLINT), "-shellcheck=", "-pyflakes=", *map(str, paths)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
