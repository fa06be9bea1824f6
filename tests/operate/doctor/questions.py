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
from tests.operate.doctor.breaking.means import topic
from tests.operate.doctor.product import CALLER, Product

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


def paged(p: Product, tier: str) -> dict[str, Any]:
    before = len(inbox(p))
    found = doctor.page_tier(p.stack, tier, clock=p.stage.actor(CALLER).clock)
    arrived = [json.loads(one["message"]) | {"host": urlsplit(one["endpoint"]).hostname} for one in inbox(p)[before:]]
    return {
        "verdict": found.verdict,
        "faults": [one.what for one in found.findings],
        "why": [one.why for one in found.not_checked],
        "arrived": [(one["host"], one["OldStateValue"], one["NewStateValue"]) for one in arrived],
        "reasons": [one["NewStateReason"] for one in arrived],
    }


def inbox(p: Product) -> list[dict[str, Any]]:
    from opslib.sandbox.behaviour.metrics.inbox import read_inbox

    deliveries: list[dict[str, Any]] = read_inbox(p.sandbox.account, b"").model_dump(mode="json")["deliveries"]
    return deliveries


QUESTIONS: Mapping[str, Callable[[Product], Any]] = {
    asked.__name__: asked
    for asked in (
        nothing_broken,
        throttled,
        unanswered,
        too_many_calls,
        permissions,
        page_arrives,
        page_of_recovery,
        page_refused,
        page_filtered,
        page_unsaid,
        page_unheard,
    )
}
"""What can be asked, by name."""
