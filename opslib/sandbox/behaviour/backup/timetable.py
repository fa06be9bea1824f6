"""The rules of plans: when each is due, which of those that overlap is taken, and of what jobs are started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from moto.backup.models import Plan, backup_backends

from opslib.sandbox.behaviour.backup.jobs import BackupRequest, start_backup
from opslib.sandbox.behaviour.backup.points import continuous_point
from opslib.sandbox.behaviour.backup.resources import KINDS, Resource, resources_in
from opslib.sandbox.behaviour.backup.selecting import selects
from opslib.sandbox.behaviour.backup.world import NAME, world_of
from opslib.sandbox.behaviour.schedule_expression import next_after

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["SELECTIONS", "plan_rules"]

SELECTIONS = "backup selections"
"""Under which name the region's selections are on record, by id."""

_CONTINUOUS = frozenset(kind.name for kind in KINDS if kind.continuous)

Rule = Mapping[str, Any]


def plan_rules(account: Account, region: str, plan_id: str, now: datetime) -> None:
    """Plan the next time of each of a plan's rules; a plan that was deleted has none. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        region: Its region.
        plan_id: Its id.
        now: When it was put.

    Raises:
        BadRequest: A rule's schedule cannot be read.
    """
    plan = _plan(account, region, plan_id)
    for rule in plan.backup_plan["Rules"] if plan is not None else ():
        _plan_rule(account, region, plan_id, rule, now)


def _plan(account: Account, region: str, plan_id: str) -> Plan | None:
    found: Plan | None = backup_backends[account.account_id][region].plans.get(plan_id)
    return None if found is None or found.deletion_date is not None else found


def _next(rule: Rule, after: datetime) -> datetime | None:
    zone = rule["ScheduleExpressionTimezone"]
    return next_after(rule["ScheduleExpression"], after, began=after, zone=zone)


def _plan_rule(account: Account, region: str, plan_id: str, rule: Rule, after: datetime) -> None:
    due = _next(rule, after)
    if due is not None:
        key = f"{NAME}/{region}/plan/{plan_id}/{rule['RuleName']}"
        account.schedule.at(due, partial(_happen, account, region, plan_id, rule), key=key)


def _happen(account: Account, region: str, plan_id: str, rule: Rule, now: datetime) -> None:
    plan = _plan(account, region, plan_id)
    if plan is None or not any(one is rule for one in plan.backup_plan["Rules"]):
        return  # deleted, or another version meanwhile
    _plan_rule(account, region, plan_id, rule, now)
    plan.last_execution_date = now.timestamp()
    selected = list(_selected(account, region, plan_id))
    overlapping = list(_overlapping(plan, rule, now)) if selected else []
    for resource, role in selected:
        if _takes(account, region, rule, resource, overlapping):
            start_backup(account, _request(plan, region, rule, resource, role), now)


def _takes(account: Account, region: str, rule: Rule, resource: Resource, overlapping: list[Rule]) -> bool:
    """Whether a rule that is due backs up a resource.

    AWS, "Backup plan options and configuration": where rules of a plan overlap, by their whole start windows, that with
    the longest retention is taken; "Overlapping continuous backups": one continuous backup, by the rule that keeps it
    longest. Assumed: a continuous backup and snapshots do not stand in each other's way, and one that is there needs no
    further jobs.
    """
    if _is_continuous(rule, resource):
        rivals = [other for other in overlapping if _is_continuous(other, resource)]
        there = continuous_point(account, region, rule["TargetBackupVaultName"], resource.arn) is not None
        on_its_way = any(
            job["ResourceArn"] == resource.arn and job.get("CreatedBy", {}).get("BackupRuleId") == rule["RuleId"]
            for job in world_of(account, region).under_way.values()
        )
        return not rivals and not there and not on_its_way
    return all(_is_continuous(other, resource) for other in overlapping)


def _is_continuous(rule: Rule, resource: Resource) -> bool:
    """Of a type that has no continuous backups such a rule takes snapshots, too."""
    return bool(rule.get("EnableContinuousBackup")) and resource.kind in _CONTINUOUS


def _overlapping(plan: Plan, rule: Rule, now: datetime) -> Iterator[Rule]:
    """The other rules that take this one's place: their start windows overlap, and they keep longer."""
    rules: list[Rule] = plan.backup_plan["Rules"]
    own = next(place for place, one in enumerate(rules) if one is rule)
    ends = now + timedelta(minutes=rule["StartWindowMinutes"])
    for place, other in enumerate(rules):
        due = _next(other, now - timedelta(minutes=other["StartWindowMinutes"]))
        if other is not rule and due is not None and due < ends:
            kept, others = _kept(rule), _kept(other)
            if others > kept or (others == kept and place < own):
                yield other


def _kept(rule: Rule) -> float:
    days = (rule.get("Lifecycle") or {}).get("DeleteAfterDays")
    return inf if days is None else float(days)


def _selected(account: Account, region: str, plan_id: str) -> Iterator[tuple[Resource, str]]:
    """What a plan's selections mean, each once, with the role."""
    selections = [one for one in account.record(SELECTIONS, region).values() if one["BackupPlanId"] == plan_id]
    for resource in resources_in(account, region) if selections else ():
        for one in selections:
            if selects(one["BackupSelection"], resource.arn, resource.tags):
                yield resource, one["BackupSelection"]["IamRoleArn"]
                break


def _request(plan: Plan, region: str, rule: Rule, resource: Resource, role: str) -> BackupRequest:
    return BackupRequest(
        region=region,
        vault=rule["TargetBackupVaultName"],
        resource=resource.arn,
        kind=resource.kind,
        role=role,
        start_minutes=rule["StartWindowMinutes"],
        completion_minutes=rule["CompletionWindowMinutes"],
        lifecycle=rule.get("Lifecycle") or {},
        copies=rule.get("CopyActions") or (),
        created_by={
            "BackupPlanId": plan.backup_plan_id,
            "BackupPlanArn": plan.backup_plan_arn,
            "BackupPlanName": plan.backup_plan["BackupPlanName"],
            "BackupPlanVersion": plan.version_id,
            "BackupRuleId": rule["RuleId"],
            "BackupRuleName": rule["RuleName"],
            "BackupRuleCron": rule["ScheduleExpression"],
            "BackupRuleTimezone": rule["ScheduleExpressionTimezone"],
        },
        continuous=_is_continuous(rule, resource),
    )
