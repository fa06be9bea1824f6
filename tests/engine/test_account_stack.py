"""The stack of an account, on the real engine, in the account in which a product's stack runs too."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from demo import stack_file
from demo.agreement import disagreements
from demo.deployment import engine_for
from demo.workload import workload_of
from opslib.contract import StackOutputs
from opslib.errors import DeploymentFailed
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Engine

ROOT_SIGNS_IN = {
    "eventVersion": "1.08",
    "userIdentity": {"type": "Root", "accountId": "210987654321", "arn": "arn:aws:iam::210987654321:root"},
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "eventType": "AwsConsoleSignIn",
    "awsRegion": "us-east-1",
    "responseElements": {"ConsoleLogin": "Success"},
}


@pytest.fixture
def shared() -> Any:
    """One account with what prod's stack watches in it."""
    prod, account = stack_file.read("prod"), stack_file.read("account")
    assert prod.account == account.account
    with Sandbox() as sandbox:
        sandbox.seed(workload_of(prod.config, region=prod.region, account=prod.account))
        sandbox.reset_calls()
        yield prod, account, sandbox


def assert_settled(engine: Engine, sandbox: Sandbox) -> None:
    """Nothing is left to do, and nothing has drifted."""
    sandbox.reset_calls()
    assert set(engine.up().counts) == {"same"}, "a second up has nothing to do"
    assert set(engine.refresh().counts) == {"same"}, "and refresh finds nothing"
    assert [call for call in sandbox.calls() if call.mutating] == []


@pytest.mark.feature("M23", "M21", "M22", "S4")
@pytest.mark.xdist_group("engine-account")
def test_the_stack_of_an_account_lives_beside_a_products(shared: Any) -> None:
    prod, account, sandbox = shared
    with engine_for(prod, sandbox) as of_product, engine_for(account, sandbox) as of_account:
        of_product.up()
        up = of_account.up()
        assert up.counts == {"create": up.counts["create"]}
        assert_settled(of_account, sandbox)
        assert_settled(of_product, sandbox)
        outputs = StackOutputs.parse(of_account.outputs(), source="pulumi stack output")
        assert disagreements(outputs, lambda service: sandbox.client(service, account.region)) == ()

        trail = sandbox.client("cloudtrail", "us-east-1").get_trail(Name="platform-account-trail")["Trail"]
        assert trail["IsMultiRegionTrail"]
        assert trail["LogFileValidationEnabled"]
        assert sandbox.client("cloudtrail", "us-east-1").get_trail_status(Name=trail["TrailARN"])["IsLogging"]
        for region in ("us-east-1", "eu-central-1"):
            texts = sandbox.client("sns", region).get_sms_attributes()["attributes"]
            assert texts["MonthlySpendLimit"] == "20"
        assert_a_root_sign_in_pages(sandbox, account)

        for engine in (of_account, of_product):
            with pytest.raises(DeploymentFailed) as refused:
                engine.destroy()
            assert "protect" in " ".join(refused.value.diagnostics)
        assert sandbox.client("s3", "us-east-1").list_buckets()["Buckets"], "what was recorded is kept"
        assert len(sandbox.client("backup", "eu-central-1").list_backup_vaults()["BackupVaultList"]) == 1


def assert_a_root_sign_in_pages(sandbox: Sandbox, account: stack_file.StackFile) -> None:
    """What the trail writes of a root sign-in is counted, rings, and reaches the pager once."""
    cloudwatch = sandbox.client("cloudwatch", "us-east-1")
    name = f"{account.config.prefix}-trail"

    def state(alarm: str, kind: str = "MetricAlarm") -> str:
        found = cloudwatch.describe_alarms(AlarmNames=[f"{name}-{alarm}"], AlarmTypes=[kind])[f"{kind}s"]
        return str(found[0]["StateValue"])

    for endpoint in account.secrets.values():
        sandbox.confirm_subscription(endpoint)
    # What deploying changed has been recorded, and is no sign of a breach.
    sandbox.clock.advance(600)
    assert state("root-use-critical") == "OK"
    body = json.dumps({"records": [ROOT_SIGNS_IN]}).encode()
    urlopen(Request(f"{sandbox.url}/_sandbox/trail", body, method="POST"), timeout=60).close()
    sandbox.clock.advance(600)
    assert state("root-use-critical") == "ALARM"
    assert state("breached", "CompositeAlarm") == "ALARM"
