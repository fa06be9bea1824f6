"""What programs write of themselves: `Application/*`, by the table that the emitter writes by.

There is no application here: what an agent or a service would write in a minute is made up, as of a healthy one that
does so many things a minute, and worse where the script says so. Figures are those of nobody; they lie where every
target of `opslib.monitoring.emitted` is met.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

from opslib.monitoring import emitted
from opslib.monitoring.emit.instrument import ENVIRONMENT, SERVICE, Emitted
from opslib.sandbox.behaviour.traffic.chance import around, chosen, shared
from opslib.sandbox.behaviour.traffic.latencies import latencies
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.sample import Sample
from opslib.sandbox.behaviour.traffic.script import Z99, Program, rate_at

__all__ = ["emitted_samples"]

PERCENT = 100.0

Values = Mapping[float, float]
Shape = Callable[[int, Program, Random], Values]


def _each(count: int, _: Program, __: Random) -> Values:
    """One for each thing that was done."""
    return {1.0: float(count)}


def _beat(_: int, __: Program, ___: Random) -> Values:
    """One a minute while it lives."""
    return {1.0: 1.0}


def _took(median_seconds: float, p99_seconds: float) -> Shape:
    """So long, log-normally."""
    sigma = math.log(p99_seconds / median_seconds) / Z99

    def shape(count: int, program: Program, random: Random) -> Values:
        return latencies(count, median_seconds * program.times_slower, sigma, random)

    return shape


def _used(median: float, p99: float) -> Shape:
    """So much of something, log-normally; not more of it where it is slow."""
    sigma = math.log(p99 / median) / Z99
    return lambda count, _, random: latencies(count, median, sigma, random)


def _of_all(*, succeeded: bool) -> Shape:
    """A hundred for each that did, nought for each that did not."""

    def shape(count: int, program: Program, random: Random) -> Values:
        failed = chosen(count, program.failing_percent / PERCENT, random)
        hundreds = count - failed if succeeded else failed
        return {value: float(number) for value, number in ((PERCENT, hundreds), (0.0, count - hundreds)) if number}

    return shape


def _score(mean: float) -> Shape:
    """A score around a mean, a little lower where much fails."""

    def shape(count: int, program: Program, random: Random) -> Values:
        found = around(mean - program.failing_percent, 1.0, random)
        return {min(PERCENT, round(found, 1)): float(count)}

    return shape


def _level(mean: float) -> Shape:
    """How much there is at the moment."""
    return lambda _, __, random: {float(round(around(mean, 5.0, random))): 1.0}


@dataclass(frozen=True, slots=True)
class Row:
    """A metric, and what is written of it.

    Attributes:
        metric: Its row in the emitter's table.
        shape: What a minute's values are.
        unasked: Whether it is written in a minute in which nothing was done, too.
    """

    metric: Emitted[Any]
    shape: Shape
    unasked: bool = False


AGENT = (
    Row(emitted.EXECUTIONS, _each),
    Row(emitted.EXECUTION_DURATION, _took(6, 20)),
    Row(emitted.EXECUTION_SUCCESS, _of_all(succeeded=True)),
    Row(emitted.EXECUTION_ERRORS, _of_all(succeeded=False)),
    Row(emitted.TOKENS, _used(3_000, 9_000)),
    Row(emitted.EXECUTION_COST, _used(0.02, 0.06)),
    Row(emitted.AGENT_HEARTBEAT, _beat, unasked=True),
)
"""What every agent writes."""

OF_ROLE: Mapping[str, tuple[Row, ...]] = {
    "development": (Row(emitted.VALIDATION, _score(92)),),
    "retrieval": (
        Row(emitted.DOCUMENT_DURATION, _took(30, 80)),
        Row(emitted.QUERY_DURATION, _took(0.6, 1.4)),
        Row(emitted.RELEVANCE, _score(88)),
        Row(emitted.VECTOR_STORE, _of_all(succeeded=True)),
    ),
    "compliance": (
        Row(emitted.DOCUMENT_DURATION, _took(20, 45)),
        Row(emitted.ACCURACY, _of_all(succeeded=True)),
        Row(emitted.RULE_COVERAGE, lambda count, _, __: {PERCENT: float(count)}),
    ),
    "quality": (
        Row(emitted.SUITE_DURATION, _took(150, 220)),
        Row(emitted.COVERAGE, _score(87)),
        Row(emitted.SCANS, _of_all(succeeded=True)),
        Row(emitted.BENCHMARK_DEVIATION, _used(3, 7)),
    ),
}
"""What agents of a role write besides. That nothing confidential was disclosed is written by nobody."""

APPLICATION = (
    Row(emitted.REQUESTS, _each),
    Row(emitted.REQUEST_DURATION, _took(0.04, 0.3)),
    Row(emitted.SESSIONS, _level(240), unasked=True),
    Row(emitted.FEATURE_USES, _each),
    Row(emitted.PAGE_VIEWS, _each),
    Row(emitted.PAGE_LOAD, _took(0.9, 2.2)),
    Row(emitted.CLAIMS, _each),
    Row(emitted.TRANSACTION_SUCCESS, _of_all(succeeded=True)),
    Row(emitted.TRANSACTION_DURATION, _took(1.5, 6)),
    Row(emitted.HEARTBEAT, _beat, unasked=True),
)
"""What a service writes. Errors are counted when there are some: of a healthy one there is nothing to read."""

FAILING = (Row(emitted.UNHANDLED_ERRORS, _each), Row(emitted.API_ERRORS, _each), Row(emitted.JAVASCRIPT_ERRORS, _each))
"""What is counted of a service of which something fails, as often as it does."""


def emitted_samples(occasion: Occasion) -> Iterator[Sample]:
    """All samples that programs write.

    Args:
        occasion: The minute.
    """
    for program in occasion.script.programs:
        if not program.lives:
            continue
        mean = rate_at(program.things_per_minute, occasion.now, occasion.started)
        count = round(around(mean, program.noise_percent, occasion.random))
        failed = chosen(count, program.failing_percent / PERCENT, occasion.random)
        rows = (*AGENT, *OF_ROLE.get(program.role, ())) if program.agent else APPLICATION
        for row in rows:
            if count or row.unasked:
                yield from _written(row, program, count, occasion.random)
        for row in FAILING if failed and not program.agent else ():
            yield from _written(row, program, failed, occasion.random)


def _written(row: Row, program: Program, count: int, random: Random) -> Iterator[Sample]:
    """Under each of its dimension sets; what is told apart by a further dimension is shared out among its values."""
    own = {ENVIRONMENT: program.environment, SERVICE: program.service, "Agent": program.agent}
    for names in row.metric.dimension_sets:
        further = [name for name in names if name not in own]
        choices = list(product(*(program.by.get(name, ()) for name in further)))
        counts = shared(count, [1.0] * len(choices), random) if further else [count]
        for chosen_values, part in zip(choices, counts, strict=True):
            if part or row.unasked:
                values = {**own, **dict(zip(further, chosen_values, strict=True))}
                where = tuple(sorted((name, str(values[name])) for name in names))
                unit = row.metric.unit.value
                yield Sample(row.metric.namespace, row.metric.name, where, row.shape(part, program, random), unit)
