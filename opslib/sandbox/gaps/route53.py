"""Route 53's health checks: what moto forgets when one is updated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.route53.models import route53_backends
from moto.utilities.utils import get_partition

from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]


def update_health_check(call: GapCall) -> Mapping[str, Any]:
    """What is not given stays; moto takes regions and children away that are not given again."""
    check_constraints(call, "InvalidInput")
    checks = route53_backends[call.account_id][get_partition(call.region)].health_checks
    check = checks.get(call.parameters["HealthCheckId"])
    before = {} if check is None else {"ChildHealthChecks": check.children, "Regions": check.regions}
    kept = {name: value for name, value in before.items() if value and name not in call.parameters}
    return call.through({**call.parameters, **kept}) if kept else call.through()


OPERATIONS: Mapping[tuple[str, str], Handler] = {("route53", "UpdateHealthCheck"): update_health_check}
