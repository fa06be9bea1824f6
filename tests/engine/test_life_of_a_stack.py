"""A shipped stack's whole life on the real engine: preview, up, up again, an edit, drift, and its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.agreement import disagreements
from demo.deployment import engine_for
from demo.stack_file import StackFile
from infra.components.alerting import RECOVERY
from infra.config import TIERS
from opslib.contract import StackOutputs
from opslib.errors import DeploymentFailed
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.engine import Changes, Engine

Account = tuple[StackFile, Sandbox]


def touched(changes: Changes) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What a run did to each AWS resource: operation and changed properties, by logical name and kind."""
    return {
        f"{step.token.rpartition(':')[2]} {step.name}": (step.operation, step.changed)
        for step in changes.steps.values()
        if step.operation != "same" and step.token.startswith("aws:")
    }


def ours(sandbox: Sandbox, shipped: StackFile) -> list[str]:
    """The names of everything in the account that only this stack makes."""
    cloudwatch = sandbox.client("cloudwatch", shipped.region)
    alarms = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100)
    topics = sandbox.client("sns", shipped.region).list_topics()["Topics"]
    budgets = sandbox.client("budgets").describe_budgets(AccountId=shipped.account).get("Budgets", [])
    parameters = sandbox.client("ssm", shipped.region).describe_parameters()["Parameters"]
    queries = sandbox.client("logs", shipped.region).describe_query_definitions()["queryDefinitions"]
    return [
        *(alarm["AlarmName"] for key in ("MetricAlarms", "CompositeAlarms") for alarm in alarms[key]),
        *(topic["TopicArn"] for topic in topics),
        *(board["DashboardName"] for board in cloudwatch.list_dashboards()["DashboardEntries"]),
        *sandbox.client("dynamodb", shipped.region).list_tables()["TableNames"],
        *(budget["BudgetName"] for budget in budgets),
        *(parameter["Name"] for parameter in parameters),
        *(f"query {query['name']}" for query in queries),
    ]


def assert_contract_and_account_agree(engine: Engine, shipped: StackFile, sandbox: Sandbox) -> None:
    outputs = StackOutputs.parse(engine.outputs(), source="pulumi stack output")
    assert disagreements(outputs, lambda service: sandbox.client(service, shipped.region)) == ()


STACKS = [pytest.param(stack, marks=pytest.mark.xdist_group(f"engine-{stack}")) for stack in ("staging", "prod")]


@pytest.mark.feature("M1", "M2", "M12", "M15", "M18", "M19", "M26")
@pytest.mark.parametrize("account", STACKS, indirect=True)
def test_a_stack_from_preview_to_its_end(account: Account) -> None:
    shipped, sandbox = account
    before = ours(sandbox, shipped)
    with engine_for(shipped, sandbox) as engine:
        previewed = engine.preview()
        assert [call for call in sandbox.calls() if call.mutating] == [], "a preview changes nothing"
        assert set(previewed.counts) == {"create"}

        up = engine.up()
        assert up.counts == previewed.counts, "what is previewed is what is done"
        assert_contract_and_account_agree(engine, shipped, sandbox)
        assert f"query {shipped.config.prefix}/errors" in ours(sandbox, shipped)

        sandbox.reset_calls()
        assert set(engine.up().counts) == {"same"}, "a second up has nothing to do"
        assert [call for call in sandbox.calls() if call.mutating] == []

        engine.set_config("opslib:services.api.thresholds.cpuPercent.warning", 60, path=True)
        engine.set_config("opslib:services.api.thresholds.cpuPercent.critical", 85, path=True)
        assert touched(engine.up()) == {
            "MetricAlarm api-cpu-warning": ("update", ("alarmDescription", "threshold")),
            "Dashboard dashboards-overview": ("update", ("dashboardBody",)),
            "Dashboard dashboards-detailed": ("update", ("dashboardBody",)),
            "Parameter mirror-stack": ("update", ("value",)),
            "Parameter mirror-workloads-api": ("update", ("value",)),
        }, "one threshold is one alarm, the line on its graphs, and what the contract says of it"

        drift(sandbox, shipped)
        found = touched(engine.refresh())
        assert found["MetricAlarm web-cpu-warning"][0] == "update"
        assert found["Topic alerting-info"][0] == "update"
        assert found["Dashboard dashboards-database"][0] == "delete"
        assert len(found) == 3, found
        mended = touched(engine.up())
        assert mended["MetricAlarm web-cpu-warning"] == ("update", ("threshold",))
        assert mended["Topic alerting-info"] == ("update", ("displayName",))
        assert mended["Dashboard dashboards-database"][0] == "create"
        assert set(mended) == set(found)
        assert_contract_and_account_agree(engine, shipped, sandbox)

        if not shipped.config.protect:
            engine.destroy()
        else:
            with pytest.raises(DeploymentFailed) as refused:
                engine.destroy()
            assert "protect" in " ".join(refused.value.diagnostics)
    if shipped.config.protect:
        assert_what_cannot_be_made_again_is_left(shipped, sandbox)
    else:
        assert ours(sandbox, shipped) == before, "nothing of ours is left"


def drift(sandbox: Sandbox, shipped: StackFile) -> None:
    """Somebody changes an alarm and a topic, and deletes a dashboard, by hand."""
    cloudwatch = sandbox.client("cloudwatch", shipped.region)
    name = f"{shipped.config.prefix}-web-cpu-warning"
    alarm = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    kept = (
        "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "MetricName", "Namespace",
        "Statistic", "Dimensions", "Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator",
        "TreatMissingData",
    )  # fmt: skip
    cloudwatch.put_metric_alarm(**{key: alarm[key] for key in kept if key in alarm}, Threshold=99)
    cloudwatch.delete_dashboards(DashboardNames=[f"{shipped.config.prefix}-database-{shipped.region}"])
    topic = f"arn:aws:sns:{shipped.region}:{shipped.account}:{shipped.config.prefix}-info"
    sandbox.client("sns", shipped.region).set_topic_attributes(
        TopicArn=topic, AttributeName="DisplayName", AttributeValue="by hand"
    )


def assert_what_cannot_be_made_again_is_left(shipped: StackFile, sandbox: Sandbox) -> None:
    left = ours(sandbox, shipped)
    prefix = f"{shipped.config.prefix}-"
    topics = {tier: f"arn:aws:sns:{shipped.region}:{shipped.account}:{prefix}{tier}" for tier in (*TIERS, RECOVERY)}
    assert set(topics.values()) <= set(left), "no topic loses its confirmed addresses"
    assert f"{prefix}journal" in left
    table = sandbox.client("dynamodb", shipped.region).describe_table(TableName=f"{prefix}journal")
    assert table["Table"]["DeletionProtectionEnabled"] is True
    kms = sandbox.client("kms", shipped.region)
    key = sandbox.client("sns", shipped.region).get_topic_attributes(TopicArn=topics["critical"])["Attributes"]
    assert kms.describe_key(KeyId=key["KmsMasterKeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.xdist_group("engine-prod")
@pytest.mark.parametrize("account", ["prod"], indirect=True)
def test_no_secret_is_readable_anywhere(account: Account) -> None:
    shipped, sandbox = account
    assert len(shipped.secrets) == 2
    with engine_for(shipped, sandbox) as engine:
        changes = engine.up()
        said = [diagnostic.text for diagnostic in changes.diagnostics]
        readable = [json.dumps(engine.export()), json.dumps(engine.outputs(show_secrets=True)), *said]
        state = [
            path.read_bytes().decode("utf-8", "replace")
            for path in Path(engine._directory.name).rglob("*")
            if path.is_file()
        ]
    for secret in shipped.secrets.values():
        assert not [text for text in (*readable, *state) if secret in text]
    endpoints = [
        subscription["Endpoint"]
        for subscription in sandbox.client("sns", shipped.region).list_subscriptions()["Subscriptions"]
    ]
    assert set(shipped.secrets.values()) <= set(endpoints), "and yet they reached AWS"
