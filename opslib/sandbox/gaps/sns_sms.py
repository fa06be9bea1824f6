"""SNS: the preferences of text messages, which make sense, and of which only those that are set are told.

Rules: SNS API, SetSMSAttributes and GetSMSAttributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_KNOWN = {
    "DefaultSMSType",
    "DefaultSenderID",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "MonthlySpendLimit",
    "UsageReportS3Bucket",
}


def set_sms_attributes(call: GapCall) -> Mapping[str, Any] | None:
    """Those that there are, with values that make sense; moto takes any."""
    for name, value in call.parameters["attributes"].items():
        if any(_problems(name, value)):
            raise AwsError("InvalidParameter", f"Invalid parameter: attributes Reason: invalid value for key: {name}")
    return None


def _problems(name: str, value: str) -> Iterator[bool]:
    yield name not in _KNOWN
    if value:  # nothing takes a value away
        yield name == "DefaultSMSType" and value not in {"Promotional", "Transactional"}
        yield name in {"MonthlySpendLimit", "DeliveryStatusSuccessSamplingRate"} and not value.isdigit()
        yield name == "DeliveryStatusSuccessSamplingRate" and value.isdigit() and int(value) > 100  # noqa: PLR2004  per cent
        yield name == "DefaultSenderID" and not (value.replace("-", "").isalnum() and len(value) <= 11)  # noqa: PLR2004


def get_sms_attributes(call: GapCall) -> Mapping[str, Any]:
    """Those that are set."""
    told = call.through().get("attributes") or {}
    return {"attributes": {name: value for name, value in told.items() if value}}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("sns", "GetSMSAttributes"): get_sms_attributes,
    ("sns", "SetSMSAttributes"): set_sms_attributes,
}
