"""IAM: AWS's own managed policies, each there as soon as somebody attaches it.

moto has them all, or none, and reading all takes half a second of every reset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_OF_AWS = ":iam::aws:policy/"


@cache
def _known() -> Mapping[str, Any]:
    """AWS's policies by name."""
    return json.loads(aws_managed_policies_data)  # type: ignore[no-any-return]  # an object of objects


def attach_role_policy(call: GapCall) -> None:
    """A policy that AWS has is there when it is attached; one that nobody has is refused by moto."""
    arn, backend = call.parameters["PolicyArn"], iam_backends[call.account_id]["aws"]
    name = arn.rpartition("/")[2]
    if _OF_AWS in arn and arn not in backend.managed_policies and name in _known():
        policy = AWSManagedPolicy.from_data(name, call.account_id, backend.region_name, _known()[name])
        if policy.arn == arn:
            backend.managed_policies[arn] = policy


OPERATIONS: Mapping[tuple[str, str], Handler] = {("iam", "AttachRolePolicy"): attach_role_policy}
