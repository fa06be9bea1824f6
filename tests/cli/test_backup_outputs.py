"""`opslib backup take --outputs`: the stack's outputs in a file name the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opslib.cli import main
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("B3")

CONFIG = 'environment = "prod"\n{stack}[sources.orders]\nkind = "postgres"\n{source}\n'


@pytest.fixture
def outputs(aws: Sandbox, document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert aws
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "elsewhere.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_file_that_is_named_is_the_one_that_is_read(
    outputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but that file knows this stack: there is no mirror, and no Pulumi."""
    text = CONFIG.format(stack='stack = "shop/prod"\n', source='database = "nowhere"')
    (tmp_path / "backup.toml").write_text(text, encoding="utf-8")
    assert main(["backup", "take", "orders", "--outputs", str(outputs)]) == 2
    assert "the stack shop/prod has no database 'nowhere': it has orders" in capsys.readouterr().err
    (tmp_path / "backup.toml").write_text(f'outputs = "elsewhere.json"\n{text}', encoding="utf-8")
    assert main(["backup", "take", "orders"]) == 2
    assert "the stack shop/prod has no database 'nowhere': it has orders" in capsys.readouterr().err


def test_outputs_of_no_stack_are_refused(outputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG.format(stack="", source='service = "orders"')
    (tmp_path / "backup.toml").write_text(text, encoding="utf-8")
    assert main(["backup", "take", "orders", "--outputs", str(outputs)]) == 2
    err = capsys.readouterr().err
    assert (err.count("\n"), "the configuration names none" in err) == (1, True)
