"""What the tests of the preview share: a small stack's file, and how the command is called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.preview import main
from tests.infra.product import values_of

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, from which the command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


@pytest.fixture
def stack_file(here: Path) -> Callable[..., Path]:
    """Writes `Pulumi.NAME.yaml` of a product of some services, with whatever is said otherwise."""

    def write(services: int = 2, name: str = "test", **changes: Any) -> Path:
        config = values_of(services) | {f"opslib:{key}": value for key, value in changes.items()}
        path = here / f"Pulumi.{name}.yaml"
        path.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Calls the command as a shell would."""

    def run(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run
