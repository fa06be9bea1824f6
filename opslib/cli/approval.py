"""`opslib approve`: the yes or the no of a second person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from opslib.cli.opening import OutputsFile, StackName, opened
from opslib.cli.output import Cell, moment, print_line
from opslib.errors import BadRequest

__all__ = ["approve"]


def approve(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id, as it was printed.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")] = "",
    no: Annotated[bool, typer.Option("--refuse", help="Say no to it; --reason says why.")] = False,
    stack: StackName = None,
    outputs: OutputsFile = None,
) -> None:
    """Say yes to a plan of somebody else, where the stack asks for a second person; or no."""
    from opslib.rollback import Workbench
    from opslib.rollback.approval import Approval
    from opslib.rollback.approval import approve as say_yes
    from opslib.rollback.approval import refuse as say_no

    if no and not reason.strip():
        raise BadRequest("--refuse without --reason", "say why: whoever asked for it reads it")
    of = opened(stack, outputs)
    bench = Workbench.checked(of, environment=stack)
    found = bench.plan(plan)
    print_line(Cell(f"{found.procedure} of {found.target}", "bold"))
    for label, value in (("by", found.actor), ("reason", found.reason), ("why", found.context.get("why"))):
        if value:
            print_line(Cell(f"{label:<7}", "dim"), str(value))
    word = Approval(actor=of.clients.identity().arn, at=datetime.now(UTC), reason=reason)
    if no:
        say_no(bench.opened.journal, found, word)
        print_line("refused: it is not run, unless somebody approves it after all")
        return
    say_yes(bench.opened.journal, found, word)
    print_line(f"approved; until {moment(found.expires_at)} it is run by `opslib resume {plan}`")
