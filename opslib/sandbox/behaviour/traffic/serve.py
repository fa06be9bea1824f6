"""The core: the requests of a minute, the targets and the databases give answers, times, work and errors. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from opslib.sandbox.behaviour.traffic.chance import chosen, shared
from opslib.sandbox.behaviour.traffic.data_stores import Asked, DataStores, answer_from_stores, slowness
from opslib.sandbox.behaviour.traffic.demand import Arrivals
from opslib.sandbox.behaviour.traffic.latencies import add_latencies, latencies, mean_seconds
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.seen import Targets, World

__all__ = ["Answers", "Minute", "Work", "serve"]

MINUTE_SECONDS = 60
PERCENT = 100

_DIGITS = 4

_DATABASE_SHARE_OF_LATENCY = 0.5
"""How much of a request's time it waits for a database, when it needs one. Ours."""


@dataclass(slots=True)
class Answers:
    """What became of requests to a target group, or to a load balancer as a whole.

    Attributes:
        requests: Those for which a target was chosen.
        target_2xx: Answers of targets, like the next two.
        target_4xx: Clients' mistakes.
        target_5xx: Errors.
        elb_4xx: Answers of the load balancer itself, like the next three.
        elb_502: The target refused the connection or broke it.
        elb_503: There was no target.
        elb_504: The target took too long.
        connection_errors: Connections that targets refused.
        bytes: Of requests and answers.
        latencies: The times of those that a target answered, with counts.
    """

    requests: int = 0
    target_2xx: int = 0
    target_4xx: int = 0
    target_5xx: int = 0
    elb_4xx: int = 0
    elb_502: int = 0
    elb_503: int = 0
    elb_504: int = 0
    connection_errors: int = 0
    bytes: float = 0.0
    latencies: dict[float, float] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """All requests, those included that met no target."""
        return self.requests + self.elb_503 + self.elb_4xx

    def add(self, more: Answers) -> None:
        """Count others in."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(more, name))
        add_latencies(self.latencies, more.latencies)


_COUNTS = (
    "requests",
    "target_2xx",
    "target_4xx",
    "target_5xx",
    "elb_4xx",
    "elb_502",
    "elb_503",
    "elb_504",
    "connection_errors",
    "bytes",
)


@dataclass(slots=True)
class Work:
    """What a minute asked of targets that share their capacity (those of one `Targets.key`).

    Attributes:
        cpu_seconds: The work of all requests to them.
        memory_mib: What the requests under way take, at any moment.
        bytes: What they received and sent.
        count: How many targets there are to do it, in the group that has most of them.
        vcpus: What each can do.
    """

    cpu_seconds: float = 0.0
    memory_mib: float = 0.0
    bytes: float = 0.0
    count: int = 0
    vcpus: float = 0.0

    @property
    def busy(self) -> float:
        """The work as a share of the capacity; above 1 it is not done."""
        return self.cpu_seconds / MINUTE_SECONDS / (self.count * self.vcpus) if self.count and self.vcpus else 0.0


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute of traffic.

    Attributes:
        groups: What became of the requests, by load balancer and target group.
        balancers: The same by load balancer, with what reached no group.
        work: By `Targets.key`.
        stores: The databases and caches.
    """

    groups: dict[tuple[str, str], Answers]
    balancers: dict[str, Answers]
    work: dict[str, Work]
    stores: DataStores


@dataclass(frozen=True, slots=True)
class _Portion:
    """Requests of one flow to targets that conduct themselves alike."""

    arrivals: Arrivals
    targets: Targets
    requests: int


@dataclass(frozen=True, slots=True)
class _Times:
    """How long requests take: a log-normal distribution, behind a wait that is the same for all."""

    median_seconds: float
    sigma: float
    wait_seconds: float = 0.0

    def slower(self, by: float, wait_seconds: float) -> _Times:
        return _Times(self.median_seconds * by, self.sigma, wait_seconds)

    def of(self, count: int, random: Random) -> dict[float, float]:
        times = latencies(count, self.median_seconds, self.sigma, random)
        if not self.wait_seconds:
            return times
        return {round(seconds + self.wait_seconds, _DIGITS): number for seconds, number in times.items()}


def serve(arrived: Iterable[Arrivals], world: World, occasion: Occasion) -> Minute:
    """Let a minute's requests be answered.

    Args:
        arrived: The requests.
        world: Who answers.
        occasion: The minute.
    """
    groups: dict[tuple[str, str], Answers] = defaultdict(Answers)
    balancers: dict[str, Answers] = {arn: Answers() for arn in world.balancers}
    seen = {group.arn: group for group in world.groups}
    portions = []
    for arrival in arrived:
        own = balancers.setdefault(arrival.load_balancer_arn, Answers())
        own.elb_4xx += arrival.refused
        own.bytes += (arrival.requests + arrival.refused) * arrival.flow.bytes_per_request
        receiving = seen[arrival.group_arn].receiving if arrival.group_arn in seen else ()
        if receiving:
            portions += _portions(arrival, receiving, occasion.random)
        else:
            own.elb_503 += arrival.requests
    work = _work(portions)
    stores = answer_from_stores(_asked(portions), world, occasion.script, occasion.settings.busy_from)
    for portion in portions:
        answers = _answers(portion, work[portion.targets.key], stores, occasion)
        groups[portion.arrivals.load_balancer_arn, portion.arrivals.group_arn or ""].add(answers)
    for (balancer, _), answers in groups.items():
        balancers[balancer].add(answers)
    return Minute(dict(groups), balancers, work, stores)


def _portions(arrival: Arrivals, receiving: tuple[Targets, ...], random: Random) -> list[_Portion]:
    counts = shared(arrival.requests, [targets.count for targets in receiving], random)
    return [_Portion(arrival, targets, count) for targets, count in zip(receiving, counts, strict=True)]


def _work(portions: Iterable[_Portion]) -> dict[str, Work]:
    work: dict[str, Work] = defaultdict(Work)
    for portion in portions:
        flow, targets, found = portion.arrivals.flow, portion.targets, work[portion.targets.key]
        found.count, found.vcpus = max(found.count, targets.count), targets.vcpus
        if targets.answers:
            found.cpu_seconds += portion.requests * flow.cpu_seconds_per_request
            found.bytes += portion.requests * flow.bytes_per_request
            seconds = mean_seconds(targets.latency_seconds or flow.latency.median_seconds, flow.latency.sigma)
            found.memory_mib += portion.requests / MINUTE_SECONDS * seconds * flow.memory_mib_per_request
    return work


def _asked(portions: Iterable[_Portion]) -> Asked:
    cpu = cached = requests = look_ups = hits = 0.0
    connections: dict[str, float] = {}
    for portion in portions:
        flow, targets = portion.arrivals.flow, portion.targets
        if not targets.answers:
            continue
        needing = portion.requests * flow.database_percent / PERCENT
        requests += needing
        cpu += needing * flow.database_cpu_seconds_per_request
        if flow.cache_look_ups_per_request:
            cached += needing * flow.database_cpu_seconds_per_request * flow.cache_hit_percent / PERCENT
        look_ups += portion.requests * flow.cache_look_ups_per_request
        hits += portion.requests * flow.cache_look_ups_per_request * flow.cache_hit_percent / PERCENT
        if flow.database_percent:
            held = targets.count * flow.database_connections_per_task
            connections[targets.key] = max(connections.get(targets.key, 0.0), held)
    return Asked(cpu, cached, requests, sum(connections.values()), look_ups, hits)


def _answers(portion: _Portion, work: Work, stores: DataStores, occasion: Occasion) -> Answers:
    """What becomes of one portion: what is lost to overload, then errors, then the times of what was answered."""
    count, flow, targets = portion.requests, portion.arrivals.flow, portion.targets
    settings, random = occasion.settings, occasion.random
    times = _Times(targets.latency_seconds or flow.latency.median_seconds, flow.latency.sigma)
    if not targets.answers:
        if targets.refuses:
            return Answers(requests=count, elb_502=count, connection_errors=count)
        return Answers(requests=count, target_5xx=count, latencies=times.of(count, random))
    found = Answers(requests=count)
    busy = work.busy
    wait_seconds = 0.0
    if busy > 1:
        # A minute at twice the capacity leaves a minute of work behind: late, or refused where it does not fit.
        behind_seconds = (busy - 1) * MINUTE_SECONDS
        refused = (
            max(0.0, 1 - settings.queue_seconds / behind_seconds) if behind_seconds > settings.queue_seconds else 0.0
        )
        lost = chosen(count, 1 - 1 / busy, random)
        found.elb_502 = found.connection_errors = chosen(lost, refused, random)
        found.elb_504 = lost - found.elb_502
        count -= lost
        wait_seconds = min(behind_seconds / 2, settings.idle_timeout_seconds * 0.9)
    slow = slowness(busy, settings.busy_from)
    if flow.database_percent:
        slow += (stores.slowness - 1) * _DATABASE_SHARE_OF_LATENCY * flow.database_percent / PERCENT
    # Wholly independent causes: a request succeeds when none of them hits it.
    succeeding = (
        (1 - flow.errors_percent / PERCENT)
        * (1 - targets.errors_percent / PERCENT)
        * (1 - stores.failing * flow.database_percent / PERCENT)
    )
    found.target_5xx = chosen(count, 1 - succeeding, random)
    found.target_4xx = chosen(count - found.target_5xx, flow.client_errors_percent / PERCENT, random)
    found.target_2xx = count - found.target_5xx - found.target_4xx
    found.latencies = times.slower(slow, wait_seconds).of(count, random)
    late = sum(times for seconds, times in found.latencies.items() if seconds >= settings.idle_timeout_seconds)
    if late:
        _give_up(found, int(late), settings.idle_timeout_seconds)
    return found


def _give_up(found: Answers, late: int, idle_timeout_seconds: float) -> None:
    """The load balancer answers 504 for what takes too long: first for what would have succeeded."""
    found.latencies = {seconds: count for seconds, count in found.latencies.items() if seconds < idle_timeout_seconds}
    found.elb_504 += late
    for name in ("target_2xx", "target_4xx", "target_5xx"):
        taken = min(late, getattr(found, name))
        setattr(found, name, getattr(found, name) - taken)
        late -= taken
