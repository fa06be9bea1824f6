from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opslib.errors import BadRequest
from opslib.sandbox import Sandbox

READER = """
import sys
from opslib.sandbox import Sandbox
print(Sandbox.attach(sys.argv[1]).clock.now().isoformat())
"""


def test_an_unturned_clock_is_the_machines():
    with Sandbox() as fresh:
        assert abs(fresh.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_turning_it_moves_what_another_process_reads(account):
    before = account.clock.now()
    after = account.clock.advance(3 * 3600)
    read = subprocess.run(
        [sys.executable, "-c", READER, account.url], capture_output=True, text=True, check=True, timeout=60
    )
    seen = datetime.fromisoformat(read.stdout.strip())
    assert after - before >= timedelta(hours=3)
    assert timedelta() <= seen - after < timedelta(minutes=5)


def test_timestamps_that_moto_writes_follow_it(account, aws):
    dynamodb, cloudwatch = aws("dynamodb"), aws("cloudwatch")

    def create(name: str) -> datetime:
        keys = {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        return dynamodb.create_table(TableName=name, **keys)["TableDescription"]["CreationDateTime"]

    first = create("first")
    account.clock.advance(86_400)
    second = create("second")
    assert timedelta(days=1) <= second - first < timedelta(days=1, minutes=5)
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    modified = cloudwatch.list_dashboards()["DashboardEntries"][0]["LastModified"]
    assert abs(modified - account.clock.now()) < timedelta(minutes=5)


def test_a_long_turn_takes_longer_than_one_request_may(account, aws, monkeypatch):
    home = Path(__file__).parent / "behaviour" / "functions"
    message = {"function_name": "slow", "handler": "handlers_for_tests:nap", "path": str(home)}
    request = urllib.request.Request(f"{account.url}/_sandbox/handlers", json.dumps(message).encode())
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    function = aws("lambda").create_function(
        FunctionName="slow", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": b""}
    )["FunctionArn"]
    aws("events").put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    aws("events").put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": function}])
    monkeypatch.setattr("opslib.sandbox.sandbox.CONTROL_SECONDS", 2.0)
    before, started = account.clock.now(), time.monotonic()
    after = account.clock.advance(12.5 * 3600)
    assert time.monotonic() - started > 2.0, "twelve handlers, 0.2 s each"
    assert timedelta(hours=12.5) <= after - before < timedelta(hours=12.5, minutes=1)


def test_it_runs_on_after_a_turn(account):
    turned = account.clock.advance(60)
    assert account.clock.now() > turned


def test_it_never_turns_back(account):
    with pytest.raises(BadRequest, match="only turns forward"):
        account.clock.advance(-1)


def test_a_reset_leaves_it(account):
    turned = account.clock.advance(3600)
    account.reset()
    assert account.clock.now() >= turned
