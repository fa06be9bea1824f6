"""`opslib doctor`: is everything in place before it is needed?"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from opslib.cli.opening import AsJson, OutputsFile, opened
from opslib.cli.output import Cell, print_json, print_line, print_table

if TYPE_CHECKING:
    from opslib.operate.doctor import Examination

__all__ = ["doctor"]

LEVEL_STYLES = {"critical": "bold red", "warning": "yellow"}
VERDICT_STYLES = {"in place": "green", "missing": "red", "not checked": "magenta", "nothing to look at": "dim"}


def doctor(
    stack: Annotated[
        str | None,
        typer.Argument(
            envvar="OPSLIB_STACK",
            show_envvar=False,
            help="The stack: prod, or shop/prod where several products have a prod [env: OPSLIB_STACK].",
        ),
    ] = None,
    *,
    only: Annotated[
        list[str] | None, typer.Option(metavar="CHECK", help="Make only this check; may be given several times.")
    ] = None,
    page: Annotated[
        str | None,
        typer.Option(
            metavar="TIER", help="Send a test page to this tier, and see whether it arrives: it wakes people."
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List what is in place, too.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="Only list the checks.")] = False,
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Look whether everything is in place before it is needed: at night nobody wants to find out.

    Ends with 0 where all is in place, 1 where something is missing, and 3 where something could not be looked at: that
    never counts as in place. Nothing is changed; only --page sends something.
    """
    from opslib.operate.doctor import examine, page_tier

    if list_all:
        _list(as_json=as_json)
        return
    of = opened(stack, outputs)
    found = examine(of, only=only or ())
    if page is not None:
        paged = page_tier(of, page, told=(lambda _: None) if as_json else print_line)
        found = dataclasses.replace(found, examined=(*found.examined, paged))
    if as_json:
        print_json(found.document())
    else:
        _print(found, verbose=verbose)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _list(*, as_json: bool) -> None:
    from opslib.operate.doctor import CHECKS, PAGE

    checks = (*CHECKS, PAGE)
    if as_json:
        print_json(
            [{"check": one.id, "group": one.group, "level": one.level, "looksAt": one.looks_at} for one in checks]
        )
        return
    print_table(
        "Checks",
        ("CHECK", "LEVEL", "WHAT SHOULD BE SO"),
        [(one.id, Cell(one.level, LEVEL_STYLES[one.level]), one.looks_at) for one in checks],
    )


def _print(found: Examination, *, verbose: bool) -> None:
    for group in dict.fromkeys(finding.group for finding in found.findings):
        print_table(
            group,
            ("LEVEL", "ON", "WHAT, AND WHAT IT MEANS AT 3 A.M.", "NEXT", "CHECK"),
            [
                (
                    Cell(one.level, LEVEL_STYLES[one.level]),
                    one.on,
                    f"{one.what}: {one.why}",
                    one.next_step,
                    Cell(one.check, "dim"),
                )
                for one in found.findings
                if one.group == group
            ],
        )
    print_table(
        "Not checked",
        ("CHECK", "ON", "WHY"),
        [(Cell(one.check, "magenta"), one.on, one.why) for one in found.not_checked],
    )
    if verbose:
        print_table(
            "Checks",
            ("VERDICT", "THINGS", "CHECK", "WHAT SHOULD BE SO"),
            [
                (Cell(one.verdict, VERDICT_STYLES[one.verdict]), str(one.things), one.check.id, one.check.looks_at)
                for one in found.examined
            ],
        )
    if found.findings or found.not_checked or verbose:
        print_line()
    print_line(Cell(_summary(found), "green" if not found.exit_code else "bold"))


def _summary(found: Examination) -> str:
    counts = {verdict: sum(one.verdict == verdict for one in found.examined) for verdict in VERDICT_STYLES}
    critical = sum(finding.level == "critical" for finding in found.findings)
    parts = [f"{counts['in place']} checks in place, of {sum(one.things for one in found.examined)} looks"]
    if found.findings:
        parts.append(f"{len(found.findings)} missing, {critical} of them critical")
    if found.not_checked:
        parts.append(f"{counts['not checked']} not checked")
    if counts["nothing to look at"]:
        parts.append(f"{counts['nothing to look at']} with nothing to look at")
    return f"{found.stack}: {'; '.join(parts)} ({found.calls} calls, {found.seconds:.1f} s)"
