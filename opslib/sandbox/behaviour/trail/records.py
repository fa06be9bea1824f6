"""What CloudTrail writes of a call.

Sources: CloudTrail user guide, "CloudTrail record contents", "CloudTrail userIdentity element".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from moto.core.utils import get_service_model

from opslib.sandbox.behaviour.trail.identity import identity_of
from opslib.sandbox.behaviour.trail.scope import region_of

if TYPE_CHECKING:
    from opslib.sandbox.account import Account
    from opslib.sandbox.answer import Answer
    from opslib.sandbox.arrival import Arrival

__all__ = ["EVENT_VERSION", "Record", "completed", "record_of"]

EVENT_VERSION = "1.11"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

Record = dict[str, Any]

# Beside what botocore's model calls sensitive: what it does not, and CloudTrail leaves out all the same.
_SECRET = re.compile(r"(?i)(password|secretstring|secretbinary|plaintext|userdata|privatekey|authtoken|credentials)$")
_XML_MESSAGE = re.compile(rb"<Message>(.*?)</Message>", re.DOTALL)
_REFUSED = 400


def record_of(account: Account, arrival: Arrival, answer: Answer) -> Record:
    """The record of a call that was answered.

    Args:
        account: The sandbox's account.
        arrival: The call.
        answer: Its answer.
    """
    request = arrival.request
    model = get_service_model(request.service)
    shape = model.operation_model(request.operation).input_shape if request.known else None
    record = {
        "userIdentity": identity_of(account, request.access_key),
        "eventTime": stamp(arrival.at),
        "eventSource": f"{model.endpoint_prefix}.amazonaws.com",
        "eventName": request.operation,
        "awsRegion": region_of(request.service, request.region),
        "sourceIPAddress": arrival.environ.get("REMOTE_ADDR") or "127.0.0.1",
        "userAgent": arrival.environ.get("HTTP_USER_AGENT", ""),
        "requestParameters": _told(_parameters(arrival), shape) or None,
        "responseElements": None,
        "requestID": answer.header("x-amzn-requestid") or answer.header("x-amz-request-id"),
        "readOnly": not arrival.mutating,
        "eventType": "AwsApiCall",
    }
    if answer.status >= _REFUSED:
        record |= {"errorCode": answer.error_code, "errorMessage": _message(answer.body)}
    return completed(account, record, arrival.at)


def completed(account: Account, record: Mapping[str, Any], at: datetime) -> Record:
    """A record with what every one has, where it is not said. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        record: What is said.
        at: When it happened.
    """
    return {
        "eventVersion": EVENT_VERSION,
        "eventTime": stamp(at),
        "awsRegion": account.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "",
        "requestParameters": None,
        "responseElements": None,
        "eventID": str(UUID(int=account.random.getrandbits(128), version=4)),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account.account_id,
        "eventCategory": "Management",
        **record,
    }


def _parameters(arrival: Arrival) -> dict[str, Any]:
    """Those of a call; none of one that cannot be read, which its service refused, too."""
    try:
        return arrival.parameters
    except Exception:  # noqa: BLE001  # a parser of moto's; the clock must not stop for it
        return {}


def stamp(moment: datetime) -> str:
    """`2026-01-31T12:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _told(value: Any, shape: Any, name: str = "") -> Any:
    """Parameters as a record has them: names begin small, and no secret is among them."""
    if (shape is not None and shape.metadata.get("sensitive")) or _SECRET.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        members = getattr(shape, "members", {}) if shape is not None else {}
        inner = getattr(shape, "value", None)
        return {
            key if not members else key[0].lower() + key[1:]: _told(each, members.get(key, inner), key)
            for key, each in value.items()
            if each is not None and not isinstance(each, bytes)
        }
    if isinstance(value, list | tuple):
        return [_told(each, getattr(shape, "member", None), name) for each in value]
    if isinstance(value, datetime):
        return stamp(value if value.tzinfo else value.replace(tzinfo=UTC))
    return value if isinstance(value, str | int | float | bool) else str(value)


def _message(body: bytes) -> str:
    if found := _XML_MESSAGE.search(body):
        return found[1].decode()
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("message") or said.get("Message") or "") if isinstance(said, dict) else ""
