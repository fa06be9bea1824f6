"""The chapters of the demo: each does something, observes it in the account, and says what it saw."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from demo import deployment, incident, page, stack_file
from demo.agreement import disagreements
from demo.chapter import Chapter, Told, deployed, opened, require
from demo.workload import workload_of
from infra.model import Monitoring
from opslib.contract import StackOutputs
from opslib.operate import doctor
from opslib.stack import Stack

__all__ = ["chapters", "timed", "where_to_look"]


def chapters() -> Iterator[Chapter]:
    """The story, in order."""
    yield Chapter("An AWS account in a box", _account)
    yield Chapter("A product runs in it", _workload)
    yield Chapter("pulumi up", _up)
    yield Chapter("Once more", _again)
    yield Chapter("The outputs", _outputs)
    yield Chapter("AWS agrees", _agrees)
    yield Chapter("What opslib sees", _sees)
    yield Chapter("Not in place yet", _missing)
    yield Chapter("A page to look at", _page)
    yield from incident.chapters()


def _account(told: Told) -> str:
    status = told.sandbox.status()
    require(status.ready and status.account == told.stack.account, f"the sandbox is account {status.account}")
    return f"{told.sandbox.url}, account {status.account}"


def _workload(told: Told) -> str:
    config = told.stack.config
    told.sandbox.seed(workload_of(config, region=told.stack.region, account=told.stack.account))
    ecs = told.sandbox.client("ecs", told.stack.region)
    running = 0
    for service in config.services.values():
        found = ecs.describe_services(cluster=service.cluster, services=[service.service])["services"]
        require(len(found) == 1 and found[0]["status"] == "ACTIVE", f"service {service.service} does not run")
        running += found[0]["runningCount"]
    require(running > 0, "no task runs")
    standbys = _standby_weights(told)
    require(set(standbys) == {0}, f"the standby's weights are {standbys}")
    rds = told.sandbox.client("rds", told.stack.region)
    for database in config.databases.values():
        state = rds.describe_db_instances(DBInstanceIdentifier=database.instance)["DBInstances"][0]["DBInstanceStatus"]
        require(state == "available", f"database {database.instance} is {state}")
    incident.start_traffic(told)
    return f"{len(config.services)} services, {running} tasks, a standby at weight 0, " + ", ".join(
        database.instance for database in config.databases.values()
    )


def _standby_weights(told: Told) -> list[int]:
    elb = told.sandbox.client("elbv2", told.stack.region)
    weights = []
    for service in told.stack.config.services.values():
        standby = told.stack.config.services.get(service.standby or "")
        if standby is None or not standby.load_balancer or not standby.target_group:
            continue
        balancer = told.stack.config.load_balancers[standby.load_balancer]
        group = balancer.target_groups[standby.target_group].arn
        for listener in balancer.listeners:
            for rule in elb.describe_rules(ListenerArn=listener.arn)["Rules"]:
                for action in rule["Actions"]:
                    forwards = action.get("ForwardConfig", {}).get("TargetGroups", [])
                    weights += [forward["Weight"] for forward in forwards if forward["TargetGroupArn"] == group]
    return weights


def _up(told: Told) -> str:
    real, name = deployment.engine_name() if told.with_engine else (False, deployment.WITHOUT_ENGINE)
    told.progress(f"by {name}")
    if real:
        told.deployed = deployment.deploy_with_engine(
            told.stack, told.sandbox, lambda step: told.progress(f"{step.operation} {step.name}")
        )
    else:
        told.deployed = deployment.deploy_in_process(told.stack, told.sandbox)
    require(told.deployed.resources > 0, "nothing was created")
    return f"{told.deployed.resources} resources in {told.deployed.duration_seconds:.1f} s, by {name}"


def _again(told: Told) -> str:
    again = deployed(told).again
    if again is None:
        return "not tried: without the CLI there is no state to compare with"
    require(not again, f"a second `pulumi up` would change {again}")
    return "a second `pulumi up` changes nothing"


def _outputs(told: Told) -> str:
    path = told.build / "outputs.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(deployed(told).outputs, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    written = Stack.open(outputs=path, clients=told.clients)
    told.opened = Stack.open(written.name, clients=told.clients)
    require("SSM" in told.opened.source, f"the outputs were found in {told.opened.source}")
    require(_unordered(told.opened.outputs) == _unordered(written.outputs), "the mirror differs from the outputs")
    require(
        {alarm.name for alarm in told.opened.outputs.alarms} == set(_names(told.model)),
        "the contract's alarms are not those of the model",
    )
    return f"fit contract version {written.outputs.schema_version}; the mirror in SSM says the same"


def _agrees(told: Told) -> str:
    outputs = opened(told).outputs
    found = disagreements(outputs, lambda service: told.sandbox.client(service, told.stack.region))
    require(not found, "; ".join(found[:3]))
    return (
        f"{len(outputs.alarms)} alarms, {len(outputs.topics)} encrypted topics, {len(outputs.dashboards)} dashboards, "
        "autoscaling and the journal are there, and nothing else of ours"
    )


def _sees(told: Told) -> str:
    report = opened(told).report()
    require(report.complete, f"alarms are missing: {', '.join(live.alarm.name for live in report.missing[:3])}")
    waiting = sum(live.state == "INSUFFICIENT_DATA" for live in report.alarms)
    return f"all {len(report.alarms)} alarms by their live state; {waiting} wait for their first data"


def _missing(told: Told) -> str:
    found = doctor.examine(opened(told), clock=told.sandbox.clock)
    checks = Counter(finding.check for finding in found.findings)
    require("subscription-confirmed" in checks, "nobody has confirmed a subscription, and the doctor does not see it")
    require("alarm-there" not in checks, "the doctor misses alarms that are there")
    return f"`opslib doctor` names {len(found.findings)} things that only people can do: " + ", ".join(checks)


def _page(told: Told) -> str:
    path = told.build / "index.html"
    path.write_text(page.render(told.stack.config, told.model, opened(told).report()), encoding="utf-8")
    return os.path.relpath(path, stack_file.ROOT)


def _names(model: Monitoring) -> Iterator[str]:
    yield from (alarm.name for alarm in model.of_stack)
    yield from (alarm.name for alarm in model.stack_alarms)
    for watched in model.everything:
        yield from (alarm.name for alarm in watched.composites)
        yield from (alarm.name for alarm in watched.alarms)


def _unordered(outputs: StackOutputs) -> StackOutputs:
    return outputs.model_copy(update={"alarms": tuple(sorted(outputs.alarms, key=lambda alarm: alarm.name))})


def timed(chapter: Chapter, told: Told) -> tuple[str, float]:
    """Tell a chapter; what was seen, and how many seconds it took."""
    started = time.monotonic()
    return chapter.tell(told), time.monotonic() - started


def where_to_look(build: Path) -> tuple[tuple[str, str], ...]:
    """What to open and what to type next."""
    relative = os.path.relpath(build, stack_file.ROOT)
    return (
        (f"{relative}/index.html", "what is watched, why, and who is told: open it in a browser"),
        (f"{relative}/incident.html", "the incident record of the rollback"),
        (f"{relative}/outputs.json", "the contract: what the library knows of the stack"),
        ("infra/kinds/", "the tables that all of this came from"),
        (".venv/bin/opslib sandbox serve --seed sample", "an account in a box to play with"),
    )
