"""A product of a hundred services on the real engine: how long it takes, and what removing one of them removes.

It takes minutes, so that it runs only when it is asked for:
``OPSLIB_SLOW=1 python -m pytest tests/engine/test_many_services.py``.
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
from tests.infra.product import ACCOUNT, REGION, config_of, values_of

pytestmark = [
    pytest.mark.xdist_group("engine-many"),
    pytest.mark.skipif("OPSLIB_SLOW" not in os.environ, reason="takes minutes: set OPSLIB_SLOW=1"),
]

SERVICES = 100
GONE = "service-42"
MOST_SECONDS = {"preview": 20, "up": 60, "no change": 20}
"""On an idle machine of two cores; OPSLIB_SLOW may be a factor for a busy one."""


def stack_file(directory: Path, count: int, *, without: frozenset[str] = frozenset()) -> StackFile:
    """The generated product, in a stack's file."""
    values = values_of(count, without=without)
    path = directory / "Pulumi.many.yaml"
    path.write_text(yaml.safe_dump({"config": values}), encoding="utf-8")
    return StackFile("many", path, config_of(count, without=without), values, {}, REGION, ACCOUNT)


def touched(changes: Changes) -> dict[str, str]:
    return {step.name: step.operation for step in changes.steps.values() if step.operation != "same"}


@dataclass(frozen=True)
class Life:
    seconds: dict[str, float]
    resources: int


def life(directory: Path, count: int) -> Life:
    """Preview, up, up again of so many services: how long each took."""
    shipped = stack_file(directory, count)
    with Sandbox() as sandbox, engine_for(shipped, sandbox) as engine:
        previewed, first, again = engine.preview(), engine.up(), engine.up()
        assert set(again.counts) == {"same"}
    durations = {"preview": previewed, "up": first, "no change": again}
    seconds = {name: changes.duration_seconds for name, changes in durations.items()}
    return Life(seconds, len(first.steps))


@pytest.mark.feature("M1", "M27")
def test_a_hundred_services_are_quick_and_linear(tmp_path: Path) -> None:
    few, many = life(tmp_path, SERVICES // 4), life(tmp_path, SERVICES)
    factor = float(os.environ["OPSLIB_SLOW"])
    for name, seconds in many.seconds.items():
        print(f"{name}: {few.seconds[name]:.1f} s for {few.resources}, {seconds:.1f} s for {many.resources} resources")  # noqa: T201
        assert seconds <= MOST_SECONDS[name] * factor
        each_of_few, each_of_many = few.seconds[name] / few.resources, seconds / many.resources
        assert each_of_many <= 1.5 * each_of_few, "the time of each resource must not grow with their number"


@pytest.mark.feature("M27")
def test_removing_one_of_a_hundred_services_removes_only_its_resources(tmp_path: Path) -> None:
    shipped = stack_file(tmp_path, SERVICES)
    with Sandbox() as sandbox, engine_for(shipped, sandbox) as engine:
        engine.up()
        left = values_of(SERVICES, without=frozenset({GONE}))
        for section in ("opslib:services", "opslib:loadBalancers"):
            engine.set_config(section, left[section])
        changed = touched(engine.up())
    gone = {name for name, operation in changed.items() if operation == "delete"}
    assert gone
    assert all(name == GONE or name.startswith((f"{GONE}-", f"mirror-workloads-{GONE}")) for name in gone)
    part = part_of(GONE, 16)
    assert {name: operation for name, operation in changed.items() if name not in gone} == dict.fromkeys(
        (
            "mirror-stack",
            "mirror-workloads-public",
            "dashboards-overview",
            f"dashboards-overview-part-{part}",
            f"dashboards-detailed-part-{part}",
            "dashboards-cost",
            "stack-emergency",
        ),
        "update",
    )
