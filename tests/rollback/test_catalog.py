"""Plans come back from JSON, every step with all of its own fields, or not at all."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opslib.catalog import KINDS, parse_plan, step_class
from opslib.contract import Alarm
from opslib.errors import BadRequest, ContractVersion
from opslib.procedure import Step
from opslib.rollback.scaling import ScalableTarget, Suspension
from tests.rollback.test_planning import STATE, plan, replace, seen

pytestmark = pytest.mark.feature("R19")

ALARM = Alarm(
    name="a", arn="arn:aws:cloudwatch:eu-west-1:1:alarm:a", type="metric", workload="api", severity="critical",
    region="eu-west-1", role="symptom",
)  # fmt: skip
FULL = plan(
    seen(
        alarms=(ALARM,),
        scalable=ScalableTarget("service/shop/api", 2, 10, Suspension()),
        state=replace(STATE, strategy="CANARY", ongoing="arn:aws:ecs:x:1:service-deployment/shop/api/abc"),
    )
)


def document() -> dict[str, Any]:
    return copy.deepcopy(json.loads(json.dumps(FULL.document())))


def test_a_plan_comes_back_as_it_was() -> None:
    assert parse_plan(document()) == FULL
    assert len({step.kind for step in FULL.steps}) == 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_where_the_table_says(kind: str) -> None:
    found = step_class(kind)
    assert issubclass(found, Step)
    assert found.model_fields["kind"].default == kind


def test_every_kind_there_is_stands_in_the_table() -> None:
    rooms = Path(__file__).parents[2] / "opslib"
    steps = re.compile(r'kind: Literal\["([a-z_]+\.[a-z_]+)"\]')
    rollback = [rooms / name for name in ("rollback", "calendar", "notify")]
    written = {kind for room in rollback for file in room.rglob("*.py") for kind in steps.findall(file.read_text())}
    assert written == set(KINDS)


def test_what_a_newer_version_adds_is_left_out() -> None:
    newer = document() | {"colour": "blue"}
    newer["steps"][0]["colour"] = "blue"
    assert parse_plan(newer) == FULL


def _unknown_kind(plan: dict[str, Any]) -> None:
    plan["steps"][0]["kind"] = "ecs.sung_to"


def _newer_step(plan: dict[str, Any]) -> None:
    plan["steps"][0]["version"] = 2


def _newer_plan(plan: dict[str, Any]) -> None:
    plan["schema_version"] = 2


def _no_steps(plan: dict[str, Any]) -> None:
    del plan["steps"]


def _wrong_field(plan: dict[str, Any]) -> None:
    plan["steps"][0]["timeout_seconds"] = "soon"


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (_unknown_kind, BadRequest, "no step of kind 'ecs.sung_to': resume with the version that made the plan"),
        (_newer_step, BadRequest, "kind 'ecs.service_as_planned' in version 2, and this opslib knows 1"),
        (_newer_plan, ContractVersion, "plan plan-one follows plan version 2; this opslib reads 1 to 1"),
        (_no_steps, BadRequest, "plan plan-one cannot be read"),
        (_wrong_field, BadRequest, "plan plan-one cannot be read: timeout_seconds"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(spoil: Any, error: type[Exception], says: str) -> None:
    spoiled = document()
    spoil(spoiled)
    with pytest.raises(error, match=says) as caught:
        parse_plan(spoiled)
    assert "\n" not in str(caught.value)


def test_the_table_loads_no_procedure() -> None:
    program = "import sys, opslib.catalog; print(*(n for n in sys.modules if n.startswith('opslib.rollback')))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not run.stdout.split()


def test_importing_rollback_is_cheap() -> None:
    program = "import sys; from opslib import rollback; import opslib; opslib.rollback; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert loaded.isdisjoint({"boto3", "botocore", "pydantic"})
