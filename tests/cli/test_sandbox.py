"""`opslib sandbox`: served, seeded and looked at from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opslib.cli import main
from opslib.sandbox import Sandbox, Workload

COMMAND = [sys.executable, "-c", "import sys; from opslib.cli import main; sys.exit(main())", "sandbox"]


@pytest.fixture
def served(no_aws: pytest.MonkeyPatch) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A sandbox as `opslib sandbox serve` runs it, and the variables that it printed."""
    assert no_aws
    serving = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--seed", "sample"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background job, which a CI run may be, starts with SIGINT ignored, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  nothing here holds a lock
    )
    assert serving.stdout is not None
    lines = [serving.stdout.readline()]
    while lines[-1] and not lines[-1].startswith("export AWS_SHARED_CREDENTIALS_FILE"):
        lines.append(serving.stdout.readline())
    exports = subprocess.run(
        ["/usr/bin/env", "-i", "sh", "-c", "".join(lines) + "env"], capture_output=True, text=True, check=True
    )
    try:
        yield serving, dict(line.split("=", 1) for line in exports.stdout.splitlines())
    finally:
        serving.kill()
        serving.communicate()


def test_what_serve_prints_can_be_pasted_and_leads_to_a_seeded_account(
    served: tuple[subprocess.Popen[str], dict[str, str]],
) -> None:
    serving, variables = served
    listing = (
        "import boto3; print(len(boto3.client('ecs').list_services(cluster=boto3.client('ecs').list_clusters()"
        "['clusterArns'][0])['serviceArns']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", listing], env=os.environ | variables, capture_output=True, text=True, check=True
    )
    assert int(run.stdout) > 0

    os.killpg(serving.pid, signal.SIGINT)
    _, complaints = serving.communicate(timeout=60)
    assert (serving.returncode, complaints) == (130, "")
    assert main(["sandbox", "status", "--url", variables["AWS_ENDPOINT_URL"]]) == 3


def test_seed_and_status(
    aws: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSLIB_SANDBOX_URL", aws.url)
    file = tmp_path / "workload.json"
    file.write_text(Workload.sample().model_dump_json())
    assert main(["sandbox", "seed", str(file)]) == 0
    assert "Contents" in capsys.readouterr().out
    assert main(["sandbox", "status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["account"] == "123456789012"
    assert status["contents"] == aws.status().model_dump(mode="json")["contents"] != {}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read (No such file"), ("{", "is not right: document: "), ('{"nix": 1}', "is not right: nix: ")],
)
def test_a_bad_workload_is_a_bad_request(
    aws: Sandbox, tmp_path: Path, content: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workload.json"
    if content is not None:
        file.write_text(content)
    assert main(["sandbox", "seed", str(file), "--url", aws.url]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert aws.status().contents == {}


def test_without_a_sandbox_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "status", "--url", "http://127.0.0.1:9"]) == 3
    assert "no sandbox answers at http://127.0.0.1:9" in capsys.readouterr().err


def test_without_its_parts_serve_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "class WithoutMoto(PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        return None if name == 'moto' else super().find_spec(name, path, target)\n"
        "sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutMoto\n"
        "from opslib.cli import main\n"
        "sys.exit(main(['sandbox', 'serve', '--port', '0']))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 3
    assert run.stderr == "opslib: the sandbox's server is not installed: pip install 'opslib-aws[sandbox]'\n"
