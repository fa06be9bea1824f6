"""Workloads that one record of AWS's tells all of: a row for each kind, and the one reader of the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from infra.adopt.drafting import Drafting, LeftOut
from infra.workloads import TABLED
from infra.workloads import Canary as WrittenCanary
from infra.workloads import HealthCheck as WrittenHealthCheck
from infra.workloads.workload import Workload
from opslib.discover import Inventory
from opslib.discover.inventory import ServerlessCache
from opslib.discover.inventory_edge import Api, Canary, Certificate, Distribution, HealthCheck, WebAcl
from opslib.discover.inventory_hosts import Fleet, Host, NatGateway

__all__ = ["ROWS", "Row", "drafted", "names"]

_SILENT: Final = "so its silence would ring for ever"
_ASKS: Final = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
"""Types of health checks that ask an address; the others follow other checks, or alarms."""
_RATE: Final = re.compile(r"rate\((?P<count>\d+) (?P<unit>minute|hour)s?\)")
_HOUR_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How workloads of a kind are written.

    Attributes:
        section: Where they stand in the stack's file.
        found: The field of the inventory that has them.
        called: What they are, in words.
        word: The same in one word, for keys.
        name: What one is called, or its id where it has no name; keys are made of it.
        refused: Why one is not written; None where it is.
        written: What is written of one in a region.
        is_named: Whether people name them after the product.
    """

    section: str
    found: str
    called: str
    word: str
    name: Callable[[Any], str]
    refused: Callable[[Any], str | None]
    written: Callable[[Any, str], dict[str, Any]]
    is_named: bool = True


def drafted(drafting: Drafting, inventory: Inventory, row: Row) -> dict[str, Any]:
    """The workloads of a kind.

    Args:
        drafting: What is known so far.
        inventory: What runs.
        row: How they are written.
    """
    found: dict[str, Any] = {}
    for one in getattr(inventory, row.found):
        name = row.name(one)
        written = row.written(one, inventory.region)
        why = row.refused(one) or _invalid(row.section, written)
        if why is None and written in found.values():
            why = "CloudWatch counts it together with another of this name, which is written"
        if why is None:
            found[drafting.key(name, row.word, is_named=row.is_named)] = written
        else:
            drafting.left_out.append(LeftOut(f"{row.called} {name}", why))
    return found


def names(inventory: Inventory) -> Iterator[str]:
    """What people have named of it.

    Args:
        inventory: What runs.
    """
    for row in ROWS:
        if row.is_named:
            yield from dict.fromkeys(name for one in getattr(inventory, row.found) if (name := one.name))


def _invalid(section: str, written: Mapping[str, Any]) -> str | None:
    """Why AWS's names do not fit into the file, such as a group's with a space in it."""
    try:
        _CLASSES[section].model_validate(written)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        return f"the file takes no {'.'.join(str(part) for part in first['loc'])} such as {first['input']}"
    return None


_CLASSES: Mapping[str, type[Workload]] = {
    **TABLED,
    "healthChecks": WrittenHealthCheck,
    "canaries": WrittenCanary,
}


def _host_refused(one: Host) -> str | None:
    if one.is_spot:
        return "it is a spot instance, which EC2 takes back"
    return None if one.state == "running" else f"it is {one.state}, {_SILENT}"


def _fleet_refused(one: Fleet) -> str | None:
    if not one.desired:
        return f"no instance is desired of it, {_SILENT}"
    return None if one.minimum else "its minimum is 0, so that an empty one may be as it should: write it by hand"


def _fleet(one: Fleet, region: str) -> dict[str, Any]:
    del region
    return {"fleet": one.name, **({"minimum": one.minimum} if one.minimum > 1 else {})}


def _gateway_refused(one: NatGateway) -> str | None:
    return None if one.state == "available" else f"it is {one.state}, {_SILENT}"


def _distribution_refused(one: Distribution) -> str | None:
    return None if one.is_enabled else f"it is disabled, {_SILENT}"


def _certificate_refused(one: Certificate) -> str | None:
    if one.status != "ISSUED":
        return f"it is {one.status}, {_SILENT}"
    return None if one.is_in_use else "nothing uses it, and ACM renews only what is used"


def _certificate(one: Certificate, region: str) -> dict[str, Any]:
    return {"certificate": one.arn, **_region(one.region, region)}


def _api_refused(one: Api) -> str | None:
    if one.protocol not in ("REST", "HTTP"):
        return f"it is a {one.protocol} API; there are tables for REST and HTTP APIs"
    return None if one.stage else "it has no stage, so nobody can call it"


def _api(one: Api, region: str) -> dict[str, Any]:
    del region
    is_rest = one.protocol == "REST"
    return {"api": one.name if is_rest else one.id, "stage": one.stage, "type": "rest" if is_rest else "http"}


def _acl_refused(one: WebAcl) -> str | None:
    if not one.metric:
        return "its metrics are switched off"
    return None if one.is_in_use else f"it protects nothing, {_SILENT}"


def _acl(one: WebAcl, region: str) -> dict[str, Any]:
    protected = {"protectedRegion": one.region} if one.scope == "REGIONAL" else {}
    return {"webAcl": one.metric, "scope": one.scope.lower(), **protected, **_region(one.region, region)}


def _region(there: str, region: str) -> dict[str, str]:
    return {"region": there} if there != region else {}


def _serverless_refused(one: ServerlessCache) -> str | None:
    return None if one.status in ("available", "modifying") else f"it is {one.status}, {_SILENT}"


def _serverless(one: ServerlessCache, region: str) -> dict[str, Any]:
    del region
    return {
        "cache": one.name,
        **({"mostGib": one.most_gib} if one.most_gib else {}),
        **({"mostEcpuPerSecond": one.most_ecpu_per_second} if one.most_ecpu_per_second else {}),
    }


def _check_refused(one: HealthCheck) -> str | None:
    if one.made_by:
        return f"{one.made_by} made it for itself"
    if one.kind not in _ASKS:
        return f"its type is {one.kind}: it asks no address"
    return f"it is disabled, {_SILENT}" if one.is_disabled else None


def _check(one: HealthCheck, region: str) -> dict[str, Any]:
    del region
    return {"healthCheck": one.id, **({"latency": True} if one.measures_latency else {})}


def _canary_refused(one: Canary) -> str | None:
    if one.state != "RUNNING":
        return f"it is {one.state or 'not running'}, {_SILENT}"
    if (minutes := _minutes(one)) is not None and not 1 <= minutes <= _HOUR_MINUTES:
        return f"its schedule is {one.schedule}: two hours without a run would ring"
    return None


def _minutes(one: Canary) -> int | None:
    """How often it runs; None where its schedule is a cron expression."""
    rate = _RATE.fullmatch(one.schedule)
    return int(rate["count"]) * (_HOUR_MINUTES if rate["unit"] == "hour" else 1) if rate else None


def _canary(one: Canary, region: str) -> dict[str, Any]:
    del region
    usual = {field: WrittenCanary.model_fields[field].default for field in ("every_minutes", "time_out_seconds")}
    every = max(_minutes(one) or usual["every_minutes"], -(-one.time_out_seconds // 60))
    return {
        "canary": one.name,
        **({"everyMinutes": every} if every != usual["every_minutes"] else {}),
        **({"timeOutSeconds": one.time_out_seconds} if one.time_out_seconds != usual["time_out_seconds"] else {}),
    }


ROWS: Final = (
    Row(
        section="apis",
        found="apis",
        called="API",
        word="api",
        name=lambda one: one.name if one.stage in ("", "$default") else f"{one.name}-{one.stage}",
        refused=_api_refused,
        written=_api,
    ),
    Row(
        section="distributions",
        found="distributions",
        called="distribution",
        word="distribution",
        name=lambda one: one.name or one.id,
        refused=_distribution_refused,
        written=lambda one, _: {"distribution": one.id},
        is_named=False,
    ),
    Row(
        section="webAcls",
        found="web_acls",
        called="web ACL",
        word="acl",
        name=lambda one: one.name,
        refused=_acl_refused,
        written=_acl,
    ),
    Row(
        section="serverlessCaches",
        found="serverless_caches",
        called="serverless cache",
        word="cache",
        name=lambda one: one.name,
        refused=_serverless_refused,
        written=_serverless,
    ),
    Row(
        section="hosts",
        found="hosts",
        called="host",
        word="host",
        name=lambda one: one.name or one.id,
        refused=_host_refused,
        written=lambda one, _: {"host": one.id},
    ),
    Row(
        section="fleets",
        found="fleets",
        called="fleet",
        word="fleet",
        name=lambda one: one.name,
        refused=_fleet_refused,
        written=_fleet,
    ),
    Row(
        section="natGateways",
        found="nat_gateways",
        called="NAT gateway",
        word="nat",
        name=lambda one: one.name or one.id,
        refused=_gateway_refused,
        written=lambda one, _: {"gateway": one.id},
    ),
    Row(
        section="certificates",
        found="certificates",
        called="certificate",
        word="certificate",
        name=lambda one: one.domain or one.arn.rpartition("/")[2],
        refused=_certificate_refused,
        written=_certificate,
        is_named=False,
    ),
    Row(
        section="healthChecks",
        found="health_checks",
        called="health check",
        word="check",
        name=lambda one: one.name or one.id,
        refused=_check_refused,
        written=_check,
        is_named=False,
    ),
    Row(
        section="canaries",
        found="canaries",
        called="canary",
        word="canary",
        name=lambda one: one.name,
        refused=_canary_refused,
        written=_canary,
    ),
)
"""The kinds, in the order in which a stack's dashboards show them."""
