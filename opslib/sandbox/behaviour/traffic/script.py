"""The traffic script: who asks for how much, and what a request costs. Its defaults make a healthy product."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "CacheLoad",
    "DailySine",
    "DatabaseLoad",
    "Flow",
    "FunctionFlow",
    "Latency",
    "Program",
    "Rate",
    "ServiceLoad",
    "Step",
    "Steps",
    "TrafficScript",
    "TrafficState",
]

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
MINUTE_SECONDS = 60

Z99 = 2.3263478740408408
"""How many standard deviations the 99th percentile of a normal distribution lies above its median."""

Percent = Annotated[float, Field(ge=0, le=100)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DailySine(_Part):
    """More by day than by night, as a sine.

    Attributes:
        low: At night, per minute.
        high: At the peak, per minute.
        peak_hour: When the peak is, in hours of UTC.
    """

    low: NotNegative
    high: NotNegative
    peak_hour: Annotated[float, Field(ge=0, lt=24)] = 14.0

    def at(self, now: datetime, _: datetime) -> float:
        """How much per minute."""
        hours = (now.timestamp() % DAY_SECONDS) / HOUR_SECONDS - self.peak_hour
        return self.low + (self.high - self.low) * (1 + math.cos(hours * math.tau / 24)) / 2


class Step(_Part):
    """From so many minutes after the script's start on, so much per minute."""

    after_minutes: NotNegative
    per_minute: NotNegative


class Steps(_Part):
    """One rate after the other; before the first step there is nothing."""

    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = [step.after_minutes for step in self.steps]
        if starts != sorted(set(starts)):
            raise ValueError("each step starts later than the one before")
        return self

    def at(self, now: datetime, started: datetime) -> float:
        """How much per minute."""
        minutes = (now - started).total_seconds() / MINUTE_SECONDS
        begun = [step.per_minute for step in self.steps if step.after_minutes <= minutes]
        return begun[-1] if begun else 0.0


Rate = NotNegative | DailySine | Steps
"""How much per minute: always the same, over the day, or in steps."""


def rate_at(rate: float | DailySine | Steps, now: datetime, started: datetime) -> float:
    """How much per minute, before noise.

    Args:
        rate: The rate.
        now: The minute.
        started: When the script was started.
    """
    return float(rate) if isinstance(rate, int | float) else rate.at(now, started)


class Latency(_Part):
    """How long a request takes on a target that is not loaded: log-normally distributed.

    Attributes:
        median_seconds: Half of the requests take less.
        p99_seconds: 99 of 100 take less.
    """

    median_seconds: Positive = 0.025
    p99_seconds: Positive = 0.12

    @model_validator(mode="after")
    def _widens(self) -> Self:
        if self.p99_seconds < self.median_seconds:
            raise ValueError("the 99th percentile is below the median")
        return self

    @property
    def sigma(self) -> float:
        """The distribution's shape: the standard deviation of the logarithm."""
        return math.log(self.p99_seconds / self.median_seconds) / Z99


class Flow(_Part):
    """The requests to one load balancer, or to one rule of its listeners.

    Attributes:
        of: The load balancer (its ARN or name) or the rule (its ARN, or a path pattern such as `/api/*`). None: every
            load balancer that no other flow names. A load balancer's requests are shared evenly among its rules that no
            flow names; its default rules get them only when there are no others.
        requests_per_minute: How many.
        noise_percent: The standard deviation of that number.
        latency: How long a request takes on a target that is not loaded.
        errors_percent: Of the requests, how many a good revision answers with a 500.
        client_errors_percent: How many a target answers with a 4xx.
        refused_percent: How many the load balancer answers with a 4xx itself, before a target is chosen.
        cpu_seconds_per_request: The work of one request, on a task.
        memory_mib_per_request: What a request takes while it is being answered.
        bytes_per_request: Of request and response together.
        database_percent: Of the requests, how many need a database: they fail while it does not answer.
        database_cpu_seconds_per_request: The work of one of those, on the database, with a cold cache.
        database_connections_per_task: How many connections each task that serves the flow holds open.
        cache_look_ups_per_request: How often a cache is asked.
        cache_hit_percent: How many of those it answers; the rest goes to the database.
    """

    of: str | None = None
    requests_per_minute: Rate = 600.0
    noise_percent: Percent = 3.0
    latency: Latency = Latency()
    errors_percent: Percent = 0.05
    client_errors_percent: Percent = 2.0
    refused_percent: Percent = 0.05
    cpu_seconds_per_request: NotNegative = 0.015
    memory_mib_per_request: NotNegative = 4.0
    bytes_per_request: NotNegative = 8_192.0
    database_percent: Percent = 60.0
    database_cpu_seconds_per_request: NotNegative = 0.05
    database_connections_per_task: NotNegative = 10.0
    cache_look_ups_per_request: NotNegative = 2.0
    cache_hit_percent: Percent = 95.0


class ServiceLoad(_Part):
    """What the tasks of a service do without being asked.

    Attributes:
        cpu_percent: Of their CPU.
        memory_percent: Of their memory.
    """

    cpu_percent: Percent = 8.0
    memory_percent: Percent = 40.0


class DatabaseLoad(_Part):
    """What a database does without being asked, and what is in it.

    Attributes:
        cpu_percent: Of its CPU.
        connections: Held by nobody's tasks: the monitoring's, the superuser's.
        used_storage_percent: Of the allocated storage, when the script starts.
        growth_mib_per_hour: How fast that grows.
        performance_insights: Whether Performance (Database) Insights is taken to be on, whatever the instance says.
    """

    cpu_percent: Percent = 4.0
    connections: NotNegative = 3.0
    used_storage_percent: Percent = 40.0
    growth_mib_per_hour: NotNegative = 10.0
    performance_insights: bool = False


class CacheLoad(_Part):
    """What is in a cache.

    Attributes:
        memory_percent: Of its memory that is in use.
        connections: Held open to each member.
        evictions_per_minute: Keys pushed out.
    """

    memory_percent: Percent = 45.0
    connections: NotNegative = 40.0
    evictions_per_minute: NotNegative = 0.0


class FunctionFlow(_Part):
    """The invocations of a Lambda function.

    Attributes:
        invocations_per_minute: How many.
        noise_percent: The standard deviation of that number.
        duration: How long one takes; what reaches the function's time-out is cut off, and fails.
        errors_percent: How many fail.
        iterator_age_seconds: How far behind its stream it is; of functions that read one.
    """

    invocations_per_minute: Rate = 6.0
    noise_percent: Percent = 3.0
    duration: Latency = Latency(median_seconds=0.3, p99_seconds=2.0)
    errors_percent: Percent = 0.05
    iterator_age_seconds: NotNegative = 0.5


class Program(_Part):
    """A program that writes metrics of its own, in embedded metric format: an agent, or a service.

    Attributes:
        environment: What the emitter calls product and environment: `shop-prod`.
        agent: The agent's name; None: it is a service.
        service: The service's name; None: it is an agent.
        role: What the agent is for, which decides what it writes.
        things_per_minute: How many tasks it ends, or requests it answers.
        noise_percent: The standard deviation of that number.
        by: What a service tells apart, by dimension: `{"Endpoint": ["/items"], "Transaction": ["order"]}`.
        failing_percent: Of what it does, how much fails.
        times_slower: How many times as long everything takes.
        lives: Whether it writes at all.
    """

    environment: Annotated[str, Field(min_length=1)]
    agent: Annotated[str, Field(min_length=1)] | None = None
    service: Annotated[str, Field(min_length=1)] | None = None
    role: Literal["development", "retrieval", "compliance", "quality", "other"] = "other"
    things_per_minute: Rate = 4.0
    noise_percent: Percent = 3.0
    by: dict[str, tuple[str, ...]] = {}
    failing_percent: Percent = 0.0
    times_slower: Positive = 1.0
    lives: bool = True

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.agent is None) == (self.service is None):
            raise ValueError("give either agent or service")
        return self


class TrafficScript(_Part):
    """What `POST /_sandbox/traffic` takes; `{}` is a healthy product.

    Attributes:
        region: Where; None: the account's default region.
        flows: The requests; without any, 600 a minute to every load balancer.
        services: What a service's tasks do unasked, by `cluster/name`; `*` for those that are not named.
        databases: The same of database instances, by identifier or `*`.
        caches: The same of cache members, by identifier or `*`.
        functions: The invocations, by function, or `*` for those that are not named and have no handler to run.
        programs: What agents and services write of themselves.
    """

    region: str | None = None
    flows: tuple[Flow, ...] = (Flow(),)
    services: dict[str, ServiceLoad] = {}
    databases: dict[str, DatabaseLoad] = {}
    caches: dict[str, CacheLoad] = {}
    functions: dict[str, FunctionFlow] = {}
    programs: tuple[Program, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        named = [flow.of for flow in self.flows]
        if twice := [of for of in named if named.count(of) > 1]:
            raise ValueError(f"two flows of {twice[0] or 'every load balancer'}")
        return self

    def service(self, name: str) -> ServiceLoad:
        """What a service's tasks do unasked, by `cluster/name`."""
        return self.services.get(name) or self.services.get("*") or ServiceLoad()

    def database(self, identifier: str) -> DatabaseLoad:
        """What a database does unasked."""
        return self.databases.get(identifier) or self.databases.get("*") or DatabaseLoad()

    def cache(self, member: str) -> CacheLoad:
        """What is in a cache member."""
        return self.caches.get(member) or self.caches.get("*") or CacheLoad()

    def function(self, name: str) -> FunctionFlow:
        """The invocations of a function."""
        return self.functions.get(name) or self.functions.get("*") or FunctionFlow()


class TrafficState(BaseModel):
    """What `GET /_sandbox/traffic` answers.

    Attributes:
        script: What runs; None: nothing does, and nothing is published.
        started: When it was started.
        minutes: How many minutes it has published.
        requests: How many requests reached a load balancer since.
    """

    model_config = ConfigDict(frozen=True)

    script: TrafficScript | None
    started: datetime | None = None
    minutes: int = 0
    requests: int = 0
