"""A stack's outputs from the Pulumi CLI."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from opslib.contract import StackOutputs
from opslib.errors import StackNotFound

__all__ = ["read_pulumi"]

TIMEOUT_SECONDS = 30
"""A state of 1,000 resources in S3 is read in a few seconds; a login that waits for a person never is."""

# What the CLI says, in any case of letters; what that means; what to do.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("no stack named", "the Pulumi project has no stack '{stack}'", "`pulumi stack ls` lists its stacks"),
    ("pulumi_access_token must be set", "the Pulumi CLI is not logged in", "run `pulumi login`"),
    ("pulumi login", "the Pulumi CLI is not logged in", "run `pulumi login`"),
    ("invalid access token", "Pulumi does not accept the access token", "run `pulumi login`"),
    ("no pulumi.yaml", "there is no Pulumi project in {directory}", "run it in the project's directory"),
    # Outside a project, a short name is not enough for it.
    ("pass the fully qualified name", "there is no Pulumi project in {directory}", "run it in the project's directory"),
    ("passphrase", "the stack's passphrase is not set or not right", "set PULUMI_CONFIG_PASSPHRASE"),
    ("unknown command", "the Pulumi CLI is too old", "upgrade it"),
)


def read_pulumi(stack: str, project_dir: Path | None) -> StackOutputs:
    """Ask `pulumi stack output`, which leaves secrets masked.

    Args:
        stack: The Pulumi stack.
        project_dir: Where Pulumi.yaml is; None: the current directory (Pulumi looks above it), or `infra` in it.

    Raises:
        StackNotFound: no CLI, not logged in, no such project or stack, or no answer in time.
        BadOutputs: the outputs are not the contract.
        ContractVersion: they follow a version that is not read here.
    """
    program = shutil.which("pulumi")
    if program is None:
        raise StackNotFound("there is no `pulumi` on PATH", "install the Pulumi CLI")
    directory = project_dir or _default_project()
    try:
        run = subprocess.run(  # noqa: S603  # no shell, and the stack's name cannot start with a dash
            [program, "stack", "output", "--json", "--non-interactive", "--color", "never", "--stack", stack],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StackNotFound(
            f"`pulumi stack output` did not answer in {TIMEOUT_SECONDS} s", "check the state's back end"
        ) from None
    except OSError as problem:
        raise StackNotFound(f"`pulumi` could not be run in {directory} ({problem.strerror})") from None
    if run.returncode != 0:
        raise _explained(run.stderr or run.stdout, stack, directory)
    return StackOutputs.parse(run.stdout, source=f"the Pulumi stack {stack}")


def _default_project() -> Path:
    here = Path.cwd()
    return here / "infra" if (here / "infra" / "Pulumi.yaml").is_file() else here


def _explained(said: str, stack: str, directory: Path) -> StackNotFound:
    for phrase, what, next_step in _MEANINGS:
        if phrase in said.lower():
            return StackNotFound(what.format(stack=stack, directory=directory), next_step)
    lines = [line.removeprefix("error: ").strip() for line in said.splitlines() if line.strip()]
    return StackNotFound(f"`pulumi stack output` failed ({lines[-1] if lines else 'it did not say why'})")
