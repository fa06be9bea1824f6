"""The whole program over the stack files that are shipped: what it exports, what it hides, what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.settings import get_monitor

from infra import program
from infra.config import StackConfig, read_stack_file
from infra.model import Monitoring, monitoring
from opslib import mirror
from opslib.contract import StackOutputs
from opslib.sandbox.programs.in_process import Resource, Run, run_program
from opslib.sandbox.programs.property_values import Secret, revealed

ROOT = Path(__file__).parents[2]
SECRETS = {
    "opslib:pagerUrl": "https://pager.example/k3y-of-the-pager",
    "opslib:chatUrl": "https://chat.example/k3y-of-the-chat",
    "opslib:oncallPhone": "+49171-number-of-the-night",
}


def path(stack: str) -> Path:
    return ROOT / f"Pulumi.{stack}.yaml"


def settings(stack: str) -> dict[str, Any]:
    """What stands in a shipped file."""
    return dict(yaml.safe_load(path(stack).read_text(encoding="utf-8"))["config"])


def named_secrets(stack: str) -> dict[str, str]:
    config = StackConfig.parse(read_stack_file(path(stack)), source=stack)
    return {f"opslib:{name}": SECRETS[f"opslib:{name}"] for name in config.secret_names()}


@cache
def run(stack: str) -> Run:
    secrets = named_secrets(stack)
    return run_program(
        program.main,
        project="opslib",
        stack=stack,
        config=settings(stack) | secrets,
        secret_keys=tuple(secrets),
        provider=None,
    )


@pytest.fixture
def ran(stack_name: str) -> Run:
    return run(stack_name)


@pytest.fixture
def model(stack_config: StackConfig) -> Monitoring:
    return monitoring(stack_config, region="eu-central-1")


def in_plain_text(value: object) -> str:
    """A value as it would be read in a state file, with what is secret left out."""

    def hidden(item: object) -> str:
        assert isinstance(item, Secret)
        return "[secret]"

    return json.dumps(value, default=hidden)


@pytest.mark.feature("M26")
def test_no_secret_is_in_the_outputs(ran: Run) -> None:
    text = json.dumps(revealed(ran.outputs))
    assert not [secret for secret in SECRETS.values() if secret in text]
    assert "[secret]" not in in_plain_text(ran.outputs)


def test_a_secret_reaches_who_needs_it_and_nobody_in_plain_text(ran: Run, stack_name: str) -> None:
    used: Counter[str] = Counter()
    for resource in ran.resources:
        for properties in (resource.inputs, resource.outputs):
            shown = in_plain_text(properties)
            assert not [secret for secret in SECRETS.values() if secret in shown], resource.urn
        given = (resource.inputs.get("endpoint"), resource.inputs.get("secretString"))
        used.update(secret for secret in SECRETS.values() if Secret(secret) in given)
    expected = {secret: used[secret] for secret in named_secrets(stack_name).values()}
    assert all(expected.values())
    assert not [text for _, text in ran.messages if any(secret in text for secret in SECRETS.values())]


@pytest.mark.feature("M26")
def test_the_outputs_are_the_contract(ran: Run, stack_name: str, stack_config: StackConfig) -> None:
    outputs = StackOutputs.parse(ran.outputs, source=stack_name)
    assert (outputs.stack.product, outputs.stack.environment, outputs.stack.region) == (
        "parcel",
        stack_name,
        "eu-central-1",
    )
    assert set(outputs.workloads()) == set(stack_config.workloads())
    fallback = {"fallback"} if stack_config.alerting.fallback else set()
    assert set(outputs.topics) == {"info", "warning", "critical", "emergency", "recovery"} | fallback
    assert outputs.journal is not None
    assert outputs.journal.table == f"parcel-{stack_name}-journal"
    assert set(outputs.dashboards) == {"overview", "detailed", "database", "cost", "agents-and-business"}


@pytest.mark.feature("M26")
def test_a_service_in_the_contract_has_what_a_rollback_needs(ran: Run, stack_config: StackConfig) -> None:
    outputs = StackOutputs.parse(ran.outputs, source="run")
    api, written = outputs.services["api"], stack_config.services["api"]
    assert (api.cluster, api.name, api.task_family, api.standby) == (
        written.cluster,
        "api",
        written.task_family,
        "api-standby",
    )
    assert len(api.listener_rules) == 2
    assert (api.load_balancer, api.target_groups) == ("public", ("api",))
    assert api.scalable_target is not None
    assert (api.scalable_target.resource_id, api.scalable_target.minimum, api.scalable_target.maximum) == (
        f"service/{written.cluster}/api",
        2,
        20,
    )
    group = outputs.load_balancers["public"].target_groups["api"]
    assert group.arn.endswith(f":{group.dimension}")
    assert outputs.services["web"].depends_on == ("api",)
    assert outputs.services["api-standby"].scalable_target is None
    assert outputs.caches["sessions"].members[0] == f"parcel-{outputs.stack.environment}-sessions-001"


@pytest.mark.feature("M26")
def test_every_alarm_of_the_model_is_in_the_contract_once(ran: Run, model: Monitoring) -> None:
    outputs = StackOutputs.parse(ran.outputs, source="run")
    metric = {a.name: a for watched in model.watched.values() for a in watched.alarms}
    metric |= {a.name: a for a in model.stack_alarms}
    composite = {c.name: c for watched in model.watched.values() for c in watched.composites}
    composite |= {whole.name: whole for whole in model.of_stack}
    own = [alarm for alarm in outputs.alarms if alarm.name.startswith(f"parcel-{outputs.stack.environment}-alerting-")]
    watched_alarms = [alarm for alarm in outputs.alarms if alarm not in own]
    assert Counter(alarm.name for alarm in watched_alarms) == Counter([*metric, *composite])
    assert len({alarm.name for alarm in own}) == len(own), "in every region by another name"
    for alarm in watched_alarms:
        assert alarm.arn.startswith("arn:aws:cloudwatch:eu-central-1:")
        if alarm.type == "composite":
            assert (alarm.role, alarm.severity) == ("composite", composite[alarm.name].severity)
            assert alarm.workload == composite[alarm.name].workload
        else:
            expected = metric[alarm.name]
            assert (alarm.role, alarm.severity, alarm.workload) == (
                expected.role.value,
                expected.severity,
                expected.workload,
            )
            assert alarm.requires == (expected.requires.value if expected.requires else None)


def test_every_alarm_of_the_contract_was_created(ran: Run) -> None:
    outputs = StackOutputs.parse(ran.outputs, source="run")
    created = {
        resource.inputs.get("name") or resource.inputs["alarmName"]: resource.outputs["arn"]
        for resource in ran.resources
        if resource.token in ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
    }
    assert {alarm.name: alarm.arn for alarm in outputs.alarms} == created


def by_type(ran: Run, token: str) -> list[Resource]:
    return [resource for resource in ran.resources if resource.token == token]


@pytest.mark.feature("M26")
def test_the_mirror_gives_the_same_contract(ran: Run) -> None:
    outputs = StackOutputs.parse(ran.outputs, source="run")
    parameters = {
        # pulumi_aws takes the value of every parameter for a secret; none of ours is one.
        resource.inputs["name"]: revealed(resource.inputs["value"])
        for resource in by_type(ran, "aws:ssm/parameter:Parameter")
    }
    assert not [secret for secret in SECRETS.values() if secret in "".join(parameters.values())]
    assert len(parameters) == 1 + len(outputs.workloads())
    read = mirror.from_parameters(parameters, source="SSM")

    def in_order(contract: StackOutputs) -> StackOutputs:
        return contract.model_copy(update={"alarms": tuple(sorted(contract.alarms, key=lambda alarm: alarm.name))})

    assert in_order(read) == in_order(outputs)


def test_a_stack_without_a_mirror_writes_no_parameters(stack_name: str) -> None:
    secrets = named_secrets(stack_name)
    written = settings(stack_name)
    # The daily summary is read from the mirror.
    written["opslib:alerting"] = {key: told for key, told in written["opslib:alerting"].items() if key != "summary"}
    without = {"opslib:mirror": "false", "opslib:autoRollback": {"mode": "off"}}
    ran = run_program(
        program.main,
        project="opslib",
        stack=stack_name,
        config=written | secrets | without,
        secret_keys=tuple(secrets),
    )
    assert not by_type(ran, "aws:ssm/parameter:Parameter")
    assert StackOutputs.parse(ran.outputs, source="run")


def test_what_cannot_be_made_again_is_protected_where_the_stack_asks_for_it() -> None:
    kept = (
        *("aws:kms/key:Key", "aws:sns/topic:Topic", "aws:dynamodb/table:Table"),
        *("aws:backup/vault:Vault", "aws:backup/vaultLockConfiguration:VaultLockConfiguration"),
    )
    locked = ("aws:s3/bucket:Bucket", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    for stack, protected in (("prod", True), ("staging", False)):
        found = [resource for token in kept for resource in by_type(run(stack), token)]
        fallbacks = [resource for resource in found if resource.name.startswith("fallback")]
        vaults = [resource for resource in found if resource.name.startswith("backups")]
        assert len(vaults) == 6, "a vault with its key and its lock in each of two regions"
        evidence = [
            resource
            for resource in (*found, *(one for token in locked for one in by_type(run(stack), token)))
            if resource.name.startswith("evidence")
        ]
        assert len(evidence) == 3, "the bucket with its key and its lock"
        of_topics = len(found) - len(fallbacks) - len(vaults) - 1
        assert of_topics == 13, "a key and five topics in each of two regions, and a table"
        assert len(fallbacks) == 2 * protected, "prod has a topic for when those fail, in each region"
        assert {bool(resource.protect) for resource in (*found, *evidence)} == {protected}


def test_everything_is_tagged(ran: Run, stack_name: str) -> None:
    expected = {
        "team": "platform",
        "cost-center": "parcel",
        "opslib:product": "parcel",
        "opslib:environment": stack_name,
    }
    tagged = [resource for resource in ran.resources if "tags" in resource.inputs]
    assert {resource.token.rpartition(":")[2] for resource in tagged} >= {"MetricAlarm", "Topic", "Key", "Table"}
    # What has no name in AWS has it as a tag.
    assert all({k: v for k, v in resource.inputs["tags"].items() if k != "Name"} == expected for resource in tagged)


def test_every_dashboard_is_json_with_thresholds_and_nothing_unbound(ran: Run) -> None:
    boards = by_type(ran, "aws:cloudwatch/dashboard:Dashboard")
    assert len(boards) == 5
    for board in boards:
        text = board.inputs["dashboardBody"]
        widgets = json.loads(text)["widgets"]
        # What costs is drawn, and mostly not watched.
        drawn = any("annotations" in widget["properties"] for widget in widgets)
        assert drawn or board.name.endswith(("-cost", "-business"))
        assert "${" not in text
        assert "Output" not in text


def attempt(change: Callable[[dict[str, Any]], object], *, secret_keys: tuple[str, ...]) -> pulumi.RunError:
    """Run the staging stack with its configuration changed, and give back what refuses it before anything is made."""
    config = settings("staging") | named_secrets("staging")
    change(config)
    before: list[int] = []

    def counted() -> None:
        try:
            program.main()
        finally:
            monitor: Any = get_monitor()
            before.append(len(monitor.resources))

    with pytest.raises(pulumi.RunError) as refused:
        run_program(counted, project="opslib", stack="staging", config=config, secret_keys=secret_keys)
    assert before == [0]
    return refused.value


PAGER, CHAT = ("opslib:pagerUrl",), ("opslib:chatUrl",)
BOTH = (*PAGER, *CHAT)


def add_services(config: dict[str, Any]) -> None:
    config["opslib:services"] |= {f"job-{n}": {"cluster": "parcel-staging", "service": f"job-{n}"} for n in range(120)}
    config["opslib:dashboardParts"] = 1


def rename_nested(config: dict[str, Any]) -> None:
    config["opslib:services"]["api"]["clusterName"] = "x"


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], object], tuple[str, ...], str]] = {
    "a missing secret": (
        lambda config: config.pop("opslib:pagerUrl"),
        CHAT,
        "the secret pagerUrl is not set: run `pulumi config set --secret pagerUrl`",
    ),
    "a secret in plain text": (
        lambda _: None,
        (),
        "pagerUrl stands there in plain text: run `pulumi config set --secret pagerUrl`",
    ),
    "a secret that nothing names": (
        lambda config: config.update({"opslib:slackUrl": "https://slack.example/k3y"}),
        (*BOTH, "opslib:slackUrl"),
        "the secret slackUrl is named by no endpointSecret: name it, or remove it",
    ),
    "a secret inside a structured key": (
        lambda _: None,
        (*BOTH, "opslib:alerting"),
        "alerting holds a secret, which would reach the state as plain text: set the secret as a key of its own",
    ),
    "an unknown key": (
        lambda config: config.update({"opslib:servces": {}}),
        BOTH,
        "servces: ",
    ),
    "an unknown key deep inside": (rename_nested, BOTH, "services.api.clusterName: "),
    "what AWS would refuse": (add_services, BOTH, "AWS takes "),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_what_is_wrong_is_one_line_and_nothing_is_created(mistake: str) -> None:
    change, secret_keys, expected = REFUSED[mistake]
    line = str(attempt(change, secret_keys=secret_keys))
    assert line.startswith("Pulumi.staging.yaml: ")
    assert expected in line
    assert "\n" not in line
    assert not [secret for secret in SECRETS.values() if secret in line]
