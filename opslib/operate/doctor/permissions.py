"""Permissions: whoever calls, and each role of the contract, may do what it is for. IAM is asked, nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.contract import StackOutputs
from opslib.errors import Refused
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.topics import topics_of
from opslib.permissions import ROLES, Scope, allowing

__all__ = ["CHECKS", "needed"]

_OPERATOR: Final = "operator"
"""The role whose permissions whoever asks should have: it is for whoever is on call."""

_TOLD_ANYWAY: Final = frozenset({"examining", "seeing who is told"})
"""What whoever asks is just doing: what of it they are denied is *not checked*, and says so itself."""

_ACTIONS_PER_CALL: Final = 50
_NAMED: Final = 6
_GONE: Final = frozenset({"NoSuchEntity", "NoSuchEntityException"})


@dataclass(frozen=True, slots=True)
class RoleOf:
    """A role of the contract, and what it is for."""

    purpose: str
    arn: str

    def __str__(self) -> str:
        return self.purpose


@dataclass(frozen=True, slots=True)
class Denied:
    """What a principal may not do.

    Attributes:
        principal: Who: an ARN.
        actions: IAM's actions that are denied for certain; a condition may decide others.
    """

    principal: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleSeen:
    """Whether a role is there."""

    role: RoleOf
    exists: bool


def needed(
    role: str, outputs: StackOutputs, but_for: frozenset[str] = frozenset()
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The actions that a role is for, by what they are on; those that a condition decides are left out.

    Args:
        role: Its name in `opslib.permissions.ROLES`.
        outputs: The contract: what is on every topic of the account is asked of the stack's own.
        but_for: Activities that are left out.
    """
    topics = tuple(sorted(topic.arn for topic in topics_of(outputs)))
    by_resources: dict[tuple[str, ...], list[str]] = {}
    does = [activity for activity in ROLES[role].does if activity not in but_for]
    for statement in allowing(does, Scope.of(outputs)):
        if "Condition" not in statement:
            on = tuple(statement["Resource"])
            if all(":sns:" in arn for arn in on):
                on = topics
            by_resources.setdefault(on, []).extend(statement["Action"])
    return {on: tuple(sorted(set(actions))) for on, actions in by_resources.items() if on}


def _denied(look: Look, principal: str, role: str, but_for: frozenset[str] = frozenset()) -> Denied:
    denied: list[str] = []
    for on, actions in needed(role, look.outputs, but_for).items():
        for start in range(0, len(actions), _ACTIONS_PER_CALL):
            results = look.pages(
                "iam",
                "SimulatePrincipalPolicy",
                "EvaluationResults",
                PolicySourceArn=principal,
                ActionNames=list(actions[start : start + _ACTIONS_PER_CALL]),
                ResourceArns=list(on),
            )
            denied += [one["EvalActionName"] for one in results if _is_denied(one)]
    return Denied(principal, tuple(dict.fromkeys(denied)))


def _is_denied(result: Mapping[str, Any]) -> bool:
    return result["EvalDecision"] != "allowed" and not result.get("MissingContextValues")


def _see_caller(look: Look, _: StackOutputs) -> Denied:
    arn = look.stack.clients.identity().arn
    account, resource = arn.split(":", 5)[4:]
    kind, _slash, name = resource.partition("/")
    if kind == "user":
        return _denied(look, arn, _OPERATOR, _TOLD_ANYWAY)
    if kind != "assumed-role":
        raise Refused(f"{arn} is neither a user nor a role: IAM cannot be asked of it")
    # A session does not say its role's path, which only IAM knows.
    role = str(look.read("iam", "GetRole", RoleName=name.partition("/")[0])["Role"]["Arn"])
    if role.split(":")[4] != account:
        raise Refused(f"{role} is not of the account {account}")
    return _denied(look, role, _OPERATOR, _TOLD_ANYWAY)


def _roles(outputs: StackOutputs) -> Iterator[RoleOf]:
    return (RoleOf(purpose, arn) for purpose, arn in outputs.stack.roles.items())


def _see_role(look: Look, role: RoleOf) -> RoleSeen:
    name = role.arn.rpartition("/")[2]
    return RoleSeen(role, look.unless_gone(_GONE, lambda: look.read("iam", "GetRole", RoleName=name)) is not None)


def _see_role_denied(look: Look, role: RoleOf) -> Denied | None:
    if role.purpose not in ROLES or not _see_role(look, role).exists:
        return None
    return _denied(look, role.arn, role.purpose)


def _not_allowed(seen: Denied, _: datetime) -> Iterator[Fault]:
    if seen.actions:
        more = f" and {len(seen.actions) - _NAMED} more" if len(seen.actions) > _NAMED else ""
        yield Fault(seen.principal.rpartition(":")[2], f"may not {', '.join(seen.actions[:_NAMED])}{more}")


def _no_role(seen: RoleSeen, _: datetime) -> Iterator[Fault]:
    if not seen.exists:
        yield Fault(seen.role.arn.rpartition(":")[2], f"the role for {seen.role.purpose} is not there")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="caller-may",
        group="Access",
        level="critical",
        looks_at="whoever asks may do what an operator does",
        why="`opslib rollback` refuses before it begins",
        next_step="allow it to them, or take the role for operators",
        subjects=lambda outputs: (outputs,),
        read=_see_caller,
        judge=_not_allowed,
        on=lambda _: "you",
    ),
    Check(
        id="role-there",
        group="Access",
        level="critical",
        looks_at="each role of the contract is there",
        why="nobody can become it",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=_roles,
        read=_see_role,
        judge=_no_role,
    ),
    Check(
        id="role-may",
        group="Access",
        level="critical",
        looks_at="each role may do what it is for",
        why="whoever takes it is refused in the middle",
        next_step="`pulumi refresh`, then `pulumi up`: somebody changed its policy, or a boundary denies it",
        subjects=_roles,
        read=_see_role_denied,
        judge=_not_allowed,
    ),
)
"""What is checked of permissions."""
