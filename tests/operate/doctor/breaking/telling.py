"""Nobody is told: topics, subscriptions, keys, phones, budgets."""

from __future__ import annotations

from tests.operate.doctor.breaking.means import Broken, key, policy_for, publish, topic
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


def topic_deleted(p: Product) -> None:
    p.aws("sns").delete_topic(TopicArn=topic(p, "warning"))


def subscription_pending(p: Product) -> None:
    p.aws("sns").subscribe(TopicArn=topic(p, "critical"), Protocol="email", Endpoint="late@parcel.example")


def nobody_listens(p: Product) -> None:
    for one in p.aws("sns").list_subscriptions_by_topic(TopicArn=topic(p, "recovery"))["Subscriptions"]:
        p.aws("sns").unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def topic_closed(p: Product) -> None:
    policy = policy_for("budgets.amazonaws.com", "sns:Publish", topic(p, "critical"))
    p.aws("sns").set_topic_attributes(TopicArn=topic(p, "critical"), AttributeName="Policy", AttributeValue=policy)


def key_disabled(p: Product) -> None:
    p.aws("kms").disable_key(KeyId=key(p))


def key_dying(p: Product) -> None:
    p.aws("kms").schedule_key_deletion(KeyId=key(p), PendingWindowInDays=7)


def key_for_others(p: Product) -> None:
    policy = policy_for("cloudwatch.amazonaws.com", "kms:*", "*")
    p.aws("kms").put_key_policy(KeyId=key(p), PolicyName="default", Policy=policy)


def phones_in_sandbox(p: Product) -> None:
    p.sandbox.behaviour(metrics={"sms_sandbox": True})


def phones_too_dear(p: Product) -> None:
    publish(p, "AWS/SNS", "SMSMonthToDateSpentUSD", 49.5)


def phone_opted_out(p: Product) -> None:
    p.aws("sns").subscribe(TopicArn=topic(p, "emergency"), Protocol="sms", Endpoint="+15005550199")  # moto's such one


def message_lost(p: Product) -> None:
    nowhere = "arn:aws:sqs:eu-central-1:123456789012:nowhere"
    p.aws("sns").subscribe(TopicArn=topic(p, "info"), Protocol="sqs", Endpoint=nowhere)
    p.aws("sns").publish(TopicArn=topic(p, "info"), Message="lost")


def message_unreadable(p: Product) -> None:
    p.aws("sns").publish(TopicArn=topic(p, "critical"), Message="no JSON, which its filter needs")


def budget_unheard(p: Product) -> None:
    of = {"AccountId": p.outputs.stack.account, "BudgetName": "parcel-staging-monthly"}
    for one in p.aws("budgets").describe_notifications_for_budget(**of)["Notifications"]:
        one.pop("NotificationState", None)
        p.aws("budgets").delete_notification(**of, Notification=one)


BROKEN = (
    Broken("a topic was deleted", "topic-there", "parcel-staging-warning", topic_deleted),
    Broken("a subscription waits to be confirmed", "subscription-confirmed", "critical", subscription_pending),
    Broken("nobody listens to a tier", "tier-heard", "recovery", nobody_listens),
    Broken("a topic's policy names nobody who rings", "topic-open", "critical", topic_closed),
    Broken("the topics' key is disabled", "topic-key", ":key/", key_disabled),
    Broken("the topics' key waits to be deleted", "topic-key", ":key/", key_dying),
    Broken("the key's policy leaves EventBridge out", "topic-key", ":key/", key_for_others),
    Broken("the account is in the SMS sandbox", "sms-released", "SMS in ", phones_in_sandbox),
    Broken("the money for text messages is spent", "sms-affordable", "eu-central-1", phones_too_dear),
    Broken("a number has opted out", "sms-wanted", "eu-central-1", phone_opted_out),
    Broken("a subscriber cannot be reached", "messages-arrive", "parcel-staging-info", message_lost),
    Broken("a message that no filter can read", "messages-arrive", "parcel-staging-critical", message_unreadable),
    Broken("the budget tells nobody", "budget-heard", "parcel-staging-monthly", budget_unheard),
)
