"""Topics and who listens to them: confirmed subscriptions, and a key and a policy that let alarms speak."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure.aws import regional

__all__ = ["CHECKS", "Heard", "Subscription", "TopicOf", "TopicSeen", "see_heard", "see_topic", "shown", "topics_of"]

_GONE: Final = frozenset({"NotFound", "NotFoundException"})
_MAY_BE_UNHEARD: Final = frozenset({"info"})
"""Tiers that a stack may send to nobody: they are read on the dashboards."""

_PUBLISHERS: Final = ("cloudwatch.amazonaws.com", "events.amazonaws.com")
"""Who publishes pages: alarms, and EventBridge rules."""

_PENDING: Final = "PendingConfirmation"


@dataclass(frozen=True, slots=True)
class TopicOf:
    """A topic of the contract."""

    tier: str
    region: str
    arn: str

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.rpartition(":")[2]

    def __str__(self) -> str:
        return f"{self.name} in {self.region}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who listens to a topic.

    Attributes:
        protocol: How.
        endpoint: The address as it may be shown: an https address and a phone number may be secrets.
        number: The phone number of an `sms` subscription, to be asked about and never shown.
        pending: Whether it waits to be confirmed.
    """

    protocol: str
    endpoint: str
    number: str
    pending: bool


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic as SNS has it.

    Attributes:
        topic: Which one.
        exists: Whether there is one.
        key: The ARN or id of its key; empty where it is not encrypted.
        policy: Its policy.
    """

    topic: TopicOf
    exists: bool
    key: str = ""
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Who listens to a topic.

    Attributes:
        topic: Which one.
        subscriptions: Who listens.
    """

    topic: TopicOf
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class KeySeen:
    """The key of a topic as KMS has it.

    Attributes:
        arn: Its ARN, or what the topic calls it.
        state: KMS's word for its state; empty where there is none.
        of_aws: Whether AWS manages it, so that nobody can change its policy.
        policy: Its policy.
        topics: The topics that it encrypts.
    """

    arn: str
    state: str
    of_aws: bool
    policy: Mapping[str, Any]
    topics: tuple[str, ...]


def topics_of(outputs: StackOutputs) -> Iterator[TopicOf]:
    """Every topic of the contract."""
    for tier, regions in outputs.topics.items():
        for region, arn in regions.items():
            yield TopicOf(tier, region, arn)


def see_topic(look: Look, topic: TopicOf) -> TopicSeen:
    """Look at a topic."""
    port = regional("sns", topic.region, look.home)
    found = look.unless_gone(_GONE, lambda: look.read(port, "GetTopicAttributes", TopicArn=topic.arn))
    if found is None:
        return TopicSeen(topic, exists=False)
    attributes = found["Attributes"]
    return TopicSeen(
        topic,
        exists=True,
        key=attributes.get("KmsMasterKeyId", ""),
        policy=json.loads(attributes["Policy"]) if attributes.get("Policy") else None,
    )


def see_heard(look: Look, topic: TopicOf) -> Heard | None:
    """Look who listens to a topic; None where there is none. Fewer may see that: a pager's key is in its address."""
    if not see_topic(look, topic).exists:
        return None
    port = regional("sns", topic.region, look.home)
    listening = look.pages(port, "ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic.arn)
    return Heard(topic, tuple(_subscription(one) for one in listening))


def _there(look: Look, topic: TopicOf) -> TopicSeen | None:
    seen = see_topic(look, topic)
    return seen if seen.exists else None


def _subscription(found: Mapping[str, Any]) -> Subscription:
    protocol, endpoint = found["Protocol"], found.get("Endpoint", "")
    number = endpoint if protocol == "sms" else ""
    return Subscription(protocol, shown(protocol, endpoint), number, found["SubscriptionArn"] == _PENDING)


def shown(protocol: str, endpoint: str) -> str:
    """An address without what may be secret in it: a pager's URL holds its key, a number is somebody's own."""
    if protocol in ("http", "https"):
        return urlsplit(endpoint).hostname or protocol
    return f"…{endpoint[-2:]}" if protocol == "sms" else endpoint


def _see_keys(look: Look, region: str) -> tuple[KeySeen, ...]:
    """The keys of a region's topics."""
    by_key: dict[str, list[str]] = {}
    for topic in topics_of(look.outputs):
        if topic.region == region:
            seen = see_topic(look, topic)
            if seen.key:
                by_key.setdefault(seen.key, []).append(topic.name)
    return tuple(_see_key(look, region, key, tuple(names)) for key, names in by_key.items())


def _see_key(look: Look, region: str, key: str, names: tuple[str, ...]) -> KeySeen:
    port = regional("kms", region, look.home)
    found = look.unless_gone(_GONE, lambda: look.read(port, "DescribeKey", KeyId=key))
    if found is None:
        return KeySeen(key, "", of_aws=False, policy={}, topics=names)
    described = found["KeyMetadata"]
    arn, of_aws = described["Arn"], described.get("KeyManager") == "AWS"
    policy: Mapping[str, Any] = {}
    if not of_aws:
        policy = json.loads(look.read(port, "GetKeyPolicy", KeyId=arn, PolicyName="default")["Policy"])
    return KeySeen(arn, described["KeyState"], of_aws, policy, names)


def _pending(seen: Heard, _: datetime) -> Iterator[Fault]:
    for one in seen.subscriptions:
        if one.pending:
            yield Fault(str(seen.topic), f"the {one.protocol} subscription of {one.endpoint} waits to be confirmed")


def _unheard(seen: Heard, _: datetime) -> Iterator[Fault]:
    if not seen.subscriptions:
        yield Fault(str(seen.topic), f"nobody listens to the tier {seen.topic.tier}")


def _missing(seen: TopicSeen, _: datetime) -> Iterator[Fault]:
    if not seen.exists:
        yield Fault(str(seen.topic), f"the topic of the tier {seen.topic.tier} is not in AWS")


def _closed(seen: TopicSeen, _: datetime) -> Iterator[Fault]:
    if seen.policy is not None:
        for service in _PUBLISHERS:
            if not _allows(seen.policy, service, "sns:Publish"):
                yield Fault(str(seen.topic), f"its policy does not let {service.partition('.')[0]} publish")


def _unusable(keys: tuple[KeySeen, ...], _: datetime) -> Iterator[Fault]:
    for key in keys:
        of = f"the key of {', '.join(key.topics)}"
        if not key.state:
            yield Fault(key.arn, f"{of} is not there")
        elif key.state != "Enabled":
            cancel = "aws kms cancel-key-deletion --key-id {on}, and then aws kms enable-key --key-id {on}"
            yield Fault(key.arn, f"{of} is {key.state}", cancel if key.state == "PendingDeletion" else "")
        elif key.of_aws:
            yield Fault(
                key.arn,
                f"{of} is managed by AWS: CloudWatch may not use it",
                "encrypt the topics with a key of your own: `pulumi up` does",
            )
        else:
            for service in _PUBLISHERS:
                if not _allows(key.policy, service, "kms:GenerateDataKey"):
                    name = service.partition(".")[0]
                    yield Fault(key.arn, f"the policy of {of} does not name {name}", "`pulumi up` writes the policy")


def _allows(policy: Mapping[str, Any], service: str, action: str) -> bool:
    """Whether a statement lets a service do it. Conditions are taken to be met: the topics' own say which account."""
    return any(
        statement.get("Effect") == "Allow"
        and _named(statement.get("Principal", {}), service)
        and any(_matches(pattern, action) for pattern in _listed(statement.get("Action", ())))
        for statement in _listed(policy.get("Statement", ()))
    )


def _named(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    return service in _listed(principal.get("Service", ())) or "*" in _listed(principal.get("AWS", ()))


def _matches(pattern: str, action: str) -> bool:
    pattern, action = pattern.lower(), action.lower()
    return pattern in ("*", action) or (pattern.endswith("*") and action.startswith(pattern[:-1]))


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _heard(outputs: StackOutputs) -> Iterator[TopicOf]:
    return (topic for topic in topics_of(outputs) if topic.tier not in _MAY_BE_UNHEARD)


def _regions(outputs: StackOutputs) -> list[str]:
    return sorted({topic.region for topic in topics_of(outputs)})


_UP: Final = "`pulumi up` creates it again; every e-mail address has to confirm again"

CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="topic-there",
        group="Telling people",
        level="critical",
        looks_at="the topic of each tier is there, in each of its regions",
        why="alarms ring, and their messages go nowhere",
        next_step=_UP,
        subjects=topics_of,
        read=see_topic,
        judge=_missing,
    ),
    Check(
        id="subscription-confirmed",
        group="Telling people",
        level="critical",
        looks_at="no subscription waits to be confirmed",
        why="whoever it is for hears nothing",
        next_step="have them click the link in SNS's message (an https endpoint: answer it); it is valid for two days,"
        " after which `pulumi up` subscribes them anew",
        subjects=topics_of,
        read=see_heard,
        judge=_pending,
    ),
    Check(
        id="tier-heard",
        group="Telling people",
        level="critical",
        looks_at="somebody listens to each tier but info",
        why="alarms of the tier wake nobody",
        next_step="give the tier a route under opslib:alerting, then `pulumi up`",
        subjects=_heard,
        read=see_heard,
        judge=_unheard,
    ),
    Check(
        id="topic-open",
        group="Telling people",
        level="critical",
        looks_at="the topics' policies let alarms and EventBridge publish",
        why="alarms ring, and SNS refuses their messages without a word",
        next_step="`pulumi up` writes the policy again",
        subjects=topics_of,
        read=_there,
        judge=_closed,
    ),
    Check(
        id="topic-key",
        group="Telling people",
        level="critical",
        looks_at="the topics' key is enabled, and its policy names alarms and EventBridge",
        why="alarms ring, and cannot encrypt their messages: every topic is silent",
        next_step="aws kms enable-key --key-id {on}",
        subjects=_regions,
        read=_see_keys,
        judge=_unusable,
        on=lambda region: f"the topics' key in {region}",
    ),
)
"""What is checked of topics."""
