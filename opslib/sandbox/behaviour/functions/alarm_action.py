"""An alarm whose action is a function invokes it, with what AWS sends then.

Source: CloudWatch's user guide, "Invoke a Lambda function from an alarm".
"""

from __future__ import annotations

import json

from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke_later
from opslib.sandbox.behaviour.functions.resolving import parse_name
from opslib.sandbox.behaviour.metrics.acting import Action, ActionFailed
from opslib.sandbox.behaviour.metrics.events import state_change
from opslib.sandbox.behaviour.metrics.times import stamp

__all__ = ["carry_out"]


def carry_out(action: Action) -> None:
    """Invoke the function that an alarm names as its action.

    Raises:
        ActionFailed: There is no such function.
    """
    place, name = action.place, str(action.alarm["AlarmName"])
    alarm = cloudwatch_backends[place.account_id][place.region].alarms[name]
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": action.alarm["AlarmArn"],
        "accountId": place.account_id,
        "time": stamp(action.at),
        "region": place.region,
        "alarmData": state_change(alarm, action.alarm),
    }
    try:
        asked = Invocation(action.arn.split(":")[3], parse_name(action.arn), json.dumps(event, default=str).encode())
        invoke_later(action.account, asked)
    except AwsError as error:
        raise ActionFailed(error.message) from error
