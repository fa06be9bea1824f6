"""CloudWatch Logs: saved queries of Logs Insights, which moto lacks.

Rules: CloudWatch Logs API, PutQueryDefinition, DescribeQueryDefinitions and DeleteQueryDefinition; CloudWatch Logs
quotas, "Saved queries".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints
from opslib.sandbox.gaps.log_events import OPERATIONS as LOG_EVENTS

__all__ = ["OPERATIONS"]

MOST = 1000
"""Saved queries of a region, and the most on a page; AWS does not say how many a page has when nobody asks."""

_KEPT = ("name", "queryString", "logGroupNames", "queryLanguage", "parameters")
_INVALID = "InvalidParameterException"


def _definitions(call: GapCall) -> dict[str, dict[str, Any]]:
    """Those of the region, by id, in the order in which they came."""
    return call.record("query-definitions")


def _not_there(identity: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"The query definition {identity} does not exist")


def put_query_definition(call: GapCall) -> Mapping[str, Any]:
    """A new one, or all of one that is there; a creation that is repeated with its token is the same one."""
    check_constraints(call, _INVALID)
    given, definitions, tokens = call.parameters, _definitions(call), call.record("query-definition-tokens")
    identity, token = given.get("queryDefinitionId"), given.get("clientToken")
    if identity is not None and identity not in definitions:
        raise _not_there(identity)
    if identity is None and token in tokens:
        return {"queryDefinitionId": tokens[token]}
    if identity is None:
        if len(definitions) >= MOST:
            raise AwsError("LimitExceededException", f"There are {MOST} saved queries in {call.region} already")
        identity = str(UUID(bytes=call.account.random.randbytes(16), version=4))
        if token is not None:
            tokens[token] = identity
    definitions[identity] = {
        "queryLanguage": "CWLI",
        **{name: given[name] for name in _KEPT if given.get(name)},
        "queryDefinitionId": identity,
        "lastModified": int(call.account.clock.now().timestamp() * 1000),
    }
    return {"queryDefinitionId": identity}


def describe_query_definitions(call: GapCall) -> Mapping[str, Any]:
    """Those whose name begins so, and of a language, in pages."""
    check_constraints(call, _INVALID)
    given = call.parameters
    prefix, language = given.get("queryDefinitionNamePrefix", ""), given.get("queryLanguage")
    found = [
        definition
        for definition in _definitions(call).values()
        if definition["name"].startswith(prefix) and language in (None, definition["queryLanguage"])
    ]
    begin = _beginning(given.get("nextToken"), [definition["queryDefinitionId"] for definition in found])
    end = begin + given.get("maxResults", MOST)
    more = {"nextToken": found[end]["queryDefinitionId"]} if end < len(found) else {}
    return {"queryDefinitions": found[begin:end], **more}


def _beginning(token: str | None, identities: list[str]) -> int:
    if token is None:
        return 0
    if token not in identities:
        raise AwsError(_INVALID, "The specified nextToken is invalid.")
    return identities.index(token)


def delete_query_definition(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    check_constraints(call, _INVALID)
    identity = call.parameters["queryDefinitionId"]
    if _definitions(call).pop(identity, None) is None:
        raise _not_there(identity)
    return {"success": True}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **LOG_EVENTS,
    ("logs", "DeleteQueryDefinition"): delete_query_definition,
    ("logs", "DescribeQueryDefinitions"): describe_query_definitions,
    ("logs", "PutQueryDefinition"): put_query_definition,
}
