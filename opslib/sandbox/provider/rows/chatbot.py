"""Amazon Q Developer in chat applications, once AWS Chatbot: channels of Slack."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Many, Plain
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, one_of

__all__ = ["ROWS"]

_ARN = {"ChatConfigurationArn": "{id}"}
_CHANGING = (
    Field("iamRoleArn", "IamRoleArn"),
    Field("slackChannelId", "SlackChannelId"),
    Field("guardrailPolicyArns", "GuardrailPolicyArns", Many(Plain(), unordered=True), computed=True),
    Field("loggingLevel", "LoggingLevel", default="NONE"),
    Field("snsTopicArns", "SnsTopicArns", Many(Plain(), unordered=True), computed=True),
    Field("userAuthorizationRequired", "UserAuthorizationRequired", default=False),
)

SLACK_CHANNEL = ResourceType(
    token="aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",  # noqa: S106 - a type's name
    service="chatbot",
    fields=(Field("configurationName", "ConfigurationName"), Field("slackTeamId", "SlackTeamId"), *_CHANGING),
    create=Call("create_slack_channel_configuration"),
    changes=(Change(call=Call("update_slack_channel_configuration", _ARN), fields=_CHANGING),),
    delete=Call("delete_slack_channel_configuration", _ARN),
    lookups=(
        Lookup(
            call=Call("describe_slack_channel_configurations"),
            at="SlackChannelConfigurations",
            where={"ChatConfigurationArn": "{id}"},
        ),
    ),
    identity="arn:{partition}:chatbot::{account_id}:chat-configuration/slack-channel/{configurationName}",
    outputs={
        "chatConfigurationArn": "{id}",
        "slackTeamName": "{live.SlackTeamName}",
        "slackChannelName": "{live.SlackChannelName}",
    },
    replace_on=frozenset({"configurationName", "slackTeamId"}),  # RequiresReplace; the update has neither
    tags=Tagging(
        path="Tags",
        pair=("TagKey", "TagValue"),
        tag=Call("tag_resource", {"ResourceARN": "{id}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceARN": "{id}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceARN": "{id}"}),
    ),
    rules=(arns("iamRoleArn"), one_of("loggingLevel", "ERROR", "INFO", "NONE")),
)

ROWS = (SLACK_CHANNEL,)
