"""Other things that are asked of a snapshot than what the doctor finds when one thing is broken."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from opslib import rollback
from opslib.operate import doctor
from opslib.operate.doctor.look import calls_allowed
from opslib.procedure.aws import action
from opslib.procedure.open_journal import open_journal
from opslib.rollback.before import permissions_of
from opslib.sandbox import Fault
from opslib.stack import Stack
from tests.operate.doctor.breaking.means import changed, topic
from tests.operate.doctor.product import CALLER, Product
from tests.permissions.enforced import Enforced, deployed_policies, key_aliases

__all__ = ["QUESTIONS"]


def nothing_broken(p: Product) -> dict[str, Any]:
    """What the doctor finds, and what it calls."""
    p.sandbox.reset_calls()
    found = doctor.examine(p.stack, clock=p.stage.actor(CALLER).clock)
    calls = p.sandbox.calls()
    return found.document() | {
        "made": len(calls),
        "allowed": calls_allowed(p.outputs),
        "mutating": [call.operation for call in calls if call.mutating],
        "actions": sorted({action(call.service, call.operation) for call in calls}),
    }


def throttled(p: Product) -> dict[str, Any]:
    """The same, while AWS takes each service's first calls only when they are repeated."""
    p.stage.sleep_by_turning()
    for service in ("sns", "cloudwatch", "ecs", "elbv2", "dynamodb", "iam"):
        p.sandbox.faults(Fault.throttle(service, None, nth=1, times=2))
    found = nothing_broken(p)
    return found | {"fired": len(p.sandbox.fired())}


def unanswered(p: Product) -> dict[str, Any]:
    """The same, while SNS answers no question about topics."""
    p.stage.sleep_by_turning()
    p.sandbox.faults(Fault.internal_error("sns", "GetTopicAttributes"))
    return nothing_broken(p)


def too_many_calls(p: Product) -> dict[str, Any]:
    """The same, of a stack so small by its contract that its calls are soon used up."""
    import opslib.operate.doctor.look as looking

    looking._CALLS_OF_A_STACK, looking._CALLS_OF_A_WORKLOAD = 20, 0
    return nothing_broken(p)


def as_operator(p: Product) -> dict[str, Any]:
    """The same, by somebody who has taken on the operator's role and may no more than that."""
    return examined_as(p, "operator")


def as_viewer(p: Product) -> dict[str, Any]:
    """The same, by a viewer."""
    return examined_as(p, "viewer")


def examined_as(p: Product, purpose: str) -> dict[str, Any]:
    role = p.outputs.stack.roles[purpose]
    taken_on = p.aws("sts").assume_role(RoleArn=role, RoleSessionName="ada")["Credentials"]["AccessKeyId"]
    clients = p.stage.actor(taken_on).clients
    aliases = {
        key: names
        for region in {region for regions in p.outputs.topics.values() for region in regions}
        for key, names in key_aliases(p.aws("kms", region)).items()
    }
    policies = deployed_policies(p.aws("iam"), role.rpartition("/")[2])
    held = Enforced(policies, p.outputs.stack.account, p.outputs.stack.region, aliases)
    held.watch(p.stage._sessions[taken_on])
    found = nothing_broken(Product(p.sandbox, Stack(p.outputs, source="the program", clients=clients), p.stage))
    return found | {"denied": sorted(held.denied), "asked": sorted(held.asked)}


def permissions(p: Product) -> list[str]:
    """What a rollback that is ready to run would call, as IAM's actions."""
    options: Any = {"clock": p.stage.actor(CALLER).clock}
    prepared = rollback.plan_service(p.stack, "web", **options)
    return sorted(permissions_of(prepared.plan, open_journal(p.stack).calls))


def page_arrives(p: Product) -> dict[str, Any]:
    """A test page of the tier `critical`."""
    return paged(p, "critical")


def page_of_recovery(p: Product) -> dict[str, Any]:
    """A test page of what is well again."""
    return paged(p, "recovery")


def page_refused(p: Product) -> dict[str, Any]:
    """A test page, where one of two subscribers cannot be reached."""
    nowhere = "arn:aws:sqs:eu-central-1:123456789012:nowhere"
    p.aws("sns").subscribe(TopicArn=topic(p, "critical"), Protocol="sqs", Endpoint=nowhere)
    return paged(p, "critical")


def page_filtered(p: Product) -> dict[str, Any]:
    """A test page, where one of two subscribers takes only what is well again."""
    subscribed = p.aws("sns").subscribe(
        TopicArn=topic(p, "critical"),
        Protocol="sms",
        Endpoint="+4915112345670",
        Attributes={"FilterPolicy": json.dumps({"Nothing": ["at all"]}), "FilterPolicyScope": "MessageBody"},
    )
    assert subscribed["SubscriptionArn"]
    return paged(p, "critical")


def page_unsaid(p: Product) -> dict[str, Any]:
    """A test page, where one of two subscribers takes the message and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}/pager"
        p.aws("sns").subscribe(TopicArn=topic(p, "critical"), Protocol="http", Endpoint=endpoint)
        p.sandbox.confirm_subscription(endpoint)
        return paged(p, "critical")


def page_unheard(p: Product) -> dict[str, Any]:
    """A test page of a tier that nobody listens to."""
    return paged(p, "info")


def page_elsewhere(p: Product) -> dict[str, Any]:
    """A test page of a tier that has topics in three regions; in one somebody listens, in one nobody, one is gone."""
    arns = {region: str(p.aws("sns", region).create_topic(Name="parcel-far")["TopicArn"]) for region in FAR}
    p.aws("sns", FAR[0]).subscribe(TopicArn=arns[FAR[0]], Protocol="https", Endpoint="https://far.example/pager")
    p.sandbox.confirm_subscription("https://far.example/pager")
    gone = "arn:aws:sns:ap-south-1:123456789012:parcel-far"
    topics = {**p.outputs.topics, "critical": {**p.outputs.topics["critical"], **arns, "ap-south-1": gone}}
    return paged(changed(p, topics=topics), "critical")


def paged(p: Product, tier: str) -> dict[str, Any]:
    before = len(inbox(p))
    found = doctor.page_tier(p.stack, tier, clock=p.stage.actor(CALLER).clock)
    arrived = [json.loads(one["message"]) | {"host": urlsplit(one["endpoint"]).hostname} for one in inbox(p)[before:]]
    return {
        "verdict": found.verdict,
        "faults": [one.what for one in found.findings],
        "on": [one.on for one in found.findings],
        "why": [one.why for one in found.not_checked],
        "arrived": [(one["host"], one["OldStateValue"], one["NewStateValue"]) for one in arrived],
        "regions": [one["Region"] for one in arrived],
        "reasons": [one["NewStateReason"] for one in arrived],
    }


def inbox(p: Product) -> list[dict[str, Any]]:
    from opslib.sandbox.behaviour.metrics.inbox import read_inbox

    deliveries: list[dict[str, Any]] = read_inbox(p.sandbox.account, b"").model_dump(mode="json")["deliveries"]
    return deliveries


FAR = ("us-east-1", "eu-west-1")

QUESTIONS: Mapping[str, Callable[[Product], Any]] = {
    asked.__name__: asked
    for asked in (
        nothing_broken,
        throttled,
        unanswered,
        too_many_calls,
        as_operator,
        as_viewer,
        permissions,
        page_arrives,
        page_of_recovery,
        page_refused,
        page_filtered,
        page_unsaid,
        page_unheard,
        page_elsewhere,
    )
}
"""What can be asked, by name."""
