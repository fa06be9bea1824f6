"""A vault in each of two regions, a database and a table that a plan can select, and short ways to look at jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from opslib.sandbox import Sandbox

HOME, ABROAD = "eu-west-1", "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/backups"
DATABASE = f"arn:aws:rds:{HOME}:123456789012:db:shop-main"
TABLE = f"arn:aws:dynamodb:{HOME}:123456789012:table/shop"
ABROAD_VAULT = f"arn:aws:backup:{ABROAD}:123456789012:backup-vault:copies"
TAGS = [{"Key": "backup", "Value": "yes"}]
SELECTED = {
    "Resources": ["*"],
    "Conditions": {"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "yes"}]},
}


class Backups:
    """AWS Backup in a sandbox, at a quarter past eleven.

    Args:
        sandbox: The sandbox.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.until(11, 15)  # whenever the test runs
        self.api = sandbox.client("backup", HOME)
        self.api.create_backup_vault(BackupVaultName="shop")
        sandbox.client("backup", ABROAD).create_backup_vault(BackupVaultName="copies")

    def database(self, name: str = "shop-main", **more: Any) -> str:
        """A database that is tagged, and is not maintained within the next days."""
        quiet = self.now() - timedelta(days=2)
        window = f"{quiet:%a}:03:00-{quiet:%a}:03:30".lower()
        given = {
            "DBInstanceIdentifier": name,
            "Engine": "postgres",
            "EngineVersion": "16.4",
            "DBInstanceClass": "db.t4g.medium",
            "AllocatedStorage": 20,
            "MasterUsername": "postgres",
            "MasterUserPassword": "not-a-secret",
            "PreferredMaintenanceWindow": window,
            "PreferredBackupWindow": "22:00-22:30",
            "Tags": TAGS,
            **more,
        }
        arn: str = self.sandbox.client("rds", HOME).create_db_instance(**given)["DBInstance"]["DBInstanceArn"]
        return arn

    def table(self, name: str = "shop", tags: Any = TAGS) -> str:
        """A table."""
        made = self.sandbox.client("dynamodb", HOME).create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=tags,
        )
        return str(made["TableDescription"]["TableArn"])

    def plan(self, *rules: dict[str, Any], selection: dict[str, Any] | None = None) -> str:
        """A plan that selects what is tagged."""
        written = [{"TargetBackupVaultName": "shop", "StartWindowMinutes": 60, **rule} for rule in rules]
        made = self.api.create_backup_plan(BackupPlan={"BackupPlanName": "shop", "Rules": written})["BackupPlanId"]
        chosen = {"SelectionName": "tagged", "IamRoleArn": ROLE, **(selection or SELECTED)}
        self.api.create_backup_selection(BackupPlanId=made, BackupSelection=chosen)
        return str(made)

    def now(self) -> datetime:
        """The sandbox's time."""
        return self.sandbox.clock.now().astimezone(UTC)

    def until(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Turn the clock to the next time it is so late, and some days on."""
        now = self.now()
        due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        due += timedelta(days=days + (due <= now))
        self.sandbox.clock.advance((due - now).total_seconds())

    def passes(self, **time: float) -> None:
        """Let some time pass."""
        self.sandbox.clock.advance(timedelta(**time).total_seconds())

    def jobs(self, **asked: Any) -> list[dict[str, Any]]:
        """Backup jobs, the oldest first."""
        return list(reversed(self.api.list_backup_jobs(**asked)["BackupJobs"]))

    def points(self, vault: str = "shop", region: str = HOME) -> list[dict[str, Any]]:
        """The recovery points of a vault."""
        api = self.sandbox.client("backup", region)
        found: list[dict[str, Any]] = api.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
        return found

    def counted(self, name: str, vault: str = "shop", region: str = HOME, **dimensions: str) -> float:
        """A metric of AWS Backup, of the last days."""
        named = {"BackupVaultName": vault, **dimensions}
        found = self.sandbox.client("cloudwatch", region).get_metric_statistics(
            Namespace="AWS/Backup",
            MetricName=f"NumberOf{name}",
            Dimensions=[{"Name": key, "Value": value} for key, value in named.items()],
            StartTime=self.now() - timedelta(days=10),
            EndTime=self.now() + timedelta(minutes=1),
            Period=86_400,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    def behaves(self, **settings: Any) -> None:
        """Change the behaviour."""
        self.sandbox.behaviour(backup=settings)

    def listen(self, region: str = HOME) -> Callable[[], list[dict[str, Any]]]:
        """Let events of AWS Backup go into a log; what gives them."""
        logs, events = (self.sandbox.client(name, region) for name in ("logs", "events"))
        logs.create_log_group(logGroupName="/aws/events/backup")
        events.put_rule(Name="backup", EventPattern=json.dumps({"source": ["aws.backup"]}))
        arn = f"arn:aws:logs:{region}:123456789012:log-group:/aws/events/backup"
        events.put_targets(Rule="backup", Targets=[{"Id": "log", "Arn": arn}])

        def heard() -> list[dict[str, Any]]:
            found = logs.filter_log_events(logGroupName="/aws/events/backup")["events"]
            return sorted((json.loads(one["message"]) for one in found), key=lambda event: str(event["time"]))

        return heard

    def inbox(self) -> list[dict[str, Any]]:
        """What reached somebody."""
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/inbox"), timeout=60) as answer:
            return list(json.loads(answer.read())["deliveries"])


@pytest.fixture
def backups(account: Sandbox) -> Backups:
    return Backups(account)
