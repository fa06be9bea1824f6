"""What a load balancer publishes: `AWS/ApplicationELB`.

When a metric is absent follows AWS, "CloudWatch metrics for your Application Load Balancer", its "Reporting criteria",
with two exceptions towards silence that users report: RequestCount is absent while nobody asks, and the targets' codes
are absent while there are none (the page says "reported if there are registered targets" of both).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opslib.sandbox.behaviour.traffic.sample import Dimensions, Sample, dimensions
from opslib.sandbox.behaviour.traffic.seen import SeenGroup, World
from opslib.sandbox.behaviour.traffic.serve import Answers, Minute
from opslib.sandbox.behaviour.traffic.settings import TrafficSettings

__all__ = ["load_balancer_samples", "suffix"]

NAMESPACE = "AWS/ApplicationELB"
MINUTE_SECONDS = 60
MINUTES_PER_HOUR = 60

# AWS, "Elastic Load Balancing pricing": an LCU is the largest of four; the fourth, rule evaluations, is not modelled.
_LCU_CONNECTIONS_PER_SECOND = 25
_LCU_ACTIVE_CONNECTIONS = 3_000
_LCU_BYTES_PER_HOUR = 1_000_000_000

_CLIENT_SECONDS = 60
"""How long a client keeps a connection open. Ours."""


@dataclass(frozen=True, slots=True)
class _Count:
    """A count that is published when it is not zero; each sample is a 1, so that Minimum and Maximum are.

    Attributes:
        name: The metric's name.
        of: How many.
        of_group: Whether it is published for target groups too.
    """

    name: str
    of: Callable[[Answers], float]
    of_group: bool = True


_COUNTS = (
    _Count("RequestCount", lambda found: found.requests),
    _Count("HTTPCode_Target_2XX_Count", lambda found: found.target_2xx),
    _Count("HTTPCode_Target_4XX_Count", lambda found: found.target_4xx),
    _Count("HTTPCode_Target_5XX_Count", lambda found: found.target_5xx),
    _Count("TargetConnectionErrorCount", lambda found: found.connection_errors),
    _Count("HTTPCode_ELB_4XX_Count", lambda found: found.elb_4xx, of_group=False),
    _Count("HTTPCode_ELB_5XX_Count", lambda found: found.elb_502 + found.elb_503 + found.elb_504, of_group=False),
    _Count("HTTPCode_ELB_502_Count", lambda found: found.elb_502, of_group=False),
    _Count("HTTPCode_ELB_503_Count", lambda found: found.elb_503, of_group=False),
    _Count("HTTPCode_ELB_504_Count", lambda found: found.elb_504, of_group=False),
)


def suffix(arn: str) -> str:
    """What names a load balancer or target group in a dimension: the last part of its ARN.

    Args:
        arn: `…:loadbalancer/app/name/id` or `…:targetgroup/name/id`.
    """
    last = arn.rpartition(":")[2]
    return last.removeprefix("loadbalancer/")


def load_balancer_samples(world: World, minute: Minute, settings: TrafficSettings) -> Iterator[Sample]:
    """All samples of load balancers and their target groups.

    Args:
        world: What there is.
        minute: What became of the requests.
        settings: When connections are rejected.
    """
    for arn in world.balancers:
        where = dimensions(LoadBalancer=suffix(arn))
        answers = minute.balancers[arn]
        yield from _answered(answers, where, of_group=False)
        yield from _capacity(answers, where, settings)
    for group in world.groups:
        for balancer in group.load_balancer_arns:
            where = dimensions(LoadBalancer=suffix(balancer), TargetGroup=suffix(group.arn))
            answers = minute.groups.get((balancer, group.arn), Answers())
            yield from _answered(answers, where, of_group=True)
            yield from _hosts(group, where)
            yield from _per_target(group, answers.requests, where)
        asked = sum(answers.requests for (_, group_arn), answers in minute.groups.items() if group_arn == group.arn)
        yield from _per_target(group, asked, dimensions(TargetGroup=suffix(group.arn)))


def _answered(answers: Answers, where: Dimensions, *, of_group: bool) -> Iterator[Sample]:
    for row in _COUNTS:
        count = row.of(answers)
        if count and (row.of_group or not of_group):
            yield Sample(NAMESPACE, row.name, where, {1.0: count}, "Count")
    if answers.latencies:
        yield Sample(NAMESPACE, "TargetResponseTime", where, answers.latencies, "Seconds")


def _capacity(answers: Answers, where: Dimensions, settings: TrafficSettings) -> Iterator[Sample]:
    wanted = answers.asked / settings.requests_per_connection
    connections = min(wanted, settings.most_connections_per_minute)
    active = connections * _CLIENT_SECONDS / MINUTE_SECONDS
    counts = {
        "NewConnectionCount": connections,
        "ActiveConnectionCount": active,
        "RejectedConnectionCount": wanted - connections,
    }
    for name, count in counts.items():
        if round(count):
            yield Sample(NAMESPACE, name, where, {float(round(count)): 1.0}, "Count")
    if answers.bytes:
        yield Sample(NAMESPACE, "ProcessedBytes", where, {answers.bytes: 1.0}, "Bytes")
    used = max(
        connections / MINUTE_SECONDS / _LCU_CONNECTIONS_PER_SECOND,
        active / _LCU_ACTIVE_CONNECTIONS,
        answers.bytes * MINUTES_PER_HOUR / _LCU_BYTES_PER_HOUR,
    )
    yield Sample(NAMESPACE, "ConsumedLCUs", where, {round(used, 6): 1.0}, "Count")


def _hosts(group: SeenGroup, where: Dimensions) -> Iterator[Sample]:
    yield Sample(NAMESPACE, "AnomalousHostCount", where, {0.0: 1.0}, "Count")
    yield Sample(NAMESPACE, "MitigatedHostCount", where, {0.0: 1.0}, "Count")
    if group.registered:
        yield Sample(NAMESPACE, "HealthyHostCount", where, {float(group.healthy): 1.0}, "Count")
        yield Sample(NAMESPACE, "UnHealthyHostCount", where, {float(group.unhealthy): 1.0}, "Count")


def _per_target(group: SeenGroup, requests: int, where: Dimensions) -> Iterator[Sample]:
    """Always reported; only its Sum is valid, and is an average."""
    targets = group.healthy or group.registered
    yield Sample(NAMESPACE, "RequestCountPerTarget", where, {requests / targets if targets else 0.0: 1.0}, "Count")
