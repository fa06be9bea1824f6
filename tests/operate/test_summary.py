"""The daily summary: what rings, what is stuck, what has no data, what has rung, and what was told nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.operate.summary import Rang, Summary, Unheard, summarize
from opslib.sandbox import Sandbox
from opslib.stack import Stack
from tests.conftest import REGION

pytestmark = pytest.mark.feature("M13")

ACCOUNT = "123456789012"
TOPICS = {tier: f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-prod-{tier}" for tier in ("warning", "critical")}
NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


@pytest.fixture
def stack(aws: Sandbox, document: dict[str, Any], put_alarms: Callable[[dict[str, Any]], None]) -> Stack:
    """shop/prod in a sandbox: two of its alarms have topics, one of which is not there."""
    put_alarms(document)
    document["topics"] = {tier: {REGION: arn} for tier, arn in TOPICS.items()}
    cloudwatch, sns = aws.client("cloudwatch", REGION), aws.client("sns", REGION)
    sns.create_topic(Name="shop-prod-warning")
    for name, tier in (("shop-prod-api-cpu", "warning"), ("shop-prod-api-5xx", "critical")):
        alarm = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        kept = (
            "Namespace",
            "MetricName",
            "Statistic",
            "Period",
            "EvaluationPeriods",
            "Threshold",
            "ComparisonOperator",
        )
        cloudwatch.put_metric_alarm(
            AlarmName=name, AlarmActions=[TOPICS[tier]], ActionsEnabled=True, **{key: alarm[key] for key in kept}
        )
    return Stack(StackOutputs.parse(document, source="test"), source="test", clients=Clients(REGION))


def turn(aws: Sandbox, name: str, state: str) -> None:
    aws.client("cloudwatch", REGION).set_alarm_state(AlarmName=name, StateValue=state, StateReason="by the test")


def test_what_rings_what_is_stuck_and_what_has_rung(aws: Sandbox, stack: Stack) -> None:
    aws.client("cloudwatch", REGION).delete_alarms(AlarmNames=["shop-prod-orders-storage"])
    turn(aws, "shop-prod-api-cpu", "ALARM")
    aws.clock.advance(30 * 3600)  # without samples it returns to INSUFFICIENT_DATA, and rings again
    for state in ("OK", "ALARM", "OK", "ALARM"):
        turn(aws, "shop-prod-api-cpu", state)
    turn(aws, "shop-prod-api-5xx", "ALARM")
    found = summarize(stack, now=aws.clock.now())

    assert (found.stack, found.complete) == ("shop/prod", True)
    assert {live.alarm.name for live in found.ringing} == {
        "shop-prod-api-cpu",
        "shop-prod-api-5xx",
        "shop-prod-api-down",
    }
    assert [live.alarm.name for live in found.missing] == ["shop-prod-orders-storage"]
    assert {live.alarm.name for live in found.blind} == {"shop-prod-site-down"}
    rang = {tier: [(one.name, one.times) for one in alarms] for tier, alarms in found.rang.items()}
    assert rang == {
        "emergency": [],
        "critical": [("shop-prod-api-5xx", 1)],
        "warning": [("shop-prod-api-cpu", 2)],  # and not what was 30 hours ago
        "info": [],
    }
    (unheard,) = found.unheard
    assert unheard.name == "shop-prod-api-5xx"
    assert "Topic does not exist" in unheard.says
    assert found.subject == "shop/prod: 3 ringing, 1 without data"


def test_what_rings_for_more_than_a_day_is_stuck(aws: Sandbox, stack: Stack) -> None:
    turn(aws, "shop-prod-api-5xx", "ALARM")
    now = aws.clock.now()
    assert summarize(stack, now=now + timedelta(hours=23)).stuck == ()
    found = summarize(stack, now=now + timedelta(hours=25))
    assert "shop-prod-api-5xx" in [live.alarm.name for live in found.stuck]
    assert "stuck" in found.subject
    assert found.rang["critical"] == (), "it rang before"
    assert "for 25 h" in found.text()
    assert "of them for more than a day" in found.text()


def test_all_is_well_is_said_in_one_line(stack: Stack, aws: Sandbox) -> None:
    cloudwatch = {region: aws.client("cloudwatch", region) for region in (REGION, "us-east-1")}
    for alarm in stack.outputs.alarms:
        if alarm.type == "metric":
            cloudwatch[alarm.region].set_alarm_state(AlarmName=alarm.name, StateValue="OK", StateReason="well")
    text = summarize(stack, now=aws.clock.now()).text()
    assert "All is well: nothing rings, and every alarm has data." in text
    assert "RINGS" not in text
    assert "critical  nothing" in text


def summary(**more: Any) -> Summary:
    given: dict[str, Any] = {
        **dict.fromkeys(("ringing", "blind", "missing", "muted", "unheard"), ()),
        "rang": {"critical": (), "warning": ()},
    }
    return Summary(stack="shop/prod", at=NOW, since=NOW - timedelta(hours=24), **given | more)


def test_a_mail_is_plain_words_in_the_readers_time() -> None:
    rang = Rang("shop-prod-api-degraded", "The service fails or is slow for users", 3, NOW - timedelta(hours=2))
    unheard = Unheard("shop-prod-x", NOW - timedelta(hours=1), "Failed to execute action")
    found = summary(rang={"critical": (rang,), "warning": ()}, unheard=(unheard,), complete=False)
    assert found.text("Europe/Berlin").split("\n") == [
        "shop/prod on 2026-11-21 07:30 (Europe/Berlin). Nothing rings; 1 not published.",
        "",
        "COULD NOT BE PUBLISHED: look at the topic's key and policy",
        "  2026-11-21 06:30  shop-prod-x  Failed to execute action",
        "",
        "RANG since 2026-11-20 07:30",
        "  critical  3 times",
        "                3 x shop-prod-api-degraded, last 2026-11-21 05:30  The service fails or is slow for users",
        "  warning   nothing",
        "",
        "There was more in the history than was read: the numbers are too small.",
        "",
    ]


def test_what_is_long_is_cut_and_says_so() -> None:
    many = tuple(Unheard(f"alarm-{n}", NOW, "Failed") for n in range(100))
    text = summary(unheard=many).text()
    assert text.count("alarm-") == 30
    assert "  and 70 more" in text
    assert len(summary().subject) <= 100


def test_a_machine_without_time_zones_tells_the_time_in_utc() -> None:
    assert "(UTC)" in summary().text("Nowhere/AtAll")


def test_it_reads_a_page_at_a_time_and_not_alarm_by_alarm(aws: Sandbox, stack: Stack) -> None:
    aws.reset_calls()
    summarize(stack, now=aws.clock.now())
    operations = [call.operation for call in aws.calls() if call.service == "cloudwatch"]
    assert operations.count("DescribeAlarmHistory") == 4, "two kinds of entries, in two regions"
    assert operations.count("DescribeAlarms") == 2
