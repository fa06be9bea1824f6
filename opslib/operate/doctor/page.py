"""A page that says it is a test: whether what rings at night reaches somebody is only known when it rings.

It looks as an alarm of CloudWatch's looks, so that it takes the way of one: the filters of subscriptions, and the
integrations of pagers. When it has arrived, or has had its time, the same alarm is said to be well again, so that a
pager closes what it opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.clients import aws_call
from opslib.errors import BadRequest, OpslibError
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.examination import Examined, Finding, NotChecked
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.topics import TopicOf, see_heard
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
    """Send a test page to the tier's topic of each region, look whether they arrive, and take them back.

    Args:
        stack: The stack.
        tier: The tier, or ``recovery``.
        clock: Time; the machine's own where none is given.
        wait: How long their delivery is waited for.
        told: Is told when the pages are on their way.
        ports: Puts something between it and AWS.

    Returns:
        What came of it: in place, findings, or not checked where SNS did not say in time.

    Raises:
        BadRequest: the stack has no such tier.
        WrongAccount: the credentials are of another account.
        Refused: no page could be published.
    """
    regions = stack.outputs.topics.get(tier)
    if not regions:
        there = ", ".join(stack.outputs.topics) or "none"
        raise BadRequest(f"{stack.name} has no tier '{tier}'", f"there is: {there}")
    stack.check_account()
    clock, through = clock or SystemClock(), ports(AwsPorts(stack.clients, {}))
    home = stack.outputs.stack.region
    topics = [TopicOf(tier, region, regions[region]) for region in sorted(regions, key=lambda one: (one != home, one))]
    sent, unsent = _sent(stack, through, topics, clock)
    if unsent and not sent:
        raise unsent[0][1]
    on_their_way = [one.topic for one in sent if one.listeners]
    if on_their_way:
        where = ", ".join(map(str, on_their_way))
        told(f"a test page is on its way to {where}; SNS may take minutes to say what became of it")
    try:
        came = _followed(stack, through, sent, clock, wait)
    finally:
        if tier != _RECOVERY:
            _take_back(stack, on_their_way, clock)
    return _examined(stack, came, clock.now(), tuple(_missed(topic, str(problem)) for topic, problem in unsent))


@dataclass(frozen=True, slots=True)
class _Sent:
    """A page on its way.

    Attributes:
        topic: Where it was published.
        listeners: How many confirmed subscriptions there are; where none, none was published.
        since: From when on SNS's metrics are counted.
        before: What they had counted by then.
    """

    topic: TopicOf
    listeners: int
    since: datetime
    before: Mapping[str, int]


def _sent(
    stack: Stack, through: Ports, topics: Iterable[TopicOf], clock: Clock
) -> tuple[list[_Sent], list[tuple[TopicOf, OpslibError]]]:
    """Publish in every region; one that refuses keeps no other from being tried."""
    sent, unsent = [], []
    for topic in topics:
        try:
            listeners = _listeners(_look(stack, through, clock), topic)
            since = clock.now().replace(second=0, microsecond=0)
            before = _counts(_look(stack, through, clock), topic, since) if listeners else {}
            if listeners:
                _publish(stack, topic, rings=topic.tier != _RECOVERY, at=clock.now())
            sent.append(_Sent(topic, listeners, since, before))
        except OpslibError as problem:
            unsent.append((topic, problem))
    return sent, unsent


def _followed(
    stack: Stack, through: Ports, sent: Iterable[_Sent], clock: Clock, wait: timedelta
) -> tuple[Paged | NotChecked, ...]:
    """What became of each, as far as SNS says in time."""
    began = clock.monotonic()
    came: dict[TopicOf, Paged | NotChecked] = {}
    left = list(sent)
    while left:
        for one in tuple(left):
            found = _seen(stack, through, one, clock)
            came[one.topic] = found
            if isinstance(found, NotChecked) or found.settled:
                left.remove(one)
        if left and clock.monotonic() - began > wait.total_seconds():
            break
        if left:
            clock.sleep(LOOK_AGAIN_SECONDS)
    return tuple(came.values())


def _seen(stack: Stack, through: Ports, sent: _Sent, clock: Clock) -> Paged | NotChecked:
    if not sent.listeners:
        return Paged(sent.topic, 0, 0, 0, 0)
    try:
        now = _counts(_look(stack, through, clock), sent.topic, sent.since)
    except OpslibError as problem:
        return _missed(sent.topic, str(problem))
    return Paged(sent.topic, sent.listeners, **{name: now[name] - sent.before[name] for name in _COUNTED})


def _take_back(stack: Stack, topics: Iterable[TopicOf], clock: Clock) -> None:
    """Say everywhere that the test is over; where one topic refuses, the others are told all the same."""
    problems = []
    for topic in topics:
        try:
            _publish(stack, topic, rings=False, at=clock.now())
        except OpslibError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def _look(stack: Stack, through: Ports, clock: Clock) -> Look:
    """One that remembers nothing: the world is to have changed."""

    def store() -> Store:
        raise AssertionError("a page is in no journal")

    return Look(stack, through, now=clock.now(), store=store)


def _listeners(look: Look, topic: TopicOf) -> int:
    heard = see_heard(look, topic)
    return sum(not one.pending for one in heard.subscriptions) if heard else 0


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


def _examined(
    stack: Stack, came: Iterable[Paged | NotChecked], now: datetime, unsent: tuple[NotChecked, ...]
) -> Examined:
    pages = [one for one in came if isinstance(one, Paged)]
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
        for paged in pages
        for fault in _judge(paged, now)
    )
    missed = (one for one in came if isinstance(one, NotChecked))
    unsaid = (_missed(one.topic, _unsaid(one)) for one in pages if one.listeners and not one.settled)
    return Examined(PAGE, len(pages), findings, (*missed, *unsaid, *unsent))


def _unsaid(paged: Paged) -> str:
    return (
        f"SNS has said of {paged.delivered + paged.failed + paged.filtered} of {paged.listeners} subscriptions what"
        " became of it: ask whoever should have heard"
    )


def _missed(topic: TopicOf, why: str) -> NotChecked:
    return NotChecked(PAGE.id, PAGE.group, str(topic), why)
