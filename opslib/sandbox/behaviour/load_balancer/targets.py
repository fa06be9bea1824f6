"""Targets and their health: registered, checked, healthy or not, draining, gone.

Checks happen every interval of the target group, counted from the registration. While a target's health cannot change
(healthy and answering, unhealthy and silent) none is scheduled, so that days of steady state cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from moto.elbv2.models import elbv2_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.load_balancer.rules import groups_in_use, tidy
from opslib.sandbox.behaviour.load_balancer.settings import LoadBalancerSettings

__all__ = [
    "Health",
    "Target",
    "deregister",
    "failed_codes",
    "find",
    "forget_group",
    "make_healthy",
    "refresh",
    "refresh_soon",
    "register",
    "set_answers",
    "settings_of",
    "targets_of",
]

Health = Literal["unused", "initial", "healthy", "unhealthy", "draining"]

_RECORD = "load balancer targets"
DELAY_ATTRIBUTE = "deregistration_delay.timeout_seconds"


@dataclass
class Target:
    """One target of one group.

    Attributes:
        group_arn: The target group.
        id: An IP address or an instance.
        port: The port that it is called at.
        registered_at: When it was registered.
        checked_from: From when on it is checked: registered, or when its group came into use.
        health: Its state.
        answers: Whether it passes a health check that is sent to it now.
        code: What it answers when it does not pass.
        passed: Checks passed in a row.
        failed: Checks failed in a row.
        gone_at: When it stops draining.
        on_change: Told whenever the state changes.
    """

    group_arn: str
    id: str
    port: int
    registered_at: datetime
    checked_from: datetime
    health: Health = "unused"
    answers: bool = True
    code: int = 502
    passed: int = 0
    failed: int = 0
    gone_at: datetime | None = None
    on_change: Callable[[datetime], None] | None = field(default=None, repr=False)


_Targets = dict[tuple[str, int], Target]


def settings_of(account: Account) -> LoadBalancerSettings:
    """The settings that hold now."""
    settings: LoadBalancerSettings = account.behaviour["load_balancer"]
    return settings


def targets_of(account: Account, region: str, group_arn: str) -> list[Target]:
    """The targets of a group, draining ones too, in the order in which they were registered."""
    return list(_group(account, region, group_arn).values())


def find(account: Account, region: str, group_arn: str, target_id: str, port: int) -> Target | None:
    """A target, or None when it is not registered and does not drain."""
    return _group(account, region, group_arn).get((target_id, port))


def register(  # noqa: PLR0917  # a target is known by all of these
    account: Account,
    region: str,
    group_arn: str,
    target_id: str,
    port: int,
    now: datetime,
    *,
    answers: bool = True,
    on_change: Callable[[datetime], None] | None = None,
) -> Target:
    """Register a target, or one that drains anew; one that is registered stays as it is.

    Args:
        account: The account.
        region: The region.
        group_arn: The target group.
        target_id: An IP address or an instance.
        port: The port.
        now: The time.
        answers: Whether it passes health checks from the start.
        on_change: Told whenever its state changes.
    """
    targets = _group(account, region, group_arn)
    known = targets.get((target_id, port))
    if known is not None and known.health != "draining":
        return known
    target = Target(group_arn, target_id, port, now, now, answers=answers, on_change=on_change)
    targets[target_id, port] = target
    if group_arn in groups_in_use(account, region):
        _begin(account, region, target, now)
    return target


def deregister(  # noqa: PLR0917  # as above
    account: Account, region: str, group_arn: str, target_id: str, port: int, now: datetime
) -> datetime:
    """Take a target out of traffic; it drains for the group's deregistration delay.

    Returns:
        When it is gone: now for one that gets no traffic, or was not registered.
    """
    targets = _group(account, region, group_arn)
    target = targets.get((target_id, port))
    if target is None:
        return now
    if target.health == "draining" and target.gone_at is not None:
        return target.gone_at
    group = _moto_group(account, region, group_arn)
    delay = int(group.attributes.get(DELAY_ATTRIBUTE, 300)) if group is not None else 0
    if target.health == "unused" or delay == 0:
        _remove(account, region, target)
        return now
    target.gone_at = now + timedelta(seconds=delay)
    account.schedule.at(target.gone_at, lambda _: _remove(account, region, target), key=_key(region, target))
    _become(target, "draining", now)
    return target.gone_at


def set_answers(account: Account, region: str, target: Target, now: datetime, *, answers: bool) -> None:
    """Say that a target passes health checks from now on, or no longer does."""
    if target.answers != answers:
        target.answers = answers
        target.passed = target.failed = 0
        _check_later(account, region, target, now)


def failed_codes(target: Target) -> str:
    """AWS's words on a target that answered health checks wrongly."""
    return f"Health checks failed with these codes: [{target.code}]"


def make_healthy(target: Target, now: datetime) -> None:
    """Make a target healthy at once, as if it had been registered long ago; in a group out of use it stays unused."""
    if target.health in ("initial", "unhealthy"):
        _become(target, "healthy", now)


def refresh(account: Account, region: str, now: datetime) -> None:
    """Follow the rules as they are now: targets of groups that came into use are checked, others are no more."""
    tidy(account, region)
    used = groups_in_use(account, region)
    for group_arn, targets in list(account.record(_RECORD, region).items()):
        for target in list(targets.values()):
            if group_arn in used and target.health == "unused":
                _begin(account, region, target, now)
            elif group_arn not in used and target.health in ("initial", "healthy", "unhealthy"):
                account.schedule.cancel(_key(region, target))
                _become(target, "unused", now)


def refresh_soon(account: Account, region: str) -> None:
    """Follow the rules before the next call is answered: the one that changes them is being answered now."""
    now = account.clock.now()
    account.schedule.at(now, lambda when: refresh(account, region, when), key=f"load balancer/{region}/rules")


def forget_group(account: Account, region: str, group_arn: str) -> None:
    """Forget the targets of a group that is deleted."""
    for target in targets_of(account, region, group_arn):
        _remove(account, region, target)
    account.record(_RECORD, region).pop(group_arn, None)


def _group(account: Account, region: str, group_arn: str) -> _Targets:
    targets: _Targets = account.record(_RECORD, region).setdefault(group_arn, {})
    return targets


def _moto_group(account: Account, region: str, group_arn: str) -> Any | None:
    return elbv2_backends[account.account_id][region].target_groups.get(group_arn)


def _key(region: str, target: Target) -> str:
    return f"load balancer/{region}/{target.group_arn}/{target.id}:{target.port}"


def _begin(account: Account, region: str, target: Target, now: datetime) -> None:
    target.checked_from = now
    target.passed = target.failed = 0
    _become(target, "initial", now)
    _check_later(account, region, target, now)


def _become(target: Target, health: Health, now: datetime) -> None:
    target.health = health
    if target.on_change is not None:
        target.on_change(now)


def _remove(account: Account, region: str, target: Target) -> None:
    account.schedule.cancel(_key(region, target))
    targets = _group(account, region, target.group_arn)
    if targets.get((target.id, target.port)) is target:
        del targets[target.id, target.port]


def _is_settled(target: Target) -> bool:
    if target.health in ("unused", "draining"):
        return True
    return target.health == ("healthy" if target.answers else "unhealthy")


def _check_later(account: Account, region: str, target: Target, now: datetime) -> None:
    """Schedule the next check, at a whole number of intervals since checking began."""
    group = _moto_group(account, region, target.group_arn)
    if group is None or _is_settled(target):
        return
    interval = float(group.health_check_interval_seconds)
    past = (now - target.checked_from).total_seconds() // interval
    when = target.checked_from + timedelta(seconds=interval * (past + 1))
    account.schedule.at(when, lambda at: _check(account, region, target, at), key=_key(region, target))


def _check(account: Account, region: str, target: Target, now: datetime) -> None:
    group = _moto_group(account, region, target.group_arn)
    if group is None or _is_settled(target):
        return
    target.passed, target.failed = (target.passed + 1, 0) if target.answers else (0, target.failed + 1)
    needed = settings_of(account).first_checks_needed if target.health == "initial" else group.healthy_threshold_count
    if target.passed >= int(needed):
        _become(target, "healthy", now)
    elif target.failed >= int(group.unhealthy_threshold_count):
        _become(target, "unhealthy", now)
    _check_later(account, region, target, now)
