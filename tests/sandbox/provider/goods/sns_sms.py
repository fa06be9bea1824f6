"""Good and bad ones of SNS: the preferences of text messages."""

from __future__ import annotations

from tests.sandbox.provider.good import ACCOUNT, Bad, Good

_ROLE = f"arn:aws:iam::{ACCOUNT}:role/texts"

GOODS = (
    Good(
        token="aws:sns/smsPreferences:SmsPreferences",
        inputs={
            "monthlySpendLimit": 20.0,
            "deliveryStatusIamRoleArn": _ROLE,
            "deliveryStatusSuccessSamplingRate": "10",
            "defaultSmsType": "Transactional",
        },
        change={"monthlySpendLimit": 50.0, "defaultSmsType": "Promotional"},
        outside=("sns", "set_sms_attributes", {"attributes": {"MonthlySpendLimit": "1"}}),
        drift=("monthlySpendLimit",),
        bads=(
            Bad({"monthlySpendLimit": "much"}, "monthlySpendLimit", "number"),
            Bad({"monthlySpendLimit": -1.0}, "monthlySpendLimit", "0 to"),
            Bad({"defaultSmsType": "Spam"}, "defaultSmsType", "Promotional"),
            Bad({"deliveryStatusIamRoleArn": "me"}, "deliveryStatusIamRoleArn", "ARN"),
            Bad({"spendLimit": 1.0}, "spendLimit", "did you mean"),
        ),
    ),
)
