"""What a resource is called is what it *is*.

AWS's put-style calls make a moved resource vanish: Pulumi creates it under its new URN (which overwrites), then
deletes the old one (which is the same), and AWS is empty. So every URN of the shipped stacks is recorded, and a change
fails here unless the resource says by an alias what it was called before.
"""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from demo import stack_file
from infra import program
from opslib.sandbox.programs.in_process import run_program

STACKS = ("staging", "prod", "account")


def recorded(stack: str) -> Path:
    return Path(__file__).parent / "urns" / f"{stack}.txt"


def registered(stack: str) -> dict[str, tuple[str, ...]]:
    """Every URN of a shipped stack, with the URNs that its aliases name."""
    return {resource.urn: tuple(resource.aliases) for resource in run(stack)}


def run(stack: str, main=program.main):
    shipped = stack_file.read(stack)
    return run_program(
        main,
        project=stack_file.PROJECT,
        stack=stack,
        config={**shipped.values, **shipped.secrets},
        secret_keys=tuple(shipped.secrets),
        provider=None,
    ).resources


def lost(before: set[str], after: dict[str, tuple[str, ...]]) -> set[str]:
    """What was there and is neither there nor an alias of what is."""
    return before - set(after) - {alias for aliases in after.values() for alias in aliases}


@pytest.mark.feature("M26")
@pytest.mark.parametrize("stack", STACKS)
def test_no_resource_is_lost_or_added_unrecorded(stack: str) -> None:
    before = set(recorded(stack).read_text(encoding="utf-8").split())
    after = registered(stack)
    assert lost(before, after) == set(), (
        "these resources would be deleted. If they moved, give them an alias (pulumi.ResourceOptions(aliases=[…])); "
        "if they are meant to go, run `make urns` and commit the diff"
    )
    assert set(after) - before == set(), "new resources: run `make urns` and commit the diff"


def test_a_move_without_an_alias_is_noticed_and_one_with_an_alias_is_not() -> None:
    class Parent(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("ops:index:Parent", name)

    class Child(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
            super().__init__("ops:index:Child", name, None, opts)

    def flat() -> None:
        Child("alarm")

    def moved() -> None:
        Child("alarm", pulumi.ResourceOptions(parent=Parent("group")))

    def moved_with_alias() -> None:
        # The alias of a resource that had no parent component: its parent was the stack.
        old = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        Child("alarm", pulumi.ResourceOptions(parent=Parent("group"), aliases=[old]))

    before = {resource.urn for resource in run("staging", flat)}
    gone = {resource.urn: tuple(resource.aliases) for resource in run("staging", moved)}
    kept = {resource.urn: tuple(resource.aliases) for resource in run("staging", moved_with_alias)}
    assert lost(before, gone) == before
    assert lost(before, kept) == set()
