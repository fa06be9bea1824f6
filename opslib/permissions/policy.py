"""From the table to policies. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from opslib.errors import BadRequest
from opslib.permissions.scope import Scope
from opslib.permissions.table import ACTIVITIES, ANYTHING, FORMS, OF_EVIDENCE, ROLES, Permission

__all__ = ["MOST_NAMED", "allowing", "narrowed", "reasons", "statements"]

MOST_NAMED = 8
"""How many services a policy names one by one: with long names an operator's then has some 10,000 characters."""


def statements(role: str, scope: Scope) -> list[dict[str, Any]]:
    """What a role may do on a stack, as the statements of an IAM policy.

    Args:
        role: Its name in `ROLES`.
        scope: What of AWS the stack is about.

    Raises:
        BadRequest: there is no such role.
    """
    if role not in ROLES:
        raise BadRequest(f"there is no role {role!r}", f"there is: {', '.join(ROLES)}")
    return allowing(ROLES[role].does, scope)


def allowing(activities: Iterable[str], scope: Scope) -> list[dict[str, Any]]:
    """What some activities need on a stack, as the statements of an IAM policy.

    What may be done on the same is one statement, whatever it is for: a policy has room for few characters.

    Args:
        activities: Their names in `ACTIVITIES`.
        scope: What of AWS the stack is about.
    """
    alike: dict[str, list[Permission]] = {}
    for activity in activities:
        for permission in ACTIVITIES[activity]:
            alike.setdefault(json.dumps([permission.on, permission.only_if], sort_keys=True), []).append(permission)
    made: dict[str, dict[str, Any]] = {}
    for permissions in alike.values():
        resources = sorted(set(_arns(permissions[0].on, scope)))
        if resources:
            sid = _sid(permissions[0], made)
            made[sid] = _statement(sid, permissions, resources, scope)
    return list(made.values())


def reasons(role: str) -> dict[str, str]:
    """Why a role has actions on anything, by action."""
    return {
        permission.action: permission.why
        for activity in ROLES[role].does
        for permission in ACTIVITIES[activity]
        if ANYTHING in permission.on
    }


def narrowed(action: str, resources: Iterable[str], scope: Scope) -> tuple[str, ...]:
    """What an action that was named without its resources is on in this stack.

    Args:
        action: In IAM's words.
        resources: What is known of what it is on; `*`: nothing.
        scope: What of AWS the stack is about.

    Returns:
        The table's ARNs in the place of `*`, where it has the action.
    """
    known = _BY_ACTION.get(action)
    found: list[str] = []
    for resource in resources:
        found += _arns(known.on, scope) if resource == "*" and known is not None else [resource]
    return tuple(sorted(set(found))) or ("*",)


_BY_ACTION = {permission.action: permission for rows in ACTIVITIES.values() for permission in rows}


def _arns(forms: Iterable[str], scope: Scope) -> Iterator[str]:
    names = {
        "partition": scope.partition,
        "account": scope.account,
        "region": scope.region,
        "product": scope.product,
        "environment": scope.environment,
        "prefix": scope.prefix,
        "evidence": scope.evidence,
    }
    for form in forms:
        template = FORMS[form]
        if form in OF_EVIDENCE and not scope.evidence:
            continue
        if "{service}" in template:
            yield from (template.format(**names, cluster=c, service=s) for c, s in _services(scope))
        elif "{cluster}" in template:
            yield from (template.format(**names, cluster=cluster) for cluster, _ in scope.services)
        elif "{task_role}" in template:
            yield from scope.task_roles or (f"arn:{scope.partition}:iam::{scope.account}:role/*",)
        else:
            yield template.format(**names)


def _services(scope: Scope) -> Iterator[tuple[str, str]]:
    """Each service; of many all that run in their clusters, for the policies of a role hold 10,240 characters."""
    if len(scope.services) <= MOST_NAMED:
        yield from scope.services
    else:
        yield from ((cluster, "*") for cluster in sorted({cluster for cluster, _ in scope.services}))


def _statement(sid: str, permissions: list[Permission], resources: list[str], scope: Scope) -> dict[str, Any]:
    only_if = {
        test: {key: value.format(prefix=scope.prefix) for key, value in keys.items()}
        for test, keys in permissions[0].only_if.items()
    }
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted({permission.action for permission in permissions}),
        "Resource": resources,
        **_given(Condition=only_if),
    }


def _given(**parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def _sid(permission: Permission, taken: Mapping[str, Any]) -> str:
    """What it is on, in the letters and digits that AWS takes; each once in a policy."""
    words = "On" + "".join(word.capitalize() for form in permission.on for word in form.split())
    return next(sid for number in count(1) if (sid := f"{words}{number if number > 1 else ''}") not in taken)
