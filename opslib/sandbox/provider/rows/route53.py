"""Route 53: health checks of endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import Many
from opslib.sandbox.provider.records import NOTHING, Field
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import within
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_ENDPOINTS = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH")
_CONFIG = (
    ("type", "Type"),
    ("fqdn", "FullyQualifiedDomainName"),
    ("port", "Port"),
    ("resourcePath", "ResourcePath"),
    ("searchString", "SearchString"),
    ("enableSni", "EnableSNI"),
    ("failureThreshold", "FailureThreshold"),
    ("requestInterval", "RequestInterval"),
    ("measureLatency", "MeasureLatency"),
    ("invertHealthcheck", "Inverted"),
    ("disabled", "Disabled"),
)
_DEFAULTS: Mapping[str, Any] = {"measureLatency": False, "invertHealthcheck": False, "disabled": False}
_COMPUTED = {"enableSni", "failureThreshold", "port"}
# What UpdateHealthCheck has no parameter for.
_FIXED = frozenset({"type", "requestInterval", "measureLatency"})


def _endpoint(inputs: Known) -> Iterator[CheckFailure]:
    kind = inputs.get("type")
    if kind is not None and kind not in _ENDPOINTS:
        yield CheckFailure("type", f"is {kind!r}; the stand-in provider knows {', '.join(_ENDPOINTS)}")
        return
    if not inputs.sets("fqdn"):
        yield CheckFailure("fqdn", "is required (the stand-in provider knows no ipAddress)")
    if not inputs.sets("requestInterval"):
        yield CheckFailure("requestInterval", f"is required by the type {kind}")
    if kind is not None and kind.endswith("_STR_MATCH") != bool(inputs.sets("searchString")):
        yield CheckFailure("searchString", "is required by HTTP_STR_MATCH and HTTPS_STR_MATCH, and by no other type")
    if inputs.get("enableSni") and kind is not None and not kind.startswith("HTTPS"):
        yield CheckFailure("enableSni", f"is for HTTPS; the type is {kind}")
    interval = inputs.get("requestInterval")
    if interval is not None and interval not in (10, 30):
        yield CheckFailure("requestInterval", f"is {interval:g}; Route 53 asks every 10 or 30 seconds")


def _fields(under: str, *, told: bool) -> tuple[Field, ...]:
    return (
        *(
            Field(
                name,
                f"{under}{path}",
                live=f"HealthCheckConfig.{path}" if told else "-",
                computed=name in _COMPUTED,
                default=_DEFAULTS.get(name, NOTHING),
            )
            for name, path in _CONFIG
            if told or name not in _FIXED
        ),
        Field("regions", f"{under}Regions", Many(unordered=True), live="HealthCheckConfig.Regions" if told else "-"),
    )


HEALTH_CHECK = ResourceType(
    token="aws:route53/healthCheck:HealthCheck",  # noqa: S106 - Pulumi's word for a type's name
    service="route53",
    fields=_fields("HealthCheckConfig.", told=True),
    # The real provider makes a reference up for each; moto does not look at it.
    create=Call("create_health_check", {"CallerReference": "stand-in"}),
    changes=(Change(call=Call("update_health_check", {"HealthCheckId": "{id}"}), fields=_fields("", told=False)),),
    delete=Call("delete_health_check", {"HealthCheckId": "{id}"}),
    lookups=(Lookup(call=Call("get_health_check", {"HealthCheckId": "{id}"}), at="HealthCheck"),),
    identity_at="HealthCheck.Id",
    outputs={"arn": "arn:{partition}:route53:::healthcheck/{id}"},
    replace_on=_FIXED,  # ForceNew
    tags=Tagging(
        path="",
        tag=Call(
            "change_tags_for_resource", {"ResourceType": "healthcheck", "ResourceId": "{id}", "AddTags": "{tags}"}
        ),
        untag=Call(
            "change_tags_for_resource", {"ResourceType": "healthcheck", "ResourceId": "{id}", "RemoveTagKeys": "{keys}"}
        ),
        listing=Call("list_tags_for_resource", {"ResourceType": "healthcheck", "ResourceId": "{id}"}),
        at="ResourceTagSet.Tags",
    ),
    rules=(_endpoint, within("failureThreshold", 1, 10)),
    regional=False,
)

ROWS = (HEALTH_CHECK,)
