"""Messages to people: log, webhooks, Slack, Discord, PagerDuty, e-mail and SMS. They never block or break a plan."""

from opslib.notify.alarm_said import message_of
from opslib.notify.channels import Hook, Log, Topic
from opslib.notify.message import SEVERITIES, Channel, Delivery, Message, NotDelivered, Severity
from opslib.notify.outcomes import outcome_message
from opslib.notify.port import NotifyPort
from opslib.notify.settings import channels_of
from opslib.notify.tell import tell
from opslib.notify.told import Told

__all__ = [
    "SEVERITIES",
    "Channel",
    "Delivery",
    "Hook",
    "Log",
    "Message",
    "NotDelivered",
    "NotifyPort",
    "Severity",
    "Told",
    "Topic",
    "channels_of",
    "message_of",
    "outcome_message",
    "tell",
]
