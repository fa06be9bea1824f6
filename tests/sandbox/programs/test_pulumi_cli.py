"""Where the Pulumi CLI is found, and what is said where it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opslib.errors import Refused
from opslib.sandbox.programs.engine import Engine
from opslib.sandbox.programs.pulumi_cli import find_pulumi


def executable(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_the_cli_is_found_on_path_first_and_then_in_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    on_path = executable(tmp_path / "bin" / "pulumi")
    project = tmp_path / "checkout" / "infra"
    project.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_pulumi(project) is None  # without its language host it runs no Python program

    built = executable(project.parent / ".tools" / "bin" / "pulumi")
    executable(built.with_name("pulumi-language-python"))
    assert find_pulumi(project) == built
    assert find_pulumi() is None
    monkeypatch.chdir(project)
    assert find_pulumi() == built

    executable(on_path.with_name("pulumi-language-python"))
    assert find_pulumi(project) == on_path


def test_without_a_cli_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(Refused, match="run `make pulumi`"):
        Engine(project_dir=tmp_path, stack="dev", environment={}, provider_port=1)
