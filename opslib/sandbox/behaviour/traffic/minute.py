"""The traffic as time goes by: once a minute the world is looked at, and the minute's metrics are published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from opslib.sandbox.behaviour.metrics.store import MetricId
from opslib.sandbox.behaviour.metrics.world import world_of as metrics_of
from opslib.sandbox.behaviour.traffic.demand import arrivals
from opslib.sandbox.behaviour.traffic.look import look
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.published_cache import cache_samples
from opslib.sandbox.behaviour.traffic.published_canary import canary_samples
from opslib.sandbox.behaviour.traffic.published_database import DatabaseMemory, database_samples
from opslib.sandbox.behaviour.traffic.published_emitted import emitted_samples
from opslib.sandbox.behaviour.traffic.published_function import function_samples
from opslib.sandbox.behaviour.traffic.published_health_check import REGION as OUTSIDE
from opslib.sandbox.behaviour.traffic.published_health_check import health_check_samples
from opslib.sandbox.behaviour.traffic.published_load_balancer import load_balancer_samples
from opslib.sandbox.behaviour.traffic.published_queue import queue_samples
from opslib.sandbox.behaviour.traffic.published_service import service_samples
from opslib.sandbox.behaviour.traffic.sample import Sample
from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.seen import World
from opslib.sandbox.behaviour.traffic.serve import Minute, serve
from opslib.sandbox.behaviour.traffic.settings import TrafficSettings

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["NAME", "Running", "current", "start", "stop"]

NAME = "traffic"
MINUTE = timedelta(minutes=1)

_KEY = "traffic: a minute"


@dataclass(slots=True)
class Running:
    """A script that runs.

    Attributes:
        script: It.
        region: Where.
        started: Since when.
        minutes: How many minutes it has published.
        requests: How many requests reached a load balancer since.
        databases: What each database remembers.
    """

    script: TrafficScript
    region: str
    started: datetime
    minutes: int = 0
    requests: int = 0
    databases: dict[str, DatabaseMemory] = field(default_factory=dict)


def current(account: Account) -> Running | None:
    """What runs; None: nothing does."""
    found: Running | None = account.record(NAME).get("running")
    return found


def start(account: Account, script: TrafficScript) -> Running:
    """Let a script run, from the minute that has begun; it takes the place of one that runs.

    Databases keep what they remember: a new script is other traffic, not another world.
    """
    before = current(account)
    running = Running(script, script.region or account.region, account.clock.now())
    if before is not None and before.region == running.region:
        running.databases = before.databases
    account.record(NAME)["running"] = running
    account.schedule.every(MINUTE, lambda now: _pass(account, running, now), key=_KEY)
    return running


def stop(account: Account) -> None:
    """Let nothing run: nothing is published any more."""
    account.schedule.cancel(_KEY)
    account.record(NAME).pop("running", None)


def _pass(account: Account, running: Running, now: datetime) -> None:
    """What is published at a full minute is of the minute that it ends, and carries its beginning."""
    if current(account) is not running:  # another one was started, or the account was reset
        return
    settings: TrafficSettings = account.behaviour[NAME]
    begun = now - MINUTE
    world = look(account, running.region, running.script, settings)
    occasion = Occasion(running.script, settings, begun, running.started, account.random)
    minute = serve(arrivals(world, occasion), world, occasion)
    running.minutes += 1
    running.requests += sum(answers.asked for answers in minute.balancers.values())
    store, at = metrics_of(account).store, begun.timestamp()
    of_services = _samples(running.databases, world, minute, occasion)
    of_ours = (
        canary_samples(account, running.region, world, minute, begun),
        queue_samples(account, running.region, begun),
    )
    for namespace, name, dimensions, values, unit in chain(of_services, *of_ours):
        metric = MetricId(account.account_id, running.region, namespace, name, dimensions)
        store.add(metric, values, unit, at)
    for namespace, name, dimensions, values, unit in health_check_samples(account, world):
        metric = MetricId(account.account_id, OUTSIDE, namespace, name, dimensions)
        store.add(metric, values, unit, at)


def _samples(
    databases: dict[str, DatabaseMemory], world: World, minute: Minute, occasion: Occasion
) -> Iterator[Sample]:
    yield from load_balancer_samples(world, minute, occasion.settings)
    yield from service_samples(world.services, minute, occasion)
    for use in minute.stores.databases:
        memory = databases.setdefault(use.database.identifier, DatabaseMemory(occasion.now))
        yield from database_samples(use, memory, occasion)
    for cache in world.caches:
        yield from cache_samples(cache, minute.stores, occasion.script.cache(cache.member), occasion.random)
    yield from function_samples(world.functions, occasion)
    yield from emitted_samples(occasion)
