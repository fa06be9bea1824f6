"""Real processes that are killed by the system in the middle of a call, and others that go on: a sample, for truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from opslib.sandbox import Fault, Sandbox
from opslib.sandbox.faults.fault import Kind
from tests.faults.explore import Result
from tests.faults.nursery import Explored
from tests.faults.stage import Interaction
from tests.rollback.world import REGION, TARGET, World

__all__ = ["NAME", "SAMPLE", "killed_once", "play"]

NAME = "rollback.service:SIGKILL"

SAMPLE: tuple[tuple[str, str, int], ...] = (
    ("ecs", "DescribeServices", 1),
    ("application-autoscaling", "RegisterScalableTarget", 1),
    ("ecs", "UpdateService", 1),
    ("ecs", "DescribeServices", 4),
    ("elbv2", "DescribeTargetHealth", 1),
    ("application-autoscaling", "RegisterScalableTarget", 2),
)
"""Service, operation, and the how-many-th call of it."""

KINDS: tuple[tuple[Kind, str], ...] = (("kill_before", "kill before"), ("kill_after", "kill after"))


def killed_once(world: World, service: str, operation: str, nth: int, kind: Kind) -> Iterator[str]:
    """Kill a process at a call, go on in another until it has ended, and yield what is then amiss."""
    world.sandbox.faults(Fault(kind=kind, match={"service": service, "operation": operation, "nth": nth}))  # type: ignore[arg-type]
    code = _run(world, "")
    if code != -signal.SIGKILL:
        yield f"it was not killed: it ended with {code}"
    world.sandbox.clear_faults()
    begun = world.journal().history()
    code = _run(world, begun[-1].plan_id if begun else "")
    if code:
        yield f"who went on ended with {code}"
    [plan] = world.journal().history()
    if world.journal().progress(plan.plan_id).phase != "ended":
        yield "the journal says that it has not ended"
    if world.journal().store.get(f"target#{TARGET}", "claim") is not None:
        yield "the claim was not released"
    if world.running() != "shop-api:3":
        yield f"{world.running()} runs"
    if world.suspended() != {False}:
        yield "scaling was not restored"
    world.sandbox.settled()
    yield from (f"{found.invariant}: {found.text}" for found in world.sandbox.violations())


def _run(world: World, plan_id: str) -> int:
    """One life; its clock is the sandbox's, which it turns where it would wait. The alarm returns as it would."""
    command = [sys.executable, "-m", "tests.faults.victim", world.sandbox.url, str(world.state)]
    process = subprocess.Popen(
        [*command, plan_id] if plan_id else command,
        cwd=Path(__file__).parents[2],
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | world.sandbox.environment()
        | {"AWS_REGION": REGION},
        stdout=subprocess.DEVNULL,
    )
    world.sandbox.victim(process.pid)
    return process.wait(300)


def play() -> Explored:
    """The sample, each in a world of its own."""
    results, rows = [], [Interaction(number, s, o, mutating=False) for number, (s, o, _) in enumerate(SAMPLE, 1)]
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as directory:
        os.environ |= sandbox.environment() | {"AWS_REGION": REGION}
        for row, (service, operation, nth) in zip(rows, SAMPLE, strict=True):
            for kind, name in KINDS:
                sandbox.reset()
                world = World(sandbox, Path(directory) / f"{row.number}-{kind}")
                world.arrange()
                world.break_it()
                world.alarm("OK")
                amiss = list(killed_once(world, service, operation, nth, kind))
                case = f"{NAME}/{row.number}-{name.replace(' ', '-')}"
                results.append(Result(case, NAME, f"{row.number} {row}", name, amiss, []))
    return Explored(NAME, rows, results)
