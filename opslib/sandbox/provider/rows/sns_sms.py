"""SNS: the preferences of text messages, of which a region has one set."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Text
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Lookup, ResourceType
from opslib.sandbox.provider.rows.rules import arns, one_of, within

__all__ = ["ROWS"]

_SET = {
    "monthlySpendLimit": ("MonthlySpendLimit", Text(int)),
    "deliveryStatusIamRoleArn": ("DeliveryStatusIAMRole", Text()),
    "deliveryStatusSuccessSamplingRate": ("DeliveryStatusSuccessSamplingRate", Text()),
    "defaultSenderId": ("DefaultSenderID", Text()),
    "defaultSmsType": ("DefaultSMSType", Text()),
    "usageReportS3Bucket": ("UsageReportS3Bucket", Text()),
}

SMS_PREFERENCES = ResourceType(
    token="aws:sns/smsPreferences:SmsPreferences",  # noqa: S106 - Pulumi's word for a type's name
    service="sns",
    fields=tuple(
        Field(name, f"attributes.{attribute}", codec, live=attribute, computed=name == "monthlySpendLimit")
        for name, (attribute, codec) in _SET.items()
    ),
    create=Call("set_sms_attributes"),
    update={},
    delete=Call("set_sms_attributes", {"attributes": {attribute: "" for attribute, _ in _SET.values()}}),
    lookups=(Lookup(call=Call("get_sms_attributes"), at="attributes"),),
    identity="aws_sns_sms_id",  # the real provider's, whatever the region
    rules=(
        arns("deliveryStatusIamRoleArn"),
        one_of("defaultSmsType", "Promotional", "Transactional"),
        within("monthlySpendLimit", 0, 1_000_000),
    ),
)

ROWS = (SMS_PREFERENCES,)
