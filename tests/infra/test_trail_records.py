"""The account's trail as it records: what somebody does in any region rings, and whoever breaks the glass is heard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest

from demo import stack_file
from demo.deployment import run_in_process
from infra import program
from opslib.sandbox import Sandbox, Workload
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider

pytestmark = pytest.mark.feature("M23")

HOME, PRODUCTS = "us-east-1", "eu-central-1"
PAGER = "https://pager.example/integration/c0ffee5ec2e7"


class Watched:
    """The shipped stack of the account, and beside it a product's that has nothing but its break-glass role.

    Args:
        sandbox: An empty sandbox.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, account = sandbox, stack_file.read("account")
        self.account, self.prefix = account.account, f"{account.config.prefix}-trail"
        sandbox.seed(Workload(region=HOME, account=account.account))
        run_in_process(account, sandbox)
        product: dict[str, Any] = {
            "product": "shop",
            "environment": "prod",
            "mirror": False,
            "alerting": {"critical": [{"protocol": "https", "endpointSecret": "pagerUrl"}]},
            "roles": {"breakGlass": {"principals": [f"arn:aws:iam::{account.account}:user/emergency"]}},
        }
        run_program(
            program.main,
            project="opslib",
            stack="prod",
            config={
                "aws:region": PRODUCTS,
                "opslib:pagerUrl": PAGER,
                **{f"opslib:{key}": value for key, value in product.items()},
            },
            secret_keys=("opslib:pagerUrl",),
            provider=StandInProvider(endpoint_url=sandbox.url, region=PRODUCTS),
        )
        sandbox.confirm_subscription(PAGER)
        self.passes(minutes=15)  # what deploying changed has been told

    def aws(self, service: str, region: str = HOME) -> Any:
        return self.sandbox.client(service, region)

    def passes(self, *, minutes: float) -> None:
        self.sandbox.clock.advance(60 * minutes)

    def ringing(self) -> set[str]:
        """What rings of the trail."""
        found = self.aws("cloudwatch").describe_alarms(
            AlarmNamePrefix=self.prefix, StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = (*found["MetricAlarms"], *found["CompositeAlarms"])
        return {alarm["AlarmName"].removeprefix(f"{self.prefix}-") for alarm in alarms}

    def paged(self) -> list[dict[str, Any]]:
        """What has reached the pager."""
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/inbox"), timeout=60) as answer:
            told = json.loads(answer.read())["deliveries"]
        return [json.loads(one["message"]) for one in told if one["endpoint"] == PAGER]

    def happens(self, **record: Any) -> None:
        """Something that is no call of the sandbox's."""
        root = {"type": "Root", "arn": f"arn:aws:iam::{self.account}:root", "accountId": self.account}
        body = json.dumps({"records": [{"userIdentity": root, "awsRegion": HOME, **record}]}).encode()
        urlopen(Request(f"{self.sandbox.url}/_sandbox/trail", body, method="POST"), timeout=60).close()


@pytest.fixture
def watched(aws: Sandbox) -> Watched:
    return Watched(aws)


@pytest.mark.feature("M6", "M16")
def test_somebody_opens_a_security_group_and_it_rings_and_stops(watched: Watched) -> None:
    """In another region than the trail's home, and beside everything that deploying the stacks recorded."""
    assert "silent-critical" not in watched.ringing()
    watched.passes(minutes=90)
    assert watched.ringing() == set(), "a trail that records is not silent, though nobody does anything"
    ec2 = watched.aws("ec2", PRODUCTS)
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    watched.passes(minutes=7)
    assert watched.ringing() == {"security-group-changes-warning"}
    watched.passes(minutes=15)
    assert watched.ringing() == set()
    assert watched.paged() == [], "it is read in the morning"


def _unlocked(watched: Watched) -> None:
    backup = watched.aws("backup", PRODUCTS)
    backup.create_backup_vault(BackupVaultName="kept")
    backup.put_backup_vault_lock_configuration(BackupVaultName="kept", MinRetentionDays=1)
    backup.delete_backup_vault_lock_configuration(BackupVaultName="kept")


Act = Callable[[Watched], Any]

INCIDENTS: dict[str, tuple[Act, str]] = {
    "the root user signs in": (
        lambda w: w.happens(eventSource="signin.amazonaws.com", eventName="ConsoleLogin", eventType="AwsConsoleSignIn"),
        "root-use-critical",
    ),
    "a key is to be deleted": (
        lambda w: w.aws("kms", PRODUCTS).schedule_key_deletion(
            KeyId=w.aws("kms", PRODUCTS).create_key()["KeyMetadata"]["KeyId"]
        ),
        "key-deletion-critical",
    ),
    "the lock of backups is taken away": (_unlocked, "backup-tampering-critical"),
    "the trail is stopped": (
        lambda w: w.aws("cloudtrail").stop_logging(Name=w.prefix),
        "trail-tampering-critical",
    ),
}


@pytest.mark.feature("M16")
def test_signs_of_a_breach_page_once(watched: Watched) -> None:
    watched.passes(minutes=60)
    for number, (what, (act, rings)) in enumerate(INCIDENTS.items(), start=1):
        act(watched)
        watched.passes(minutes=7)
        assert {rings, "breached"} <= watched.ringing(), what
        pages = [one["AlarmName"] for one in watched.paged() if one["NewStateValue"] == "ALARM"]
        assert pages == [f"{watched.prefix}-breached"] * number, what
        watched.passes(minutes=30)
        assert "breached" not in watched.ringing() or what == "the trail is stopped", what


@pytest.mark.feature("S1")
def test_whoever_takes_on_the_break_glass_role_is_heard(watched: Watched) -> None:
    role = watched.aws("iam").get_role(RoleName="shop-prod-break-glass")["Role"]["Arn"]
    watched.aws("sts", PRODUCTS).assume_role(RoleArn=role, RoleSessionName="kim")
    watched.passes(minutes=1)
    (page,) = watched.paged()
    assert (page["AlarmName"], page["NewStateValue"]) == ("shop-prod-break-glass-taken-on", "ALARM")
    assert "user/sandbox has taken on shop-prod-break-glass at " in page["NewStateReason"]
    watched.aws("cloudtrail").stop_logging(Name=watched.prefix)
    watched.aws("sts", PRODUCTS).assume_role(RoleArn=role, RoleSessionName="kim")
    watched.passes(minutes=1)
    assert len(watched.paged()) == 1, "without a trail nobody is told: EventBridge has it from CloudTrail"
