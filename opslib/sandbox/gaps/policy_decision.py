"""What policies decide about a call: allowed, explicitly denied, or implicitly. Pure.

IAM User Guide, "Policy evaluation logic": an explicit deny wins, then an allow, else it is implicitly denied; what a
permissions boundary does not allow is not allowed. Conditions are not modelled: a statement with one matches nothing,
and its keys are missing context values, as in AWS when no context is given. Nor are policy variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

__all__ = ["ALLOWED", "Decision", "PolicyText", "decide"]

ALLOWED: Literal["allowed"] = "allowed"


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy.

    Attributes:
        source: What MatchedStatements calls it.
        document: Its JSON.
    """

    source: str
    document: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of it.

    Attributes:
        verdict: AWS's EvalDecision.
        matched: The policies whose statements decided.
        missing: The context keys of conditions that could not be evaluated.
    """

    verdict: Literal["allowed", "explicitDeny", "implicitDeny"]
    matched: tuple[str, ...]
    missing: tuple[str, ...]


def decide(policies: Iterable[PolicyText], action: str, resource: str) -> Decision:
    """Decide about one action on one resource.

    Args:
        policies: All that count together.
        action: `ecs:UpdateService`.
        resource: An ARN, or `*`: any resource.

    Raises:
        ValueError: A document is no JSON object.
    """
    effects: dict[str, list[str]] = {"Allow": [], "Deny": []}
    missing: dict[str, None] = {}
    for policy in policies:
        for statement in _statements(policy.document):
            if not _matches(statement, action, resource):
                continue
            if statement.get("Condition"):
                missing |= dict.fromkeys(key for test in statement["Condition"].values() for key in test)
            else:
                effects[statement["Effect"]].append(policy.source)
    found = tuple(missing)
    if effects["Deny"]:
        return Decision("explicitDeny", tuple(effects["Deny"]), found)
    return Decision("allowed" if effects["Allow"] else "implicitDeny", tuple(effects["Allow"]), found)


def _statements(document: str) -> Iterator[Mapping[str, Any]]:
    found = json.loads(document)
    if not isinstance(found, dict):
        raise ValueError(f"a policy is a JSON object, not {document[:40]!r}")  # noqa: TRY004  # it is a text's value
    statements = found.get("Statement", [])
    yield from [statements] if isinstance(statements, dict) else statements


def _matches(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return _part(statement, "Action", action, ignore_case=True) and _part(statement, "Resource", resource)


def _part(statement: Mapping[str, Any], name: str, value: str, *, ignore_case: bool = False) -> bool:
    if name in statement:
        return _any(statement[name], value, ignore_case=ignore_case)
    return not _any(statement.get(f"Not{name}", ()), value, ignore_case=ignore_case)


def _any(patterns: str | Iterable[str], value: str, *, ignore_case: bool) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(_pattern(pattern, ignore_case).fullmatch(value) for pattern in listed)


@lru_cache(maxsize=4096)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # a key of the cache
    written = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(written, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
