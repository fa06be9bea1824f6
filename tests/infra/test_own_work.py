"""What the stack does itself is watched like any workload: it fails in the sandbox, and somebody is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import program
from infra.config import StackConfig
from infra.kinds.watch import Watched
from infra.model import Monitoring, monitoring
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from tests.infra.outages import ACCOUNT, HEALTHY, PRODUCT, REGION, Shop

pytestmark = pytest.mark.feature("M12", "M16", "M25")

HANDLERS = Path(__file__).parents[1] / "sandbox" / "behaviour" / "functions"
CHAT = {"protocol": "slack", "endpointSecret": "chatUrl"}
ALERTING = {
    **PRODUCT["alerting"],
    "critical": [*PRODUCT["alerting"]["critical"], CHAT],
    "fallback": [{"protocol": "email", "endpoint": "lead@other.example"}],
    "summary": {"at": "07:30", "zone": "Europe/Berlin"},
}
SECRETS = {
    "opslib:pagerUrl": "https://pager.example/x",
    "opslib:chatUrl": "https://chat.example/x",
    "opslib:oncallPhone": "+4915112345678",
}


def written(mode: str = "act", alerting: dict[str, Any] = ALERTING) -> dict[str, Any]:
    return {**PRODUCT, "alerting": alerting, "autoRollback": {"mode": mode}}


def model(mode: str = "act", alerting: dict[str, Any] = ALERTING) -> Monitoring:
    return monitoring(StackConfig.parse(written(mode, alerting), source="test"), region=REGION)


class Own(Shop):
    """The shop with all that opslib does by itself."""

    def breaks(self, function: str) -> None:
        """Let every call of a function fail from now on."""
        self._runs(function, "handlers_for_tests:fail")

    def mends(self, function: str) -> None:
        """Let it do nothing, well."""
        self._runs(function, "handlers_for_tests:nap")

    def _runs(self, function: str, handler: str) -> None:
        wanted = {"function_name": f"shop-prod-{function}", "handler": handler, "path": str(HANDLERS)}
        self._ask("POST", "handlers", wanted)

    def empties(self, queue: str) -> None:
        """Somebody has looked at what is in a queue, and empties it."""
        sqs = self.sandbox.client("sqs", REGION)
        sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=f"shop-prod-{queue}")["QueueUrl"])

    def mails(self) -> list[tuple[str, str, str]]:
        """Address, topic and alarm of each mail since the last time; what has stopped with a minus."""
        found = []
        for one in self._ask("GET", "inbox")["deliveries"]:
            if one["protocol"] == "email" and '"AlarmName"' in one["message"]:
                name = one["message"].split('"AlarmName":"shop-prod-')[1].split('"')[0]
                state = "" if '"NewStateValue":"ALARM"' in one["message"] else "-"
                found.append((one["endpoint"].split("@")[0], one["topic_arn"].rpartition("-")[2], state + name))
        self._ask("DELETE", "inbox")
        return found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def deployed(sandbox: Sandbox) -> Own:
    """A healthy product with all of it, an hour and more after its first deployment."""
    shop = Own(sandbox, written(), SECRETS)
    sandbox.traffic(HEALTHY)
    shop.passes(65)
    shop.becomes_quiet()
    told = shop.told()
    assert (told.rang, told.stopped, told.other) == ({}, {}, []), "a new stack's first hour is silent"
    return shop


@pytest.fixture
def own(deployed: Own) -> Iterator[Own]:
    """The same, whole before a test and after it."""
    yield deployed
    for function in ("recorder", "auto-rollback", "slack-chatUrl"):
        deployed.mends(function)
        deployed.empties(f"{function}-failed")
    deployed.passes(75)
    assert deployed.ringing() == set()
    deployed.told()


def of_ours(told: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """What was told of what the stack does itself."""
    return {who: n for who, n in told.items() if who[1].startswith(("opslib-", "alerting-"))}


def test_a_recorder_that_fails_is_told_to_the_warnings_and_that_it_works_again(own: Own) -> None:
    own.breaks("recorder")
    own.passes(70)
    names = {"opslib-function-failing-recorder-warning", "opslib-given-up-recorder-warning"}
    assert of_ours(own.told().rang) == {("mail", name): 1 for name in names}, "each once, and nobody is woken"
    own.mends("recorder")
    own.empties("recorder-failed")
    own.passes(30)
    assert of_ours(own.told().stopped) == {("mail", name): 1 for name in names}


def test_a_recorder_that_is_no_longer_called_is_told(own: Own) -> None:
    events = own.sandbox.client("events", REGION)
    events.disable_rule(Name="shop-prod-recorder-hourly")
    own.passes(4 * 60)
    assert of_ours(own.told().rang) == {("mail", "opslib-silent-warning"): 1}
    events.enable_rule(Name="shop-prod-recorder-hourly")
    own.passes(70)
    assert of_ours(own.told().stopped) == {("mail", "opslib-silent-warning"): 1}


def test_an_automatic_rollback_that_cannot_act_pages(own: Own) -> None:
    own.breaks("auto-rollback")
    pattern = own.sandbox.client("events", REGION).describe_rule(Name="shop-prod-auto-rollback")["EventPattern"]
    (trigger, *_) = json.loads(pattern)["detail"]["alarmName"]
    cloudwatch = own.sandbox.client("cloudwatch", REGION)
    cloudwatch.set_alarm_state(AlarmName=trigger, StateValue="ALARM", StateReason="the test")
    own.passes(30)
    told = own.told()
    names = {("pager", "opslib-helpless"), ("mail", "opslib-function-failing-auto-rollback-warning")}
    assert of_ours(told.rang) == dict.fromkeys(names, 1), "one page"
    assert of_ours(told.stopped).get(("pager", "opslib-helpless"), 0) == 0, "it does not end while somebody gets up"
    own.mends("auto-rollback")
    own.passes(45)
    names |= {("mail", "opslib-helpless")}  # who reads the recoveries
    assert of_ours(told.stopped + own.told().stopped) == dict.fromkeys(names, 1)


def test_what_carries_messages_is_told_by_the_other_way_alone(own: Own) -> None:
    own.breaks("slack-chatUrl")
    alarm, cloudwatch = "shop-prod-hooks-failing", own.sandbox.client("cloudwatch", REGION)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    own.passes(20)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="test")
    names = ["alerting-function-failing-chatUrl-warning", "alerting-given-up-chatUrl-warning"]
    found = [mail for mail in own.mails() if mail[2].startswith("alerting-")]
    assert sorted(found) == [("lead", "fallback", name) for name in names]


def test_a_summary_that_is_not_made_for_a_day_is_told_by_the_other_way() -> None:
    alone = {**{key: PRODUCT[key] for key in ("product", "environment", "functions")}, "alerting": ALERTING}
    with Sandbox() as sandbox:
        shop = Own(sandbox, alone, SECRETS)
        schedules = sandbox.client("scheduler", REGION)
        there = schedules.get_schedule(Name="shop-prod-summary")
        wanted = {name: there[name] for name in ("ScheduleExpression", "Target", "FlexibleTimeWindow")}
        shop.passes(28 * 60)
        assert not [mail for mail in shop.mails() if "not-called" in mail[2]], "it comes every day"
        schedules.update_schedule(Name="shop-prod-summary", State="DISABLED", **wanted)
        shop.passes(29 * 60)
        assert ("lead", "fallback", "alerting-not-called-warning") in shop.mails()


@pytest.mark.parametrize(
    ("mode", "pages"),
    [("off", set()), ("propose", set()), ("act", {"not-done-auto-rollback-critical", "not-begun-critical"})],
)
def test_it_pages_only_where_it_acts(mode: str, pages: set[str]) -> None:
    watched = model(mode).watched["opslib"]
    assert {alarm.key for alarm in watched.alarms if alarm.paged_by} == pages
    assert [composite.key for composite in watched.composites] == (["helpless"] if pages else [])
    others = {alarm.key for alarm in watched.alarms} - pages
    assert all(key.endswith("-warning") for key in others)
    assert ("given-up-unheard-warning" in others) == (mode == "propose")


@pytest.mark.parametrize("tier", ["info", "warning"])
def test_its_function_tells_the_tier_that_is_asked_for(tier: str) -> None:
    asked = {} if tier == "info" else {"tier": tier}
    stack = {"aws:region": REGION, "aws:allowedAccountIds": [ACCOUNT]}
    values = written("propose") | {"autoRollback": {"mode": "propose", **asked}}
    stack |= {f"opslib:{key}": value for key, value in values.items()}
    ran = run_program(
        program.main, project="opslib", stack="prod", config={**stack, **SECRETS}, secret_keys=tuple(SECRETS)
    )
    of_it = [
        one.inputs["environment"]["variables"]
        for one in ran.resources
        if one.token == "aws:lambda/function:Function" and one.inputs["name"] == "shop-prod-auto-rollback"
    ]
    assert [variables["OPSLIB_NOTIFY_TIER"] for variables in of_it] == [tier]


def test_no_window_mutes_what_the_stack_does_itself() -> None:
    windows = {"windows": {"sunday": {"days": ["Sun"], "start": "02:00", "minutes": 60}}}
    found = monitoring(StackConfig.parse({**written(), "maintenance": windows}, source="test"), region=REGION)
    muted = {name for mute in found.mutes for name in mute.alarms}
    assert muted
    assert not [name for name in muted if "-opslib-" in name or "-alerting-" in name]


def test_without_a_fallback_its_functions_are_watched_all_the_same() -> None:
    without = {key: value for key, value in ALERTING.items() if key != "fallback"}
    (alerting,) = model(alerting=without).own
    assert {alarm.key for alarm in alerting.alarms} == {
        *(f"{row}-{name}-warning" for row in ("function-failing", "given-up") for name in ("chatUrl", "summary")),
        "not-called-warning",
    }
    assert model(alerting=PRODUCT["alerting"]).own == ()


def test_everything_that_is_watched_is_something_that_was_made(own: Own) -> None:
    """Names of what a component makes stand in two places: they are the same."""
    made = {
        "function": {one["FunctionName"] for one in own.sandbox.client("lambda", REGION).list_functions()["Functions"]},
        "rule": {one["Name"] for one in own.sandbox.client("events", REGION).list_rules()["Rules"]},
        "topic": {
            one["TopicArn"].rpartition(":")[2] for one in own.sandbox.client("sns", REGION).list_topics()["Topics"]
        },
        "failed_queue": {
            url.rpartition("/")[2] for url in own.sandbox.client("sqs", REGION).list_queues()["QueueUrls"]
        },
        "state_machine": {
            one["stateMachineArn"]
            for one in own.sandbox.client("stepfunctions", REGION).list_state_machines()["stateMachines"]
        },
    }
    made |= {"daily_function": made["function"], "hourly_function": made["function"], "daily_topic": made["topic"]}
    made |= {"unheard_queue": made["failed_queue"]}
    outputs = own.ran.outputs["watched"]["opslib"]["identifiers"]
    assert outputs["state_machine.auto-rollback"].split(":")[4] == ACCOUNT
    (alerting,) = model().own
    known: dict[str, str] = {**model().identifiers[alerting.subject.key], **outputs}
    assert {name: value for name, value in known.items() if value not in made[name.partition(".")[0]]} == {}


def test_its_alarms_lead_to_its_own_page(own: Own) -> None:
    watched: Watched = model().watched["opslib"]
    assert {alarm.runbook.partition("#")[0] for alarm in watched.alarms} == {"docs/runbooks/automation.md"}
    shown = own.sandbox.client("cloudwatch", REGION).get_dashboard(DashboardName=f"shop-prod-detailed-{REGION}")
    for title in ("opslib: executions that end badly", "alerting: calls that fail"):
        assert title in shown["DashboardBody"]
