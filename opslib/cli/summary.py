"""`opslib summary`: what rings, what has no data, and what has rung."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opslib.cli.output import print_json

__all__ = ["summary"]

LONGEST_HOURS = 30 * 24
"""CloudWatch keeps the history of an alarm for so long."""


def summary(
    name: Annotated[
        str | None, typer.Argument(help="The stack: prod, or shop/prod where several products have a prod.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(
            help="Its outputs (`pulumi stack output --json`) in a file [env: OPSLIB_OUTPUTS]; "
            "otherwise SSM is asked, then the Pulumi CLI."
        ),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=LONGEST_HOURS, help="How far back what has rung is told.")] = 24,
    zone: Annotated[str, typer.Option(help="The time zone in which times are told.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; its shape is stable.")] = False,
) -> None:
    """Say what rings, what is stuck, what has no data, what could not be told, and what has rung.

    The same as the daily summary's mail. An alarm that rings is no failure of this command.
    """
    from opslib.operate.summary import summarize
    from opslib.stack import Stack

    found = summarize(Stack.open(name, outputs=outputs), hours=hours)
    if as_json:
        print_json(found.document())
    else:
        typer.echo(found.text(zone), nl=False)
