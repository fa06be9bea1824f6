"""The examples of docs/preview.md: ``python -m tests.infra.preview.examples`` writes docs/preview anew.

Each is a pull request in a repository made for it: two commits, of which the report of the second is held against the
first, as a reviewer would do it. Nothing in them depends on the time, the machine or chance. Where there is a browser,
pictures of the pages are written too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from unittest import mock

from infra.preview import main
from infra.preview.document import schema
from opslib.monitoring.draw import browser, png
from tests.infra.preview.example_files import QUEUES, RESPONSES, SERVICES, queues, responses, services
from tests.infra.preview.example_history import INCIDENTS, history

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "preview"
SCHEMA = ROOT / "docs" / "preview.schema.json"
REPORTS = ("report.md", "report.html", "change.diff")

_GIT = {
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Parcel"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "platform@parcel.example"),
    **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-11-20T09:00:00+00:00"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CEILING_DIRECTORIES": tempfile.gettempdir(),
}


@dataclass(frozen=True)
class Example:
    """A pull request.

    Attributes:
        name: Its directory.
        says: What it does.
        before: The files as they are, by path.
        after: As they would be.
        arguments: Of the preview, besides those that all examples have.
        exit_code: With which it ends.
        is_replayed: Whether there is a history.
        leaves_out: What is too large for the repository.
    """

    name: str
    says: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    exit_code: int = 0
    is_replayed: bool = False
    leaves_out: frozenset[str] = field(default_factory=frozenset)


EXAMPLES = (
    Example(
        "raise-a-threshold",
        "Raise a threshold that rings for nothing",
        responses(*RESPONSES[0]),
        responses(*RESPONSES[1]),
        is_replayed=True,
    ),
    Example(
        "add-100-services",
        "Watch a hundred more services",
        services(SERVICES[0]),
        services(SERVICES[1]),
        leaves_out=frozenset({"report.html"}),
    ),
    Example(
        "break-a-limit",
        "Two more queues in one alarm",
        queues(QUEUES[0]),
        queues(QUEUES[1]),
        arguments=("--program", "monitoring:model"),
        exit_code=1,
    ),
)


def write(example: Example, to: Path) -> None:
    """Make the pull request in a repository of its own, and write its reports.

    Args:
        example: What is shown.
        to: The directory for its files.
    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="opslib-example-") as scratch:
        repository, recorded = Path(scratch, "parcel"), Path(scratch, "history")
        repository.mkdir()
        git(repository, "init", "--quiet", "--initial-branch=main")
        for message, files in (("As it is", example.before), (example.says, example.after)):
            for path, text in files.items():
                (repository / path).write_text(text, encoding="utf-8")
            git(repository, "add", "--all")
            git(repository, "commit", "--quiet", f"--message={message}")
        (to / "change.diff").write_text(git(repository, "diff", "--unified=2", "HEAD~1", "HEAD"), encoding="utf-8")
        arguments = ["--stack", "prod", "--against", "HEAD~1", *example.arguments]
        arguments += ["--markdown", str(to / "report.md"), "--html", str(to / "report.html")]
        if example.is_replayed:
            recorded.mkdir()
            history(recorded / "responses.csv")
            (recorded / "incidents.csv").write_text(INCIDENTS, encoding="utf-8")
            arguments += ["--history", str(recorded)]
        ended = run(arguments, repository)
    if ended != example.exit_code:
        sys.exit(f"{example.name}: the preview ended with {ended} and not with {example.exit_code}")


def run(arguments: list[str], directory: Path) -> int:
    """The preview, as if it had been started in a directory."""
    here, path, modules = Path.cwd(), list(sys.path), set(sys.modules)
    os.chdir(directory)
    try:
        with mock.patch.dict(os.environ, _GIT), redirect_stdout(StringIO()):
            return main(arguments)
    finally:
        os.chdir(here)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if name == "monitoring":
                del sys.modules[name]


def git(repository: Path, *arguments: str) -> str:
    """What git says."""
    ran = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        env={**os.environ, **_GIT},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def pictures(page: str, to: Path) -> None:
    """The page as a desk and a telephone show it."""
    png(page, to / "desk.png", width=1280, height=1500)
    png(page, to / "dark.png", width=1280, height=1500, dark=True)
    png(page, to / "phone.png", width=390, height=1500)


def write_all() -> None:
    """Write the schema of the report, and every example."""
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    for example in EXAMPLES:
        to = DOCS / example.name
        to.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="opslib-example-") as scratch:
            made = Path(scratch)
            write(example, made)
            if browser() is not None:
                pictures((made / "report.html").read_text(encoding="utf-8"), made)
            for file in made.iterdir():
                if file.name not in example.leaves_out:
                    shutil.copyfile(file, to / file.name)
        sizes = ", ".join(f"{file.name} {file.stat().st_size // 1_000} kB" for file in sorted(to.iterdir()))
        print(f"{to.relative_to(ROOT)}: {sizes}")  # noqa: T201  this is a command


if __name__ == "__main__":
    write_all()
