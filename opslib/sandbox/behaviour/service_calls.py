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
from opslib.sandbox.answer import Answer, AwsError, write_error, write_result
from opslib.sandbox.cbor import from_cbor, to_cbor
from opslib.sandbox.gaps import GapCall, gap_of
from opslib.sandbox.inside import Door, client_inside
from opslib.sandbox.request import CBOR, AwsRequest, Environ, identify

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
            clients[service] = client_inside(_door(account), service, region, f"{account.account_id}-service")
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


def _door(account: Account) -> Door:
    """What answers: the gaps, else moto, under the lock of the schedule alone.

    A handler that was called from outside holds its service's lock and may wait for the schedule's; we hold the
    schedule's, and must not wait for the service's.
    """
    doors = account.record(_RECORD)
    if "door" not in doors:
        from opslib.sandbox.gateway import Gateway

        front_door = account.door
        ask_moto = Gateway(account)._moto_or_error  # noqa: SLF001  # the gateway's half that neither counts nor locks
        account.door = front_door  # a gateway puts its own there

        def answered(request: AwsRequest, environ: Environ, body: bytes) -> Answer:
            if request.protocol == CBOR:
                translated, environ, body = from_cbor(request, environ, body)
                return to_cbor(translated, answered(translated, environ, body))
            gap = gap_of(request.service, request.operation)
            try:
                result = None if gap is None else gap(GapCall(request, environ, body, account, ask_moto))
                return ask_moto(request, environ, body) if result is None else write_result(request, result)
            except AwsError as error:
                return write_error(request, error)

        def door(environ: Environ, body: bytes) -> Answer:
            environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", account.account_id)
            request = identify(environ, body)
            if request is None:
                raise AwsError("SandboxBroke", "a call of a service could not be read as one")
            return answered(request, environ, body)

        doors["door"] = door
    found: Door = doors["door"]
    return found
