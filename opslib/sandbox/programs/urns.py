"""URNs and aliases as the Pulumi engine makes them, for the run without the engine.

Read from the engine's step generator (v3.200.0): a URN holds the types of all ancestors but the stack's, and a resource
is known by the aliases that its own options give it, and by those that follow from its parent's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["STACK_TOKEN", "Alias", "aliases_of", "make_urn", "name_of", "qualified_type_of"]

STACK_TOKEN = "pulumi:pulumi:Stack"  # noqa: S105 - a type token, not a secret


@dataclass(frozen=True)
class Alias:
    """One entry of a resource's `aliases` option; what is None is as the resource has it now.

    Attributes:
        urn: The whole former URN; the rest is then ignored.
        name: The former name.
        token: The former type.
        parent_urn: The former parent.
        no_parent: The resource had no parent but the stack.
        project: The former project.
        stack: The former stack.
    """

    urn: str | None = None
    name: str | None = None
    token: str | None = None
    parent_urn: str | None = None
    no_parent: bool = False
    project: str | None = None
    stack: str | None = None


def make_urn(*, stack: str, project: str, parent_urn: str | None, token: str, name: str) -> str:
    """Make the URN of a resource from its type, its name and its parent's URN (None or the stack's: no parent)."""
    ancestors = qualified_type_of(parent_urn) if parent_urn else STACK_TOKEN
    qualified = token if ancestors == STACK_TOKEN else f"{ancestors}${token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type_of(urn: str) -> str:
    """The types in a URN, the eldest ancestor's first, joined by `$`."""
    return urn.split("::", 3)[2]


def name_of(urn: str) -> str:
    """The name at the end of a URN."""
    return urn.split("::", 3)[3]


def aliases_of(
    urn: str, *, parent_urn: str | None, aliases: Iterable[Alias], parent_aliases: Iterable[str]
) -> tuple[str, ...]:
    """List the former URNs under which the engine would find a resource, in its order, without repetition.

    Args:
        urn: The resource's URN.
        parent_urn: Its parent's URN.
        aliases: The resource's own `aliases` option.
        parent_aliases: The former URNs of its parent. The engine takes the one that it finds in the state; without a
            state all of them count.
    """
    own = [_former_urn(urn, parent_urn, alias) for alias in aliases]
    inherited = [
        _under_former_parent(child, name_of(parent_urn), former_parent)
        for former_parent in parent_aliases
        if parent_urn
        for child in (urn, *own)
    ]
    return tuple(dict.fromkeys(former for former in (*own, *inherited) if former != urn))


def _former_urn(urn: str, parent_urn: str | None, alias: Alias) -> str:
    if alias.urn:
        return alias.urn
    stack, project = urn.removeprefix("urn:pulumi:").split("::", 3)[:2]
    return make_urn(
        stack=alias.stack or stack,
        project=alias.project or project,
        parent_urn=None if alias.no_parent else alias.parent_urn or parent_urn,
        token=alias.token or qualified_type_of(urn).rpartition("$")[2],
        name=alias.name or name_of(urn),
    )


def _under_former_parent(child_urn: str, parent_name: str, former_parent: str) -> str:
    """Where a child was while its parent was elsewhere: a name that starts with the parent's changes with it."""
    stack, project = former_parent.removeprefix("urn:pulumi:").split("::", 3)[:2]
    name = name_of(child_urn)
    if name.startswith(parent_name):
        name = name_of(former_parent) + name.removeprefix(parent_name)
    token = qualified_type_of(child_urn).rpartition("$")[2]
    return make_urn(stack=stack, project=project, parent_urn=former_parent, token=token, name=name)
