"""Where a stack's outputs are looked for, and in which order."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.errors import BadOutputs, BadRequest, ContractVersion, OpslibError, Refused, StackNotFound
from opslib.stack.pulumi_cli import read_pulumi
from opslib.stack.ssm import read_mirror

__all__ = ["OUTPUTS_VARIABLE", "Found", "find_outputs"]

OUTPUTS_VARIABLE = "OPSLIB_OUTPUTS"
"""The environment variable that names a file of outputs."""

_NAME = re.compile(r"(?:(?P<product>[A-Za-z0-9_.][\w.-]*)/)?(?P<environment>[A-Za-z0-9_.][\w.-]*)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """Outputs, and where they were."""

    outputs: StackOutputs
    source: str


def find_outputs(
    name: str | None,
    *,
    outputs: StackOutputs | Mapping[str, Any] | Path | str | None,
    clients: Clients,
    project_dir: Path | None,
) -> Found:
    """Find outputs; `Stack.open` says how."""
    product, environment = _parsed_name(name)
    given = outputs if outputs is not None else os.environ.get(OUTPUTS_VARIABLE) or None
    if given is not None:
        found = _given(given)
        if _differs(found, product, environment):
            raise BadRequest(
                f"the outputs ({found.source}) are of {_name_of(found)}, not of {name}",
                "name that stack, or give the outputs of the other",
            )
        return found
    if environment is None:
        raise BadRequest(
            "no stack is named", f"name one (prod, or shop/prod), or give its outputs (--outputs, {OUTPUTS_VARIABLE})"
        )
    places: tuple[tuple[str, Callable[[], StackOutputs]], ...] = (
        ("SSM", lambda: read_mirror(product, environment, clients)),
        ("Pulumi CLI", lambda: read_pulumi(environment, project_dir)),
    )
    failures: dict[str, OpslibError] = {}
    for place, read in places:
        try:
            found = Found(read(), place)
        except (Refused, BadOutputs, ContractVersion) as problem:
            failures[place] = problem
            continue
        if not _differs(found, product, environment):
            return found
        failures[place] = StackNotFound(f"it holds {_name_of(found)}")
    # Outputs that are there and broken say more than all the places without any.
    for failure in failures.values():
        if isinstance(failure, BadRequest):
            raise failure
    reasons = "; ".join(f"{place}: {failure.what}" for place, failure in failures.items())
    raise StackNotFound(
        f"no outputs of the stack '{name}' were found ({reasons})",
        f"deploy it with `pulumi up`, or give its outputs (--outputs, {OUTPUTS_VARIABLE})",
    )


def _parsed_name(name: str | None) -> tuple[str | None, str | None]:
    if name is None:
        return None, None
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise BadRequest(f"'{name}' is no stack's name", "write environment, or product/environment: shop/prod")
    return parts["product"], parts["environment"]


def _given(given: StackOutputs | Mapping[str, Any] | Path | str) -> Found:
    if isinstance(given, StackOutputs):
        return Found(given, "given outputs")
    if isinstance(given, Mapping):
        return Found(StackOutputs.parse(given, source="the given document"), "given document")
    path = Path(given)
    try:
        text = path.read_bytes()
    except (OSError, ValueError) as problem:  # ValueError: a name with a zero byte
        raise BadRequest(
            f"the outputs in {path} cannot be read ({getattr(problem, 'strerror', None) or problem})",
            "write them with `pulumi stack output --json > FILE`",
        ) from None
    try:
        return Found(StackOutputs.parse(text.decode("utf-8-sig"), source=str(path)), f"file {path}")
    except UnicodeDecodeError:
        raise BadOutputs(f"the outputs in {path} are not UTF-8 text", "export them again") from None


def _name_of(found: Found) -> str:
    return f"{found.outputs.stack.product}/{found.outputs.stack.environment}"


def _differs(found: Found, product: str | None, environment: str | None) -> bool:
    """Whether the outputs are of another stack than the named one: those are never used."""
    stack = found.outputs.stack
    return product not in {None, stack.product} or environment not in {None, stack.environment}
