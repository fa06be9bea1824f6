"""The check: what would be refused, before anything is sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.aws import Aws
from opslib.sandbox.provider.records import NOTHING
from opslib.sandbox.provider.requests import Request, calls_of, create_request, follows_creation
from opslib.sandbox.provider.row import Known, ResourceType
from opslib.sandbox.provider.sdk_types import properties_of, type_failures
from opslib.sandbox.provider.shapes import problems
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["completed", "failures_of", "generated_name", "set_inputs"]

_SUFFIX_DIGITS = 7  # Pulumi's own: NAME-1a2b3c4


def set_inputs(inputs: Mapping[str, Any] | None) -> dict[str, Any]:
    """The inputs that are set, without what Pulumi notes among them (`__defaults`)."""
    return {name: value for name, value in (inputs or {}).items() if value is not None and not name.startswith("__")}


def generated_name(
    row: ResourceType, news: Mapping[str, Any], olds: Mapping[str, Any], logical_name: str, seed: bytes
) -> dict[str, str]:
    """The name that the real provider makes up where the program gives none; one that is there already stays."""
    if row.autoname is None or "name" in news:
        return {}
    if "name" in olds:
        return {"name": olds["name"]}
    suffix = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(_SUFFIX_DIGITS)
    return {"name": f"{row.autoname}{logical_name}-{suffix[:_SUFFIX_DIGITS]}"} if logical_name else {}


def completed(row: ResourceType, news: Mapping[str, Any], default_tags: Mapping[str, str]) -> dict[str, Any]:
    """The inputs with defaults and the provider's default tags, as the real provider fills them in."""
    inputs = dict(news)
    for one in row.fields:
        if one.name in inputs:
            inputs[one.name] = one.codec.complete(inputs[one.name])
        elif one.default is not NOTHING:
            inputs[one.name] = one.default
    if row.tags and default_tags and inputs.get("tags") is not UNKNOWN:
        inputs["tags"] = {**default_tags, **inputs.get("tags", {})}
    return inputs


def failures_of(
    row: ResourceType, news: Mapping[str, Any], inputs: Mapping[str, Any], aws: Aws, region: str
) -> list[CheckFailure]:
    """Why the resource is refused: by the SDK's types, by what the row knows, by botocore's model, by the row's rules.

    Each is only asked when the one before has nothing to refuse.

    Args:
        row: Its type.
        news: What the program gave.
        inputs: That, completed.
        aws: For botocore's model.
        region: The provider's region.
    """
    for found in (
        type_failures(properties_of(row.token), news),
        _not_in_the_row(row, inputs),
        _refused_by_model(row, inputs, aws, region),
        _refused_by_rules(row, inputs),
    ):
        failures = _once(found)
        if failures:
            return failures
    return []


def _once(found: Iterator[CheckFailure]) -> list[CheckFailure]:
    return list(dict.fromkeys(found))


def _not_in_the_row(row: ResourceType, inputs: Mapping[str, Any]) -> Iterator[CheckFailure]:
    known = {*row.named} | ({"region"} if row.regional else set()) | ({"tags"} if row.tags else set())
    for name in inputs:
        if name not in known:
            yield CheckFailure(
                name, f"the real provider knows it, the stand-in provider does not: extend the row of {row.token}"
            )
    if row.autoname is not None and "name" not in inputs:
        yield CheckFailure("name", "is required: there is no logical name to make one from")


def _scope_for_check(row: ResourceType, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A scope in which everything that only a created resource has is unknown."""
    ours = dict.fromkeys(("id", "arn", "account_id", "accountId", "partition", "region", "location"), UNKNOWN)
    return {**dict.fromkeys(row.named), **ours, **inputs}


def _refused_by_model(row: ResourceType, inputs: Mapping[str, Any], aws: Aws, region: str) -> Iterator[CheckFailure]:
    scope = _scope_for_check(row, inputs)
    requests: list[Request | None] = [create_request(row, inputs, scope, tags=True)]
    # What a call after the creation carries is checked even where this resource does not need that call.
    requests += [calls_of(one, inputs, scope) for one in row.changes if follows_creation(one, inputs)]
    for request in requests:
        if request is None:
            continue
        shape = aws.input_shape(row.service, region, request.operation)
        for problem in problems(request.parameters, shape):
            yield CheckFailure(request.property_at(problem.at), problem.reason)


def _refused_by_rules(row: ResourceType, inputs: Mapping[str, Any]) -> Iterator[CheckFailure]:
    known = Known(inputs)
    for rule in row.rules:
        yield from rule(known)
