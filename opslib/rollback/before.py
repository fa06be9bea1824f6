"""Before the first change: the right account and stack, everything allowed, and nobody who said not now.

All of it only looks. What cannot be established is said and stops nothing; what is known to stand in the way does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from opslib.calendar import Holds
from opslib.errors import BadRequest, Refused, WrongAccount
from opslib.permissions import Scope, narrowed
from opslib.procedure import Declined, MayCall, NotNow, Plan, Ports, Store
from opslib.procedure.aws import action
from opslib.stack import Stack

if TYPE_CHECKING:
    from opslib.calendar import Calendar

__all__ = ["calendar_of", "check_permissions", "check_stack", "check_welcome", "permissions_of"]

_NOT_AWS = frozenset({"notify", "hold", "points", "http", "command"})

_ACTIONS_PER_CALL = 50
"""How many actions are simulated at once; AWS names no limit of its own below the size of the request (ours)."""


def check_stack(stack: Stack, environment: str | None = None) -> None:
    """Make sure that the credentials are for the stack, and that the stack is the one that is meant.

    Args:
        stack: The stack.
        environment: What the caller calls it: ``prod``, or ``shop/prod``; None: they opened the right one.

    Raises:
        BadRequest: it is another stack than the one meant.
        WrongAccount: the credentials are of another account or partition.
        NoCredentials: there are none.
        Unreachable: AWS does not answer.
    """
    promised = stack.outputs.stack
    if environment is not None and environment not in (promised.environment, stack.name):
        raise BadRequest(
            f"the outputs ({stack.source}) are of {stack.name}, not of {environment}", "open the stack that you mean"
        )
    stack.check_account()
    partition = stack.clients.identity().partition
    if partition != promised.partition:
        raise WrongAccount(
            f"{stack.name} is in the partition {promised.partition}, and the credentials are for {partition}",
            "use that partition's credentials",
        )


def calendar_of(stack: Stack, given: Calendar | None) -> Calendar | None:
    """The calendar to ask: the stack's own, and what the caller has given beside it; None where there is neither.

    Args:
        stack: The stack.
        given: The caller's; of two windows of a name, the caller's counts.

    Raises:
        BadRequest: the windows in the stack's outputs are none.
    """
    if stack.outputs.maintenance is None:
        return given
    from opslib.calendar import Calendar

    own = Calendar.of(stack.outputs)
    return own if given is None else given.beside(own)


def check_welcome(store: Store, target: str, calendar: Calendar | None, now: datetime, despite: str) -> tuple[str, ...]:
    """Ask the holds and the calendar whether the target may be changed now.

    Args:
        store: The journal's store.
        target: What is to be changed.
        calendar: The calendar; None: there is none.
        now: The time.
        despite: Why it is to be done all the same; empty: it is not.

    Returns:
        What has to be said.

    Raises:
        Refused: a hold or a freeze stands against it.
    """
    notes = []
    against = []
    hold = Holds(store).get(target)
    if hold is not None and hold.stops("changes"):
        against.append(str(hold))
    elif hold is not None:
        notes.append(f"there is a hold already: {hold}")
    verdict = calendar.verdict(now) if calendar is not None else None
    if verdict is not None and verdict.kind == "frozen":
        against.append(f"the calendar says: {verdict}")
    elif verdict is not None and verdict.kind == "maintenance":
        notes.append(f"the calendar says: {verdict}")
    if against and not despite:
        raise Refused("; ".join(against), "wait, or say why it is to be done all the same: --despite REASON")
    return (*notes, *(f"{said}; done all the same: {despite}" for said in against))


def permissions_of(plan: Plan, journal: Iterable[MayCall] = ()) -> dict[str, tuple[str, ...]]:
    """What a plan has to be allowed: the resources of each IAM action. It is what a policy for it would grant.

    Args:
        plan: The plan.
        journal: What its journal calls.
    """
    needed: dict[str, set[str]] = defaultdict(set)
    for call in (*(call for step in plan.steps for call in step.may_call()), *journal):
        if call.port.partition("@")[0] not in _NOT_AWS:
            needed[action(call.port, call.operation)].update(call.resources)
    return {name: tuple(sorted(resources)) for name, resources in sorted(needed.items())}


def check_permissions(stack: Stack, ports: Ports, permissions: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Ask IAM whether all of a plan's calls are allowed, instead of failing at the fifth of nine steps.

    Args:
        stack: The stack.
        ports: The ports; ``iam`` is read.
        permissions: The resources of each action.

    Returns:
        What could not be asked, and why.

    Raises:
        Refused: an action is denied; the message names it and its resource.
    """
    try:
        here = Scope.of(stack.outputs)
        permissions = {name: narrowed(name, resources, here) for name, resources in permissions.items()}
        principal = _principal(stack, ports)
        if not principal.startswith("arn:"):
            return (f"permissions were not checked: {principal}",)
        denied = list(_denied(ports, principal, permissions))
    except (Declined, NotNow) as problem:
        return (f"permissions were not checked: {problem.what}",)
    certain = [text for text, is_certain in denied if is_certain]
    if certain:
        more = f" (and {len(certain) - 1} more)" if len(certain) > 1 else ""
        raise Refused(f"{principal} may not {certain[0]}{more}", "allow it to this role, or use another one")
    return tuple(f"not checked, for a condition decides it: {text}" for text, _ in denied)


def _principal(stack: Stack, ports: Ports) -> str:
    """The IAM principal of our credentials; where IAM cannot be asked of it, why not."""
    arn = stack.clients.identity().arn
    account, resource = arn.split(":", 5)[4:]
    kind, _, name = resource.partition("/")
    if kind == "user":
        return f"arn:{arn.split(':')[1]}:iam::{account}:user/{name}"
    if kind == "assumed-role":
        role = name.partition("/")[0]  # without its path, which only IAM knows
        return str(ports["iam"].read("GetRole", {"RoleName": role})["Role"]["Arn"])
    return f"{arn} is neither a user nor a role"


def _denied(ports: Ports, principal: str, permissions: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, bool]]:
    """What is denied, and whether that is certain: a condition that only the real call fills in may decide it."""
    by_resources: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, resources in permissions.items():
        by_resources[resources].append(name)
    for resources, names in by_resources.items():
        for start in range(0, len(names), _ACTIONS_PER_CALL):
            for result in _simulated(ports, principal, names[start : start + _ACTIONS_PER_CALL], resources):
                if result["EvalDecision"] != "allowed":
                    where = result.get("EvalResourceName", "*")
                    yield f"{result['EvalActionName']} on {where}", not result.get("MissingContextValues")


def _simulated(ports: Ports, principal: str, names: list[str], resources: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {
        "PolicySourceArn": principal,
        "ActionNames": names,
        "ResourceArns": list(resources),
        "ContextEntries": [
            {
                "ContextKeyName": "iam:PassedToService",
                "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
                "ContextKeyType": "string",
            }
        ],
    }
    while True:
        page = ports["iam"].read("SimulatePrincipalPolicy", asked)
        yield from page["EvaluationResults"]
        if not page.get("IsTruncated"):
            return
        asked = {**asked, "Marker": page["Marker"]}
