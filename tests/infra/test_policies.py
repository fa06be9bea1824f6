"""Every policy of every shipped stack, whoever wrote its component: least privilege, or the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from demo import stack_file
from infra import program
from infra.assembly.guard import scope
from infra.config import StackConfig, read_stack_file
from infra.where import Where
from opslib.contract import StackOutputs
from opslib.permissions import ACTIVITIES, ROLES, Scope, statements
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.programs.property_values import revealed

pytestmark = pytest.mark.feature("S1")

STACKS = ("staging", "prod", "account")

ON_ANYTHING = {row.action: row.why for rows in ACTIVITIES.values() for row in rows if row.why} | {
    "cloudwatch:GetMetricData": "AWS has no resource for it",
    "cloudwatch:GetMetricStatistics": "AWS has no resource for it",
    "cloudwatch:PutMetricData": "AWS has no resource for it; a canary's is for the namespace of canaries alone",
    "s3:ListAllMyBuckets": "AWS has no resource for it, and Synthetics asks a canary's role for it",
}
"""Why an identity may do this on anything."""

ITSELF = {
    "aws:kms/key:Key": "in a key's own policy * is the key",
    "aws:backup/vaultPolicy:VaultPolicy": "in a vault's own policy * is what is kept in it",
}
"""Resources in whose own policy * means themselves."""

WIDE_ACTIONS = {
    ("aws:kms/key:Key", "kms:*"): "the account administers its key, or nobody ever could again (KMS developer guide)",
    ("aws:kms/key:Key", "kms:GenerateDataKey*"): "with and without plain text: AWS's own policies name both so",
    ("aws:iam/rolePolicy:RolePolicy", "kms:GenerateDataKey*"): "the same",
}


@pytest.fixture(scope="module", params=STACKS)
def ran(request: pytest.FixtureRequest) -> tuple[str, Run]:
    shipped = stack_file.read(request.param)
    return request.param, run_program(
        program.main,
        project=stack_file.PROJECT,
        stack=request.param,
        config={**shipped.values, **shipped.secrets},
        secret_keys=tuple(shipped.secrets),
    )


def policies(run: Run) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Token and name of the resource, property, and each statement of every policy that stands in one."""
    for resource in run.resources:
        for name, value in revealed(resource.inputs).items():
            if isinstance(value, str) and '"Statement"' in value:
                for statement in json.loads(value)["Statement"]:
                    yield resource.token, resource.name, name, statement


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def test_nobody_may_do_everything_and_anything_has_its_reason(ran: tuple[str, Run]) -> None:
    seen = 0
    for token, name, prop, statement in policies(ran[1]):
        seen += 1
        where = f"{ran[0]}: {token} {name}.{prop}: {statement.get('Sid')}"
        if statement["Effect"] == "Deny":
            continue  # the wider the better
        assert "NotAction" not in statement, where
        assert "NotResource" not in statement, where
        for action in listed(statement["Action"]):
            assert "*" not in action or (token, action) in WIDE_ACTIONS, f"{where}: {action}"
            if "*" in listed(statement.get("Resource")) and token not in ITSELF:
                assert action in ON_ANYTHING, f"{where}: {action} on *: narrow it, or say why not in ON_ANYTHING"
        if "*" in listed(statement.get("Principal")) or statement.get("Principal") == {"AWS": "*"}:
            assert statement.get("Condition"), f"{where}: everybody"
    assert seen > 5


def test_every_role_can_only_be_taken_on_by_who_is_named(ran: tuple[str, Run]) -> None:
    for token, name, prop, statement in policies(ran[1]):
        if token == "aws:iam/role:Role" and prop == "assumeRolePolicy":
            principal = statement["Principal"]
            by_person = "AWS" in principal or "Federated" in principal
            assert principal != "*", name
            assert not by_person or statement["Condition"], f"{name}: a person or pipeline, without a condition"


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_printed_is_what_is_deployed(stack: str) -> None:
    shipped = stack_file.read(stack)
    run = run_program(
        program.main,
        project=stack_file.PROJECT,
        stack=stack,
        config={**shipped.values, **shipped.secrets},
        secret_keys=tuple(shipped.secrets),
    )
    outputs = StackOutputs.parse(run.outputs, source=stack)
    config = StackConfig.parse(read_stack_file(stack_file.ROOT / f"Pulumi.{stack}.yaml"), source=stack)
    there = Scope.of(outputs)
    assert there == scope(config, Where(outputs.stack.account, outputs.stack.partition, outputs.stack.region))
    deployed = {
        resource.name.removeprefix("roles-"): json.loads(resource.inputs["policy"])["Statement"]
        for resource in run.resources
        if resource.token == "aws:iam/rolePolicy:RolePolicy" and resource.name.startswith("roles-")
    }
    assert set(deployed) == set(outputs.stack.roles) <= set(ROLES)
    assert {"viewer", "operator", "ci"} <= set(deployed)
    for role, made in deployed.items():
        assert made == statements(role, there)
