"""A page that says it is a test: whether what rings at night reaches somebody is only known when it rings.

It looks as an alarm of CloudWatch's looks, so that it takes the way of one: the filters of subscriptions, and the
integrations of pagers. When it has arrived, or has had its time, the same alarm is said to be well again, so that a
pager closes what it opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.clients import aws_call
from opslib.errors import BadRequest, OpslibError
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.examination import Examined, Finding, NotChecked
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.topics import TopicOf, see_topic
from opslib.procedure import AwsPorts, Clock, Ports, Store, SystemClock
from opslib.procedure.aws import regional
from opslib.stack import Stack

__all__ = ["PAGE", "Paged", "page_tier"]

WAIT: Final = timedelta(minutes=10)
"""How long its delivery is waited for: SNS publishes its metrics a minute or more after the fact."""

LOOK_AGAIN_SECONDS: Final = 15.0

_SUBJECT_CHARACTERS: Final = 100
"""SNS, Publish."""

_RECOVERY: Final = "recovery"
_COUNTED: Final = {
    "delivered": "NumberOfNotificationsDelivered",
    "failed": "NumberOfNotificationsFailed",
    "filtered": "NumberOfNotificationsFilteredOut",
}


@dataclass(frozen=True, slots=True)
class Paged:
    """What became of a test page.

    Attributes:
        topic: Where it was published.
        listeners: How many confirmed subscriptions there are.
        delivered: How many of them SNS has handed it to.
        failed: How many it could not be handed to.
        filtered: How many do not take it.
    """

    topic: TopicOf
    listeners: int
    delivered: int
    failed: int
    filtered: int

    @property
    def settled(self) -> bool:
        """Whether SNS has said of every subscription what became of it."""
        return self.delivered + self.failed + self.filtered >= self.listeners


def _judge(paged: Paged, _: datetime) -> Iterator[Fault]:
    on = str(paged.topic)
    if not paged.listeners:
        yield Fault(on, "nobody listens: no page can arrive", "`opslib doctor` says who has still to confirm")
    if paged.failed:
        yield Fault(on, f"the test page did not reach {paged.failed} of {paged.listeners} subscribers")
    if paged.filtered:
        yield Fault(on, f"the filters of {paged.filtered} of {paged.listeners} subscriptions do not let it pass")


PAGE: Final[Check[TopicOf, Paged]] = Check(
    id="page-arrives",
    group="Telling people",
    level="critical",
    looks_at="a test page reaches everybody who listens to the tier (only with --page TIER: it wakes them)",
    why="the next real one does not arrive either",
    next_step="try the address itself, then replace the subscription",
    subjects=lambda _: (),
    read=lambda _, __: None,
    judge=_judge,
)
"""The row of the test page; it is examined on request alone."""


def page_tier(
    stack: Stack,
    tier: str,
    *,
    clock: Clock | None = None,
    wait: timedelta = WAIT,
    told: Callable[[str], None] = lambda _: None,
    ports: Callable[[Ports], Ports] = lambda ports: ports,
) -> Examined:
    """Send a test page to a tier's topic in the stack's region, look whether it arrives, and take it back.

    Args:
        stack: The stack.
        tier: The tier, or ``recovery``.
        clock: Time; the machine's own where none is given.
        wait: How long its delivery is waited for.
        told: Is told when the page is on its way.
        ports: Puts something between it and AWS.

    Returns:
        What came of it: in place, findings, or not checked where SNS did not say in time.

    Raises:
        BadRequest: the stack has no such tier.
        WrongAccount: the credentials are of another account.
        Refused: the page could not be published.
    """
    regions = stack.outputs.topics.get(tier)
    if regions is None:
        there = ", ".join(stack.outputs.topics) or "none"
        raise BadRequest(f"{stack.name} has no tier '{tier}'", f"there is: {there}")
    stack.check_account()
    home = stack.outputs.stack.region
    region = home if home in regions else next(iter(regions))
    topic, clock = TopicOf(tier, region, regions[region]), clock or SystemClock()
    through = ports(AwsPorts(stack.clients, {}))
    listeners = _listeners(_look(stack, through, clock), topic)
    if not listeners:
        return _examined(stack, Paged(topic, 0, 0, 0, 0), clock.now())
    since = clock.now().replace(second=0, microsecond=0)
    before = _counts(_look(stack, through, clock), topic, since)
    _publish(stack, topic, rings=tier != _RECOVERY, at=clock.now())
    told(f"a test page is on its way to {topic}; SNS may take minutes to say what became of it")
    try:
        paged = _followed(stack, through, topic, listeners, clock, since, before, wait)
    except OpslibError as problem:
        return Examined(PAGE, 0, (), (_missed(topic, str(problem)),))
    finally:
        if tier != _RECOVERY:
            _publish(stack, topic, rings=False, at=clock.now())
    return _examined(stack, paged, clock.now())


def _followed(  # noqa: PLR0917  all that is followed
    stack: Stack,
    through: Ports,
    topic: TopicOf,
    listeners: int,
    clock: Clock,
    since: datetime,
    before: Mapping[str, int],
    wait: timedelta,
) -> Paged:
    began = clock.monotonic()
    while True:
        now = _counts(_look(stack, through, clock), topic, since)
        paged = Paged(topic, listeners, **{name: now[name] - before[name] for name in _COUNTED})
        if paged.settled or clock.monotonic() - began > wait.total_seconds():
            return paged
        clock.sleep(LOOK_AGAIN_SECONDS)


def _look(stack: Stack, through: Ports, clock: Clock) -> Look:
    """One that remembers nothing: the world is to have changed."""

    def store() -> Store:
        raise AssertionError("a page is in no journal")

    return Look(stack, through, now=clock.now(), store=store)


def _listeners(look: Look, topic: TopicOf) -> int:
    return sum(not one.pending for one in see_topic(look, topic).subscriptions)


def _counts(look: Look, topic: TopicOf, since: datetime) -> dict[str, int]:
    answer = look.read(
        regional("cloudwatch", topic.region, look.home),
        "GetMetricData",
        MetricDataQueries=[
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SNS",
                        "MetricName": metric,
                        "Dimensions": [{"Name": "TopicName", "Value": topic.name}],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for name, metric in _COUNTED.items()
        ],
        StartTime=since,
        EndTime=look.now + timedelta(minutes=1),
    )
    return {one["Id"]: int(sum(one["Values"])) for one in answer["MetricDataResults"]}


def _publish(stack: Stack, topic: TopicOf, *, rings: bool, at: datetime) -> None:
    new, old = ("ALARM", "OK") if rings else ("OK", "ALARM")
    says = "THIS IS A TEST" if rings else "THE TEST IS OVER"
    who = stack.clients.identity().arn
    message = {
        "AlarmName": f"TEST of the tier {topic.tier} of {stack.name}",
        "AlarmDescription": "A test page. Nothing is wrong, and nothing has to be done.",
        "AWSAccountId": stack.outputs.stack.account,
        "NewStateValue": new,
        "OldStateValue": old,
        "NewStateReason": f"{says}: `opslib doctor --page {topic.tier}`, by {who}",
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": topic.region,
    }
    subject = f"{says}: {stack.name}, tier {topic.tier}"[:_SUBJECT_CHARACTERS]
    with aws_call(f"publishing to {topic.arn}"):
        client: Any = stack.clients.client("sns", region=topic.region, purpose="mutate")  # type: ignore[call-overload]  # any service
        client.publish(TopicArn=topic.arn, Subject=subject, Message=json.dumps(message))


def _examined(stack: Stack, paged: Paged, now: datetime) -> Examined:
    faults = tuple(_judge(paged, now))
    findings = tuple(
        Finding(
            PAGE.id,
            PAGE.group,
            PAGE.level,
            fault.on,
            fault.what,
            PAGE.why,
            (fault.next_step or PAGE.next_step).replace("{stack}", stack.name),
        )
        for fault in faults
    )
    unsaid = () if paged.settled or not paged.listeners else (_missed(paged.topic, _unsaid(paged)),)
    return Examined(PAGE, 1, findings, unsaid)


def _unsaid(paged: Paged) -> str:
    return (
        f"SNS has said of {paged.delivered + paged.failed + paged.filtered} of {paged.listeners} subscriptions what"
        " became of it: ask whoever should have heard"
    )


def _missed(topic: TopicOf, why: str) -> NotChecked:
    return NotChecked(PAGE.id, PAGE.group, str(topic), why)
