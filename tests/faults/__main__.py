"""The proof that a procedure can be killed anywhere: ``python -m tests.faults`` plays every case of every procedure.

Nearly all of them are played in process, where a kill is exact; a sample is of real processes and SIGKILL. It writes
`build/faults.json` and prints the matrix. Exit code 1 when a case does not end as it must, with the command that plays
that one case again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from tests.faults.function_sigkill import NAME as FUNCTION_KILLED
from tests.faults.function_sigkill import play as killed_functions
from tests.faults.nursery import Explored, play_all
from tests.faults.report import document, print_matrix
from tests.faults.selection import Selection
from tests.faults.sigkill import NAME as SIGKILLED
from tests.faults.sigkill import play as killed_processes
from tests.faults.table import PROCEDURES

__all__ = ["main"]

RESULT = Path(__file__).parents[2] / "build" / "faults.json"
SHARED_MEMORY = Path("/dev/shm")  # journals that no disk has to flush
SHOWN = 20

_PROCESSES: Mapping[str, Callable[[], Explored]] = {SIGKILLED: killed_processes, FUNCTION_KILLED: killed_functions}
"""What is played with real processes."""


def main(arguments: list[str]) -> int:
    """Play what is asked for, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--procedure", default="", help="only procedures whose name contains this")
    parser.add_argument("--case", default="", help="only the case with this id, and what came of it in full")
    parser.add_argument("--seed", type=int, default=0, help="which kills during a resume are taken (default: 0)")
    parser.add_argument("--cut", type=int, default=1, help="one in so many cases (default: 1, all)")
    parser.add_argument("--jobs", type=int, default=2, help="how many cases at the same time (default: 2)")
    parser.add_argument("--json", type=Path, default=RESULT, help="where the result goes")
    options = parser.parse_args(arguments)
    whole = options.cut == 1 and not options.case
    sampled = [play for name, play in _PROCESSES.items() if whole and options.procedure in name]
    console = Console(width=None if sys.stdout.isatty() else 190)
    chosen = [
        Selection(procedure, options.seed, options.cut, options.case)
        for procedure in PROCEDURES
        if options.procedure in procedure.name and (not options.case or options.case.startswith(f"{procedure.name}/"))
    ]
    if not chosen and not sampled:
        console.print(f"no such procedure; there is: {', '.join(one.name for one in PROCEDURES)}")
        return 2
    started = time.perf_counter()
    with console.status("setting the stage") as status:
        explored = []
        if chosen:
            explored = play_all(chosen, jobs=options.jobs, progress=status.update, done=lambda one: _line(console, one))
        for play in sampled:
            status.update("real processes, killed by the system")
            explored.append(play())
            _line(console, explored[-1])
    if not options.case:
        for one in explored:
            print_matrix(console, one)
        options.json.parent.mkdir(exist_ok=True, parents=True)
        options.json.write_text(json.dumps(document(explored), indent=2) + "\n", encoding="utf-8")
    return _conclude(console, explored, options, time.perf_counter() - started)


def _line(console: Console, one: Explored) -> None:
    console.print(f"{one.procedure}: {one.calls} calls, {len(one.results)} cases, {len(one.violated)} violations")


def _conclude(console: Console, explored: list[Explored], options: argparse.Namespace, seconds: float) -> int:
    violated = [result for one in explored for result in one.violated]
    for result in violated[: None if options.case else SHOWN]:
        console.print(f"[bold red]{result.case}[/] at {result.row or 'nothing'} (exit codes {result.codes})")
        for wrong in result.amiss:
            console.print(f"    {wrong}", markup=False)
        console.print(f"    again: python -m tests.faults --seed {options.seed} --case {result.case}", markup=False)
    if len(violated) > SHOWN and not options.case:
        console.print(f"… and {len(violated) - SHOWN} more")
    if options.case:
        for result in (result for one in explored for result in one.results if result.case == options.case):
            console.print(f"{result.case} at {result.row}: exit codes {result.codes}, {len(result.amiss)} amiss")
    cases, calls = sum(len(one.results) for one in explored), sum(one.calls for one in explored)
    console.print(
        f"{len(explored)} procedures, {calls} calls, {cases} cases, {len(violated)} violations in {seconds:.0f} s"
    )
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
