"""A product of many services on the real engine: how much work it is, and what removing one of them removes.

Ten services belong to every run of the tests; a hundred take minutes, when they are asked for: `make engine-many`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from demo.deployment import engine_for
from demo.stack_file import StackFile
from infra.kinds.parts import part_of
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Changes
from tests.engine.cpu import CpuSeconds
from tests.infra.product import ACCOUNT, REGION, config_of, values_of

pytestmark = pytest.mark.xdist_group("engine-many")
slow = pytest.mark.skipif("OPSLIB_SLOW" not in os.environ, reason="takes minutes: `make engine-many`")

SIZES = (25, 50, 100)
TARGET_SECONDS = {"preview": 20, "up": 60, "no change": 20}
"""By the clock, of 100 services, on two quiet cores; printed beside what was measured."""
MOST_CPU_SECONDS = {"preview": 24, "up": 60, "no change": 24}
"""Of 100 services, all parts together; on two cores the clock shows less."""
MOST_GROWTH = 1.5
"""By how much the CPU time of one resource may grow from the smallest product to the largest."""


def stack_file(directory: Path, count: int, *, without: frozenset[str] = frozenset()) -> StackFile:
    """The generated product, in a stack's file."""
    values = values_of(count, without=without)
    path = directory / "Pulumi.many.yaml"
    path.write_text(yaml.safe_dump({"config": values}), encoding="utf-8")
    return StackFile("many", path, config_of(count, without=without), values, {}, REGION, ACCOUNT)


def touched(changes: Changes) -> dict[str, str]:
    return {step.name: step.operation for step in changes.steps.values() if step.operation != "same"}


def assert_removing_one_removes_only_its_resources(directory: Path, count: int) -> None:
    """Up, up again, and up without one of the services."""
    one = f"service-{count * 2 // 5}"
    shipped = stack_file(directory, count)
    with Sandbox() as sandbox, engine_for(shipped, sandbox) as engine:
        sandbox.reset_calls()
        assert set(engine.up().counts) == {"create"}
        changes = [call.operation for call in sandbox.calls() if call.mutating]
        assert set(changes[changes.index("PutParameter") :]) == {"PutParameter"}, "the mirror is written last"
        assert set(engine.up().counts) == {"same"}, "a second up has nothing to do"
        left = values_of(count, without=frozenset({one}))
        for section in ("opslib:services", "opslib:loadBalancers"):
            engine.set_config(section, left[section])
        changed = touched(engine.up())
    gone = {name for name, operation in changed.items() if operation == "delete"}
    assert {one, f"{one}-cpu-warning", f"mirror-workloads-{one}"} <= gone
    assert all(name == one or name.startswith((f"{one}-", f"mirror-workloads-{one}")) for name in gone)
    others = {name: operation for name, operation in changed.items() if name not in gone}
    assert set(others.values()) == {"update"}
    dashboards = {name for name in others if name.startswith("dashboards-")}
    [outage] = (name for name in others if name.startswith("stack-outage-public"))  # whole, or one of its parts
    assert set(others) - dashboards - {outage} == {"mirror-stack", "mirror-workloads-public", "stack-emergency"}
    assert dashboards <= showing(one)


def showing(service: str) -> set[str]:
    """The dashboards on which a service may be: those of all, and those of its part, but of no other part."""
    of_all = {f"dashboards-{board}" for board in ("overview", "detailed", "cost")}
    return of_all | {f"{board}-part-{part_of(service, 16)}" for board in of_all}


@pytest.mark.feature("M1", "M27")
def test_removing_one_of_ten_services_removes_only_its_resources(tmp_path: Path) -> None:
    assert_removing_one_removes_only_its_resources(tmp_path, 10)


@slow
@pytest.mark.feature("M27")
def test_removing_one_of_a_hundred_services_removes_only_its_resources(tmp_path: Path) -> None:
    assert_removing_one_removes_only_its_resources(tmp_path, SIZES[-1])


@dataclass(frozen=True)
class Measured:
    """How long an operation took by the clock, what work it was, and of how many resources."""

    seconds: float
    cpu: CpuSeconds
    resources: int

    @property
    def cpu_each(self) -> float:
        return self.cpu.total / self.resources


def life(directory: Path, count: int) -> dict[str, Measured]:
    """Preview, up, up again of so many services."""
    measured = {}
    with Sandbox() as sandbox, engine_for(stack_file(directory, count), sandbox) as engine:
        assert sandbox._process is not None
        pid = sandbox._process.pid
        for name, operate in (("preview", engine.preview), ("up", engine.up), ("no change", engine.up)):
            before = CpuSeconds.now(pid)
            changes = operate()
            measured[name] = Measured(changes.duration_seconds, CpuSeconds.now(pid) - before, len(changes.steps))
        assert set(changes.counts) == {"same"}
    return measured


@slow
@pytest.mark.feature("M1", "M27")
def test_a_hundred_services_are_little_work_and_linear(tmp_path: Path) -> None:
    lives = {count: life(tmp_path, count) for count in SIZES}
    few, many = lives[SIZES[0]], lives[SIZES[-1]]
    for name, target in TARGET_SECONDS.items():
        for count, each in lives.items():
            told = f"{each[name].resources} resources, {each[name].cpu}, {each[name].seconds:.1f} s by the clock"
            print(f"{name} of {count} services: {told}")  # noqa: T201 - what `make engine-many` is for
        print(f"{name}: the target of {SIZES[-1]} services on two quiet cores is {target} s by the clock")  # noqa: T201
    for name, most in MOST_CPU_SECONDS.items():
        assert many[name].cpu.total <= most, name
        assert many[name].cpu_each <= MOST_GROWTH * few[name].cpu_each, f"{name}: work grows faster than the product"
