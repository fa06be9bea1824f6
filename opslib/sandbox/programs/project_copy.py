"""A copy of a Pulumi project in which the CLI may write, whose program is the original.

`pulumi stack init` writes a salt into the stack's file, and setting configuration writes there too: a user's checkout
is not the place for it. The copy has its own Pulumi.yaml and stack file; the program is reached through a symbolic
link, because the CLI wants `main` below the project and looks only at the path's text.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from opslib.errors import BadRequest

__all__ = ["ProjectCopy", "copy_project"]

_LINK = "project"
_OF_THE_USERS_SECRETS = ("encryptionsalt", "encryptedkey", "secretsprovider")


@dataclass(frozen=True)
class ProjectCopy:
    """The copy.

    Attributes:
        directory: Where the CLI runs; holds Pulumi.yaml.
        name: The project's name.
        stack_file: The stack's configuration in the copy.
        python: What runs Python programs there; None where the project is of another language.
    """

    directory: Path
    name: str
    stack_file: Path
    python: Path | None

    def set_plain(self, values: Mapping[str, Any]) -> None:
        """Write configuration by full key; values may be mappings and lists."""
        settings = _read(self.stack_file) if self.stack_file.exists() else {}
        settings["config"] = {**(settings.get("config") or {}), **{self.full_key(k): v for k, v in values.items()}}
        self.stack_file.write_text(yaml.safe_dump(settings, sort_keys=False))

    def full_key(self, key: str) -> str:
        """The key with its namespace; without one it is the project's."""
        return key if ":" in key else f"{self.name}:{key}"


def copy_project(
    project_dir: Path, into: Path, *, stack: str, stack_file: Path | None, replaced_secrets: Collection[str]
) -> ProjectCopy:
    """Copy a project's settings.

    Args:
        project_dir: The directory of Pulumi.yaml.
        into: An empty directory.
        stack: The stack's name.
        stack_file: The stack's configuration; None for the project's `Pulumi.<stack>.yaml`, if there is one.
        replaced_secrets: Keys that will be set anew; other encrypted values cannot be read here.

    Returns:
        The copy.

    Raises:
        BadRequest: There is no project, its settings are no YAML, or the stack's hold a secret that is not replaced.
    """
    project_file = next((f for f in (project_dir / "Pulumi.yaml", project_dir / "Pulumi.yml") if f.is_file()), None)
    if project_file is None:
        raise BadRequest(f"{project_dir} has no Pulumi.yaml", "give the directory of a Pulumi project")
    settings = _read(project_file)
    if not isinstance(settings.get("name"), str):
        raise BadRequest(f"{project_file} gives the project no name", "add a line `name: …`")
    stack_dir = project_dir / str(settings.pop("stackConfigDir", "."))
    settings.pop("backend", None)
    (into / _LINK).symlink_to(project_dir.resolve(), target_is_directory=True)
    settings["main"] = os.path.normpath(f"{_LINK}/{settings.get('main', '.')}")
    python = None
    if _language(settings) == "python":
        settings["runtime"] = "python"  # without options: which interpreter is ours to say
        python = _write_python(into)
    (into / "Pulumi.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    copy = ProjectCopy(into, settings["name"], into / f"Pulumi.{stack}.yaml", python)
    source = stack_file or stack_dir / f"Pulumi.{stack}.yaml"
    if source.is_file():
        replaced = {copy.full_key(key) for key in replaced_secrets}
        copy.stack_file.write_text(yaml.safe_dump(_without_secrets(source, copy, replaced), sort_keys=False))
    elif stack_file is not None:
        raise BadRequest(f"there is no stack file {stack_file}", "give the path of a Pulumi.<stack>.yaml")
    return copy


def _language(settings: Mapping[str, Any]) -> str:
    runtime = settings.get("runtime")
    return str(runtime.get("name") if isinstance(runtime, dict) else runtime)


def _without_secrets(source: Path, copy: ProjectCopy, replaced: Collection[str]) -> dict[str, Any]:
    settings = {key: value for key, value in _read(source).items() if key not in _OF_THE_USERS_SECRETS}
    config = {copy.full_key(str(key)): value for key, value in (settings.get("config") or {}).items()}
    kept = {key: value for key, value in config.items() if key not in replaced}
    unreadable = sorted(key for key, value in kept.items() if _is_encrypted(value))
    if unreadable:
        raise BadRequest(
            f"{source} holds secrets that only their own passphrase or key opens: {', '.join(unreadable)}",
            "give a value for the sandbox to each of them in `secrets`",
        )
    return {**settings, "config": kept}


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(_is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(_is_encrypted(item) for item in value)


def _read(file: Path) -> dict[str, Any]:
    try:
        settings = yaml.safe_load(file.read_text()) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRequest(f"{file} cannot be read: {error}") from error
    if not isinstance(settings, dict):
        raise BadRequest(f"{file} is not a mapping of settings")
    return settings


def _write_python(into: Path) -> Path:
    """Write what stands for `python` before the language host: this interpreter, with one question answered here.

    Before each operation the host asks pip which Pulumi packages are installed, to have their plugins downloaded. In
    the sandbox the stand-in provider is the only plugin, so the answer is none; pip would take half a second each time.
    """
    python = into / "python"
    python.write_text(
        "#!/bin/sh\n"
        'if [ "$1 $2 $3" = "-m pip list" ]; then echo "[]"; exit 0; fi\n'
        f'exec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    return python
