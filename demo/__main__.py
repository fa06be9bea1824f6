"""``make demo``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from functools import partial

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from demo import chat, stack_file, story
from demo.chapter import Told
from demo.quiet_day import wait_for_a_quiet_day
from infra.config import NAMESPACE
from opslib.errors import OpslibError
from opslib.sandbox import Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Tell the story; 0 where every chapter was observed."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="The demo that `make demo` runs.")
    parser.add_argument("--without-engine", action="store_true", help="run the program without the Pulumi CLI")
    given = parser.parse_args(arguments)
    console = Console(highlight=False)
    started = time.monotonic()
    stack = stack_file.read("staging")
    console.print(f"[bold]opslib[/]: the monitoring of {stack.config.prefix}, proven in an AWS account in a box\n")
    try:
        with Sandbox() as sandbox, chat.listening() as address:
            os.environ.update(sandbox.environment())
            os.environ.pop("AWS_PROFILE", None)
            wait_for_a_quiet_day(sandbox, stack.config)
            stack = replace(stack, secrets={**stack.secrets, f"{NAMESPACE}:chatUrl": address})
            told = Told(stack, sandbox, with_engine=not given.without_engine)
            _tell(console, told)
    except OpslibError as problem:
        console.print(f"\n[bold red]not observed[/]: {problem}")
        return problem.exit_code
    console.print(f"\nAll of it was observed, in {time.monotonic() - started:.0f} s. Look at:")
    width = max(len(place) for place, _ in story.where_to_look(told.build))
    for place, why in story.where_to_look(told.build):
        console.print(f"  [bold]{place:<{width}}[/]  {why}", soft_wrap=True)
    return 0


def _tell(console: Console, told: Told) -> None:
    for number, chapter in enumerate(story.chapters(), start=1):
        heading = f"[bold]{number}  {chapter.title:<24}[/]"
        with console.status(heading) as status:
            told.progress = partial(_show, status, heading)
            seen, seconds = story.timed(chapter, told)
        console.print(f"{heading}{escape(seen)} [dim]({seconds:.1f} s)[/]", soft_wrap=True)
        for line in told.lines:
            console.print(f"   [dim]{escape(line)}[/]", soft_wrap=True)
        told.lines = ()


def _show(status: Status, heading: str, text: str) -> None:
    status.update(f"{heading}[dim]{escape(text)}[/]")


if __name__ == "__main__":
    sys.exit(main())
