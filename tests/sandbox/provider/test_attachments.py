"""A role and what is attached to it by resources of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opslib.sandbox.provider import StandInProvider
from tests.sandbox.provider.goods.iam import TRUST

ROLE, ATTACHMENT = "aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"


def test_a_role_that_was_refreshed_goes_after_its_attachments(
    provider: StandInProvider, checked: Callable[[str, dict[str, Any]], dict[str, Any]]
) -> None:
    inputs = checked(ROLE, {"name": "backups", "assumeRolePolicy": TRUST})
    role = provider.create(ROLE, inputs)
    attachment = provider.create(ATTACHMENT, checked(ATTACHMENT, {"role": "backups", "policyArn": POLICY}))
    refreshed = provider.read(ROLE, role.id, inputs, role.outputs)
    assert refreshed is not None
    assert refreshed.outputs["managedPolicyArns"] == [POLICY], "refresh sees what is attached, whoever attached it"
    provider.delete(ATTACHMENT, attachment.id, attachment.outputs)
    provider.delete(ROLE, role.id, refreshed.outputs)
    assert provider.read(ROLE, role.id, inputs, refreshed.outputs) is None
