"""Run a Pulumi project with the real Pulumi engine against a sandbox.

    with Engine(project_dir=here, stack="staging", environment=sandbox.environment(), provider_port=port) as engine:
        engine.up()
        outputs = engine.outputs()

This is what a user's `pulumi up` does, the language host and the checkpoint included; only the plugin of the AWS
provider is another: the stand-in provider, attached by its port. Nothing is written outside a temporary directory, and
nothing of the caller's AWS or Pulumi environment reaches the program.
"""

from __future__ import annotations

import json
import secrets as randomness
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pulumi.automation import CommandError, LocalWorkspace
from pulumi.automation._stack import StackInitMode  # not exported; BriefStack cannot be made without

from opslib.errors import BadRequest, DeploymentFailed, Refused
from opslib.sandbox.programs.changes import Changes, Diagnostic, EventReader, Operation, ResourceStep
from opslib.sandbox.programs.project_copy import ProjectCopy, copy_project
from opslib.sandbox.programs.pulumi_cli import BriefStack, Cli, find_pulumi
from opslib.sandbox.programs.urns import STACK_TOKEN, name_of, qualified_type_of

__all__ = ["Changes", "Diagnostic", "Engine", "Operation", "ResourceStep", "find_pulumi"]

PARALLEL = 8
"""Resources at once. Two cores are busy with four; some wait for the sandbox's clock."""


class Engine:
    """A Pulumi stack of its own, in a sandbox; a context manager.

    Args:
        project_dir: The directory of Pulumi.yaml.
        stack: The stack's name.
        environment: What leads the program and the provider to the sandbox (AWS_ENDPOINT_URL, keys, region).
        provider_port: Where the stand-in provider listens.
        stack_file: The stack's configuration; None for the project's own, if there is one.
        secrets: Secret configuration by key; takes the place of the file's, which only its own passphrase opens.
        config: Configuration by key, beside that of the file.
        pulumi_home: Where the CLI keeps its own files; None for the temporary directory.
        on_event: Called with each step of each operation as it starts, ends or fails, from another thread.
        pulumi: The CLI; None to look for it.

    Raises:
        BadRequest: The project or its configuration cannot be read.
        Refused: There is no Pulumi CLI.
    """

    def __init__(
        self,
        *,
        project_dir: Path,
        stack: str,
        environment: Mapping[str, str],
        provider_port: int,
        stack_file: Path | None = None,
        secrets: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
        pulumi_home: Path | None = None,
        on_event: Callable[[ResourceStep], None] | None = None,
        pulumi: Path | None = None,
    ) -> None:
        found = pulumi or find_pulumi(project_dir)
        if found is None:
            raise Refused(
                "there is no Pulumi CLI with its Python language host on PATH or in .tools/bin",
                "run `make pulumi`, or install Pulumi",
            )
        self._pulumi = found
        self._project_dir = project_dir
        self._stack_name = stack
        self._stack_file = stack_file
        self._secrets = dict(secrets or {})
        self._config = dict(config or {})
        self._pulumi_home = pulumi_home
        self._on_event = on_event
        self._environment = {
            **environment,
            "OPSLIB_LAMBDA_CODE": "in-place",  # the sandbox runs opslib's handlers where they are installed
            "PULUMI_DEBUG_PROVIDERS": f"aws:{provider_port}",
        }
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._copy: ProjectCopy
        self._cli: Cli
        self._stack: BriefStack

    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="opslib-pulumi-", ignore_cleanup_errors=True)
        try:
            self._start(Path(self._directory.name))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def preview(self) -> Changes:
        """Say what `up` would do.

        Raises:
            DeploymentFailed: The program failed, or a resource is not valid.
        """
        return self._operate("preview", lambda events: self._stack.preview(parallel=PARALLEL, on_event=events))

    def up(self) -> Changes:
        """Deploy the program.

        Raises:
            DeploymentFailed: The program failed, or a resource could not be deployed; what was deployed before stays.
        """
        return self._operate("up", lambda events: self._stack.up(parallel=PARALLEL, on_event=events))

    def refresh(self) -> Changes:
        """Read the sandbox into the state; the operations are what was found: `same`, `update` or `delete`.

        Raises:
            DeploymentFailed: A resource could not be read.
        """
        return self._operate("refresh", lambda events: self._stack.refresh(parallel=PARALLEL, on_event=events))

    def destroy(self) -> Changes:
        """Delete all that was deployed.

        Raises:
            DeploymentFailed: A resource could not be deleted, or is protected.
        """
        return self._operate("destroy", lambda events: self._stack.destroy(parallel=PARALLEL, on_event=events))

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs; a secret is `[secret]` unless it is to be shown."""
        shown = ["--show-secrets"] if show_secrets else []
        outputs: dict[str, Any] = json.loads(self._say("stack", "output", "--json", *shown))
        return outputs

    def export(self) -> dict[str, Any]:
        """The checkpoint, secrets encrypted: `version` and `deployment`, with its `resources`."""
        exported: dict[str, Any] = json.loads(self._say("stack", "export"))
        return exported

    def set_config(self, key: str, value: Any, *, secret: bool = False, path: bool = False) -> None:
        """Set configuration for the operations that follow.

        Args:
            key: The key; without a colon it is the project's.
            value: A text, number or truth value, or without `path` and `secret` a mapping or a list too.
            secret: Encrypt it.
            path: The key is a path such as `workloads.api.port`.

        Raises:
            BadRequest: A mapping or a list is given as a secret or for a path.
        """
        if isinstance(value, Mapping | list | tuple):
            if secret or path:
                raise BadRequest(f"the value of {key} is no single value", "set its parts one by one")
            self._copy.set_plain({key: value})
            return
        text = value if isinstance(value, str) else json.dumps(value)
        options = ["--secret" if secret else "--plaintext", *(["--path"] if path else [])]
        # By standard input: arguments can be read by every process of the machine.
        self._say("config", "set", *options, self._copy.full_key(key), stdin=text)

    def _start(self, directory: Path) -> None:
        project = directory / "copy"
        project.mkdir()
        self._copy = copy_project(
            self._project_dir,
            project,
            stack=self._stack_name,
            stack_file=self._stack_file,
            replaced_secrets=self._secrets,
        )
        self._copy.set_plain(self._config)
        (directory / "state").mkdir()
        home = self._pulumi_home or directory / "home"
        environment = {
            **self._environment,
            "PULUMI_BACKEND_URL": (directory / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": randomness.token_urlsafe(24),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(home),
            # The file backend writes the whole state after each step, which makes time grow with the square of the
            # resources (300 alarms: 49 s instead of 14 s). Here it is written once, at the end of an operation, also of
            # one that fails; a killed CLI leaves nothing, but its sandbox is thrown away anyhow.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if self._copy.python is not None:
            environment["PULUMI_PYTHON_CMD"] = str(self._copy.python)
        self._cli = Cli(self._pulumi, directory, environment)
        try:
            workspace = LocalWorkspace(
                work_dir=str(project),
                pulumi_home=str(home),
                pulumi_command=self._cli,
                secrets_provider="passphrase",
            )
            self._stack = BriefStack(self._stack_name, workspace, StackInitMode.CREATE)
        except CommandError as error:
            raise self._failed("stack init", error, ()) from error
        for key, value in self._secrets.items():
            self.set_config(key, value, secret=True)

    def _operate(self, operation: str, call: Callable[[EventReader], Any]) -> Changes:
        events = EventReader(self._on_event)
        started = time.monotonic()
        try:
            call(events)
        except CommandError as error:
            said = events.changes(time.monotonic() - started).diagnostics
            raise self._failed(operation, error, said) from error
        if events.raised is not None:
            raise events.raised
        return events.changes(time.monotonic() - started)

    def _say(self, *arguments: str, stdin: str | None = None) -> str:
        command = [*arguments, "--stack", self._stack_name]
        try:
            return self._cli.run(command, str(self._copy.directory), {}, stdin=stdin).stdout
        except CommandError as error:
            raise self._failed(" ".join(arguments[:2]), error, ()) from error

    def _failed(self, operation: str, error: CommandError, said: Sequence[Diagnostic]) -> DeploymentFailed:
        texts = tuple(diagnostic.text for diagnostic in said) or (str(error).strip(),)
        what = f"pulumi {operation} of {self._copy.name}/{self._stack_name} failed"
        return DeploymentFailed(f"{what}: {_reason(said) or _end_of(texts[-1])}", diagnostics=texts)


_EXIT_CODE = "program exited with non-zero exit code"
_TRACEBACK = "Traceback (most recent call last):"


def _reason(said: Sequence[Diagnostic]) -> str:
    """What was wrong: the first error, or the end of the program's standard error where it only left with a code."""
    errors = [diagnostic for diagnostic in said if diagnostic.severity == "error"]
    telling = next((diagnostic for diagnostic in errors if _EXIT_CODE not in diagnostic.text), None)
    if telling is None:
        written = [diagnostic.text for diagnostic in said if diagnostic.severity == "info#err"]
        return _end_of((written or [diagnostic.text for diagnostic in errors] or [""])[-1])
    token = qualified_type_of(telling.urn).rpartition("$")[2] if telling.urn else STACK_TOKEN
    if token == STACK_TOKEN:
        return _end_of(telling.text)
    return f"{token} {name_of(telling.urn)!r}: {telling.text}"


def _end_of(text: str) -> str:
    """The text without the traceback of the program in it: from the first line after it that is not indented."""
    before, traceback, after = text.rpartition(_TRACEBACK)
    if not traceback:
        return text.removeprefix("error: ")
    lines = after.strip("\n").splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith(" ")), 0)
    return "\n".join(lines[start:]) or before
