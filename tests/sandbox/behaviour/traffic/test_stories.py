"""The staging stack's own alarms over a product under load: quiet while it is well, and telling when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from demo.deployment import run_in_process
from demo.stack_file import StackFile
from demo.workload import programs_of
from opslib.sandbox import Sandbox

CLUSTER = "parcel-staging"
TRACKING = "TargetTracking-"
HANDLERS = Path(__file__).parents[1] / "functions"
PAGER = "https://pager.example/integration/c0ffee5ec2e7"


@dataclass
class Product:
    """The staging product under load, with its stack over it."""

    sandbox: Sandbox
    ask: Callable[..., Any]
    region: str

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, self.region)

    def confirm_pager(self) -> None:
        """Confirm what the pager was subscribed to; subscribing again gives the subscription that is there."""
        sns = self.client("sns")
        listed = [
            found for page in sns.get_paginator("list_subscriptions").paginate() for found in page["Subscriptions"]
        ]
        for found in listed:
            if found["Endpoint"] == PAGER:
                wanted = {"TopicArn": found["TopicArn"], "Protocol": "https", "Endpoint": PAGER}
                self.sandbox.confirm_subscription(
                    sns.subscribe(**wanted, ReturnSubscriptionArn=True)["SubscriptionArn"]
                )

    def alarms(self) -> dict[str, str]:
        """The state of every alarm of the stack's own."""
        pages = (
            self.client("cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        found = [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page[kind]]
        return {
            alarm["AlarmName"]: alarm["StateValue"] for alarm in found if not alarm["AlarmName"].startswith(TRACKING)
        }

    def troubles(self) -> set[str]:
        """The alarms that are in ALARM, without the stack's prefix.

        How far ahead the windows are written down counts from this machine's clock; the account's was turned by others.
        """
        ringing = {name.removeprefix(f"{CLUSTER}-") for name, state in self.alarms().items() if state == "ALARM"}
        return ringing - {"maintenance-horizon"}

    def minutes_until(self, alarm: str, state: str, most: int) -> int:
        """Let minutes pass until an alarm is in a state, and say how many."""
        cloudwatch, name = self.client("cloudwatch"), f"{CLUSTER}-{alarm}"
        for minutes in range(most + 1):
            found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            if (found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"] == state:
                return minutes
            self.sandbox.clock.advance(60)
        raise AssertionError(f"{alarm} is not {state} after {most} minutes; in ALARM are {self.troubles()}")

    def pages(self, alarm: str) -> list[tuple[str, str]]:
        """The states of which the pager was told, and in which order: from and to."""
        deliveries = self.ask("GET", "/inbox")["deliveries"]
        told = [json.loads(found["message"]) for found in deliveries if found["endpoint"] == PAGER]
        name = f"{CLUSTER}-{alarm}"
        return [(found["OldStateValue"], found["NewStateValue"]) for found in told if found["AlarmName"] == name]

    def changes(self, since: datetime) -> list[str]:
        """The changes of state of the stack's own alarms."""
        pages = (
            self.client("cloudwatch")
            .get_paginator("describe_alarm_history")
            .paginate(HistoryItemType="StateUpdate", StartDate=since, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        items = [item for page in pages for item in page["AlarmHistoryItems"]]
        return [
            f"{item['AlarmName']}: {item['HistorySummary']}"
            for item in items
            if not item["AlarmName"].startswith(TRACKING)
        ]

    def release(self, service: str, **labels: str) -> str:
        """Register the running revision anew with other labels, and roll it out; gives the one that ran."""
        ecs = self.client("ecs")
        before: str = ecs.describe_services(cluster=CLUSTER, services=[service])["services"][0]["taskDefinition"]
        definition = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
        container = {**definition["containerDefinitions"][0], "dockerLabels": labels}
        registered = ecs.register_task_definition(
            **{key: definition[key] for key in ("family", "networkMode", "requiresCompatibilities", "cpu", "memory")},
            containerDefinitions=[container],
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(cluster=CLUSTER, service=service, taskDefinition=registered)
        return before


@pytest.fixture
def product(account: Sandbox, staging: StackFile, ask: Any) -> Product:
    """A product that has run for a while when its stack is deployed, and a quarter of an hour later."""
    ask("POST", "/traffic", {"programs": [program.model_dump() for program in programs_of(staging.config)]})
    account.clock.advance(300)
    run_in_process(staging, account)
    # There is no chat here that would take what is told.
    chat = {"function_name": f"{CLUSTER}-slack-chatUrl", "handler": "handlers_for_tests:nap", "path": str(HANDLERS)}
    ask("POST", "/handlers", chat)
    found = Product(account, ask, staging.region)
    found.confirm_pager()
    account.clock.advance(900)
    assert found.troubles() == set()
    return found


def test_a_healthy_hour_leaves_every_alarm_quiet(product: Product) -> None:
    since = product.sandbox.clock.now()
    product.sandbox.clock.advance(3600)
    states = product.alarms()
    learning = {name for name, state in states.items() if state == "INSUFFICIENT_DATA"}
    slow = {name for name in learning if not name.endswith(("-unusual-traffic-info", "-opslib-silent-warning"))}
    assert {name for name in slow if "-backups-" not in name} == set(), "two and three hours are what they learn from"
    assert product.troubles() == set()
    assert product.changes(since) == []


def test_a_bad_release_shows_in_the_alarms_and_a_good_one_ends_them(product: Product) -> None:
    good = product.release("api", **{"sandbox.errors_percent": "40"})
    # A rollout takes two minutes; from then on 40% fail, and five minutes over 5% are the alarm's definition.
    minutes = product.minutes_until("api-errors-critical", "ALARM", most=2 + 5)
    assert minutes >= 1
    assert {"api-errors-warning", "api-degraded"} <= product.troubles()
    # Half of the balancer's requests are api's: 20% of them fail.
    product.minutes_until("public-failing", "ALARM", most=2)
    assert not {name for name in product.troubles() if "silent" in name or "unavailable" in name}
    assert product.pages("outage-public") == [("OK", "ALARM")]
    product.client("ecs").update_service(cluster=CLUSTER, service="api", taskDefinition=good)
    product.minutes_until("api-degraded", "OK", most=2 + 5 + 5)
    product.minutes_until("api-errors-warning", "OK", most=5)
    product.sandbox.clock.advance(600)
    assert product.pages("outage-public") == [("OK", "ALARM"), ("ALARM", "OK")]
    assert product.troubles() == set()


def test_a_slow_release_shows_in_the_response_time(product: Product) -> None:
    product.release("web", **{"sandbox.latency_seconds": "4"})
    product.minutes_until("web-response-critical", "ALARM", most=2 + 5)
    assert {"web-response-warning", "web-degraded"} <= product.troubles()
    assert not {name for name in product.troubles() if name.startswith("api-")}
    assert "web-errors-critical" not in product.troubles()


def test_a_service_scaled_to_nothing_is_silent_and_unavailable(product: Product) -> None:
    # Autoscaling would bring it back up to its minimum.
    product.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="ecs", ResourceId=f"service/{CLUSTER}/web", ScalableDimension="ecs:service:DesiredCount"
    )
    product.client("ecs").update_service(cluster=CLUSTER, service="web", desiredCount=0)
    # Targets drain for five minutes while their tasks still run; silence is five more, and CloudWatch looks at two
    # periods beyond those before it takes points for missing.
    minutes = product.minutes_until("web-silent-critical", "ALARM", most=5 + 5 + 3)
    assert minutes >= 5
    assert {"web-unavailable", "web-no-healthy-targets-critical", "public-no-target-warning"} <= product.troubles()
    assert product.pages("outage-public") == [("OK", "ALARM")]
    assert "api-unavailable" not in product.troubles()
    product.client("ecs").update_service(cluster=CLUSTER, service="web", desiredCount=2)
    product.minutes_until("web-unavailable", "OK", most=5)


def test_a_stopped_database_is_silent_and_takes_the_services_with_it(product: Product) -> None:
    product.client("rds").stop_db_instance(DBInstanceIdentifier="parcel-staging-orders")
    product.minutes_until("orders-silent-critical", "ALARM", most=5 + 3)
    assert {"orders-unavailable", "api-errors-critical", "web-errors-critical"} <= product.troubles()
    assert product.pages("outage-public") == [("OK", "ALARM")]
    product.client("rds").start_db_instance(DBInstanceIdentifier="parcel-staging-orders")
    product.minutes_until("orders-unavailable", "OK", most=5 + 3)  # it is starting for five minutes


def test_a_load_that_rises_scales_the_service_out(product: Product) -> None:
    # Three minutes above 70% are target tracking's alarm; 1,800 requests a minute are 100% of two tasks.
    flows = [{}, {"of": "/api/*", "requests_per_minute": 1_900}]
    product.ask("POST", "/traffic", product.ask("GET", "/traffic")["script"] | {"flows": flows})
    ecs = product.client("ecs")

    def running() -> int:
        return int(ecs.describe_services(cluster=CLUSTER, services=["api"])["services"][0]["runningCount"])

    product.sandbox.clock.advance(60 * 20)
    assert running() > 2
    product.sandbox.clock.advance(60 * 10)
    assert product.troubles() == set()
