"""Calls that AWS's services make themselves: autoscaling sets a desired count, a state machine calls a function.

They go the way of any call, through the gaps or moto, and are not counted, nor do they meet faults: those are the
user's. Make them from a happening on the schedule, never from inside a gap handler: the handler holds its service's
lock, and a service that is told something by another hears of it later in AWS, too.
"""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.inside import client_inside

__all__ = ["ask"]

_RECORD = "calls of services"


def ask(account: Account, region: str, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call an operation as a service of AWS does.

    Args:
        account: The sandbox's account.
        region: The region to call.
        service: botocore's name of the service.
        operation: The operation's name (`UpdateService`).
        parameters: Under AWS's names.

    Returns:
        The result.

    Raises:
        AwsError: It was refused.
    """
    with account.schedule.lock:
        clients = account.record(_RECORD, region)
        if service not in clients:
            clients[service] = client_inside(account.service_door, service, region, f"{account.account_id}-service")
        try:
            answer: dict[str, Any] = getattr(clients[service], xform_name(operation))(**parameters)
        except ClientError as error:
            found = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise AwsError(found["Code"], found["Message"], status) from error
        except BotoCoreError as error:  # the parameters do not fit botocore's model
            raise AwsError("ValidationException", " ".join(str(error).split())) from error
    answer.pop("ResponseMetadata", None)
    return answer
