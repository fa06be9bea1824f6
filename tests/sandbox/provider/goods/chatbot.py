"""Good and bad ones of Chatbot: channels of Slack."""

from __future__ import annotations

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, TAGS, TOPIC_ARN, Bad, Good

ROLE = f"arn:aws:iam::{ACCOUNT}:role/there"
READING = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
DENYING = "arn:aws:iam::aws:policy/AWSDenyAll"

GOODS = (
    Good(
        token="aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        inputs={
            "configurationName": "shop-oncall",
            "iamRoleArn": ROLE,
            "slackTeamId": "T0123ABCD",
            "slackChannelId": "C0123ABCD",
            "snsTopicArns": [TOPIC_ARN],
            "guardrailPolicyArns": [READING],
            "loggingLevel": "ERROR",
            "userAuthorizationRequired": True,
            "tags": TAGS,
        },
        change={"snsTopicArns": [TOPIC_ARN, f"{TOPIC_ARN}-2"], "guardrailPolicyArns": [DENYING], "tags": OTHER_TAGS},
        replacements={"configurationName": "shop-other", "slackTeamId": "T9999ZZZZ"},
        outside=(
            "chatbot",
            "update_slack_channel_configuration",
            {"ChatConfigurationArn": "{id}", "SlackChannelId": "C0123ABCD", "LoggingLevel": "INFO"},
        ),
        drift=("loggingLevel",),
        bads=(
            Bad({"configurationName": DROP}, "configurationName", "required"),
            Bad({"iamRoleArn": DROP}, "iamRoleArn", "required"),
            Bad({"iamRoleArn": "there"}, "iamRoleArn"),
            Bad({"slackTeamId": "T 1"}, "slackTeamId", "pattern"),
            Bad({"loggingLevel": "LOUD"}, "loggingLevel", "ERROR"),
            Bad({"guardrailPolicies": [READING]}, "guardrailPolicies", "did you mean"),
        ),
    ),
)
