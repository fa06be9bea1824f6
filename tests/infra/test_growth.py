"""What the program does grows with the number of services, not with its square."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import Any

import pulumi
import pytest

from infra import program
from infra.components.settled import settled
from opslib.mirror import from_parameters
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.programs.property_values import Secret, revealed
from tests.infra.product import values_of
from tests.infra.shop import ALARM, COMPOSITE, run

PARAMETER = "aws:ssm/parameter:Parameter"


@cache
def ran(services: int) -> Run:
    return run_program(program.main, project="opslib", stack="many", config=values_of(services))


def dependencies(of: Run) -> int:
    """How many the engine is told of, and keeps in its state: of resources, and of their properties."""
    return sum(
        len(resource.dependencies) + sum(map(len, resource.property_dependencies.values())) for resource in of.resources
    )


@pytest.mark.feature("M27")
def test_dependencies_grow_with_the_product_and_not_with_its_square() -> None:
    few, many = ran(4), ran(12)
    grown = len(many.resources) / len(few.resources)
    assert grown > 2
    assert dependencies(many) <= 1.3 * grown * dependencies(few)


@pytest.mark.feature("M26", "M27")
def test_the_mirror_names_everything_and_depends_on_nothing() -> None:
    resources = ran(4).resources
    mirrored = [resource for resource in resources if resource.token == PARAMETER]
    assert len(mirrored) == 4 + 3, "each service, the load balancer, what opslib does itself, the stack"
    assert all(resource.dependencies == () for resource in mirrored)
    values = {one.inputs["name"]: revealed(one.inputs["value"]) for one in mirrored}
    written = from_parameters(values, source="the mirror")
    alarms = {resource.outputs["arn"] for resource in resources if resource.token in (ALARM, COMPOSITE)}
    assert alarms
    assert {alarm.arn for alarm in written.alarms} == alarms, "each value was there before it was written"


def test_a_structure_settles_with_its_outputs() -> None:
    def exported(structure: Any) -> Any:
        return run(lambda: pulumi.export("it", settled(structure))).outputs["it"]

    later = pulumi.Output.from_input
    assert run(
        lambda: pulumi.export(
            "it",
            settled(
                {"a": later("x"), "b": [1, later({"c": 2}), ("d", later(None))], "e": {"f": True}, "g": later("y")}
            ),
        )
    ).outputs["it"] == {"a": "x", "b": [1, {"c": 2.0}, ["d", None]], "e": {"f": True}, "g": "y"}
    assert exported({"plain": ["a", {"b": 1}]}) == {"plain": ["a", {"b": 1.0}]}
    secret = run(lambda: pulumi.export("it", settled(["a", pulumi.Output.secret("b")]))).outputs["it"]
    assert secret == Secret(["a", "b"])


ENTRY = """
import gc, runpy
from pulumi import log
from infra import program
said = []
log.debug, program.main = said.append, lambda: log.debug("registering")
runpy.run_module("infra", run_name="__main__")
print(said, gc.get_threshold()[0])
"""


@pytest.mark.parametrize(("asked", "said"), [({}, []), ({"OPSLIB_SDK_DEBUG": "1"}, ["registering"])])
def test_the_sdk_says_nothing_for_debugging_unless_it_is_asked(asked: dict[str, str], said: list[str]) -> None:
    """The entry point without the program: what it would have said to the engine for debugging."""
    ran = subprocess.run(
        [sys.executable, "-c", ENTRY], env=os.environ | asked, text=True, capture_output=True, check=True
    )
    assert ran.stdout == f"{said} 100000\n"
