"""IAM: which calls a principal may make, by its policies (SimulatePrincipalPolicy); moto does not have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from moto.iam.models import iam_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.iam_managed import OPERATIONS as MANAGED
from opslib.sandbox.gaps.policy_decision import ALLOWED, Decision, PolicyText, decide

__all__ = ["OPERATIONS"]

ANY_RESOURCE = "*"
MOST_RESULTS = 100  # AWS, SimulatePrincipalPolicy: the default of MaxItems

_ENTITY = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):(?P<kind>user|group|role)/(?:.+/)?(?P<name>[^/]+)")
_ACTION = re.compile(r"[a-zA-Z0-9-]+:[a-zA-Z0-9]+")
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
_POLICY_TYPE = "IAM Policy"


def simulate_principal_policy(call: GapCall) -> Mapping[str, Any]:
    """By the policies of a user with its groups, of a group or a role, and its permissions boundary."""
    kind, entity = _entity(call, call.parameters["PolicySourceArn"])
    policies = [*_policies_of(kind, entity), *_given(call, "PolicyInputList")]
    if kind == "user":
        policies += [p for group in _groups_of(call, entity) for p in _policies_of("group", group)]
    return _simulated(call, policies, _boundary(call, entity))


def simulate_custom_policy(call: GapCall) -> Mapping[str, Any]:
    """By the policies that are given."""
    return _simulated(call, _given(call, "PolicyInputList"), _given(call, "PermissionsBoundaryPolicyInputList"))


def _simulated(call: GapCall, policies: list[PolicyText], boundary: list[PolicyText]) -> Mapping[str, Any]:
    asked = call.parameters
    if wrong := [action for action in asked["ActionNames"] if not _ACTION.fullmatch(action)]:
        raise AwsError("InvalidInput", f"Invalid Action Name: {wrong[0]}")  # text ours
    resources = asked.get("ResourceArns") or [ANY_RESOURCE]
    if wrong := [arn for arn in resources if arn != ANY_RESOURCE and not _ARN.fullmatch(arn)]:
        raise AwsError("InvalidInput", f"ResourceNames are not in a valid ARN format: {wrong[0]}.")
    try:
        results = [
            _result(action, resource, decide(policies, action, resource), _bounded(boundary, action, resource))
            for action, resource in product(asked["ActionNames"], resources)
        ]
    except (ValueError, KeyError, AttributeError) as error:
        raise AwsError("InvalidInput", f"Invalid policy document: {error}") from error  # text ours
    start, most = int(asked.get("Marker") or 0), asked.get("MaxItems") or MOST_RESULTS
    end = start + most
    page: dict[str, Any] = {"EvaluationResults": results[start:end], "IsTruncated": end < len(results)}
    return page | ({"Marker": str(end)} if end < len(results) else {})


def _bounded(boundary: list[PolicyText], action: str, resource: str) -> Decision | None:
    return decide(boundary, action, resource) if boundary else None


def _result(action: str, resource: str, found: Decision, bounded: Decision | None) -> dict[str, Any]:
    verdict = found.verdict
    if bounded is not None and bounded.verdict != ALLOWED and verdict == ALLOWED:
        verdict = bounded.verdict
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": verdict,
        "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": _POLICY_TYPE} for name in found.matched],
        "MissingContextValues": list(found.missing),
    }
    if bounded is not None:
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": bounded.verdict == ALLOWED}
    return result


def _entity(call: GapCall, arn: str) -> tuple[str, Any]:
    """A user, group or role. AWS takes the ARN of neither the root user nor a session of a role."""
    found = _ENTITY.fullmatch(arn)
    if found is None:
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    kind, name = found["kind"], found["name"]
    backend = _backend(call)
    # moto keeps roles by their ids.
    known = {
        "user": backend.users,
        "group": backend.groups,
        "role": {role.name: role for role in backend.roles.values()},
    }
    if found["account"] != call.account_id or name not in known[kind]:
        raise AwsError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
    return kind, known[kind][name]


def _backend(call: GapCall) -> Any:
    return iam_backends[call.account_id]["aws"]


def _groups_of(call: GapCall, user: Any) -> Iterator[Any]:
    return (group for group in _backend(call).groups.values() if user in group.users)


def _policies_of(kind: str, entity: Any) -> list[PolicyText]:
    inline = [PolicyText(f"{kind}_{entity.name}_{name}", text) for name, text in entity.policies.items()]
    return inline + [_managed(policy) for policy in entity.managed_policies.values()]


def _managed(policy: Any) -> PolicyText:
    return PolicyText(policy.name, next(version.document for version in policy.versions if version.is_default))


def _boundary(call: GapCall, entity: Any) -> list[PolicyText]:
    if given := _given(call, "PermissionsBoundaryPolicyInputList"):
        return given
    arn = getattr(entity, "permissions_boundary_arn", None)
    policy = _backend(call).managed_policies.get(arn)
    return [] if policy is None else [_managed(policy)]


def _given(call: GapCall, name: str) -> list[PolicyText]:
    texts = call.parameters.get(name) or []
    return [PolicyText(f"{name}.{number}", text) for number, text in enumerate(texts, start=1)]


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **MANAGED,
    ("iam", "SimulateCustomPolicy"): simulate_custom_policy,
    ("iam", "SimulatePrincipalPolicy"): simulate_principal_policy,
}
