"""Rolling an ECS service back beside ecs-deploy: ``python -m benchmarks.rollback`` prints a JSON list of measurements.

Both tools run as commands in processes of their own, in turns, against the same sandbox in the same run. opslib's does
all of its checks and keeps its journal in SQLite; ecs-deploy's is told which revision was good, for it cannot know.

- **An instant rollout** is what the tools themselves cost.
- **A rollout of five seconds** is what waiting costs. How late a rollout is seen to be over depends on where it falls
  between two looks, so it is measured at five lengths around five seconds; the figure is their mean.
- **Bad ends**: every call of each tool's run killed before, killed after or throttled, then run again as it says; and
  two at once. An end is bad if the revision that was asked for does not serve or is deregistered, if a revision is left
  over that nothing runs, or if the exit code says otherwise than it is.

The bad ends are listed on standard error.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.rollback_sweep import Sweep, swept
from benchmarks.peers.rollback_tools import ECS_DEPLOY, OPSLIB, TOOLS, Measured, Place, measured
from benchmarks.peers.rollback_world import FAULTS, OUTPUTS, lay_out
from opslib.sandbox import Sandbox
from opslib.sandbox.messages import CallRecord

ROUNDS = 15
AROUND_FIVE_SECONDS = (4.6, 4.8, 5.0, 5.2, 5.4)

MOST_ECS_CALLS = 5
WALL_RATIO, PEAK_RATIO, WAITING_RATIO = 1.3, 1.4, 1.0

MEASURES = (
    ("wall_seconds", "wall seconds", WALL_RATIO),
    ("cpu_seconds", "CPU seconds", WALL_RATIO),
    ("peak_mib", "peak memory in MiB", PEAK_RATIO),
)

FINDING_THE_POINT = {"ListServiceDeployments", "DescribeServiceRevisions"}
"""ECS calls that find out which revision was good; the peer is told."""


def taken_in_turns(
    sandbox: Sandbox, directory: Path, byte_code: Path, seconds: tuple[float, ...]
) -> tuple[dict[str, list[Measured]], dict[str, list[CallRecord]]]:
    """Roll back with each tool in turn.

    Args:
        sandbox: The sandbox.
        directory: A directory for what the tools write.
        byte_code: See `Place.made`.
        seconds: For each round, how long the rollout takes.

    Returns:
        By the tool's name, what each of its runs took, and the calls of its last one.
    """
    taken: dict[str, list[Measured]] = {tool.name: [] for tool in TOOLS}
    calls: dict[str, list[CallRecord]] = {}
    for number, rollout_seconds in enumerate(seconds):
        for tool in TOOLS:
            lay_out(sandbox, rollout_seconds=rollout_seconds)
            place = Place.made(directory / f"{tool.name}-{number}", byte_code, sandbox, OUTPUTS)
            taken[tool.name].append(measured(place, tool.back_to(place, None)))
            calls[tool.name] = sandbox.calls()
    return taken, calls


def row(name: str, ours: float, peer: float, target: float, *, is_of_ratio: bool = True) -> dict[str, Any]:
    """A measurement; its target is of the ratio, or of our own figure."""
    ratio = ours / peer if peer else float(ours)  # of none at all, none is all that is as good
    return {
        "name": name,
        "ours": round(ours, 3),
        "peer": round(peer, 3),
        "ratio": round(ratio, 3),
        "target": target,
        "holds": (ratio if is_of_ratio else ours) <= target,
    }


def instant(taken: dict[str, list[Measured]], calls: dict[str, list[CallRecord]]) -> list[dict[str, Any]]:
    """The rows of an instant rollout."""
    ours, peer = taken[OPSLIB.name], taken[ECS_DEPLOY.name]
    title = "rollback, instant rollout"
    rows = []
    for name, what, target in MEASURES:
        for how, of in ((f"least of {len(ours)}", min), (f"median of {len(ours)}", statistics.median)):
            our, peers = (of([getattr(run, name) for run in runs]) for runs in (ours, peer))
            rows.append(row(f"{title}: {what}, {how}", our, peers, target))
    ecs = {name: [call.operation for call in made if call.service == "ecs"] for name, made in calls.items()}
    acting = [operation for operation in ecs[OPSLIB.name] if operation not in FINDING_THE_POINT]
    name = f"{title}: ECS calls, finding the good revision apart ({len(ecs[OPSLIB.name]) - len(acting)} calls)"
    rows.append(row(name, len(acting), len(ecs[ECS_DEPLOY.name]), MOST_ECS_CALLS, is_of_ratio=False))
    return rows


def waiting(taken: dict[str, list[Measured]]) -> dict[str, Any]:
    """The row of a rollout of five seconds."""
    ours, peer = (statistics.mean(run.wall_seconds for run in taken[tool.name]) for tool in (OPSLIB, ECS_DEPLOY))
    spread = f"{AROUND_FIVE_SECONDS[0]:g} to {AROUND_FIVE_SECONDS[-1]:g}"
    name = f"rollback, rollout of 5 s: wall seconds, mean of rollouts of {spread} s"
    return row(name, ours, peer, WAITING_RATIO)


def ends(found: dict[str, tuple[Sweep, Sweep]]) -> list[dict[str, Any]]:
    """The rows of bad ends: in all, and each thing that can be bad."""
    rows = []
    for index, title in enumerate(("a call killed or throttled, then again", "two at once")):
        ours, peer = (found[tool.name][index] for tool in (OPSLIB, ECS_DEPLOY))
        name = f"rollback, {title}: bad ends of {ours.ends} (peer: of {peer.ends})"
        rows.append(row(name, ours.bad, peer.bad, 0, is_of_ratio=False))
        rows += [
            row(f"{name}: {fault}", ours.faults[fault], peer.faults[fault], 0, is_of_ratio=False) for fault in FAULTS
        ]
        for sweep in (ours, peer):
            for line in sweep.which:
                print(f"{sweep.tool.name}: {line}", file=sys.stderr)
    return rows


def rows() -> list[dict[str, Any]]:
    """Every measurement."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        byte_code = directory / "byte-code"
        with Sandbox() as sandbox:
            taken_in_turns(sandbox, directory / "warm", byte_code, (0,))  # it also writes the byte code
            made = instant(*taken_in_turns(sandbox, directory / "instant", byte_code, (0,) * ROUNDS))
            made.append(waiting(taken_in_turns(sandbox, directory / "waiting", byte_code, AROUND_FIVE_SECONDS)[0]))
        return made + ends(swept(directory / "sweep", byte_code))


if __name__ == "__main__":
    print(json.dumps(rows(), indent=2))
