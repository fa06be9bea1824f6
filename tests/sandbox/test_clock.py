from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

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
