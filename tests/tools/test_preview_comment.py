"""The comment of a pull request: put together, posted once, and updated in place; against a server that answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "preview_comment.py"
MARKER = "<!-- opslib-preview: prod -->"
REPORT = f"{MARKER}\n## The preview\n"

pytestmark = pytest.mark.feature("P1")


class GitHub:
    """As much of GitHub as has comments.

    Attributes:
        comments: Those of pull request 7.
        calls: What was asked: method, path, whether by whom we are.
        broken: Statuses to answer before anything else.
    """

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.broken: list[int] = []
        self.tokens: set[str | None] = set()

    def add(self, body: str, kind: str = "User") -> None:
        self.comments.append({"id": 100 + len(self.comments), "body": body, "user": {"type": kind}})

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.calls.append((method, path))
        if self.broken:
            return self.broken.pop(0), {"message": "no"}
        if method == "GET" and path.startswith("/repos/shop/ops/issues/7/comments?per_page=100&page="):
            page = int(path.rpartition("=")[2])
            return 200, self.comments[100 * (page - 1) : 100 * page]
        if method == "POST" and path == "/repos/shop/ops/issues/7/comments":
            self.add(body["body"], "Bot")
            return 201, {"html_url": "https://github.example/new"}
        if method == "PATCH" and path.startswith("/repos/shop/ops/issues/comments/"):
            (found,) = (one for one in self.comments if one["id"] == int(path.rpartition("/")[2]))
            found["body"] = body["body"]
            return 200, {"html_url": "https://github.example/old"}
        return 404, {"message": "Not Found"}


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def address(github: GitHub) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            github.tokens.add(self.headers.get("Authorization"))
            status, answer = github.answer(self.command, self.path, body)
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815  the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def posted(tmp_path: Path, address: str, text: str = REPORT, number: str = "7") -> subprocess.CompletedProcess[str]:
    file = tmp_path / "comment.md"
    file.write_text(text)
    where = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "shop/ops", "GITHUB_TOKEN": "token-of-the-run"}
    return run("--post", str(file), "--pull-request", number, **where)


def test_the_first_is_posted_and_the_next_updates_it(tmp_path: Path, github: GitHub, address: str) -> None:
    github.add("nice work")
    assert posted(tmp_path, address).stdout == "posted https://github.example/new\n"
    again = posted(tmp_path, address, REPORT + "more\n")
    assert (again.returncode, again.stdout) == (0, "updated https://github.example/old\n")
    assert [one["body"] for one in github.comments] == ["nice work", REPORT + "more\n"]
    assert github.tokens == {"Bearer token-of-the-run"}


def test_another_stack_has_a_comment_of_its_own(tmp_path: Path, github: GitHub, address: str) -> None:
    posted(tmp_path, address)
    posted(tmp_path, address, "<!-- opslib-preview: staging -->\nother\n")
    assert len(github.comments) == 2


def test_a_comment_that_a_person_wrote_is_never_overwritten(tmp_path: Path, github: GitHub, address: str) -> None:
    github.add(f"{MARKER}\nmine", "User")
    posted(tmp_path, address)
    assert [one["body"] for one in github.comments] == [f"{MARKER}\nmine", REPORT]


def test_it_is_found_behind_hundreds_of_others(tmp_path: Path, github: GitHub, address: str) -> None:
    for number in range(230):
        github.add(f"comment {number}")
    github.add(REPORT, "Bot")
    assert posted(tmp_path, address).stdout.startswith("updated")
    assert len(github.comments) == 231


def test_a_busy_github_is_asked_again(tmp_path: Path, github: GitHub, address: str) -> None:
    github.broken = [502]
    assert posted(tmp_path, address).returncode == 0
    assert [method for method, _ in github.calls] == ["GET", "GET", "POST"]


def test_a_comment_that_may_have_been_made_is_not_made_again(tmp_path: Path, github: GitHub, address: str) -> None:
    github.broken = []
    answer = github.answer

    def answered(method: str, path: str, body: Any) -> tuple[int, Any]:
        status, said = answer(method, path, body)
        return (502, {}) if method == "POST" else (status, said)

    github.answer = answered  # type: ignore[method-assign]  # a comment is made, and its answer lost
    assert posted(tmp_path, address).returncode == 3
    assert len(github.comments) == 1


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ((REPORT, "8"), 3, "GitHub answers 404"),
        ((REPORT, "seven"), 2, "give its number"),
        (("no marker", "7"), 2, "does not begin with its marker"),
    ],
    ids=["no such pull request", "no number", "no marker"],
)
def test_what_is_wrong_is_said_on_one_line(
    tmp_path: Path, address: str, given: tuple[str, str], code: int, says: str
) -> None:
    found = posted(tmp_path, address, *given)
    assert (found.returncode, found.stdout) == (code, "")
    assert says in found.stderr
    assert found.stderr.count("\n") == 1
    assert "token-of-the-run" not in found.stderr


def test_outside_of_a_run_of_github_it_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    file.write_text(REPORT)
    found = run("--post", str(file), "--pull-request", "7")
    assert (found.returncode, "GITHUB_REPOSITORY is not set" in found.stderr) == (2, True)


def together(tmp_path: Path, engine: str | None, *, report: str | None = REPORT) -> str:
    for name, text in (("comment.md", report), ("engine.txt", engine), ("error.txt", "infra.preview: bad `stack`")):
        if text is not None:
            (tmp_path / name).write_text(text)
    files = {name: str(tmp_path / f) for name, f in (("report", "comment.md"), ("engine", "engine.txt"))}
    given = [argument for name, path in files.items() for argument in (f"--{name}", path)]
    given += ["--error", str(tmp_path / "error.txt"), "--stack", "prod", "--run-url", "https://github.example/run/1"]
    made = run(*given, "--out", str(tmp_path / "out.md"))
    assert made.returncode == 0, made.stderr
    return (tmp_path / "out.md").read_text()


def test_the_engines_preview_is_folded_under_the_report(tmp_path: Path) -> None:
    text = together(tmp_path, "+ aws:cloudwatch:MetricAlarm\n")
    assert text.startswith(REPORT.rstrip())
    assert "[The whole report, with every dashboard drawn](https://github.example/run/1)" in text
    assert "<code>pulumi preview</code>" in text
    assert "```diff\n+ aws:cloudwatch:MetricAlarm\n```" in text


def test_without_the_engine_the_report_stands_alone(tmp_path: Path) -> None:
    assert "pulumi preview" not in together(tmp_path, None)
    assert "pulumi preview" not in together(tmp_path, "\n")


def test_the_engine_cannot_get_out_of_its_block(tmp_path: Path) -> None:
    text = together(tmp_path, "before\n````\n# heading\n")
    assert "\n`````diff\nbefore\n````\n# heading\n`````\n" in text


@pytest.mark.parametrize("size", [1_000, 60_000, 64_900])
def test_a_comment_is_never_longer_than_github_takes(tmp_path: Path, size: int) -> None:
    report = REPORT + "x" * size
    text = together(tmp_path, "+ a line of the engine's\n" * 5_000, report=report)
    assert len(text) <= 65_536
    assert text.startswith(report)
    assert text.count("<details>") == text.count("</details>")
    if size < 60_000:
        assert "the rest is in the artifact" in text


def test_where_there_is_no_report_the_comment_says_why(tmp_path: Path, github: GitHub, address: str) -> None:
    text = together(tmp_path, "+ something\n", report=None)
    assert text.startswith(MARKER)
    assert "infra.preview: bad `stack`" in text
    assert "every dashboard drawn" not in text
    github.add(REPORT, "Bot")
    assert posted(tmp_path, address, text).stdout.startswith("updated")
