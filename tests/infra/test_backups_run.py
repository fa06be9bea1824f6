"""Backups as they run: jobs by the shipped plan, alarms that follow from them, and what the doctor says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from demo import stack_file
from demo.workload import workload_of
from infra import program
from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.operate import doctor
from opslib.procedure import SystemClock
from opslib.sandbox import Sandbox, Workload
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from opslib.sandbox.workload import Database
from opslib.stack import Stack
from tests.conftest import REGION
from tests.infra.test_backups import written

pytestmark = pytest.mark.feature("M22")

THURSDAY, SATURDAY = 3, 5
DATABASE = "parcel-prod-orders"


class SandboxTime(SystemClock):
    """The time of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.clock.now()


class Deployed:
    """A stack with backups over a database that is tagged as it wants, on a Thursday before half past two.

    Seeded instances are maintained on Wednesdays: AWS Backup leaves them alone then.

    Args:
        sandbox: A sandbox, which is emptied.
        values: The stack's configuration.
        workload: What it watches.
        secrets: Its secrets.
    """

    def __init__(
        self, sandbox: Sandbox, values: Mapping[str, Any], workload: Workload, secrets: Mapping[str, str] | None = None
    ) -> None:
        self.sandbox, self.region = sandbox, workload.region
        self.prefix = f"{values['opslib:product']}-{values['opslib:environment']}"
        wanted: dict[str, Any] = values["opslib:backups"]
        sandbox.reset()
        self.until(THURSDAY, 2, 25)
        sandbox.seed(workload)
        self.rds, self.backup = self.aws("rds"), self.aws("backup")
        for one in self.rds.describe_db_instances()["DBInstances"]:
            tags = [{"Key": key, "Value": value} for key, value in wanted["selectTags"].items()]
            self.rds.add_tags_to_resource(ResourceName=one["DBInstanceArn"], Tags=tags)
        self.subnets = wanted["restoreTests"]["metadata"]["dbSubnetGroupName"]
        subnets = [one["SubnetId"] for one in self.aws("ec2").describe_subnets()["Subnets"][:2]]
        self.rds.create_db_subnet_group(
            DBSubnetGroupName=self.subnets, DBSubnetGroupDescription="restore tests", SubnetIds=subnets
        )
        ran = run_program(
            program.main,
            project="opslib",
            stack="test",
            config={**values, **(secrets or {})},
            secret_keys=tuple(secrets or ()),
            provider=StandInProvider(endpoint_url=sandbox.url, region=self.region),
        )
        self.outputs = StackOutputs.parse(ran.outputs, source="the program")

    def aws(self, service: str, region: str | None = None) -> Any:
        return self.sandbox.client(service, region or self.region)

    def until(self, weekday: int, hour: int, minute: int = 0) -> None:
        """Turn the clock to the next such time of the week."""
        now = self.sandbox.clock.now().astimezone(UTC)
        due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        due += timedelta(days=(weekday - now.weekday()) % 7)
        self.sandbox.clock.advance(((due if due > now else due + timedelta(days=7)) - now).total_seconds())

    def passes(self, **time: float) -> None:
        self.sandbox.clock.advance(timedelta(**time).total_seconds())

    def points(self, key: str) -> list[dict[str, Any]]:
        """The recovery points in a vault of the contract."""
        vault = self.outputs.vaults[key]
        pages = self.aws("backup", vault.region).get_paginator("list_recovery_points_by_backup_vault")
        return [one for page in pages.paginate(BackupVaultName=vault.name) for one in page["RecoveryPoints"]]

    def ringing(self) -> set[str]:
        """What rings of the vault."""
        found = self.aws("cloudwatch").describe_alarms(
            AlarmNamePrefix=f"{self.prefix}-backups", StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = (*found["MetricAlarms"], *found["CompositeAlarms"])
        return {alarm["AlarmName"].removeprefix(f"{self.prefix}-backups-") for alarm in alarms}

    def late(self, *checks: str) -> dict[str, str]:
        """What the doctor says of backups, by vault."""
        stack = Stack(self.outputs, source="the program", clients=Clients(self.region))
        found = doctor.examine(stack, only=checks or ["backup-due", "restore-tested"], clock=SandboxTime(self.sandbox))
        assert not found.not_checked
        return {one.on: one.what for one in found.findings}

    def behaves(self, **settings: Any) -> None:
        self.sandbox.behaviour(backup=settings)


@pytest.fixture
def prod(aws: Sandbox) -> Deployed:
    """The whole shipped prod stack."""
    file = stack_file.read("prod")
    workload = workload_of(file.config, region=file.region, account=file.account)
    return Deployed(aws, file.values, workload, file.secrets)


@pytest.fixture
def shop(aws: Sandbox) -> Deployed:
    """A stack of backups alone."""
    database = Database(identifier="shop-main")
    values = {f"opslib:{key}": value for key, value in written().items()}
    return Deployed(aws, {"aws:region": REGION, **values}, Workload(region=REGION, databases=(database,)))


def nothing_runs(deployed: Deployed) -> None:
    """The stack's own functions do nothing: what they look at every few minutes is no matter here."""
    for function in deployed.aws("lambda").list_functions()["Functions"]:
        handled = {"function_name": function["FunctionName"], "handler": "tests.operate.doctor.handlers:nothing"}
        body = json.dumps(handled | {"path": str(stack_file.ROOT)}).encode()
        urlopen(Request(f"{deployed.sandbox.url}/_sandbox/handlers", body, method="POST"), timeout=60).close()


@pytest.mark.feature("O14", "M16")
def test_two_days_leave_backups_in_both_vaults_and_a_plan_without_selection_rings_and_is_late(
    prod: Deployed,
) -> None:
    nothing_runs(prod)
    prod.passes(days=2)
    daily = [one for one in prod.points("backups") if one["CreatedBy"]["BackupRuleName"] == "daily"]
    hourly = [one for one in prod.points("backups") if one["CreatedBy"]["BackupRuleName"] == "hourly"]
    (continuous,) = [one for one in prod.points("backups") if ":continuous:" in one["RecoveryPointArn"]]
    assert (len(daily), len(hourly)) == (2, 46), "where a daily one is taken no hourly one is"
    assert continuous["ResourceArn"].endswith(f":db:{DATABASE}")
    assert len(prod.points("copies")) == 2
    assert {one["ResourceType"] for one in prod.points("copies")} == {"RDS"}
    assert prod.ringing() == set()
    assert prod.late() == {}

    plan = next(one for one in prod.backup.list_backup_plans()["BackupPlansList"])["BackupPlanId"]
    (selection,) = prod.backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    named = {"BackupPlanId": plan, "SelectionId": selection["SelectionId"]}
    selected = prod.backup.get_backup_selection(**named)["BackupSelection"]
    prod.backup.delete_backup_selection(**named)
    prod.passes(hours=40)
    assert set(prod.late()) == {"parcel-prod-backups in eu-central-1", "parcel-prod-backups in eu-west-1"}
    assert "36 hours" in next(iter(prod.late().values()))
    assert prod.ringing() == {"copies-silent-critical", "unprotected"}, "a copy is a day's, the last is 63 hours old"
    prod.passes(hours=24)
    assert prod.ringing() == {"silent-critical", "copies-silent-critical", "unprotected"}
    prod.backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selected)
    prod.passes(days=1, hours=1)
    assert prod.ringing() == set()
    assert prod.late() == {}


WRONG: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"backups": {"RDS": "FAILED"}}, 1, "failed-warning"),
    ({"backups": {"RDS": "ABORTED"}}, 1, "aborted-warning"),
    ({"backups": {"RDS": "EXPIRED"}}, 2, "expired-warning"),
    ({"copies": {"*": "FAILED"}}, 1, "copy-failed-warning"),
)
"""What goes wrong, for how many hours, and what rings then."""


@pytest.mark.feature("M16")
def test_what_goes_wrong_rings_within_the_hour_and_stops(shop: Deployed) -> None:
    for turn, (settings, hours, rings) in enumerate(WRONG):
        shop.until((THURSDAY + 2 * turn) % 7, 2, 30)  # a good day between: nothing is silent
        assert shop.ringing() == set(), f"before {rings}"
        shop.behaves(**settings)
        shop.passes(hours=hours, minutes=20)
        assert shop.ringing() == {rings}
        shop.behaves(**{name: {} for name in settings})
        shop.passes(hours=3)
        assert shop.ringing() == set(), f"after {rings}"


@pytest.mark.feature("M16")
def test_a_restore_is_tested_every_week_and_pages_when_it_fails(shop: Deployed) -> None:
    shop.until(SATURDAY, 5, 10)
    shop.passes(hours=2)
    (job,) = shop.backup.list_restore_jobs()["RestoreJobs"]
    assert (job["Status"], job["ValidationStatus"]) == ("COMPLETED", "VALIDATING")
    (latest,) = [one for one in shop.points("backups") if one["RecoveryPointArn"] == job["RecoveryPointArn"]]
    assert job["CreationDate"] - latest["CreationDate"] < timedelta(hours=2)
    restored = job["CreatedResourceArn"].rpartition(":")[2]
    (found,) = shop.rds.describe_db_instances(DBInstanceIdentifier=restored)["DBInstances"]
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == shop.subnets
    tags = shop.rds.list_tags_for_resource(ResourceName=job["CreatedResourceArn"])["TagList"]
    assert tags == [], "no tag of production: it is neither backed up nor watched"
    shop.passes(hours=4)
    (job,) = shop.backup.list_restore_jobs()["RestoreJobs"]
    assert (job["ValidationStatus"], job["DeletionStatus"]) == ("TIMED_OUT", "SUCCESSFUL")
    assert shop.ringing() == set()
    assert shop.late() == {}

    shop.rds.delete_db_subnet_group(DBSubnetGroupName=shop.subnets)
    shop.until(SATURDAY, 5, 45)
    failed = shop.backup.list_restore_jobs(ByStatus="FAILED")["RestoreJobs"]
    assert shop.subnets in failed[0]["StatusMessage"]
    assert "restore-failed-critical" in shop.ringing()
    shop.passes(hours=3)
    assert shop.ringing() == set()
    assert shop.late() == {}, "the last that went well is a week old"
    shop.passes(days=2)
    assert shop.late() == {f"shop-prod-backups in {REGION}": "no test has restored from it in the last 8 days"}
