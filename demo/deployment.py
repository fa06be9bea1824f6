"""`pulumi up` of a shipped stack into a sandbox: by the real engine where there is one, else by the SDK alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.stack_file import PROJECT, ROOT, StackFile
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Engine, ResourceStep, find_pulumi
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider, serve

__all__ = ["Deployed", "deploy_in_process", "deploy_with_engine", "engine_for", "provider_for", "run_in_process"]


WITHOUT_ENGINE = "the SDK's in-process run"
"""What runs the program where the real engine does not."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did.

    Attributes:
        resources: How many resources the program made, components apart.
        outputs: The stack's outputs.
        again: What a second `up` would change, by operation; None where there is no state to compare with.
        duration_seconds: How long the first took.
    """

    resources: int
    outputs: dict[str, Any]
    again: dict[str, int] | None
    duration_seconds: float


def provider_for(stack: StackFile, sandbox: Sandbox) -> StandInProvider:
    """The stand-in provider, in front of a sandbox."""
    return StandInProvider(endpoint_url=sandbox.url, region=stack.region)


@contextlib.contextmanager
def engine_for(
    stack: StackFile, sandbox: Sandbox, on_event: Callable[[ResourceStep], None] | None = None
) -> Iterator[Engine]:
    """The real engine with the stand-in provider attached, over a copy of the project.

    Args:
        stack: A shipped stack.
        sandbox: Where it is deployed to.
        on_event: Called with each step.

    Raises:
        Refused: there is no Pulumi CLI.
    """
    with (
        serve(provider_for(stack, sandbox)) as served,
        Engine(
            project_dir=ROOT,
            stack=stack.stack,
            environment=sandbox.environment(),
            provider_port=served.port,
            stack_file=stack.path,
            secrets=stack.secrets,
            on_event=on_event,
        ) as engine,
    ):
        yield engine


def deploy_with_engine(
    stack: StackFile, sandbox: Sandbox, on_event: Callable[[ResourceStep], None] | None = None
) -> Deployed:
    """`pulumi up`, and once more to see that nothing is left to do.

    Raises:
        DeploymentFailed: the program failed, or a resource could not be created.
    """
    with engine_for(stack, sandbox, on_event) as engine:
        first = engine.up()
        outputs = engine.outputs()
        second = engine.up()
    again = {str(operation): count for operation, count in second.counts.items() if operation != "same" and count}
    return Deployed(_custom(first.steps.values()), outputs, again, first.duration_seconds)


def deploy_in_process(stack: StackFile, sandbox: Sandbox) -> Deployed:
    """The same program without the CLI: there is no state, so nothing to compare a second run with."""
    run = run_in_process(stack, sandbox)
    return Deployed(sum(r.custom for r in run.resources), run.outputs, None, run.duration_seconds)


def run_in_process(stack: StackFile, sandbox: Sandbox) -> Run:
    """The same program without the CLI: the SDK registers and the stand-in creates."""
    from infra import program

    provider = provider_for(stack, sandbox)
    provider.configure({key.removeprefix("aws:"): v for key, v in stack.values.items() if key.startswith("aws:")})
    return run_program(
        program.main,
        project=PROJECT,
        stack=stack.stack,
        config={**stack.values, **stack.secrets},
        secret_keys=tuple(stack.secrets),
        provider=provider,
    )


def pulumi_version(cli: Path) -> str:
    """What `pulumi version` says."""
    import subprocess

    ran = subprocess.run([cli, "version"], capture_output=True, text=True, check=False)  # noqa: S603  the CLI we found
    return ran.stdout.strip() or "of unknown version"


def engine_name() -> tuple[bool, str]:
    """Whether there is a real engine, and what to call what runs the program."""
    cli = find_pulumi(ROOT)
    if cli is None:
        return False, f"{WITHOUT_ENGINE} (there is no Pulumi CLI here; `make pulumi` builds one)"
    return True, f"Pulumi CLI {pulumi_version(cli)}"


def _custom(steps: Iterable[ResourceStep]) -> int:
    return sum(step.operation == "create" and step.token.startswith("aws:") for step in steps)
