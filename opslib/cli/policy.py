"""`opslib policy`: what each role may do, as IAM takes it."""

from __future__ import annotations

from typing import Annotated

import typer

from opslib.cli.opening import OutputsFile, StackName, opened
from opslib.cli.output import print_json, print_line, print_table

__all__ = ["policy"]


def policy(
    role: Annotated[str | None, typer.Argument(metavar="[ROLE]", help="A role; without it all are listed.")] = None,
    *,
    why: Annotated[bool, typer.Option("--why", help="Show why an action is on anything, where it is.")] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
) -> None:
    """Print the least that a role needs on this stack, as an IAM policy."""
    from opslib.permissions import ROLES, Scope, reasons, statements

    if role is None:
        print_table("Roles", ("ROLE", "WHO", "WHAT FOR"), [(name, made.who, made.says) for name, made in ROLES.items()])
        return
    scope = Scope.of(opened(stack, outputs).outputs)
    made = statements(role, scope)
    if why:
        print_table(f"On anything, for {role}", ("ACTION", "WHY"), sorted(reasons(role).items()))
        if not reasons(role):
            print_line("nothing is on anything")
        return
    print_json({"Version": "2012-10-17", "Statement": made})
