"""The second half of the story: a bad release at night, and how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from urllib.request import ProxyHandler, build_opener

from demo.chapter import Chapter, NotObserved, Told, opened, require
from demo.stack_file import ROOT
from demo.workload import programs_of
from infra.config import NAMESPACE
from opslib import record, rollback
from opslib.procedure import Event
from opslib.procedure.open_journal import STATE_VARIABLE
from opslib.sandbox.behaviour.traffic.script import TrafficScript

__all__ = ["chapters", "start_traffic"]

SERVICE = "api"
DEPLOYER = "deployer"
QUIET_MINUTES = 50
"""Until what runs is known to be good: that takes half an hour of quiet alarms, and these need their first data."""

PATIENCE_MINUTES = 30
"""How long to wait for an alarm: the slowest of them needs a quarter of an hour of bad minutes."""

BAD_PERCENT = 35
"""Of the bad release's answers: enough for every alarm on errors, little enough to pass the health checks."""


def chapters() -> Iterator[Chapter]:
    """A night, in order."""
    yield Chapter("A quiet hour", _quiet)
    yield Chapter("A bad release", _release)
    yield Chapter("Somebody is woken", _alarm)
    yield Chapter("What a rollback would do", _dry_run)
    yield Chapter("Rolled back", _rollback)
    yield Chapter("Quiet again", _recovered)
    yield Chapter("The incident record", _record)


def start_traffic(told: Told) -> None:
    """Let people use the product: a while before anybody watches, so that nothing is silent when the alarms come."""
    told.sandbox.traffic(TrafficScript(programs=programs_of(told.stack.config)))
    told.sandbox.clock.advance(600)


def _quiet(told: Told) -> str:
    for endpoint in set(_endpoints(told)):
        told.sandbox.confirm_subscription(endpoint)  # the link in the message, clicked
    told.progress(f"{QUIET_MINUTES} minutes by the sandbox's clock")
    told.sandbox.clock.advance(QUIET_MINUTES * 60)
    ringing = _ringing(told)
    require(not ringing, f"without any cause these ring: {', '.join(sorted(ringing))}")
    points = rollback.points(opened(told), SERVICE, clock=told.sandbox.clock)
    require(points and points[0].verdict == "good", f"what runs is not known to be good: {points[:1]}")
    return f"no alarm rings; {points[0].name} is a rollback point: {points[0].why}"


def _release(told: Told) -> str:
    ecs = told.sandbox.client("ecs", told.stack.region, actor=DEPLOYER)
    service = told.stack.config.services[SERVICE]
    runs = ecs.describe_services(cluster=service.cluster, services=[service.service])["services"][0]
    good = ecs.describe_task_definition(taskDefinition=runs["taskDefinition"])["taskDefinition"]
    containers = json.loads(json.dumps(good["containerDefinitions"], default=str))
    containers[0]["image"] = f"{containers[0]['image'].rpartition(':')[0]}:1.1.0"
    containers[0]["dockerLabels"] = {"sandbox.errors_percent": str(BAD_PERCENT)}
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    bad = ecs.register_task_definition(
        containerDefinitions=containers, **{name: good[name] for name in kept if good.get(name)}
    )["taskDefinition"]
    ecs.update_service(cluster=service.cluster, service=service.service, taskDefinition=bad["taskDefinitionArn"])
    told.sandbox.clock.advance(240)
    runs = ecs.describe_services(cluster=service.cluster, services=[service.service])["services"][0]
    state = runs["deployments"][0]["rolloutState"]
    require(runs["taskDefinition"] == bad["taskDefinitionArn"], "the release was not deployed")
    name = f"{bad['family']}:{bad['revision']}"
    return f"{name} is deployed: ECS says {state}, the health checks pass, and {BAD_PERCENT}% of the answers are errors"


def _alarm(told: Told) -> str:
    for minute in range(1, PATIENCE_MINUTES + 1):
        told.sandbox.clock.advance(60)
        pages = [message for message in _inbox(told) if message["topic"].endswith("-critical")]
        if pages:
            names = ", ".join(sorted({page["alarm"] for page in pages}))
            return f"{minute + 4} min after the release, at the topic critical: {names} ({len(_ringing(told))} ring)"
    raise NotObserved("nobody was woken")


def _dry_run(told: Told) -> str:
    told.sandbox.reset_calls()
    prepared = rollback.plan_service(
        opened(told), SERVICE, reason="errors since 1.1.0", clock=told.sandbox.clock, environ=_environ(told)
    )
    seen = prepared.dry_run()
    changed = [call.operation for call in told.sandbox.calls() if call.mutating]
    require(not changed, f"a dry run changed something: {changed}")
    require(seen.exit_code == 0, "the rollback is not possible")
    told.lines = tuple(f"{item.step.part:<8}  {item.step.title:<58}  {_short(item.says)}" for item in seen.foreseen)
    calls = sum(item.call is not None for item in seen.foreseen)
    return f"{calls} calls, none of them made; back to {_name(seen.plan.context['to'])}: {seen.plan.context['why']}"


def _rollback(told: Told) -> str:
    lines: list[str] = []

    def heard(event: Event) -> None:
        told.progress(event.says)
        if event.kind in ("call", "done"):
            lines.append(f"{event.kind:<8}  {_short(event.says)}")

    prepared = rollback.plan_service(
        opened(told), SERVICE, reason="errors since 1.1.0", clock=told.sandbox.clock, environ=_environ(told)
    )
    began = told.sandbox.clock.now()
    told.outcome = prepared.run(heard)
    told.lines = tuple(lines)
    minutes = (told.sandbox.clock.now() - began).total_seconds() / 60
    require(told.outcome.exit_code == 0, told.outcome.ending.says)
    violations = told.sandbox.violations()
    require(not violations, f"on the way: {violations[:1]}")
    back = _name(prepared.plan.context["to"])
    return f"{back} serves and its alarms are quiet, after {minutes:.0f} min by the sandbox's clock"


def _recovered(told: Told) -> str:
    told.sandbox.clock.advance(900)
    ringing = _ringing(told)
    require(not ringing, f"these still ring: {', '.join(sorted(ringing))}")
    told_of = sorted({message["alarm"] for message in _inbox(told) if message["topic"].endswith("-recovery")})
    require(told_of, "nobody was told that it is over")
    return f"no alarm rings; at the topic recovery: {', '.join(told_of)}"


def _record(told: Told) -> str:
    require(told.outcome, "nothing was rolled back")
    assert told.outcome is not None  # noqa: S101  # required above
    bench = rollback.Workbench.open(opened(told), clock=told.sandbox.clock, environ=_environ(told))
    found = record.incident(bench.opened.journal, told.outcome.plan.id)
    page = told.build / "incident.html"
    page.write_text(record.render_html(found), encoding="utf-8")
    (told.build / "incident.md").write_text(record.render_markdown(found), encoding="utf-8")
    return f"{os.path.relpath(page, ROOT)}: who, why, every step and call, before and after"


def _endpoints(told: Told) -> Iterator[str]:
    for _, route in told.stack.config.alerting.routes():
        if route.protocol == "slack":  # a function of the stack's own listens there
            continue
        yield route.endpoint or told.stack.secrets[f"{NAMESPACE}:{route.endpoint_secret}"]


def _ringing(told: Told) -> set[str]:
    return {live.alarm.name for live in opened(told).alarm_states() if live.state == "ALARM"}


def _inbox(told: Told) -> list[dict[str, str]]:
    """The messages that arrived, as topic and alarm."""
    with build_opener(ProxyHandler({})).open(f"{told.sandbox.url}/_sandbox/inbox", timeout=30) as answer:
        deliveries = json.load(answer)["deliveries"]
    found = []
    for delivery in deliveries:
        try:
            alarm = json.loads(delivery["message"]).get("AlarmName", "")
        except ValueError:  # an e-mail is for people
            continue
        found.append({"topic": delivery["topic_arn"], "alarm": alarm})
    return found


def _environ(told: Told) -> dict[str, str]:
    return {**os.environ, STATE_VARIABLE: str(told.build / "state")}


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
