"""The function that the schedule of the daily summary calls."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from opslib.clients import Clients, aws_call
from opslib.errors import BadRequest
from opslib.operate.summary import summarize
from opslib.stack import Stack

__all__ = ["handler"]

_STACK, _TOPIC, _ZONE = "OPSLIB_STACK", "OPSLIB_SUMMARY_TOPIC", "OPSLIB_SUMMARY_ZONE"


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Publish the summary of the last 24 hours.

    A second call publishes a second one: it is a message, and the schedule calls once.

    Args:
        event: Not used.
        context: Lambda's; not used.

    Returns:
        How many alarms ring, have no data, and have rung.

    Raises:
        BadRequest: the function is not told which stack, or where to.
        Refused: AWS denies or throttles something, or does not answer.
    """
    del event, context
    for variable in (_STACK, _TOPIC):
        if not os.environ.get(variable):
            raise BadRequest(f"{variable} is not set", "set it to what the stack's program says; nothing was told")
    topic = os.environ[_TOPIC]
    clients = Clients()
    summary = summarize(Stack.open(os.environ[_STACK], clients=clients))
    with aws_call(f"publishing to {topic}"):
        sns: Any = clients.client("sns", region=topic.split(":")[3], purpose="mutate")  # type: ignore[call-overload]  # any service
        sns.publish(TopicArn=topic, Subject=summary.subject, Message=summary.text(os.environ.get(_ZONE) or "UTC"))
    return {
        "ringing": len(summary.ringing),
        "blind": len(summary.blind),
        "rang": {tier: sum(one.times for one in rang) for tier, rang in summary.rang.items()},
    }
