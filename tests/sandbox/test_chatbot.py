"""Channels of Slack, as Chatbot keeps them."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/chat"
CHANNEL = {
    "ConfigurationName": "oncall",
    "SlackTeamId": "T0123ABCD",
    "SlackChannelId": "C0123ABCD",
    "IamRoleArn": ROLE,
}


def found(chatbot: Any) -> list[dict[str, Any]]:
    return list(chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"])


def test_a_channel_without_a_guardrail_has_administrator_access(aws):
    chatbot = aws("chatbot")
    chatbot.create_slack_channel_configuration(**CHANNEL)
    (channel,) = found(chatbot)
    assert channel["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AdministratorAccess"]
    chatbot.delete_slack_channel_configuration(ChatConfigurationArn=channel["ChatConfigurationArn"])
    assert found(chatbot) == []


def test_a_channel_has_one_configuration(aws, refused):
    chatbot = aws("chatbot")
    chatbot.create_slack_channel_configuration(**CHANNEL)
    again = {**CHANNEL, "ConfigurationName": "other"}
    assert refused(chatbot.create_slack_channel_configuration, **again)[0] == "ConflictException"
    gone = "arn:aws:chatbot::123456789012:chat-configuration/slack-channel/none"
    code, _ = refused(chatbot.delete_slack_channel_configuration, ChatConfigurationArn=gone)
    assert code == "ResourceNotFoundException"
