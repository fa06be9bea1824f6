"""The function between a topic and an incoming webhook of Slack, which does not read SNS's envelope.

What it cannot deliver it fails on, so that Lambda tries it again, and in the end keeps it in the function's queue of
failed events. The webhook's address is read from Secrets Manager; it is in no variable, no log and no error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from opslib.clients import Clients, aws_call
from opslib.errors import BadRequest
from opslib.notify import Hook, message_of
from opslib.notify.bodies import slack
from opslib.notify.post import Address

__all__ = ["ADDRESS_VARIABLE", "handler"]

ADDRESS_VARIABLE = "OPSLIB_SLACK_SECRET"
"""The variable that names the secret which holds the address: its ARN."""


def handler(event: Mapping[str, Any], context: object) -> None:
    """Tell Slack each message of an event of SNS.

    Args:
        event: As SNS calls a function: `Records`, each with `Sns`.
        context: Lambda's; not used.

    Raises:
        BadRequest: the function is not told where the address is, or what is there is none.
        NotDelivered: Slack did not take it.
        Refused: the secret cannot be read.
    """
    del context
    name = os.environ.get(ADDRESS_VARIABLE)
    if not name:
        raise BadRequest(f"{ADDRESS_VARIABLE} is not set", "set it to the ARN of the secret that holds the address")
    hook = Hook("slack", Address(_address(name), named=f"the secret {name}"), slack)
    for record in event["Records"]:
        sent = record["Sns"]
        hook.deliver(message_of(sent["Message"], subject=sent.get("Subject"), topic=sent["TopicArn"]))


def _address(name: str) -> str:
    """The address, as it is now: one that was changed holds from the next message on."""
    with aws_call(f"reading the secret {name}"):
        secrets = _clients().client("secretsmanager", region=name.split(":")[3])  # type: ignore[call-overload]  # any service
        return str(secrets.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"])


@cache
def _clients() -> Clients:
    return Clients()
