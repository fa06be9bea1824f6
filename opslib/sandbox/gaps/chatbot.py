"""Chatbot (Amazon Q Developer in chat applications): channels of Slack are kept. Nothing is ever said in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

_RECORD = "slack channels"

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
"""The guardrail where none is given (API reference: CreateSlackChannelConfiguration)."""


def create_slack_channel_configuration(call: GapCall) -> Mapping[str, Any]:
    """Of a name and a channel that no other has."""
    check_constraints(call, "InvalidParameterException")
    given, channels = call.parameters, _channels(call)
    arn = f"arn:aws:chatbot::{call.account_id}:chat-configuration/slack-channel/{given['ConfigurationName']}"
    same = ("SlackTeamId", "SlackChannelId")
    if arn in channels or any(all(one[key] == given[key] for key in same) for one in channels.values()):
        message = f"A configuration {given['ConfigurationName']}, or one of this channel, is there already"
        raise AwsError("ConflictException", message, 409)
    channels[arn] = {
        "SlackTeamName": given["SlackTeamId"].lower(),
        "SlackChannelName": given["SlackChannelId"].lower(),
        "GuardrailPolicyArns": [_ADMINISTRATOR],
        "LoggingLevel": "NONE",
        "SnsTopicArns": [],
        "UserAuthorizationRequired": False,
        "Tags": [],
        **given,
        "ChatConfigurationArn": arn,
        "State": "ENABLED",
    }
    return {"ChannelConfiguration": channels[arn]}


def describe_slack_channel_configurations(call: GapCall) -> Mapping[str, Any]:
    """All of them, or one; one that is not there is no error."""
    channels, arn = _channels(call), call.parameters.get("ChatConfigurationArn")
    return {"SlackChannelConfigurations": [one for key, one in channels.items() if arn in (None, key)]}


def update_slack_channel_configuration(call: GapCall) -> Mapping[str, Any]:
    """What is given, of one that is there."""
    check_constraints(call, "InvalidParameterException")
    channel = _channel(call, "ChatConfigurationArn")
    channel.update({key: value for key, value in call.parameters.items() if key != "ChatConfigurationArn"})
    return {"ChannelConfiguration": channel}


def delete_slack_channel_configuration(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    _channel(call, "ChatConfigurationArn")
    del _channels(call)[call.parameters["ChatConfigurationArn"]]
    return {}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """A tag that is there gets the new value."""
    channel, tags = _channel(call, "ResourceARN"), call.parameters["Tags"]
    new = {tag["TagKey"] for tag in tags}
    channel["Tags"] = [*(tag for tag in channel["Tags"] if tag["TagKey"] not in new), *tags]
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Tags that are not there are no error."""
    channel, gone = _channel(call, "ResourceARN"), call.parameters["TagKeys"]
    channel["Tags"] = [tag for tag in channel["Tags"] if tag["TagKey"] not in gone]
    return {}


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """The tags of one that is there."""
    return {"Tags": _channel(call, "ResourceARN")["Tags"]}


def _channels(call: GapCall) -> dict[str, dict[str, Any]]:
    """By ARN: they are global in an account."""
    channels: dict[str, dict[str, Any]] = call.account.record(_RECORD).setdefault(call.account_id, {})
    return channels


def _channel(call: GapCall, parameter: str) -> dict[str, Any]:
    found = _channels(call).get(call.parameters[parameter])
    if found is None:
        raise AwsError("ResourceNotFoundException", f"There is no {call.parameters[parameter]}", 404)
    return found


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("chatbot", "CreateSlackChannelConfiguration"): create_slack_channel_configuration,
    ("chatbot", "DeleteSlackChannelConfiguration"): delete_slack_channel_configuration,
    ("chatbot", "DescribeSlackChannelConfigurations"): describe_slack_channel_configurations,
    ("chatbot", "ListTagsForResource"): list_tags_for_resource,
    ("chatbot", "TagResource"): tag_resource,
    ("chatbot", "UntagResource"): untag_resource,
    ("chatbot", "UpdateSlackChannelConfiguration"): update_slack_channel_configuration,
}
