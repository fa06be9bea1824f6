"""Stories without end: ``python -m tests.faults.soak --minutes 30``. What is found is shrunk, and its seed printed.

A seed tells the same stories again, to the digit: the sandbox's clock stands still between calls.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.explore import set_stage
from tests.faults.inside import environment
from tests.faults.nursery import REGION, SHARED_MEMORY
from tests.faults.service import SERVICES
from tests.faults.story import Story

__all__ = ["main"]

CHAPTERS = 14


def main(arguments: list[str]) -> int:
    """Tell stories until the time is over, or one goes wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=0, help="how long; 0: the stories of one seed")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--stories", type=int, default=8, help="how many for each seed (default: 8)")
    parser.add_argument("--verbose", action="store_true", help="tell every chapter")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    for variable in [name for name in os.environ if name.startswith(("AWS_", "OPSLIB_"))]:
        del os.environ[variable]
    os.environ.update(environment(REGION))
    ends, seed = time.perf_counter() + options.minutes * 60, options.seed
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as directory:
        Story.stage = set_stage(SERVICES[0], Path(directory))
        while True:
            if not _told_apart(seed, options.stories, verbose=options.verbose):
                again = f"python -m tests.faults.soak --seed {seed} --stories {options.stories}"
                print(f"seed {seed} went wrong; again: {again}", flush=True)  # noqa: T201
                return 1
            seed += 1
            if time.perf_counter() >= ends:
                break
            told = (seed - options.seed) * options.stories
            if (seed - options.seed) % 10 == 0:
                print(f"{told} stories, the last seed was {seed - 1}", flush=True)  # noqa: T201
    seeds = f"seed {options.seed}" if seed - options.seed == 1 else f"seeds {options.seed} to {seed - 1}"
    print(f"{(seed - options.seed) * options.stories} stories, nothing went wrong ({seeds})")  # noqa: T201
    return 0


def _told_apart(seed: int, stories: int, *, verbose: bool) -> bool:
    """The same in a process of its own: what moto keeps of every account that was is gone with it."""
    pid = os.fork()
    if not pid:
        well = tell(seed, stories, verbose=verbose)
        sys.stdout.flush()
        os._exit(0 if well else 1)
    return os.waitpid(pid, 0)[1] == 0


def tell(seed: int, stories: int, *, verbose: bool = False) -> bool:
    """Tell the stories of a seed; whether they went well. What did not is printed."""
    Story._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # as hypothesis.seed does
    try:
        run_state_machine_as_test(
            Story,
            settings=settings(
                max_examples=stories,
                stateful_step_count=CHAPTERS,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                verbosity=Verbosity.verbose if verbose else Verbosity.normal,
            ),
        )
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is what was looked for
        for line in (*getattr(problem, "__notes__", ()), f"{type(problem).__name__}: {problem}"):
            print(line)  # noqa: T201
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
