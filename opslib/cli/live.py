"""What a procedure is doing, while it does: every step on a terminal, a line for each event anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from opslib.procedure import Event, Plan

__all__ = ["watching"]


@dataclass(slots=True)
class _Line:
    """A step, as it is shown."""

    part: str
    title: str
    state: str = "ahead"
    note: str = ""
    began: float | None = None
    ended: float | None = None

    def seconds(self, now: float) -> float | None:
        return None if self.began is None else (self.ended or now) - self.began


_MARKS = {
    "ahead": ("·", "dim"),
    "at work": ("▸", "bold cyan"),
    "waiting": ("▸", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "undone": ("↶", "yellow"),
}
_STATE_OF = {"call": "at work", "waiting": "waiting", "done": "done", "failed": "failed", "undone": "undone"}


@dataclass(slots=True)
class _Steps:
    """The steps of a plan and what has become of them."""

    plan: Plan
    lines: dict[str, _Line] = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.lines = {step.id: _Line(step.part, step.title) for step in self.plan.steps}
        self._begin_next()

    def hear(self, event: Event) -> None:
        line, state = self.lines.get(event.step_id), _STATE_OF.get(event.kind)
        if line is None or state is None:
            return
        now = time.monotonic()
        line.began = line.began or now
        line.state, line.note = state, "" if event.kind in ("done", "undone") else event.says
        if event.kind in ("done", "failed", "undone"):
            line.ended = now
            self._begin_next()

    def _begin_next(self) -> None:
        ahead = next((line for line in self.lines.values() if line.state == "ahead"), None)
        if ahead is not None and not any(line.state == "failed" for line in self.lines.values()):
            ahead.began = time.monotonic()

    def __rich__(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        now = time.monotonic()
        table = Table(box=None, pad_edge=False, show_header=False)
        for ratio in (None, None, 3, None, 4):
            table.add_column(ratio=ratio, overflow="fold", no_wrap=ratio is None)
        last = ""
        for line in self.lines.values():
            mark, style = _MARKS[line.state]
            seconds = line.seconds(now) if line.state != "ahead" else None
            table.add_row(
                Text(line.part if line.part != last else "", "dim"),
                Text(mark, style),
                Text(line.title, style if line.state != "done" else ""),
                Text(_elapsed(seconds), "dim"),
                Text(line.note, "dim"),
            )
            last = line.part
        return table


def _elapsed(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{int(seconds % 60):02} min"  # noqa: PLR2004


@contextmanager
def watching(plan: Plan, *, as_json: bool) -> Iterator[Callable[[Event], None]]:
    """Show a plan being run.

    Args:
        plan: The plan.
        as_json: Standard output is for the JSON alone.

    Yields:
        What is to be told of every event.
    """
    stream = sys.stderr if as_json else sys.stdout
    if stream.isatty():
        from rich.console import Console
        from rich.live import Live

        steps = _Steps(plan)
        with Live(steps, console=Console(file=stream, highlight=False), refresh_per_second=4):
            yield steps.hear
    else:
        yield _Plain(plan, stream).hear


class _Plain:
    """A line for every event; of waiting, one for each new reason."""

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._parts = {step.id: step.part for step in plan.steps}
        self._stream = stream
        self._began = time.monotonic()
        self._last = ("", "")

    def hear(self, event: Event) -> None:
        if event.kind == "waiting" and self._last == (event.step_id, event.says):
            return
        self._last = (event.step_id, event.says) if event.kind == "waiting" else ("", "")
        if event.kind == "ended":
            return  # the command itself says how it ended
        part = self._parts.get(event.step_id, "")
        text = " ".join(event.says.split())
        self._stream.write(f"{time.monotonic() - self._began:7.1f} s  {part:<8}  {event.kind:<7}  {text}\n")
        self._stream.flush()
