"""Whether the contract and AWS say the same: what is promised exists, and nothing of ours exists unpromised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from opslib.contract import StackOutputs

__all__ = ["Client", "disagreements"]

FALLBACK = "fallback"

Client = Callable[[str], Any]
"""Gives a boto3 client of a service, in the stack's region."""


def disagreements(outputs: StackOutputs, client: Client) -> tuple[str, ...]:
    """Every difference between a contract and the account it describes, one line each.

    Args:
        outputs: The contract.
        client: Gives clients of that account and region.
    """
    prefix = f"{outputs.stack.product}-{outputs.stack.environment}"
    return (
        *_alarms(outputs, client("cloudwatch"), prefix),
        *_topics(outputs, client("sns"), prefix),
        *_dashboards(outputs, client("cloudwatch"), prefix),
        *_scaling(outputs, client("application-autoscaling")),
        *_journal(outputs, client("dynamodb")),
        *_vaults(outputs, client("backup"), prefix),
    )


def _compared(what: str, promised: dict[str, str], there: dict[str, str]) -> Iterator[str]:
    for name in sorted(promised.keys() | there.keys()):
        if name not in there:
            yield f"{what} {name} is in the contract and not in AWS"
        elif name not in promised:
            yield f"{what} {name} is in AWS and not in the contract"
        elif promised[name] != there[name]:
            yield f"{what} {name} is {there[name]} in AWS and {promised[name]} in the contract"


def _alarms(outputs: StackOutputs, cloudwatch: Any, prefix: str) -> Iterator[str]:
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
    for kind, key in (("metric", "MetricAlarms"), ("composite", "CompositeAlarms")):
        there = {
            alarm["AlarmName"]: alarm["AlarmArn"]
            for page in pages
            for alarm in page[key]
            if alarm["AlarmName"].startswith(f"{prefix}-")
        }
        promised = {
            alarm.name: alarm.arn
            for alarm in outputs.alarms
            if alarm.type == kind and alarm.region == outputs.stack.region  # the client's
        }
        yield from _compared(f"{kind} alarm", promised, there)
    topics = {arn for regions in outputs.topics.values() for arn in regions.values()}
    for page in pages:
        for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"]):
            if not alarm["AlarmName"].startswith(f"{prefix}-"):  # another stack's, or autoscaling's own
                continue
            for action in {*alarm["AlarmActions"], *alarm["OKActions"]} - topics:
                yield f"alarm {alarm['AlarmName']} acts on {action}, which is no topic of the contract"


def _topics(outputs: StackOutputs, sns: Any, prefix: str) -> Iterator[str]:
    arns = (topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for topic in page["Topics"])
    there = {arn.rpartition(f":{prefix}-")[2]: arn for arn in arns if f":{prefix}-" in arn}
    promised = {tier: regions[outputs.stack.region] for tier, regions in outputs.topics.items()}
    yield from _compared("topic", promised, there)
    for tier, arn in there.items():
        # The fallback tells that the key fails: docs/decisions/0032.
        encrypted = sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")
        if not encrypted and tier != FALLBACK:
            yield f"topic {tier} is not encrypted"


def _dashboards(outputs: StackOutputs, cloudwatch: Any, prefix: str) -> Iterator[str]:
    entries = cloudwatch.list_dashboards(DashboardNamePrefix=f"{prefix}-")["DashboardEntries"]
    there = {entry["DashboardName"]: entry["DashboardArn"] for entry in entries}
    promised = {dashboard.name: dashboard.arn for dashboard in outputs.dashboards.values()}
    yield from _compared("dashboard", promised, there)


def _scaling(outputs: StackOutputs, scaling: Any) -> Iterator[str]:
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    there = {target["ResourceId"]: f"{target['MinCapacity']} to {target['MaxCapacity']} tasks" for target in found}
    targets = (service.scalable_target for service in outputs.services.values())
    promised = {target.resource_id: f"{target.minimum} to {target.maximum} tasks" for target in targets if target}
    yield from _compared("scalable target", promised, there)


def _journal(outputs: StackOutputs, dynamodb: Any) -> Iterator[str]:
    if outputs.journal is None:
        yield "the contract names no journal"
        return
    tables = dynamodb.list_tables()["TableNames"]
    if outputs.journal.table not in tables:
        yield f"table {outputs.journal.table} is in the contract and not in AWS"
        return
    keys = dynamodb.describe_table(TableName=outputs.journal.table)["Table"]["KeySchema"]
    if [key["AttributeName"] for key in keys] != ["pk", "sk"]:
        yield f"table {outputs.journal.table} has the keys {keys}"


def _vaults(outputs: StackOutputs, backup: Any, prefix: str) -> Iterator[str]:
    found = backup.list_backup_vaults()["BackupVaultList"]
    there = {one["BackupVaultName"]: one["BackupVaultArn"] for one in found}
    ours = [vault for vault in outputs.vaults.values() if vault.region == outputs.stack.region]
    promised = {vault.name: vault.arn for vault in ours}
    yield from _compared("vault", promised, {name: arn for name, arn in there.items() if name.startswith(f"{prefix}-")})
    for vault in ours:
        if vault.name in there and bool(backup.describe_backup_vault(BackupVaultName=vault.name)["Locked"]) != bool(
            vault.lock
        ):
            yield f"vault {vault.name} is locked in the contract or in AWS, and not in both"
