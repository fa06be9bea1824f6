"""The Pulumi CLI: where it is, and how it is called.

Two things are other than in the SDK's own classes: the CLI sees nothing of the caller's AWS or Pulumi environment, and
a secret reaches it by standard input, for every process of the machine can read the arguments of the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError, CommandResult, OnOutput, PulumiCommand, Stack, UpdateSummary

__all__ = ["BriefStack", "Cli", "find_pulumi"]

_LANGUAGE_HOST = "pulumi-language-python"
_BUILT = Path(".tools") / "bin"


def find_pulumi(near: Path | None = None) -> Path | None:
    """Find a Pulumi CLI that can run Python programs.

    Args:
        near: A directory of a checkout.

    Returns:
        The CLI on PATH, else that which `make pulumi` has built in .tools/bin of the checkout around the working
        directory or around `near`; None where there is none, or only one without its Python language host.
    """
    search_path = os.environ.get("PATH", os.defpath)
    start = [Path.cwd(), *([near.resolve()] if near else [])]
    built = [parent / _BUILT for directory in start for parent in (directory, *directory.parents)]
    for candidates in (search_path, *map(str, built)):
        found = shutil.which("pulumi", path=candidates)
        if found is None:
            continue
        beside = os.pathsep.join([str(Path(found).resolve().parent), candidates])
        if shutil.which(_LANGUAGE_HOST, path=beside):
            return Path(found).absolute()
    return None


class BriefStack(Stack):
    """A stack whose operations end when they end: the SDK's ask the CLI three times more, for what is not read here."""

    def outputs(self) -> dict[str, Any]:
        """None: `Engine.outputs` asks for them."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002 - the name is the SDK's
        """An empty summary: the events have said it all."""
        now = datetime.now(UTC)
        return UpdateSummary(kind="update", start_time=now, message="", environment={}, config={}, result="succeeded")


class Cli(PulumiCommand):
    """The CLI in an environment of its own, and able to read what must not be an argument."""

    def __init__(self, cli: Path, directory: Path, environment: Mapping[str, str]) -> None:
        (directory / "bin").mkdir()
        (directory / "bin" / "pulumi").symlink_to(cli)
        super().__init__(root=str(directory))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_"))}
        search_path = os.pathsep.join([str(cli.resolve().parent), kept.get("PATH", os.defpath)])
        self._environment = {**kept, **environment, "PATH": search_path, "PULUMI_AUTOMATION_API": "true"}

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
        *,
        stdin: str | None = None,
    ) -> CommandResult:
        """Run a command of the CLI; see PulumiCommand.run, whose environment would be that of this process."""
        del on_output, on_error  # the engine's events say the same, and better
        done = subprocess.run(  # noqa: S603 - the CLI that was found
            [self.command, "--non-interactive", *args],
            cwd=cwd,
            env={**self._environment, **additional_env},
            input=stdin or "",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        result = CommandResult(done.stdout.rstrip(), done.stderr.rstrip(), done.returncode)
        if done.returncode != 0:
            raise CommandError(result)
        return result
