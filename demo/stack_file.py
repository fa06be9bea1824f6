"""The shipped stack files as the engine would hand them to the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.config import NAMESPACE, StackConfig, read_stack_file

__all__ = ["PROJECT", "ROOT", "StackFile", "read"]

ROOT = Path(__file__).resolve().parent.parent
"""The project directory: where Pulumi.yaml is."""

PROJECT = "opslib"
"""The project's name in Pulumi.yaml."""

_SECRETS = {
    "pagerUrl": "https://pager.example/integration/c0ffee5ec2e7",
    # A function of the stack's own really calls it: nothing listens there, unless somebody does (`demo.chat`), and
    # nothing leaves this machine.
    "chatUrl": "https://127.0.0.1:9/services/T0/B0/5ec2e7c0ffee",
    "oncallPhone": "+4915112345678",
}
"""What the demo and the tests set where a user sets real ones."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """A stack file, read.

    Attributes:
        stack: The NAME of Pulumi.NAME.yaml.
        path: The file.
        config: Its configuration, validated.
        values: Every key as it stands there, ours and the provider's.
        secrets: Made-up values for the secrets it names, by full key.
        region: Where its workloads run.
        account: The one account that it allows.
    """

    stack: str
    path: Path
    config: StackConfig
    values: dict[str, Any]
    secrets: dict[str, str]
    region: str
    account: str


def read(stack: str, *, directory: Path = ROOT) -> StackFile:
    """Read and validate a stack's file.

    Args:
        stack: The NAME of Pulumi.NAME.yaml.
        directory: Where it is.

    Raises:
        BadRequest: it is not there or not valid.
    """
    path = directory / f"Pulumi.{stack}.yaml"
    config = StackConfig.parse(read_stack_file(path), source=path.name)
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    return StackFile(
        stack=stack,
        path=path,
        config=config,
        values=values,
        secrets={f"{NAMESPACE}:{name}": _SECRETS[name] for name in config.secret_names()},
        region=values["aws:region"],
        account=values["aws:allowedAccountIds"][0],
    )
