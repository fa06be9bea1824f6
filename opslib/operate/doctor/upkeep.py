"""What goes bad by itself: certificates that expire, logs that are kept for ever, budgets that tell nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import Listener, StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS"]

SOON: Final = timedelta(days=30)
"""How long a certificate should still be valid: ACM renews 60 days before it expires (ACM, user guide, "Managed
renewal"), so that one of 30 days has failed to be renewed for a month."""

_CERTIFICATES: Final = "certificate"
_ACM: Final = ":acm:"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as ACM has it."""

    name: str
    arn: str
    status: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group of a workload.

    Attributes:
        name: Its name.
        exists: Whether there is one.
        retention_days: How long its events are kept; None: for ever.
    """

    name: str
    exists: bool
    retention_days: int | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget of the stack, and whom it tells.

    Attributes:
        name: Its name.
        told: For each of its notifications, how many subscribers it has.
    """

    name: str
    told: tuple[int, ...]


def _watched(outputs: StackOutputs) -> Iterator[str]:
    """The ARNs of the certificates that are watched by themselves."""
    for one in outputs.watched.values():
        if one.kind == _CERTIFICATES:
            yield from (value for value in one.identifiers.values() if _ACM in value)


def _listeners(outputs: StackOutputs) -> Iterator[Listener]:
    for balancer in outputs.load_balancers.values():
        yield from balancer.listeners


def _serving(outputs: StackOutputs) -> Iterator[Listener | str]:
    yield from _listeners(outputs)
    yield from _watched(outputs)


def _see_certificates(look: Look, of: Listener | str) -> tuple[Certificate, ...] | None:
    if isinstance(of, str):
        return (_see_certificate(look, of),)
    found = look.unless_gone(
        frozenset({"ListenerNotFound"}), lambda: look.read("elbv2", "DescribeListeners", ListenerArns=[of.arn])
    )
    listed = [one["CertificateArn"] for one in ((found or {}).get("Listeners") or [{}])[0].get("Certificates", ())]
    return tuple(_see_certificate(look, arn) for arn in listed if _ACM in arn) or None  # IAM keeps some; it warns not


def _see_certificate(look: Look, arn: str) -> Certificate:
    port = regional("acm", arn.split(":")[3], look.home)
    found = look.unless_gone(
        frozenset({"ResourceNotFoundException"}), lambda: look.read(port, "DescribeCertificate", CertificateArn=arn)
    )
    if found is None:
        return Certificate(arn, arn, "", None)
    described = found["Certificate"]
    return Certificate(described.get("DomainName", arn), arn, described["Status"], described.get("NotAfter"))


def _log_groups(outputs: StackOutputs) -> Iterator[str]:
    named = [service.log_group for service in outputs.services.values() if service.log_group]
    yield from dict.fromkeys((*named, *(f"{_LAMBDA}{function.name}" for function in outputs.functions.values())))


_LAMBDA: Final = "/aws/lambda/"
"""Where Lambda writes: the group is created by the first invocation."""


def _see_log_group(look: Look, name: str) -> LogGroup | None:
    found = look.pages("logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name)
    group = next((one for one in found if one["logGroupName"] == name), None)
    if group is None:
        return None if name.startswith(_LAMBDA) else LogGroup(name, exists=False, retention_days=None)
    return LogGroup(name, exists=True, retention_days=group.get("retentionInDays"))


def _see_budgets(look: Look, outputs: StackOutputs) -> tuple[Budget, ...] | None:
    account = outputs.stack.account
    prefix = f"{outputs.stack.product}-{outputs.stack.environment}-"
    budgets = look.pages("budgets", "DescribeBudgets", "Budgets", AccountId=account)
    names = [one["BudgetName"] for one in budgets if one["BudgetName"].startswith(prefix)]
    return tuple(Budget(name, tuple(_told(look, account, name))) for name in names) or None


def _told(look: Look, account: str, name: str) -> Iterator[int]:
    of = {"AccountId": account, "BudgetName": name}
    for one in look.pages("budgets", "DescribeNotificationsForBudget", "Notifications", **of):
        asked = {key: value for key, value in one.items() if key != "NotificationState"}
        yield len(look.pages("budgets", "DescribeSubscribersForNotification", "Subscribers", **of, Notification=asked))


def _expiring(seen: tuple[Certificate, ...], now: datetime) -> Iterator[Fault]:
    for one in seen:
        if not one.status:
            yield Fault(one.name, "there is no such certificate in ACM")
        elif one.status != "ISSUED":
            yield Fault(one.name, f"its certificate is {one.status}")
        elif one.expires_at is not None and one.expires_at - now < SOON:
            yield Fault(one.name, f"its certificate expires in {(one.expires_at - now).days} days")


def _unlimited(seen: LogGroup, _: datetime) -> Iterator[Fault]:
    if not seen.exists:
        yield Fault(seen.name, "there is no such log group", "does the task definition log elsewhere? correct either")
    elif seen.retention_days is None:
        yield Fault(seen.name, "its events are kept for ever, and paid for")


def _unheard(seen: tuple[Budget, ...], _: datetime) -> Iterator[Fault]:
    for budget in seen:
        if not sum(budget.told):
            yield Fault(budget.name, "the budget tells nobody")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="certificate-valid",
        group="What is watched",
        level="critical",
        looks_at=f"the certificates of listeners, and those that are watched, are valid for {SOON.days} more days",
        why="from its expiry on nobody can connect",
        next_step="are the DNS records of its validation still there? aws acm describe-certificate shows them",
        subjects=_serving,
        read=_see_certificates,
        judge=_expiring,
        on=lambda of: of if isinstance(of, str) else f"listener on port {of.port}",
    ),
    Check(
        id="log-retention",
        group="What is watched",
        level="warning",
        looks_at="each workload's log group is there, and its events expire",
        why="the log that you need is not where you look; or last year's costs more than this year's",
        next_step="aws logs put-retention-policy --log-group-name {on} --retention-in-days 30",
        subjects=_log_groups,
        read=_see_log_group,
        judge=_unlimited,
    ),
    Check(
        id="budget-heard",
        group="Telling people",
        level="warning",
        looks_at="each budget of the stack tells somebody",
        why="the first to hear of the bill is whoever pays it",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=lambda outputs: (outputs,),
        read=_see_budgets,
        judge=_unheard,
        on=lambda _: "budgets",
    ),
)
"""What is checked of what goes bad by itself."""
