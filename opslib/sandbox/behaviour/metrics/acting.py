"""What an alarm does when it changes: a table from the service in an action's ARN to what carries the action out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.metrics.history import note
from opslib.sandbox.behaviour.metrics.messages import alarm_message, alarm_subject
from opslib.sandbox.behaviour.metrics.muting import muted_now
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.gaps.alarms import actions_of, describe

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["ACTIONS", "Action", "ActionFailed", "Carrier", "act", "act_again", "publish_to_topic"]


class ActionFailed(Exception):
    """The action could not be carried out; the message is written into the alarm's history."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action that is due.

    Attributes:
        account: The sandbox's account.
        place: Where the alarm is.
        arn: The action.
        alarm: The alarm as DescribeAlarms has it.
        state: The state whose action it is.
        subject: The subject of a message about it.
        message: AWS's JSON message about it.
        at: When.
    """

    account: Account
    place: Place
    arn: str
    alarm: Mapping[str, Any]
    state: str
    subject: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Carrier:
    """A row of the table.

    Attributes:
        home: The function that carries the action out, as "module:function"; it takes an `Action` and raises
            ActionFailed. Empty: nothing does, and the history says so.
        repeats: Whether it is carried out again every minute while the state lasts, as actions of scaling policies are
            (AWS, "Alarm actions": "the alarm continues to invoke the action once per minute").
    """

    home: str
    repeats: bool = False


ACTIONS: Mapping[str, Carrier] = {
    "sns": Carrier("opslib.sandbox.behaviour.metrics.acting:publish_to_topic"),
    "autoscaling": Carrier("opslib.sandbox.behaviour.autoscaling:carry_out", repeats=True),
    "automate": Carrier(""),
    "lambda": Carrier("opslib.sandbox.behaviour.functions.alarm_action:carry_out"),
    "ssm": Carrier(""),
    "ssm-incidents": Carrier(""),
}
"""By the service that the ARN names: `arn:aws:autoscaling:…:scalingPolicy:…` is that of `autoscaling`."""


def act(occasion: Occasion, state: str, *, only_repeating: bool = False) -> None:
    """Run an alarm's actions for a state, unless they are disabled or muted."""
    alarm, place = occasion.alarm, occasion.place
    due = [arn for arn in actions_of(alarm, state) if not only_repeating or _carrier(arn).repeats]
    if not due or not alarm.actions_enabled:
        return
    if muted_now(occasion, state, act):
        return
    described = describe(alarm)
    message, subject = alarm_message(place, alarm, described), alarm_subject(place, described)
    for arn in due:
        action = Action(occasion.world.account, place, arn, described, state, subject, message, occasion.at)
        _carry_out(occasion, action)


def act_again(occasion: Occasion, state: str, *, now: bool) -> bool:
    """Run those actions again that are repeated while the state lasts.

    Returns:
        Whether there are any.
    """
    if not any(_carrier(arn).repeats for arn in actions_of(occasion.alarm, state)):
        return False
    if now:
        act(occasion, state, only_repeating=True)
    return True


def publish_to_topic(action: Action) -> None:
    """Publish the alarm's message to an SNS topic.

    Raises:
        ActionFailed: There is no such topic.
    """
    from moto.sns.models import sns_backends

    region = action.arn.split(":")[3]
    backend = sns_backends[action.place.account_id][region]
    if action.arn not in backend.topics:
        raise ActionFailed(f"Topic does not exist: {action.arn}")
    backend.publish(action.message, action.arn, subject=action.subject)


def _carrier(arn: str) -> Carrier:
    return ACTIONS.get(arn.split(":")[2], Carrier(""))


def _carry_out(occasion: Occasion, action: Action) -> None:
    data = {
        "actionState": "Succeeded",
        "stateUpdateTimestamp": int(action.at.timestamp() * 1000),
        "notificationResource": action.arn,
        "publishedMessage": action.message,
    }
    summary = f"Successfully executed action {action.arn}"
    try:
        _home(_carrier(action.arn))(action)
    except ActionFailed as failure:
        summary = f'Failed to execute action {action.arn}. Received error: "{failure}"'
        data |= {"actionState": "Failed", "error": str(failure)}
    note(occasion, "Action", summary, data)


def _home(carrier: Carrier) -> Callable[[Action], None]:
    if not carrier.home:
        return _not_modelled
    module, _, name = carrier.home.partition(":")
    home: Callable[[Action], None] = getattr(import_module(module), name)
    return home


def _not_modelled(action: Action) -> None:
    raise ActionFailed(f"SandboxNotModelled: the sandbox does not carry out {action.arn}")
