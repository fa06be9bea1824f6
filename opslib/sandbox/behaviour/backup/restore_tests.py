"""Restore-testing plans: at their time, a restore of one recovery point of each resource that they mean.

Source: AWS Backup API, CreateRestoreTestingPlan and RestoreTestingRecoveryPointSelection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.backup.resources import resources_in
from opslib.sandbox.behaviour.backup.restores import RestoreTest, start_restore
from opslib.sandbox.behaviour.backup.selecting import holds
from opslib.sandbox.behaviour.backup.world import NAME, Job, world_of
from opslib.sandbox.behaviour.schedule_expression import next_after

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["PLANS", "SELECTIONS", "plan_tests"]

PLANS = "restore testing plans"
"""Under which name the region's plans are on record, by name."""

SELECTIONS = "restore testing selections"
"""The same of their selections, by the plan's name and their own."""

Plan = Mapping[str, Any]


def plan_tests(account: Account, region: str, name: str, now: datetime) -> None:
    """Plan a restore-testing plan's next time; one that was deleted has none. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        region: Its region.
        name: Its name.
        now: When it was put.

    Raises:
        BadRequest: Its schedule cannot be read.
    """
    plan = account.record(PLANS, region).get(name)
    key = f"{NAME}/{region}/restore-test/{name}"
    if plan is None:
        account.schedule.cancel(key)
        return
    zone = plan["ScheduleExpressionTimezone"]
    due = next_after(plan["ScheduleExpression"], now, began=now, zone=zone)
    if due is not None:
        account.schedule.at(due, partial(_happen, account, region, name), key=key)


def _happen(account: Account, region: str, name: str, now: datetime) -> None:
    plan = account.record(PLANS, region)[name]
    plan_tests(account, region, name, now)
    plan["LastExecutionTime"] = now
    for selection in account.record(SELECTIONS, region).get(name, {}).values():
        found = list(_candidates(account, region, plan, selection, now))
        by_resource: dict[str, list[Job]] = {}
        for point in found:
            by_resource.setdefault(point["ResourceArn"], []).append(point)
        for points in by_resource.values():
            start_restore(
                account,
                _chosen(account, plan, points),
                selection["IamRoleArn"],
                selection.get("RestoreMetadataOverrides") or {},
                now,
                RestoreTest(plan["RestoreTestingPlanArn"], selection["ValidationWindowHours"]),
            )


def _chosen(account: Account, plan: Plan, points: list[Job]) -> Job:
    if plan["RecoveryPointSelection"]["Algorithm"] == "RANDOM_WITHIN_WINDOW":
        return account.random.choice(points)
    return max(points, key=lambda point: point["CreationDate"])


def _candidates(
    account: Account, region: str, plan: Plan, selection: Mapping[str, Any], now: datetime
) -> Iterator[Job]:
    """The recovery points of the region that a plan and its selection mean."""
    wanted = plan["RecoveryPointSelection"]
    oldest = now - timedelta(days=wanted["SelectionWindowDays"])
    arns = selection.get("ProtectedResourceArns") or ["*"]
    conditions = selection.get("ProtectedResourceConditions") or {}
    tags = {one.arn: one.tags for one in resources_in(account, region)} if conditions else {}
    for points in world_of(account, region).points.values():
        for point in points:
            vault, arn = point["BackupVaultArn"], point["ResourceArn"]
            kind = "CONTINUOUS" if ":continuous:" in point["RecoveryPointArn"] else "SNAPSHOT"
            if (
                point["ResourceType"] == selection["ProtectedResourceType"]
                and ("*" in wanted["IncludeVaults"] or vault in wanted["IncludeVaults"])
                and not ("*" in wanted["ExcludeVaults"] or vault in wanted["ExcludeVaults"])
                and kind in wanted["RecoveryPointTypes"]
                and (kind == "CONTINUOUS" or point["CreationDate"] >= oldest)
                and ("*" in arns or arn in arns)
                and holds(conditions, tags.get(arn, {}))
            ):
                yield point
