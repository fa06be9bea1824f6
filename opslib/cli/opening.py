"""How every command says which stack it is about."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.errors import BadRequest

if TYPE_CHECKING:
    from opslib.calendar import Calendar
    from opslib.stack import Stack

__all__ = ["AsJson", "BreakGlass", "CalendarFile", "OutputsFile", "StackName", "opened", "read_calendar"]

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        envvar="OPSLIB_STACK",
        show_envvar=False,
        help="The stack: prod, or shop/prod where several products have a prod [env: OPSLIB_STACK].",
    ),
]
OutputsFile = Annotated[
    Path | None,
    typer.Option(
        help="Its outputs (`pulumi stack output --json`) in a file [env: OPSLIB_OUTPUTS]; "
        "otherwise SSM is asked, then the Pulumi CLI."
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON on standard output; its shape is stable. Progress is on standard error."),
]
CalendarFile = Annotated[
    Path | None,
    typer.Option(
        "--calendar",
        envvar="OPSLIB_CALENDAR",
        show_envvar=False,
        metavar="FILE",
        help="When changes are welcome, as TOML, beside the windows of the stack itself [env: OPSLIB_CALENDAR].",
    ),
]
BreakGlass = Annotated[
    str,
    typer.Option(
        metavar="REASON",
        help="Go on with a journal on this machine while the stack's does not answer: nobody elsewhere is kept out.",
    ),
]


_OBJECTS_PER_COLLECTION = 100_000
"""What follows loads AWS's models: many objects, none of them garbage. By Python's own measure (700) it would be looked
through some hundred times, which is a tenth of a command's time; by this one, a few times."""


def opened(name: str | None, outputs: Path | None) -> Stack:
    """The stack that the options name."""
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    from opslib.stack import Stack

    return Stack.open(name, outputs=outputs)


def read_calendar(path: Path | None) -> Calendar | None:
    """The calendar in a file; None where none is named.

    Raises:
        BadRequest: there is no such file, or it is no calendar.
    """
    if path is None:
        return None
    from opslib.calendar import Calendar

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"the calendar {path} cannot be read ({problem})", "correct --calendar") from None
    return Calendar.parse(text, source=str(path))
