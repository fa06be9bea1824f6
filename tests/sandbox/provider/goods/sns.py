"""Good and bad ones of sns: topics, their policies, subscriptions."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, TOPIC_ARN, Bad, Good

QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pages"


def policy(action: str = "sns:Publish", resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": resource}]})


GOODS = (
    Good(
        token="aws:sns/topic:Topic",
        inputs={"name": "shop-critical", "displayName": "Shop", "kmsMasterKeyId": "alias/shop", "tags": TAGS},
        change={"displayName": "Web shop", "kmsMasterKeyId": DROP, "tags": OTHER_TAGS},
        replacements={"name": "shop-other", "fifoTopic": True},
        outside=(
            "sns",
            "set_topic_attributes",
            {"TopicArn": "{id}", "AttributeName": "DisplayName", "AttributeValue": "by hand"},
        ),
        drift=("displayName",),
        bads=(
            Bad({"nme": "x"}, "nme", "did you mean name"),
            Bad({"displayName": 5.0}, "displayName", "text"),
            Bad({"name": "x" * 257}, "name", "256"),
            Bad({"name": "with space"}, "name"),
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"tracingConfig": "Sometimes"}, "tracingConfig", "PassThrough"),
            Bad({"signatureVersion": 3.0}, "signatureVersion", "1 to 2"),
            Bad({"httpSuccessFeedbackSampleRate": 101.0}, "httpSuccessFeedbackSampleRate", "0 to 100"),
            Bad({"contentBasedDeduplication": True}, "contentBasedDeduplication", "FIFO"),
            Bad({"fifoTopic": True}, "name", ".fifo"),
            Bad({"tags": {"team": 5.0}}, "tags.team", "text"),
            Bad({"namePrefix": "shop"}, "namePrefix", "does not"),
        ),
    ),
    Good(
        token="aws:sns/topicPolicy:TopicPolicy",
        needs=("topic",),
        inputs={"arn": TOPIC_ARN, "policy": policy(resource=TOPIC_ARN)},
        change={"policy": policy("sns:*", TOPIC_ARN)},
        replacements={"arn": f"{TOPIC_ARN}-2"},
        outside=(
            "sns",
            "set_topic_attributes",
            {"TopicArn": "{id}", "AttributeName": "Policy", "AttributeValue": policy("sns:Subscribe", TOPIC_ARN)},
        ),
        drift=("policy",),
        bads=(
            Bad({"arn": DROP}, "arn", "required"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"policy": "allow all"}, "policy", "JSON"),
            Bad({"policy": "[]"}, "policy", "object"),
            Bad({"arn": "there"}, "arn", "ARN"),
            Bad({"polcy": "{}"}, "polcy", "did you mean policy"),
            Bad({"policy": True}, "policy", "boolean"),
        ),
    ),
    Good(
        token="aws:sns/topicSubscription:TopicSubscription",
        needs=("topic",),
        inputs={"topic": TOPIC_ARN, "protocol": "sqs", "endpoint": QUEUE_ARN, "filterPolicy": '{"tier": ["critical"]}'},
        change={"filterPolicy": '{"tier": ["warning"]}', "rawMessageDelivery": True},
        replacements={"topic": f"{TOPIC_ARN}-2", "protocol": "https", "endpoint": f"{QUEUE_ARN}-2"},
        outside=(
            "sns",
            "set_subscription_attributes",
            {"SubscriptionArn": "{id}", "AttributeName": "RawMessageDelivery", "AttributeValue": "true"},
        ),
        drift=("rawMessageDelivery",),
        bads=(
            Bad({"topic": DROP}, "topic", "required"),
            Bad({"protocol": DROP}, "protocol", "required"),
            Bad({"endpoint": DROP}, "endpoint", "required"),
            Bad({"protocol": "pager"}, "protocol", "https"),
            Bad({"protocol": "email"}, "endpoint", "email"),
            Bad({"protocol": "firehose"}, "endpoint"),
            Bad({"topic": "there"}, "topic", "ARN"),
            Bad({"filterPolicy": "tier"}, "filterPolicy", "JSON"),
            Bad({"filterPolicyScope": "Everywhere"}, "filterPolicyScope", "MessageBody"),
            Bad({"rawMessageDelivery": "yes"}, "rawMessageDelivery", "boolean"),
            Bad({"confirmationTimeoutInMinutes": 1.5}, "confirmationTimeoutInMinutes", "fraction"),
            Bad({"topicArn": TOPIC_ARN}, "topicArn", "did you mean topic"),
        ),
    ),
)
