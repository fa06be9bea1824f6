"""What may be written about automatic rollback, roles and approvals, and what is refused in one line."""

from __future__ import annotations

from typing import Any

import pytest

from infra.config import StackConfig
from opslib.errors import BadRequest

APPROVED = {"procedures": ["rollback.service"]}
ACT, PROPOSE = {"mode": "act"}, {"mode": "propose"}


@pytest.mark.feature("M25", "S1", "S2")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"autoRollback": ACT, "approval": APPROVED}, "autoRollback.mode: act asks nobody, and approval.procedures"),
        ({"autoRollback": PROPOSE, "mirror": False}, "autoRollback.mode: its function reads the outputs in SSM"),
        ({"autoRollback": {"mode": "maybe"}}, "autoRollback.mode: "),
        ({"autoRollback": {"mode": "act", "withinMinutes": 1}}, "autoRollback.withinMinutes: "),
        ({"autoRollback": {"mode": "act", "tier": "loud"}}, "autoRollback.tier: "),
        ({"queues": {"opslib": {"queue": "shop"}}}, "automations.opslib: the name is taken (by queues.opslib)"),
        ({"approval": {"procedures": ["deploy"]}}, "approval.procedures: "),
        ({"approval": APPROVED | {"hours": 0}}, "approval.hours: "),
        ({"roles": {"viewer": {}}}, "roles.viewer: name principals or sso"),
        ({"roles": {"operator": {"principals": ["ada"]}}}, "roles.operator.principals.0: "),
        ({"roles": {"ci": {"repository": "parcel", "environments": ["prod"]}}}, "roles.ci.repository: "),
        ({"roles": {"ci": {"repository": "parcel/x", "environments": []}}}, "roles.ci.environments: "),
        ({"roles": {"king": {}}}, "roles.king: "),
    ],
)
def test_a_mistake_is_one_line_with_its_path(written: dict[str, Any], change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as found:
        StackConfig.parse(written | change, source="staging")
    assert says in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.feature("M25")
@pytest.mark.parametrize(("value", "mode"), [(False, "off"), ("off", "off"), ("propose", "propose"), ("act", "act")])
def test_off_is_off_however_yaml_reads_it(written: dict[str, Any], value: Any, mode: str) -> None:
    config = StackConfig.parse(written | {"autoRollback": {"mode": value}}, source="staging")
    assert config.auto_rollback.mode == mode


@pytest.mark.feature("M25")
def test_a_stack_that_says_nothing_does_nothing_by_itself(written: dict[str, Any]) -> None:
    del written["autoRollback"]
    assert StackConfig.parse(written, source="staging").auto_rollback.mode == "off"
