"""What `pulumi preview` says of a wrong stack file: the line of `python -m infra.config`, and nothing is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from demo.deployment import engine_for
from demo.stack_file import StackFile
from infra import config
from opslib.errors import DeploymentFailed
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.xdist_group("engine-staging")

MISTAKES = {
    "unknown key": ("opslib:servces", {}),
    "wrong type": ("opslib:services.api.containers.api.port", "eighty"),
    "threshold out of range": ("opslib:services.api.thresholds", {"cpuPercent": {"warning": 170}}),
    "name too long": ("opslib:product", "parcel" * 20),
}


def written_wrong(shipped: StackFile, directory: Path, place: str, value: object) -> Path:
    """The stack's file with one thing in it wrong."""
    document = yaml.safe_load(shipped.path.read_text(encoding="utf-8"))
    *outer, last = place.split(".")
    inside = document["config"]
    for key in outer:
        inside = inside[key]
    inside[last] = value
    path = directory / shipped.path.name
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.mark.feature("M26")
def test_preview_says_the_line_that_the_check_says(
    account: tuple[StackFile, Sandbox], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped, sandbox = account
    for number, (place, value) in enumerate(MISTAKES.values()):
        directory = tmp_path / str(number)
        directory.mkdir()
        path = written_wrong(shipped, directory, place, value)

        assert config.main(["--stack", shipped.stack, "--dir", str(directory)]) == 2
        line = capsys.readouterr().err.removeprefix("infra.config: ").strip()
        assert "\n" not in line

        with engine_for(replace(shipped, path=path), sandbox) as engine, pytest.raises(DeploymentFailed) as failed:
            engine.preview()
        said = "\n".join(failed.value.diagnostics)
        assert line in said
        assert line in str(failed.value)
        assert "Traceback" not in said

    assert [call for call in sandbox.calls() if call.mutating] == []


def test_another_accounts_arn_is_refused_before_anything_is_created(
    account: tuple[StackFile, Sandbox], tmp_path: Path
) -> None:
    """The copy of another stack's file in which one ARN was forgotten."""
    shipped, sandbox = account
    wrong = tmp_path / shipped.path.name
    mine, other = (f"secretsmanager:{shipped.region}:{account_id}" for account_id in (shipped.account, "999999999999"))
    wrong.write_text(shipped.path.read_text(encoding="utf-8").replace(mine, other), encoding="utf-8")
    with engine_for(replace(shipped, path=wrong), sandbox) as engine, pytest.raises(DeploymentFailed) as failed:
        engine.preview()
    assert "databases.orders.secrets.api is in 999999999999" in str(failed.value)
    assert [call for call in sandbox.calls() if call.mutating] == []
