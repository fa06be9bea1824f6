"""Opening a stack by the Pulumi CLI: what it is asked, what its complaints become, and the real one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opslib import Stack
from opslib.contract import StackOutputs
from opslib.errors import BadOutputs, StackNotFound
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("M26")

Document = dict[str, Any]
REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """No `pulumi` on PATH, and no project in the current directory; gives the PATH that was."""
    before = os.environ["PATH"]
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    return before


def install_pulumi(tmp_path: Path, *, prints: str = "", complains: str = "") -> None:
    """A stand-in for the CLI on PATH: a script that records how it was called, and says what it is told to say."""
    program = tmp_path / "bin" / "pulumi"
    (tmp_path / "prints").write_text(prints)
    (tmp_path / "complains").write_text(complains)
    program.write_text(
        f"#!/bin/sh\n"
        f'echo "$@" > {tmp_path}/called\n'
        f"/bin/cat {tmp_path}/prints\n"
        f"/bin/cat {tmp_path}/complains >&2\n"
        f"exit {255 if complains else 0}\n"
    )
    program.chmod(0o755)


@pytest.mark.usefixtures("no_aws")
def test_the_pulumi_cli_is_asked_last_and_without_secrets(document: Document, tmp_path: Path) -> None:
    install_pulumi(tmp_path, prints=json.dumps(document))
    stack = Stack.open("shop/prod", project_dir=tmp_path)
    assert (stack.source, stack.name) == ("Pulumi CLI", "shop/prod")
    called = (tmp_path / "called").read_text()
    assert called.startswith("stack output --json")
    assert called.endswith("--stack prod\n")
    assert "secrets" not in called


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize(
    ("complaint", "said"),
    [
        ("error: no stack named 'prod' found", "the Pulumi project has no stack 'prod'"),
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", "not logged in"),
        ("error: pass the fully qualified name (organization/project/stack)", "there is no Pulumi project in /"),
        ("error: constructing secrets manager: passphrase must be set", "passphrase is not set"),
        ("error: unable to open bucket s3://states", r"`pulumi stack output` failed \(unable to open bucket"),
    ],
)
def test_the_clis_complaints_are_said_in_plain_words(complaint: str, said: str, tmp_path: Path) -> None:
    install_pulumi(tmp_path, complains=complaint)
    with pytest.raises(StackNotFound, match=rf"SSM: no AWS region is set; Pulumi CLI: .*{said}"):
        Stack.open("prod")


@pytest.mark.usefixtures("no_aws")
def test_a_cli_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opslib.stack.pulumi_cli.TIMEOUT_SECONDS", 0.2)
    install_pulumi(tmp_path)
    (tmp_path / "bin" / "pulumi").write_text("#!/bin/sh\nexec /bin/sleep 20\n")
    with pytest.raises(StackNotFound, match=r"did not answer in 0\.2 s"):
        Stack.open("prod")


@pytest.mark.usefixtures("no_aws")
def test_outputs_of_another_product_are_not_taken_from_the_cli(document: Document, tmp_path: Path) -> None:
    install_pulumi(tmp_path, prints=json.dumps(document))
    with pytest.raises(StackNotFound, match="Pulumi CLI: it holds shop/prod"):
        Stack.open("bank/prod")


@pytest.mark.usefixtures("no_aws")
def test_other_outputs_of_a_cli_are_bad_outputs(tmp_path: Path) -> None:
    install_pulumi(tmp_path, prints='{"url": "https://example.org"}')
    with pytest.raises(BadOutputs, match="the Pulumi stack prod have no schemaVersion"):
        Stack.open("prod")


def test_a_half_written_mirror_does_not_stop_who_has_pulumi(
    aws: Sandbox, write_mirror: Callable[..., None], document: Document, tmp_path: Path
) -> None:
    write_mirror(document)
    aws.client("ssm", REGION).delete_parameter(Name="/opslib/shop/prod/workloads/api")
    install_pulumi(tmp_path, prints=json.dumps(document))
    assert Stack.open("prod").source == "Pulumi CLI"


@pytest.mark.engine
def test_the_real_cli_is_read(document: Document, tmp_path: Path, own_path: str, no_aws: pytest.MonkeyPatch) -> None:
    tools = Path(__file__).parents[1] / ".tools" / "bin"
    no_aws.setenv("PATH", f"{tools}{os.pathsep}{own_path}")
    if shutil.which("pulumi") is None:
        pytest.skip("no pulumi on PATH (`make pulumi` builds it)")
    (tmp_path / "infra").mkdir()
    (tmp_path / "states").mkdir()
    (tmp_path / "infra" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for variable, value in {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/states",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }.items():
        no_aws.setenv(variable, value)
    with pytest.raises(StackNotFound, match="the Pulumi project has no stack 'prod'"):
        Stack.open("prod")

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--stack", "prod"]
        return subprocess.run(command, cwd=tmp_path / "infra", capture_output=True, text=True, check=True).stdout

    pulumi("stack", "init")
    state = json.loads(pulumi("stack", "export"))
    state["deployment"]["resources"] = [
        {
            "urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod",
            "custom": False,
            "type": "pulumi:pulumi:Stack",
            "outputs": document,
        }
    ]
    (tmp_path / "state.json").write_text(json.dumps(state))
    pulumi("stack", "import", "--file", str(tmp_path / "state.json"))
    stack = Stack.open("prod")
    assert stack.source == "Pulumi CLI"
    assert stack.outputs == StackOutputs.parse(document, source="here")

    no_aws.delenv("PULUMI_CONFIG_PASSPHRASE")
    with pytest.raises(StackNotFound, match="passphrase is not set"):
        Stack.open("prod")
    with pytest.raises(StackNotFound, match=f"there is no Pulumi project in {tmp_path}/states"):
        Stack.open("prod", project_dir=tmp_path / "states")
    no_aws.delenv("PULUMI_BACKEND_URL")
    with pytest.raises(StackNotFound, match="not logged in"):
        Stack.open("prod")
