"""When the Pulumi CLI is built, when it is not, and what is said: with a Go that only pretends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"

GO = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  version) echo "go version go{version} linux/amd64" ;;
  list) echo "{module}" ;;
  build) {build} ;;
esac
"""
BUILDS = """sleep {seconds}; while [ "$1" != -o ]; do shift; done; echo '#!/bin/sh' > "$2" """
FAILS = 'for n in 1 2 3; do echo "go: proxy said no, line $n" >&2; done; exit 1'


class Checkout:
    """A copy of tools/ and a PATH with nothing on it but what a test puts there."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "checkout"
        self.outside = directory / "outside"
        self.log = directory / "go.log"
        self.bin = self.root / ".tools" / "bin"
        self.outside.mkdir(parents=True)
        shutil.copytree(TOOLS, self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        script = directory / "module" / "python" / "cmd" / "pulumi-language-python-exec"
        script.parent.mkdir(parents=True)
        script.write_text("#!/usr/bin/env python\n")
        script.chmod(0o444)  # as the module cache has it
        self.module = directory / "module"

    def install(self, *names: str) -> None:
        for name in names:
            (self.outside / name).write_text("#!/bin/sh\n")
            (self.outside / name).chmod(0o755)

    def install_go(self, version: str = "1.99.1", build: str = "", seconds: float = 0) -> None:
        go = self.outside / "go"
        build = build or BUILDS.format(seconds=seconds)
        go.write_text(GO.format(log=self.log, version=version, module=self.module, build=build))
        go.chmod(0o755)

    def command(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        # sleep, which the pretended Go needs, is no reason to have the machine's own Go or Pulumi on PATH
        sleep = self.outside / "sleep"
        if not sleep.exists():
            sleep.symlink_to(shutil.which("sleep") or "/bin/sleep")
        search_path = os.pathsep.join([str(self.bin), str(self.outside)])
        return [sys.executable, str(self.root / "tools" / "build_pulumi.py"), *arguments], {"PATH": search_path}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command, environment = self.command(*arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    @property
    def builds(self) -> list[str]:
        """The packages that Go was asked to build."""
        calls = self.log.read_text().splitlines() if self.log.exists() else []
        return [call.rsplit("/", 1)[1] for call in calls if call.startswith("build ")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_an_installed_pulumi_is_left_to_do_the_work(checkout):
    checkout.install("pulumi", "pulumi-language-python")
    checkout.install_go()

    done = checkout.run()

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"pulumi is installed already: {checkout.outside / 'pulumi'}; nothing to build\n"
    assert not checkout.bin.exists()
    assert not checkout.log.exists()


def test_an_installed_pulumi_without_its_python_host_is_not_enough(checkout):
    checkout.install("pulumi")
    checkout.install_go()

    assert checkout.run().returncode == 0
    assert checkout.builds == ["pulumi", "pulumi-language-python"]


def test_what_is_built_is_complete_and_is_not_built_again(checkout):
    checkout.install_go()

    first = checkout.run()

    assert first.returncode == 0, first.stderr
    assert sorted(f.name for f in checkout.bin.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
    ]
    assert all(os.access(f, os.X_OK) for f in checkout.bin.iterdir())
    build = next(call for call in checkout.log.read_text().splitlines() if call.startswith("build "))
    assert "-mod=readonly" in build
    assert re.search(r"version\.Version=v3\.\d+\.\d+ ", build)
    assert "building pulumi v3." in first.stdout
    assert "built pulumi-language-python in" in first.stdout

    checkout.log.unlink()
    again = checkout.run()

    assert (again.returncode, again.stdout.startswith("pulumi v3.")) == (0, True)
    assert "is built already" in again.stdout
    assert not checkout.log.exists()


def test_a_changed_pin_builds_that_program_alone(checkout):
    checkout.install_go()
    checkout.run()
    checkout.log.unlink()
    with (checkout.root / "tools" / "pulumi" / "go.sum").open("a") as sums:
        sums.write("\n")

    assert checkout.run().returncode == 0
    assert checkout.builds == ["pulumi"]


def test_a_lost_binary_is_built_again(checkout):
    checkout.install_go()
    checkout.run()
    checkout.log.unlink()
    (checkout.bin / "pulumi-language-python-exec").unlink()

    assert checkout.run().returncode == 0
    assert checkout.builds == ["pulumi-language-python"]


@pytest.mark.parametrize(
    ("go", "said"),
    [
        (None, r"there is no `pulumi` and no `go` on PATH to build it with: install Go 1\.\d+ or newer"),
        ("1.19.3", r"is Go 1\.19, too old to build `pulumi`: install Go 1\.\d+ or newer"),
    ],
)
def test_without_a_good_go_it_says_what_to_install(checkout, go, said):
    if go:
        checkout.install_go(version=go)

    refused = checkout.run()
    skipped = checkout.run("--if-go")

    assert (refused.returncode, refused.stdout) == (3, "")
    assert re.search(said, refused.stderr)
    assert (skipped.returncode, skipped.stderr) == (0, "")
    assert skipped.stdout.startswith("the tests against the real Pulumi engine will be skipped: ")
    assert skipped.stdout.count("\n") == 1
    assert checkout.builds == []


def test_a_failed_build_shows_the_end_of_what_go_said_and_leaves_nothing(checkout):
    checkout.install_go(build=FAILS)

    failed = checkout.run()
    skipped = checkout.run("--if-go")

    assert failed.returncode == 4
    assert "go build of pulumi failed (exit 1)" in failed.stderr
    assert failed.stderr.endswith("go: proxy said no, line 3\n")
    assert list(checkout.bin.iterdir()) == []
    assert skipped.returncode == 4, "with Go there, the engine's tests are not skipped in silence"
    assert "go: proxy said no, line 3" in skipped.stderr


def test_of_two_at_once_one_builds_and_the_other_waits(checkout):
    checkout.install_go(seconds=0.5)
    command, environment = checkout.command()

    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sorted(checkout.builds) == ["pulumi", "pulumi-language-python"]
    assert sum("another build of pulumi is running here" in text for text in said) == 1


def test_a_long_build_is_heard_of(checkout):
    script = checkout.root / "tools" / "build_pulumi.py"
    script.write_text(script.read_text().replace("HEARTBEAT_SECONDS = 10.0", "HEARTBEAT_SECONDS = 0.1"))
    checkout.install_go(seconds=1)

    assert re.search(r"^building pulumi: \d s$", checkout.run().stdout, re.MULTILINE)


@pytest.mark.parametrize("module", ["pulumi", "pulumi_language_python"])
def test_the_pins_are_complete(module):
    """Each `require` has its hashes, so `-mod=readonly` needs nothing but the committed files."""
    pins = (TOOLS / module / "go.mod").read_text()
    sums = (TOOLS / module / "go.sum").read_text()
    required = re.findall(r"^require (\S+ v\S+)$", pins, re.MULTILINE)

    assert len(required) == 1
    assert f"{required[0]} h1:" in sums
    assert f"{required[0]}/go.mod h1:" in sums
