"""When actionlint is built, and what is said where it cannot be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.feature("P1")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / "tools", copy / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".github", copy / ".github")
    return copy


def run(checkout: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "tools" / "build_actionlint.py"), *arguments]
    environment = {"PATH": str(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def pretended_go(directory: Path, version: str, *, finds: int = 0) -> Path:
    """A Go that builds a program which ends with an exit code and writes down what it is asked."""
    directory.mkdir()
    said = directory / "asked"
    program = directory / "program"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\nexit {finds}\n')
    cat = shutil.which("cat")
    go = directory / "go"
    go.write_text(
        f"""#!/bin/sh
case "$1" in
  version) echo "go version go{version} linux/amd64" ;;
  build) while [ "$1" != -o ]; do shift; done; {cat} {program} > "$2" ;;
esac
"""
    )
    go.chmod(0o755)
    return directory


def test_without_go_it_is_said_and_make_lint_goes_on(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    alone = run(checkout, path=tmp_path / "empty")
    assert (alone.returncode, "there is no `go` on PATH" in alone.stderr) == (3, True)
    lint = run(checkout, "--if-go", path=tmp_path / "empty")
    assert lint.returncode == 0
    assert lint.stdout.startswith("the workflows are not checked by actionlint: ")


def test_a_go_that_is_too_old_is_no_go(checkout: Path, tmp_path: Path) -> None:
    old = pretended_go(tmp_path / "old", "1.20.1")
    assert run(checkout, path=old).returncode == 3
    assert run(checkout, "--if-go", path=old).returncode == 0


def test_it_is_built_once_and_holds_every_workflow_against_itself(checkout: Path, tmp_path: Path) -> None:
    go = pretended_go(tmp_path / "go", "1.99.1")
    first, second = run(checkout, path=go), run(checkout, path=go)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "building actionlint v" in first.stdout
    assert "building" not in second.stdout
    asked = (go / "asked").read_text()
    assert "-shellcheck= -pyflakes=" in asked
    assert str(checkout / ".github" / "workflows" / "preview.yml") in asked


def test_what_it_finds_fails_the_check(checkout: Path, tmp_path: Path) -> None:
    go = pretended_go(tmp_path / "go", "1.99.1", finds=1)
    assert run(checkout, "--if-go", path=go).returncode == 1


def test_the_module_pins_one_version_with_everything_in_it() -> None:
    module = ROOT / "tools" / "actionlint"
    (version,) = re.findall(
        r"^require github.com/rhysd/actionlint (v\S+)$", (module / "go.mod").read_text(), re.MULTILINE
    )
    sums = (module / "go.sum").read_text()
    assert f"github.com/rhysd/actionlint {version} h1:" in sums
