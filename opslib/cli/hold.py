"""`opslib hold`: what nobody may deploy to, or change, until a person says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.opening import AsJson, BreakGlass, OutputsFile, StackName, opened
from opslib.cli.output import moment, print_json, print_line, print_table
from opslib.errors import BadRequest

if TYPE_CHECKING:
    from opslib.calendar import Hold, Holds
    from opslib.stack import Stack

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Holds: what nobody may deploy to, or change.")

SCOPES = ("deploys", "changes")

Service = Annotated[str, typer.Argument(help="A service's key in the stack, or a target such as ecs:shop-prod/api.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")]


@app.command(name="list")
def list_all(
    stack: StackName = None, outputs: OutputsFile = None, break_glass: BreakGlass = "", as_json: AsJson = False
) -> None:
    """Show every hold."""
    holds = _holds(opened(stack, outputs), break_glass).all()
    if as_json:
        print_json([hold.model_dump(mode="json") for hold in holds])
        return
    print_table(
        "Held",
        ("TARGET", "AGAINST", "SINCE", "BY", "REASON"),
        [(hold.target, hold.scope, moment(hold.at), _by(hold), hold.reason) for hold in holds],
    )
    if not holds:
        print_line("nothing is held")


@app.command(name="set")
def set_one(
    service: Service,
    *,
    reason: Reason,
    scope: Annotated[str, typer.Option(help="Against deployments (deploys), or every change (changes).")] = "deploys",
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
) -> None:
    """Hold a service: deployments, or every change, are refused until somebody lifts it."""
    from opslib.calendar import Hold

    if scope not in SCOPES:
        raise BadRequest(f"--scope {scope!r} is none", f"it is one of: {', '.join(SCOPES)}")
    of = opened(stack, outputs)
    holds = _holds(of, break_glass)
    hold = Hold.model_validate(
        {"target": _target(of, service), "scope": scope, "reason": reason, "actor": _actor(of), "at": datetime.now(UTC)}
    )
    print_line(str(holds.set(hold)))


@app.command()
def lift(
    service: Service,
    *,
    reason: Reason,
    stack: StackName = None,
    outputs: OutputsFile = None,
    break_glass: BreakGlass = "",
) -> None:
    """Lift a hold; who did it and why is kept."""
    of = opened(stack, outputs)
    target = _target(of, service)
    _holds(of, break_glass).lift(target, actor=_actor(of), reason=reason, at=datetime.now(UTC))
    print_line(f"{target} is not held any more")


def _holds(stack: Stack, break_glass: str) -> Holds:
    from opslib.calendar import Holds
    from opslib.procedure.open_journal import open_journal

    stack.check_account()
    return Holds(open_journal(stack, break_glass=break_glass).journal.store)


def _target(stack: Stack, service: str) -> str:
    from opslib.rollback import service_target

    return service if ":" in service else service_target(stack, service)


def _actor(stack: Stack) -> str:
    return stack.clients.identity().arn


def _by(hold: Hold) -> str:
    return hold.plan or hold.actor.rpartition("/")[2]
