"""An outage inside a window, in an AWS account in a box: who is paged, when it ends, and what is said of recovery."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra.assembly.maintenance import maintenance
from infra.components.alarms import StackAlarms, WorkloadAlarms
from infra.components.maintenance import Maintenance
from infra.config import StackConfig
from infra.model import Monitoring, monitoring
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.shop import TOPICS
from tests.infra.test_maintenance import PATCHES

pytestmark = pytest.mark.feature("M17")

SERVICES = ("api", "web")
Told = tuple[str, str, str]
"""Tier, alarm, state."""


class Shop:
    """Two services that each page for themselves, their emergency, and their windows."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.cloudwatch = sandbox.client("cloudwatch", REGION)
        self._heard: Counter[Told] = Counter()
        for arn in TOPICS.values():
            sandbox.client("sns", REGION).create_topic(Name=str(arn).rpartition(":")[2])

    def up(self, windows: dict[str, Any], now: datetime | None = None) -> Monitoring:
        """`pulumi up` without an engine.

        Args:
            windows: The stack's calendar.
            now: When it is done; None: now.
        """
        written = {
            "product": "shop",
            "environment": "prod",
            "services": {key: {"cluster": "shop", "service": key} for key in SERVICES},
            "maintenance": {"windows": windows},
        }
        config = StackConfig.parse(written, source="test")
        model = monitoring(config, region=REGION, now=now or self.sandbox.clock.now())

        def main() -> None:
            workloads = {key: WorkloadAlarms(key, self._workload(config, key)) for key in SERVICES}
            of_stack = {"composites": model.of_stack, "alarms": model.stack_alarms}
            whole = StackAlarms("stack", {**of_stack, "workloads": list(workloads.values()), "topics": TOPICS})
            arns = {**whole.arns, **{name: arn for one in workloads.values() for name, arn in one.arns.items()}}
            Maintenance("maintenance", maintenance(model, arns, {}))

        provider = StandInProvider(endpoint_url=self.sandbox.url, region=REGION)
        run_program(main, project="shop", stack="test", config={"aws:region": REGION}, provider=provider)
        return model

    def _workload(self, config: StackConfig, key: str) -> Any:
        identifiers = config.identifiers(key)
        return {"kind": "ecs_service", "key": key, "prefix": "shop-prod", "identifiers": identifiers, "topics": TOPICS}

    def minutes(self, count: int, *alive: str, **values: float) -> None:
        """Some minutes in which these services publish their CPU, and the others are silent."""
        for _ in range(count):
            samples = [
                {
                    "namespace": "AWS/ECS",
                    "name": "CPUUtilization",
                    "value": values.get(key, 20.0),
                    "region": REGION,
                    "dimensions": {"ClusterName": "shop", "ServiceName": key},
                }
                for key in alive
            ]
            if samples:
                self._ask("POST", "metrics", {"samples": samples})
            now = self.sandbox.clock.now()
            self.until(now.replace(second=0, microsecond=0) + timedelta(minutes=1, seconds=4))

    def until(self, moment: datetime) -> None:
        self.sandbox.clock.advance((moment - self.sandbox.clock.now()).total_seconds())

    def told(self) -> Counter[Told]:
        """What was said at which tier's topic since this was last asked."""
        pages = self.cloudwatch.get_paginator("describe_alarm_history").paginate(
            HistoryItemType="Action", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        said: Counter[Told] = Counter()
        for item in (item for page in pages for item in page["AlarmHistoryItems"]):
            data = json.loads(item["HistoryData"])
            tier = data["notificationResource"].rpartition("-")[2]
            state = json.loads(data["publishedMessage"])["NewStateValue"]
            said[tier, item["AlarmName"].removeprefix("shop-prod-"), state] += 1
        new, self._heard = said - self._heard, said
        return new

    def rang(self) -> Counter[Told]:
        """The same without what says that it is well again."""
        return Counter({one: count for one, count in self.told().items() if one[2] == "ALARM"})

    def _ask(self, method: str, route: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/{route}", data, method=method), timeout=120) as answer:
            return json.loads(answer.read() or b"null")


def in_a_while(sandbox: Sandbox, minutes: int) -> datetime:
    return sandbox.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=minutes)


@pytest.fixture
def shop(aws: Sandbox) -> Shop:
    """Deployed, healthy for a quarter of an hour, and now in a window of half an hour that occurs every week."""
    shop = Shop(aws)
    start = in_a_while(aws, 15)
    shop.up({"night": {"days": f"{start:%A}", "start": f"{start:%H:%M}", "minutes": 30}})
    shop.minutes(15, *SERVICES)
    assert shop.rang() == {}
    return shop


PAGE = ("critical", "api-unavailable", "ALARM")
WELL = {("critical", "api-unavailable", "OK"): 1, ("recovery", "api-unavailable", "OK"): 1}


def test_an_outage_that_is_over_before_the_window_is_wakes_nobody(shop: Shop) -> None:
    shop.minutes(8, "web")
    shop.minutes(10, *SERVICES)
    assert shop.told() == {}
    shop.minutes(20, *SERVICES)
    assert shop.told() == {}, "nor when the window ends: neither the outage nor its end is told"
    shop.minutes(8, "web")
    assert shop.rang() == {PAGE: 1}, "after the window everything is as always"


def test_what_is_still_broken_when_the_window_ends_pages_once_and_its_recovery_is_told(shop: Shop) -> None:
    shop.minutes(28, "web")
    assert shop.told() == {}
    shop.minutes(5, "web")
    assert shop.told() == {PAGE: 1}
    shop.minutes(10, "web")
    assert shop.told() == {}, "once"
    shop.minutes(10, *SERVICES)
    assert shop.told() == WELL


def test_an_emergency_pages_in_the_window_and_nothing_else_does(shop: Shop) -> None:
    shop.minutes(10)
    assert shop.told() == {("emergency", "emergency", "ALARM"): 1}
    shop.minutes(10, *SERVICES)
    assert shop.told() == {("emergency", "emergency", "OK"): 1, ("recovery", "emergency", "OK"): 1}


def test_what_rang_before_a_window_does_not_ring_again_after_it(shop: Shop) -> None:
    """Only what began to ring inside is kept for the end of the window."""
    week = timedelta(days=7) - timedelta(minutes=20)
    shop.minutes(2, *SERVICES)
    shop.until(shop.sandbox.clock.now() + week)
    shop.minutes(10, *SERVICES)
    shop.told()
    shop.minutes(8, "web")
    assert shop.rang() == {PAGE: 1}
    shop.minutes(40, "web")
    assert shop.told() == {}, "the window is over"
    shop.minutes(10, *SERVICES)
    assert shop.told() == WELL


def test_what_mutes_names_alarms_of_the_stack_and_none_of_autoscaling(shop: Shop) -> None:
    listed = shop.cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert [rule["AlarmMuteRuleArn"].rpartition(":")[2] for rule in listed] == ["shop-prod-mute-night"]
    assert listed[0]["Status"] == "ACTIVE"
    names = shop.cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="shop-prod-mute-night")["MuteTargets"]["AlarmNames"]
    alarms = shop.cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100)
    acting = {
        alarm["AlarmName"]
        for kind in ("MetricAlarms", "CompositeAlarms")
        for alarm in alarms[kind]
        if alarm["AlarmActions"] and alarm["AlarmName"] != "shop-prod-emergency"
    }
    assert set(names) == acting


@pytest.mark.parametrize(("deployed_days_ago", "state"), [(0, "OK"), (120, "ALARM")])
def test_the_horizon_rings_where_nobody_has_deployed_for_months(
    aws: Sandbox, deployed_days_ago: int, state: str
) -> None:
    shop = Shop(aws)
    shop.up({"patch-days": PATCHES}, aws.clock.now() - timedelta(days=deployed_days_ago))
    shop.minutes(2, *SERVICES)
    shop.until(aws.clock.now() + timedelta(minutes=61))
    shop.minutes(2, *SERVICES)
    found = shop.cloudwatch.describe_alarms(AlarmNames=["shop-prod-maintenance-horizon"])["MetricAlarms"]
    assert [alarm["StateValue"] for alarm in found] == [state]
    assert found[0]["AlarmActions"] == [TOPICS["warning"]]
